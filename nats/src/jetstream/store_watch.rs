//! The changes of a bucket, without end: a consumer that is made again after the last change seen
//! whenever anything looks wrong.

use std::time::Duration;

use async_nats::HeaderMap;
use async_nats::jetstream::Message;
use async_nats::jetstream::consumer::{AckPolicy, DeliverPolicy, pull};
use contracts::ports::{Flow, PortError, StoreChange, Versioned};
use futures_util::StreamExt as _;
use tokio::sync::watch;

use super::store::{is_put, stream_of, subject_of};
use super::{away, store_name};
use crate::connect::Connection;
use crate::streams::Bucket;

/// The broker forgets the consumer of a watcher that is gone after so long.
const FORGOTTEN_AFTER: Duration = Duration::from_secs(30);

pub(super) fn watch(
    connection: Connection,
    bucket: Bucket,
    after: u64,
) -> Flow<Result<StoreChange, PortError>> {
    let losses = connection.losses.clone();
    let watcher =
        Watcher { connection, bucket, losses, after, delivered: 0, messages: None, failures: 0 };
    Box::pin(futures_util::stream::unfold(watcher, |mut watcher| async move {
        let change = watcher.next().await;
        Some((Ok(change), watcher))
    }))
}

struct Watcher {
    connection: Connection,
    bucket: Bucket,
    losses: watch::Receiver<u64>,
    after: u64,
    /// The consumer's own count of what it delivered: a gap means that some were lost on the way.
    delivered: u64,
    messages: Option<pull::Stream>,
    failures: u32,
}

impl Watcher {
    async fn next(&mut self) -> StoreChange {
        loop {
            let Some(messages) = self.messages.as_mut() else {
                self.open().await;
                continue;
            };
            let next = tokio::select! {
                biased;
                next = messages.next() => next,
                _ = self.losses.changed() => None,
            };
            match next {
                Some(Ok(message)) => {
                    if let Some(change) = self.take(&message) {
                        return change;
                    }
                }
                Some(Err(error)) => {
                    tracing::debug!(error = %error, "the watch of a bucket starts again");
                    self.messages = None;
                }
                None => self.messages = None,
            }
        }
    }

    /// The change that a message tells; `None` when it tells none, or is not the next one.
    fn take(&mut self, message: &Message) -> Option<StoreChange> {
        let place = message.info().ok().map(|info| (info.consumer_sequence, info.stream_sequence));
        let Some((delivered, revision)) = place.filter(|(it, _)| *it == self.delivered + 1) else {
            self.messages = None;
            return None;
        };
        (self.delivered, self.after) = (delivered, self.after.max(revision));
        let name = store_name::name(message.subject.strip_prefix(&subject_of(self.bucket))?)?;
        let is_value = message.headers.as_ref().is_none_or(|headers: &HeaderMap| is_put(headers));
        let now = is_value.then(|| Versioned { value: message.payload.to_vec(), revision });
        Some((name, now))
    }

    async fn open(&mut self) {
        self.losses.borrow_and_update();
        match self.connection.whole(self.consume()).await {
            Ok(messages) => {
                (self.messages, self.delivered, self.failures) = (Some(messages), 0, 0);
            }
            Err(error) => {
                self.failures += 1;
                if self.failures == 1 {
                    let bucket = self.bucket.name();
                    tracing::warn!(error = %error, bucket, "a bucket cannot be watched; trying again");
                }
                self.connection.pause_after(self.failures).await;
            }
        }
    }

    async fn consume(&self) -> Result<pull::Stream, PortError> {
        let config = pull::Config {
            deliver_policy: DeliverPolicy::ByStartSequence { start_sequence: self.after + 1 },
            ack_policy: AckPolicy::None,
            inactive_threshold: FORGOTTEN_AFTER,
            memory_storage: true,
            num_replicas: 1,
            ..pull::Config::default()
        };
        let context = &self.connection.context;
        let stream = stream_of(self.bucket);
        let consumer = context.create_consumer_on_stream(config, stream).await.map_err(away)?;
        let heartbeat = Duration::from_millis(self.connection.config.heartbeat_ms);
        consumer.stream().heartbeat(heartbeat).messages().await.map_err(away)
    }
}
