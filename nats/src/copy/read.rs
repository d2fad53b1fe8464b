use async_nats::header::{HeaderMap, NATS_MESSAGE_TTL};
use async_nats::jetstream::message::StreamMessage;
use async_nats::jetstream::object_store::ObjectStore;
use async_nats::jetstream::stream::LastRawMessageErrorKind;
use bytes::Bytes;
use contracts::ports::PortError;
use contracts::{Hash, Tenant};
use futures_util::TryStreamExt as _;

use super::{Extent, Kept, Section};
use crate::config::Config;
use crate::connect::{Connection, Endpoint};
use crate::error::Error;
use crate::jetstream::blobs::{NatsBlobs, name_of};
use crate::jetstream::{away, direct};
use crate::streams::BLOBS;

/// A broker that is read, and nothing in it changed.
pub struct Reader {
    connection: Connection,
}

impl std::fmt::Debug for Reader {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Reader").finish_non_exhaustive()
    }
}

impl Reader {
    /// Connects to `endpoint`.
    ///
    /// # Errors
    /// [`Error::Unreachable`].
    pub async fn open(config: &Config, endpoint: &Endpoint) -> Result<Self, Error> {
        Ok(Self { connection: Connection::open(config, endpoint).await? })
    }

    /// Where `section` ends at this moment, as its leader says.
    ///
    /// # Errors
    /// When the broker does not answer, or has no such stream.
    pub async fn extent(&self, section: Section) -> Result<Extent, PortError> {
        self.connection
            .whole(async {
                let stream = self.connection.context.get_stream(section.stream()).await;
                let stream = stream.map_err(away)?;
                let last = stream.cached_info().state.last_sequence;
                let newest = stream.raw_message_builder().last_by_subject(section.filter());
                let end = match newest.send().await {
                    Ok(message) => message.sequence,
                    Err(error) if error.kind() == LastRawMessageErrorKind::NoMessageFound => 0,
                    Err(error) => return Err(away(error)),
                };
                Ok(Extent { last: last.max(end), end })
            })
            .await
    }

    /// Whether the leader has a message of `section` after the place `after`.
    ///
    /// # Errors
    /// When the broker does not answer.
    pub async fn has_after(&self, section: Section, after: u64) -> Result<bool, PortError> {
        self.connection
            .whole(async {
                let stream = self.connection.context.get_stream_no_info(section.stream()).await;
                let next = stream.map_err(away)?.raw_message_builder().sequence(after + 1);
                match next.next_by_subject(section.filter()).send().await {
                    Ok(_) => Ok(true),
                    Err(error) if error.kind() == LastRawMessageErrorKind::NoMessageFound => {
                        Ok(false)
                    }
                    Err(error) => Err(away(error)),
                }
            })
            .await
    }

    /// At most `limit` messages of `section` after the place `after`, in order. Nothing means that
    /// the replica that answered has nothing more.
    ///
    /// # Errors
    /// When the broker does not answer, or a message cannot be read.
    pub async fn page(
        &self,
        section: Section,
        after: u64,
        limit: usize,
    ) -> Result<Vec<Kept>, PortError> {
        let (stream, filter) = (section.stream(), section.filter());
        let read = direct::read(&self.connection, &stream, &filter, after, limit).await?;
        Ok(read.into_iter().map(kept).collect())
    }

    /// The names of all large contents.
    ///
    /// # Errors
    /// When the broker does not answer.
    pub async fn blobs(&self) -> Result<Vec<(Tenant, Hash)>, PortError> {
        let listed = async {
            let store: ObjectStore =
                self.connection.context.get_object_store(BLOBS).await.map_err(away)?;
            let listed = store.list().await.map_err(away)?;
            let objects: Vec<_> = listed.try_collect().await.map_err(away)?;
            let names = objects.iter().filter(|it| !it.deleted);
            Ok(names.filter_map(|it| name_of(&it.name)).collect::<Vec<_>>())
        };
        let mut names = self.connection.whole(listed).await?;
        names.sort();
        Ok(names)
    }

    /// A large content; `None` when it is no longer there.
    ///
    /// # Errors
    /// [`PortError::Damaged`] when it is not what its name says.
    pub async fn blob(&self, tenant: &Tenant, hash: Hash) -> Result<Option<Bytes>, PortError> {
        let blobs = NatsBlobs::new(&self.connection).await?;
        self.connection.whole(blobs.fetch(tenant, hash)).await
    }
}

fn kept(message: StreamMessage) -> Kept {
    let stored_ns = i64::try_from(message.time.unix_timestamp_nanos()).unwrap_or(i64::MAX);
    let ttl = message.headers.get(NATS_MESSAGE_TTL).map(|value| value.as_str());
    Kept {
        sequence: message.sequence,
        stored_ns,
        subject: message.subject.to_string(),
        headers: lines(&message.headers),
        ttl_s: ttl.and_then(|ttl| ttl.trim_end_matches('s').parse().ok()).unwrap_or(0),
        payload: message.payload,
    }
}

/// The lines as they are written, without the broker's own: those were orders to it.
fn lines(map: &HeaderMap) -> Vec<(String, String)> {
    let lines = map.iter().flat_map(|(name, values)| {
        values.iter().map(move |value| (name.to_string(), value.to_string()))
    });
    let mut lines: Vec<_> =
        lines.filter(|(name, _)| !name.to_ascii_lowercase().starts_with("nats-")).collect();
    lines.sort();
    lines
}
