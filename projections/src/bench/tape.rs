//! A log in memory that is only read: the feed of benches and tests.

use std::sync::{PoisonError, RwLock};

use contracts::ports::{Feed, FeedItem, Flow, Fut, PortError};
use contracts::{Address, Cursor, Entry};
use futures_util::stream;
use tokio::sync::watch;

/// Entries in memory, in the order of their cursors.
pub struct Tape {
    entries: std::sync::Arc<RwLock<Vec<Entry>>>,
    end: watch::Sender<Cursor>,
}

impl Default for Tape {
    fn default() -> Self {
        Self::new()
    }
}

impl Tape {
    /// An empty one.
    #[must_use]
    pub fn new() -> Self {
        Self { entries: std::sync::Arc::default(), end: watch::Sender::new(Cursor::ZERO) }
    }

    /// Adds entries, whose cursors must grow.
    ///
    /// # Panics
    /// When a cursor is not after the last one.
    pub fn extend(&self, more: impl IntoIterator<Item = impl Into<Entry>>) {
        let mut entries = self.entries.write().unwrap_or_else(PoisonError::into_inner);
        let mut end = *self.end.borrow();
        for entry in more {
            let entry = entry.into();
            assert!(entry.cursor() > end, "cursors grow");
            end = entry.cursor();
            entries.push(entry);
        }
        drop(entries);
        self.end.send_replace(end);
    }

    /// The cursor of the last entry.
    #[must_use]
    pub fn end(&self) -> Cursor {
        *self.end.borrow()
    }

    /// All entries.
    #[must_use]
    pub fn entries(&self) -> Vec<Entry> {
        self.entries.read().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl Feed for Tape {
    fn subscribe(&self, after: Cursor) -> Flow<FeedItem> {
        let entries = std::sync::Arc::clone(&self.entries);
        let state = (entries, self.end.subscribe(), after);
        Box::pin(stream::unfold(state, |(entries, mut end, after)| async move {
            loop {
                let next = {
                    let entries = entries.read().unwrap_or_else(PoisonError::into_inner);
                    let at = entries.partition_point(|entry| entry.cursor() <= after);
                    entries.get(at).cloned()
                };
                if let Some(entry) = next {
                    let after = entry.cursor();
                    return Some((Ok(entry), (entries, end, after)));
                }
                end.wait_for(|end| *end > after).await.ok()?;
            }
        }))
    }

    fn of_actor<'a>(
        &'a self,
        address: &'a Address,
        after: Cursor,
        limit: usize,
    ) -> Fut<'a, Result<Vec<Entry>, PortError>> {
        let own = |entry: &Entry| match entry {
            Entry::Commit(recorded) => recorded.commit.is_of(address),
            Entry::Foreign(foreign) => foreign.address.as_ref() == Some(address),
        };
        let entries = self.entries().into_iter().filter(|it| it.cursor() > after && own(it));
        let read = entries.take(limit).collect();
        Box::pin(async { Ok(read) })
    }

    fn position(&self) -> Cursor {
        self.end()
    }

    fn reached(&self, cursor: Cursor) -> Fut<'_, ()> {
        let mut end = self.end.subscribe();
        Box::pin(async move {
            // The sender lives as long as `self`, so the wait ends only by reaching the cursor.
            let _ = end.wait_for(|end| *end >= cursor).await;
        })
    }
}
