//! The messages of a stream in order, without end: a consumer that keeps no state on the broker,
//! made again after the last message seen whenever anything looks wrong.

use std::time::Duration;

use async_nats::jetstream::Message;
use async_nats::jetstream::consumer::{AckPolicy, DeliverPolicy, pull};
use contracts::ports::PortError;
use futures_util::StreamExt as _;
use tokio::sync::watch;

use super::away;
use crate::connect::Connection;

/// Messages asked for at a time; half as many may arrive before the next request.
const BATCH_MESSAGES: usize = 500;
/// Bytes asked for at a time.
const BATCH_BYTES: usize = 8 * 1024 * 1024;
/// The broker forgets the consumer of a reader that is gone after so long.
const FORGOTTEN_AFTER: Duration = Duration::from_secs(30);

/// A reader of a stream.
pub(super) struct Unbroken {
    connection: Connection,
    stream: String,
    losses: watch::Receiver<u64>,
    /// The sequence of the last message seen.
    after: u64,
    /// The consumer's own count of what it delivered: a gap in it means that messages were lost on
    /// the way. A gap in the stream is the stream's.
    delivered: u64,
    messages: Option<pull::Stream>,
    failures: u32,
}

impl Unbroken {
    /// A reader of what stands in `stream` after the sequence `after`.
    pub(super) fn new(connection: Connection, stream: impl Into<String>, after: u64) -> Self {
        let (losses, stream) = (connection.losses.clone(), stream.into());
        Self { connection, stream, losses, after, delivered: 0, messages: None, failures: 0 }
    }

    /// The next message, and its sequence.
    pub(super) async fn next(&mut self) -> (Message, u64) {
        loop {
            let Some(messages) = self.messages.as_mut() else {
                self.open().await;
                continue;
            };
            let next = tokio::select! {
                biased;
                next = messages.next() => next,
                // The broker has forgotten the consumer; finding that out would take a while.
                _ = self.losses.changed() => None,
            };
            match next {
                Some(Ok(message)) => {
                    if let Some(sequence) = self.follows(&message) {
                        return (message, sequence);
                    }
                }
                Some(Err(error)) => {
                    tracing::debug!(error = %error, stream = %self.stream, "the reader starts again");
                    self.messages = None;
                }
                None => self.messages = None,
            }
        }
    }

    /// The sequence of a message; `None` when it is not the next one, or was seen.
    fn follows(&mut self, message: &Message) -> Option<u64> {
        let place = message.info().ok().map(|info| (info.consumer_sequence, info.stream_sequence));
        let Some((delivered, sequence)) = place.filter(|(it, _)| *it == self.delivered + 1) else {
            self.messages = None;
            return None;
        };
        self.delivered = delivered;
        (sequence > self.after).then(|| {
            self.after = sequence;
            sequence
        })
    }

    /// Makes a consumer after the last message seen; pauses when that fails.
    async fn open(&mut self) {
        self.losses.borrow_and_update();
        match self.connection.whole(self.consume()).await {
            Ok(messages) => {
                (self.messages, self.delivered, self.failures) = (Some(messages), 0, 0);
            }
            Err(error) => {
                self.failures += 1;
                if self.failures == 1 {
                    let stream = &self.stream;
                    tracing::warn!(error = %error, %stream, "a stream cannot be read; trying again");
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
        let consumer = context.create_consumer_on_stream(config, self.stream.as_str()).await;
        consumer
            .map_err(away)?
            .stream()
            .max_messages_per_batch(BATCH_MESSAGES)
            .max_bytes_per_batch(self.connection.batch_bytes(BATCH_BYTES))
            .heartbeat(Duration::from_millis(self.connection.config.heartbeat_ms))
            .messages()
            .await
            .map_err(away)
    }
}
