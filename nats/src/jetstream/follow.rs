//! All messages of EVENTS in order, without end: a consumer that keeps no state on the broker, made
//! again after the last message seen whenever anything looks wrong.

use std::time::Duration;

use async_nats::jetstream::Message;
use async_nats::jetstream::consumer::{AckPolicy, DeliverPolicy, pull};
use contracts::entry::{Stored, Unowned};
use contracts::ports::{Flow, PortError};
use contracts::{Cursor, Hash};
use futures_util::StreamExt as _;
use tokio::sync::watch;

use super::{away, restore};
use crate::connect::Connection;
use crate::streams::EVENTS;
use crate::subjects::{self, EVENT};

/// Messages asked for at a time; half as many may arrive before the next request.
const BATCH_MESSAGES: usize = 500;
/// Bytes asked for at a time.
const BATCH_BYTES: usize = 8 * 1024 * 1024;
/// The broker forgets the consumer of a reader that is gone after so long.
const FORGOTTEN_AFTER: Duration = Duration::from_secs(30);

type Item = Result<Result<Stored, Unowned>, PortError>;

pub(super) fn follow(connection: Connection, after: Cursor) -> Flow<Item> {
    let losses = connection.losses.clone();
    let (messages, held, delivered, failures) = (None, None, 0, 0);
    let follower = Follower { connection, losses, after, messages, held, delivered, failures };
    Box::pin(futures_util::stream::unfold(follower, |mut follower| async move {
        let item = follower.next().await;
        Some((Ok(item), follower))
    }))
}

struct Follower {
    connection: Connection,
    losses: watch::Receiver<u64>,
    after: Cursor,
    messages: Option<pull::Stream>,
    /// A message that stands behind a hole, while the hole is told.
    held: Option<Message>,
    /// The consumer's own count of what it delivered: a gap in it means that messages were lost on
    /// the way. A gap in the stream means that the broker has lost them: nobody deletes from
    /// EVENTS, and a message whose checksum is wrong is left out without a word.
    delivered: u64,
    failures: u32,
}

impl Follower {
    async fn next(&mut self) -> Result<Stored, Unowned> {
        loop {
            if let Some(item) = self.told() {
                return item;
            }
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
                    if let Some(item) = self.take(message) {
                        return item;
                    }
                }
                Some(Err(error)) => {
                    tracing::debug!(error = %error, "the reader of EVENTS starts again");
                    self.messages = None;
                }
                None => self.messages = None,
            }
        }
    }

    /// The next message, or `None` when it is not the next one.
    fn take(&mut self, message: Message) -> Option<Result<Stored, Unowned>> {
        let place = message.info().ok().map(|info| (info.consumer_sequence, info.stream_sequence));
        let Some((delivered, sequence)) = place.filter(|(it, _)| *it == self.delivered + 1) else {
            self.messages = None;
            return None;
        };
        self.delivered = delivered;
        if Cursor(sequence) > self.after {
            self.held = Some(message);
        }
        self.told()
    }

    /// The held message, or one of the positions before it at which nothing can be read.
    fn told(&mut self) -> Option<Result<Stored, Unowned>> {
        let message = self.held.take()?;
        let sequence = message.info().ok()?.stream_sequence;
        let cursor = Cursor(self.after.0 + 1);
        self.after = cursor;
        if cursor.0 < sequence {
            tracing::error!(%cursor, "the broker has lost a message of EVENTS");
            self.held = Some(message);
            return Some(Err(Unowned::Lost { cursor }));
        }
        let imported = restore::is_imported(message.message.headers.as_ref());
        let (subject, payload) = (message.message.subject.as_str(), &message.message.payload);
        Some(match subjects::parse_stored(EVENT, subject) {
            Some(address) => Ok(Stored { cursor, address, payload: payload.clone(), imported }),
            None => {
                let (subject, hash) = (subject.to_owned(), Hash::of(payload));
                Err(Unowned::Stray { cursor, subject, hash })
            }
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
                    tracing::warn!(error = %error, "EVENTS cannot be read; trying again");
                }
                self.connection.pause_after(self.failures).await;
            }
        }
    }

    async fn consume(&self) -> Result<pull::Stream, PortError> {
        let heartbeat = Duration::from_millis(self.connection.config.heartbeat_ms);
        let config = pull::Config {
            deliver_policy: DeliverPolicy::ByStartSequence { start_sequence: self.after.0 + 1 },
            ack_policy: AckPolicy::None,
            inactive_threshold: FORGOTTEN_AFTER,
            memory_storage: true,
            num_replicas: 1,
            ..pull::Config::default()
        };
        let consumer = self
            .connection
            .context
            .create_consumer_on_stream(config, EVENTS)
            .await
            .map_err(away)?;
        consumer
            .stream()
            .max_messages_per_batch(BATCH_MESSAGES)
            .max_bytes_per_batch(self.connection.batch_bytes(BATCH_BYTES))
            .heartbeat(heartbeat)
            .messages()
            .await
            .map_err(away)
    }
}
