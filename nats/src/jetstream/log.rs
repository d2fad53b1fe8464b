use std::sync::atomic::{AtomicU64, Ordering};

use async_nats::HeaderMap;
use async_nats::client::PublishError;
use async_nats::header::{HeaderValue, NATS_EXPECTED_LAST_SUBJECT_SEQUENCE};
use async_nats::jetstream::message::StreamMessage;
use async_nats::jetstream::stream::{LastRawMessageErrorKind, RawMessageBuilder, Stream};
use contracts::entry::Stored;
use contracts::ports::{Append, AppendError, Flow, Fut, Log, PortError};
use contracts::{Address, Cursor};

use super::{away, direct, follow, restore};
use crate::connect::Connection;
use crate::run;
use crate::streams::EVENTS;
use crate::subjects::{self, EVENT};

/// EVENTS on JetStream.
pub(crate) struct NatsLog {
    connection: Connection,
    stream: Stream<()>,
    /// What the names of this process's batches begin with.
    batch: String,
    batches: AtomicU64,
}

impl NatsLog {
    pub(crate) async fn new(connection: Connection) -> Result<Self, PortError> {
        let stream = connection.context.get_stream_no_info(EVENTS).await.map_err(away)?;
        let batch = connection.client.new_inbox();
        let batch = batch.rsplit('.').next().unwrap_or_default().to_owned();
        Ok(Self { connection, stream, batch, batches: AtomicU64::new(0) })
    }

    /// Asks the leader, whose answer is the truth of this moment.
    async fn leader(&self, request: RawMessageBuilder) -> Result<Option<Stored>, PortError> {
        let answer = async {
            match request.send().await {
                Ok(message) => Ok(stored(message)),
                Err(error) if error.kind() == LastRawMessageErrorKind::NoMessageFound => Ok(None),
                Err(error) => Err(away(error)),
            }
        };
        self.connection.whole(answer).await
    }
}

/// A message as the port gives it; `None` when its subject is no actor's.
fn stored(message: StreamMessage) -> Option<Stored> {
    let address = subjects::parse_stored(EVENT, &message.subject)?;
    let imported = restore::is_imported(Some(&message.headers));
    Some(Stored { cursor: Cursor(message.sequence), address, payload: message.payload, imported })
}

impl Log for NatsLog {
    fn append(&self, append: Append) -> Fut<'_, Result<Vec<Cursor>, AppendError>> {
        Box::pin(async move {
            run::check(&append, self.connection.client.max_payload())?;
            let subject = subjects::stored(EVENT, &append.address);
            let count = append.payloads.len() as u64;
            let (mut payloads, mut sent) = (append.payloads.into_iter(), 0_u64);
            let batch = format!("{}-{}", self.batch, self.batches.fetch_add(1, Ordering::Relaxed));
            let headers = |nth: u64| {
                let mut headers = HeaderMap::new();
                if nth == 1 {
                    let expected = HeaderValue::from(append.expected.0);
                    headers.insert(NATS_EXPECTED_LAST_SUBJECT_SEQUENCE, expected);
                }
                if count > 1 {
                    headers.insert("Nats-Batch-Id", batch.as_str());
                    headers.insert("Nats-Batch-Sequence", HeaderValue::from(nth));
                }
                if count > 1 && nth == count {
                    headers.insert("Nats-Batch-Commit", "1");
                }
                headers
            };
            for payload in payloads.by_ref().take(usize::try_from(count - 1).unwrap_or(0)) {
                sent += 1;
                let published = self.connection.client.publish_with_headers(
                    subject.clone(),
                    headers(sent),
                    payload,
                );
                let unsent = |error: PublishError| AppendError::Unavailable(error.to_string());
                published.await.map_err(unsent)?;
            }
            let last = payloads.next().unwrap_or_default();
            let last = self.connection.publish(subject, headers(count), last).await?;
            Ok((last + 1 - count..=last).map(Cursor).collect())
        })
    }

    fn read<'a>(
        &'a self,
        address: &'a Address,
        after: Cursor,
        limit: usize,
    ) -> Fut<'a, Result<Vec<Stored>, PortError>> {
        Box::pin(async move {
            let subject = subjects::stored(EVENT, address);
            let read = direct::read(&self.connection, EVENTS, &subject, after.0, limit).await?;
            Ok(read.into_iter().filter_map(stored).collect())
        })
    }

    fn first_after<'a>(
        &'a self,
        address: &'a Address,
        after: Cursor,
    ) -> Fut<'a, Result<Option<Stored>, PortError>> {
        let request = self.stream.raw_message_builder().sequence(after.0 + 1);
        Box::pin(self.leader(request.next_by_subject(subjects::stored(EVENT, address))))
    }

    fn last<'a>(&'a self, address: &'a Address) -> Fut<'a, Result<Option<Stored>, PortError>> {
        let request = self.stream.raw_message_builder();
        Box::pin(self.leader(request.last_by_subject(subjects::stored(EVENT, address))))
    }

    fn get(&self, cursor: Cursor) -> Fut<'_, Result<Option<Stored>, PortError>> {
        if cursor == Cursor::ZERO {
            return Box::pin(std::future::ready(Ok(None)));
        }
        Box::pin(self.leader(self.stream.raw_message_builder().sequence(cursor.0)))
    }

    fn head(&self) -> Fut<'_, Result<Cursor, PortError>> {
        Box::pin(self.connection.whole(async {
            let info = self.stream.get_info().await.map_err(away)?;
            Ok(Cursor(info.state.last_sequence))
        }))
    }

    fn follow(&self, after: Cursor) -> Flow<Result<Result<Stored, Cursor>, PortError>> {
        follow::follow(self.connection.clone(), after)
    }
}
