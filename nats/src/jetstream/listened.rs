//! Reading on in a stream that few write to, without a consumer of its own.

use std::collections::VecDeque;
use std::time::Duration;

use async_nats::Subscriber;
use async_nats::jetstream::message::StreamMessage;
use contracts::ports::{Flow, PortError};
use futures_util::StreamExt as _;

use super::{away, direct};
use crate::connect::Connection;

/// Messages that are read at once.
const PAGE_MESSAGES: usize = 500;

/// It is looked again after so long, whether there was word of a new message or not.
const LOOK_AFTER: Duration = Duration::from_secs(1);

/// A message that was told is not stored yet: the first pause before the next look.
const STORED_AFTER: Duration = Duration::from_millis(2);

/// Reads on whenever a message is published. What is told by the way is only that there is one:
/// what it says is read from the stream.
struct Follower<T> {
    connection: Connection,
    stream: &'static str,
    filter: String,
    entry: fn(StreamMessage) -> Option<T>,
    after: u64,
    read: VecDeque<T>,
    told: Option<Subscriber>,
}

/// All messages of `stream` on the subjects that `filter` means, after position `after`, and those
/// to come, in order. After an error it goes on behind the last one that was read.
pub(super) fn follow<T: Send + Sync + 'static>(
    connection: &Connection,
    (stream, filter): (&'static str, String),
    after: u64,
    entry: fn(StreamMessage) -> Option<T>,
) -> Flow<Result<T, PortError>> {
    let (connection, read) = (connection.clone(), VecDeque::new());
    let follower = Follower { connection, stream, filter, entry, after, read, told: None };
    Box::pin(futures_util::stream::unfold(follower, |mut follower| async move {
        let item = follower.next().await;
        Some((item, follower))
    }))
}

impl<T> Follower<T> {
    async fn next(&mut self) -> Result<T, PortError> {
        let mut pause = LOOK_AFTER;
        loop {
            if let Some(entry) = self.read.pop_front() {
                return Ok(entry);
            }
            self.listen().await?;
            let (stream, filter) = (self.stream, &self.filter);
            let page = direct::read(&self.connection, stream, filter, self.after, PAGE_MESSAGES);
            let page = self.paused(page.await).await?;
            let Some(last) = page.last() else {
                pause = self.wait(pause).await;
                continue;
            };
            self.after = last.sequence;
            self.read.extend(page.into_iter().filter_map(self.entry));
        }
    }

    /// Listens before it reads, so that no message falls between.
    async fn listen(&mut self) -> Result<(), PortError> {
        if self.told.is_none() {
            let told = self.connection.client.subscribe(self.filter.clone()).await.map_err(away);
            self.told = Some(self.paused(told).await?);
        }
        Ok(())
    }

    /// An error is told after a pause, since whoever reads asks again at once.
    async fn paused<V>(&self, result: Result<V, PortError>) -> Result<V, PortError> {
        if result.is_err() {
            self.connection.pause_after(5).await;
        }
        result
    }

    /// Waits for word of a message; afterwards for it to be stored, at first for a moment. How long
    /// the next wait is.
    async fn wait(&mut self, pause: Duration) -> Duration {
        let Some(told) = self.told.as_mut() else { return LOOK_AFTER };
        match tokio::time::timeout(pause, told.next()).await {
            Ok(Some(_)) => STORED_AFTER,
            Ok(None) => {
                self.told = None;
                STORED_AFTER
            }
            Err(_) => (pause * 2).min(LOOK_AFTER),
        }
    }
}
