//! Messages on their way to a client, numbered, kept for a while so that whoever lost the
//! connection can go on where it was.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use axum::http::StatusCode;
use contracts::ports::Flow;
use futures_util::stream;
use serde_json::Value;
use tokio::sync::Notify;

/// The messages of one stream.
#[derive(Debug)]
pub struct Outbox {
    /// How many are kept.
    most: usize,
    kept: Mutex<Kept>,
    changed: Notify,
}

#[derive(Debug, Default)]
struct Kept {
    /// The number of the first that is still kept; they count from 1.
    first: u64,
    messages: VecDeque<Arc<Value>>,
    /// With which status the answer goes out when it goes alone.
    status: StatusCode,
    ended: bool,
}

impl Outbox {
    /// An empty one that keeps at most `most` messages.
    #[must_use]
    pub fn new(most: usize) -> Arc<Self> {
        let kept = Mutex::new(Kept { first: 1, ..Kept::default() });
        Arc::new(Self { most: most.max(1), kept, changed: Notify::new() })
    }

    fn kept(&self) -> MutexGuard<'_, Kept> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Adds a message; after the end nothing.
    pub fn push(&self, message: Value) {
        let mut kept = self.kept();
        if kept.ended {
            return;
        }
        if kept.messages.len() == self.most {
            kept.messages.pop_front();
            kept.first += 1;
        }
        kept.messages.push_back(Arc::new(message));
        drop(kept);
        self.changed.notify_waiters();
    }

    /// Adds the last message, and with which status it goes out when it goes alone.
    pub fn answer(&self, message: Value, status: StatusCode) {
        self.kept().status = status;
        self.push(message);
        self.end();
    }

    /// With which status the answer goes out when it goes alone.
    #[must_use]
    pub fn status(&self) -> StatusCode {
        self.kept().status
    }

    /// Says that there will be no more.
    pub fn end(&self) {
        self.kept().ended = true;
        self.changed.notify_waiters();
    }

    /// Whether there will be no more.
    #[must_use]
    pub fn has_ended(&self) -> bool {
        self.kept().ended
    }

    /// The first message after number `after` that is still kept; `None` = it ended before one.
    pub async fn next(&self, after: u64) -> Option<(u64, Arc<Value>)> {
        loop {
            // Before looking, so that nothing is missed between the two.
            let changed = self.changed.notified();
            {
                let kept = self.kept();
                let at = after.saturating_add(1).max(kept.first);
                let place = usize::try_from(at - kept.first).unwrap_or(usize::MAX);
                if let Some(message) = kept.messages.get(place) {
                    return Some((at, Arc::clone(message)));
                }
                if kept.ended {
                    return None;
                }
            }
            changed.await;
        }
    }

    /// The messages after number `after`, and those to come.
    #[must_use]
    pub fn follow(self: &Arc<Self>, after: u64) -> Flow<(u64, Arc<Value>)> {
        let outbox = Arc::clone(self);
        Box::pin(stream::unfold((outbox, after), |(outbox, after)| async move {
            let (number, message) = outbox.next(after).await?;
            Some(((number, message), (outbox, number)))
        }))
    }
}

#[cfg(test)]
mod tests {
    use futures_util::StreamExt as _;
    use serde_json::json;

    use super::Outbox;

    #[tokio::test]
    async fn what_was_said_can_be_read_again_and_the_oldest_goes_first() {
        let outbox = Outbox::new(2);
        for number in 1..=3 {
            outbox.push(json!(number));
        }
        assert_eq!(outbox.next(0).await.map(|(number, _)| number), Some(2), "one is gone");
        outbox.end();
        outbox.push(json!("late"));
        let rest: Vec<_> = outbox.follow(2).collect().await;
        assert_eq!(rest.len(), 1);
        assert_eq!((rest[0].0, rest[0].1.as_ref()), (3, &json!(3)));
        assert!(outbox.next(3).await.is_none() && outbox.has_ended());
    }

    #[tokio::test]
    async fn who_waits_is_told() {
        let outbox = Outbox::new(2);
        let (seen, ()) = tokio::join!(outbox.next(0), async { outbox.push(json!("x")) });
        assert_eq!(seen.map(|(number, _)| number), Some(1));
    }
}
