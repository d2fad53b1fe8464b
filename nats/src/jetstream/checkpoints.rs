use async_nats::HeaderMap;
use async_nats::jetstream::stream::DirectGetErrorKind;
use bytes::{Bytes, BytesMut};
use contracts::Hash;
use contracts::ports::{Checkpoints, Fut, PortError};
use serde::{Deserialize, Serialize};

use super::away;
use super::publish::port_error;
use crate::connect::Connection;
use crate::streams::CHECKPOINTS;
use crate::subjects;

/// The bytes of one part: well below what any broker takes at once.
const PART_BYTES: usize = 512 * 1024;

/// CHECKPOINTS on JetStream: parts in one of two slots, and a manifest that says which slot counts.
/// The manifest comes last, so a save that is cut off leaves the one before.
pub(crate) struct NatsCheckpoints {
    pub(crate) connection: Connection,
}

/// What a checkpoint is made of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
struct Manifest {
    slot: u8,
    parts: usize,
    /// BLAKE3 of the content.
    hash: Hash,
}

impl NatsCheckpoints {
    async fn of(&self, subject: String) -> Result<Option<Bytes>, PortError> {
        let found = async {
            let context = &self.connection.context;
            let stream = context.get_stream_no_info(CHECKPOINTS).await.map_err(away)?;
            match stream.direct_get_last_for_subject(subject).await {
                Ok(message) => Ok(Some(message.payload)),
                Err(error) if error.kind() == DirectGetErrorKind::NotFound => Ok(None),
                Err(error) => Err(away(error)),
            }
        };
        self.connection.whole(found).await
    }

    async fn manifest(&self, name: &str) -> Result<Option<Manifest>, PortError> {
        let found = self.of(subjects::checkpoint_manifest(name)).await?;
        Ok(found.and_then(|bytes| contracts::read::from_slice(&bytes).ok()))
    }

    async fn put(&self, subject: String, payload: Bytes) -> Result<(), PortError> {
        let saved = self.connection.publish(subject, HeaderMap::new(), payload).await;
        saved.map(|_sequence| ()).map_err(port_error)
    }
}

impl Checkpoints for NatsCheckpoints {
    fn save<'a>(&'a self, name: &'a str, content: Bytes) -> Fut<'a, Result<(), PortError>> {
        Box::pin(async move {
            let last = self.manifest(name).await?;
            let slot = last.map_or(0, |last| 1 - last.slot.min(1));
            let hash = Hash::of(&content);
            let mut parts = 0;
            let mut rest = content;
            while !rest.is_empty() {
                let part = rest.split_to(rest.len().min(PART_BYTES));
                self.put(subjects::checkpoint_part(name, slot, parts), part).await?;
                parts += 1;
            }
            let manifest = serde_json::to_vec(&Manifest { slot, parts, hash });
            let manifest = manifest.map_err(|error| PortError::Refused(error.to_string()))?;
            self.put(subjects::checkpoint_manifest(name), manifest.into()).await
        })
    }

    fn load<'a>(&'a self, name: &'a str) -> Fut<'a, Result<Option<Bytes>, PortError>> {
        Box::pin(async move {
            let Some(manifest) = self.manifest(name).await? else { return Ok(None) };
            let mut content = BytesMut::new();
            for part in 0..manifest.parts {
                let subject = subjects::checkpoint_part(name, manifest.slot, part);
                let Some(part) = self.of(subject).await? else { return Ok(None) };
                content.extend_from_slice(&part);
            }
            let content = content.freeze();
            Ok((Hash::of(&content) == manifest.hash).then_some(content))
        })
    }

    fn forget<'a>(&'a self, name: &'a str) -> Fut<'a, Result<(), PortError>> {
        Box::pin(self.connection.whole(async move {
            let context = &self.connection.context;
            let stream = context.get_stream_no_info(CHECKPOINTS).await.map_err(away)?;
            stream.purge().filter(subjects::checkpoint_all(name)).await.map_err(away)?;
            Ok(())
        }))
    }
}
