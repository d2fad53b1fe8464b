use std::sync::Arc;

use async_nats::HeaderMap;
use async_nats::header::NATS_MESSAGE_TTL;
use async_nats::jetstream::stream::{LastRawMessageErrorKind, RawMessageBuilder, Stream};
use bytes::Bytes;
use contracts::ports::{Blobs as _, DeadLetter, DeadLetters, Fut, LetterFilter, PortError};
use contracts::{Address, Hash, Tenant, codec};
use serde::{Deserialize, Serialize};

use super::blobs::NatsBlobs;
use super::publish::port_error;
use super::{away, direct};
use crate::connect::Connection;
use crate::streams::DEAD_LETTERS;
use crate::subjects;

/// Room for what a letter says beside the message it keeps, in bytes.
const MARGIN_BYTES: usize = 4 * 1024;

const DAY_SECONDS: u64 = 24 * 60 * 60;

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
        let mut headers = HeaderMap::new();
        if !letter.held {
            // A letter that others wait behind must not go by itself.
            let days = u64::from(self.connection.config.dead_ttl_days);
            if days > 0 {
                headers.insert(NATS_MESSAGE_TTL, format!("{}s", days * DAY_SECONDS).as_str());
            }
        }
        let kept = codec::encode(&Kept { letter, body });
        let kept = kept.map_err(|error| PortError::Refused(error.to_string()))?;
        let stored = self.connection.publish(subject, headers, Bytes::from(kept)).await;
        stored.map_err(port_error)
    }

    async fn stream(&self) -> Result<Stream<()>, PortError> {
        self.connection.context.get_stream_no_info(DEAD_LETTERS).await.map_err(away)
    }

    /// Asks the leader, whose answer is the truth of this moment.
    async fn leader(
        &self,
        request: RawMessageBuilder,
    ) -> Result<Option<(u64, DeadLetter)>, PortError> {
        let answer = async {
            match request.send().await {
                Ok(message) => Ok(Some(message)),
                Err(error) if error.kind() == LastRawMessageErrorKind::NoMessageFound => Ok(None),
                Err(error) => Err(away(error)),
            }
        };
        let Some(message) = self.connection.whole(answer).await? else { return Ok(None) };
        Ok(Some((message.sequence, self.open(&message.payload).await?)))
    }

    async fn take_away(&self, position: u64) -> Result<bool, PortError> {
        let stream = self.stream().await?;
        let deleted = async { stream.delete_message(position).await.map_err(away) };
        match self.connection.whole(deleted).await {
            Ok(deleted) => Ok(deleted),
            // There was none, somebody else was faster, or the answer was lost.
            Err(error) => match self.get(position).await? {
                Some(_) => Err(error),
                None => Ok(false),
            },
        }
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

    fn select(
        &self,
        filter: LetterFilter,
        after: u64,
        limit: usize,
    ) -> Fut<'_, Result<Vec<(u64, DeadLetter)>, PortError>> {
        Box::pin(async move {
            let (connection, subject) = (&self.connection, subjects::dead_filter(&filter));
            let read = direct::read(connection, DEAD_LETTERS, &subject, after, limit).await?;
            let mut letters = Vec::with_capacity(read.len());
            for message in read {
                letters.push((message.sequence, self.open(&message.payload).await?));
            }
            Ok(letters)
        })
    }

    fn get(&self, position: u64) -> Fut<'_, Result<Option<DeadLetter>, PortError>> {
        Box::pin(async move {
            if position == 0 {
                return Ok(None);
            }
            let stream = self.stream().await?;
            let found = self.leader(stream.raw_message_builder().sequence(position)).await?;
            Ok(found.map(|(_, letter)| letter))
        })
    }

    fn next_of<'a>(
        &'a self,
        to: &'a Address,
        after: u64,
    ) -> Fut<'a, Result<Option<(u64, DeadLetter)>, PortError>> {
        Box::pin(async move {
            let stream = self.stream().await?;
            let request = stream.raw_message_builder().sequence(after + 1);
            self.leader(request.next_by_subject(subjects::dead(Some(to)))).await
        })
    }

    fn remove(&self, position: u64) -> Fut<'_, Result<bool, PortError>> {
        Box::pin(self.take_away(position))
    }
}
