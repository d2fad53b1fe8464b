use std::sync::Arc;

use async_nats::HeaderMap;
use bytes::Bytes;
use contracts::ports::{Blobs as _, DeadLetter, DeadLetters, Fut, PortError};
use contracts::{Hash, Tenant, codec};
use serde::{Deserialize, Serialize};

use super::blobs::NatsBlobs;
use super::direct;
use super::publish::port_error;
use crate::connect::Connection;
use crate::streams::DEAD_LETTERS;
use crate::subjects;

/// Room for what a letter says beside the message it keeps, in bytes.
const MARGIN_BYTES: usize = 4 * 1024;

/// DEAD on JetStream. A message that was as large as the broker allows does not fit into a letter
/// with its reason; its body is then kept as a blob.
pub(crate) struct NatsDead {
    pub(crate) connection: Connection,
    pub(crate) blobs: Arc<NatsBlobs>,
}

/// A letter as stored.
#[derive(Serialize, Deserialize)]
struct Kept {
    letter: DeadLetter,
    /// Where the body is when it does not stand in the letter.
    body: Option<Hash>,
}

impl NatsDead {
    async fn store(&self, mut letter: DeadLetter) -> Result<u64, PortError> {
        let limit = self.connection.client.max_payload().saturating_sub(MARGIN_BYTES);
        let lines: usize = letter.headers.iter().map(|(k, v)| k.len() + v.len() + 8).sum();
        let mut body = None;
        if letter.payload.len() + lines + letter.reason.len() > limit {
            let content = Bytes::from(std::mem::take(&mut letter.payload));
            body = Some(self.blobs.put(&house(&letter), content).await?);
        }
        let subject = subjects::dead(letter.to.as_ref());
        let kept = codec::encode(&Kept { letter, body });
        let kept = kept.map_err(|error| PortError::Refused(error.to_string()))?;
        let stored = self.connection.publish(subject, HeaderMap::new(), Bytes::from(kept)).await;
        stored.map_err(port_error)
    }

    async fn open(&self, stored: &[u8]) -> Result<DeadLetter, PortError> {
        let kept = codec::decode(stored);
        let Kept { mut letter, body } = kept.map_err(|it| PortError::Damaged(it.to_string()))?;
        if let Some(hash) = body {
            let content = self.blobs.get(&house(&letter), hash).await?;
            let missing = || PortError::Damaged(format!("the body {hash} of a letter is missing"));
            letter.payload = content.ok_or_else(missing)?.to_vec();
        }
        Ok(letter)
    }
}

/// In whose house a letter's body is kept.
fn house(letter: &DeadLetter) -> Tenant {
    letter.to.as_ref().map_or(Tenant::from_static("unaddressed"), |to| to.tenant.clone())
}

impl DeadLetters for NatsDead {
    fn bury(&self, letter: DeadLetter) -> Fut<'_, Result<u64, PortError>> {
        Box::pin(self.store(letter))
    }

    fn list(&self, after: u64, limit: usize) -> Fut<'_, Result<Vec<(u64, DeadLetter)>, PortError>> {
        Box::pin(async move {
            let connection = &self.connection;
            let read = direct::read(connection, DEAD_LETTERS, "dead.>", after, limit).await?;
            let mut letters = Vec::with_capacity(read.len());
            for message in read {
                letters.push((message.sequence, self.open(&message.payload).await?));
            }
            Ok(letters)
        })
    }
}
