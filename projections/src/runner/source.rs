//! Entries on their way from the feed into a transaction.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use contracts::ports::{Feed, FeedItem, Flow, PortError};
use contracts::{Cursor, Entry, Hash};
use futures_util::{FutureExt as _, StreamExt as _};

use crate::config::Config;

/// Why there are no more entries.
#[derive(Debug)]
pub(crate) enum Dry {
    /// The feed is away; it is asked again with the next [`Source::fill`].
    Feed(PortError),
    /// The log is not the one that was read before.
    Diverged(String),
}

/// The entries after a position, in order and each once, whatever the feed repeats.
pub(crate) struct Source {
    feed: Arc<dyn Feed>,
    flow: Option<Flow<FeedItem>>,
    queue: VecDeque<Entry>,
    seen: (Cursor, Hash),
    /// Whether the entry at `seen` is still to be met again.
    unchecked: bool,
    entries_max: usize,
    /// As many as `entries_max` when they are written quickly enough.
    entries_now: usize,
    bytes_max: usize,
}

/// The fewest entries of a transaction, however slow.
const ENTRIES_MIN: usize = 16;

/// The hash by which an entry is known again; zero for a foreign one.
pub(crate) fn hash_of(entry: &Entry) -> Hash {
    match entry {
        Entry::Commit(recorded) => recorded.hash,
        Entry::Foreign(_) => Hash::ZERO,
    }
}

fn bytes_of(entry: &Entry) -> usize {
    match entry {
        Entry::Commit(recorded) => recorded.raw.len(),
        Entry::Foreign(foreign) => foreign.reason.len(),
    }
}

impl Source {
    /// The entries after `checkpoint`, at which a commit with the hash `anchor` stood.
    pub(crate) fn new(
        feed: Arc<dyn Feed>,
        checkpoint: Cursor,
        anchor: Hash,
        config: &Config,
    ) -> Self {
        Self {
            feed,
            flow: None,
            queue: VecDeque::new(),
            seen: (checkpoint, anchor),
            unchecked: false,
            entries_max: config.batch_commits_max.max(1),
            entries_now: config.batch_commits_max.max(1),
            bytes_max: config.batch_bytes_max,
        }
    }

    /// The last position that the feed's tail has seen.
    pub(crate) fn feed_position(&self) -> Cursor {
        self.feed.position()
    }

    /// Waits for one more entry and takes what else is ready, without lingering, until there is
    /// a transaction full of them; of one that is full already, as much again. Dropping the future
    /// loses nothing.
    pub(crate) async fn fill(&mut self) -> Result<(), Dry> {
        let had = self.queue.len();
        let full = self.is_full();
        let mut bytes: usize = if full { 0 } else { self.queue.iter().map(bytes_of).sum() };
        let entries_max = if full { had + self.entries_now } else { self.entries_now };
        while self.queue.len() == had {
            let item = self.flow().next().await;
            bytes += self.take(item)?;
        }
        while self.queue.len() < entries_max && bytes < self.bytes_max {
            let Some(item) = self.flow().next().now_or_never() else { break };
            match self.take(item) {
                Ok(taken) => bytes += taken,
                // What was taken before comes first; the trouble is met again with the next fill.
                Err(Dry::Feed(_)) => break,
                Err(diverged) => return Err(diverged),
            }
        }
        Ok(())
    }

    /// Notes that a transaction of `entries` took so long: those after it take no longer than
    /// `most`, as far as one can tell.
    pub(crate) fn wrote(&mut self, entries: usize, took: Duration, most: Duration) {
        if took > most {
            let share = most.as_secs_f64() / took.as_secs_f64();
            self.entries_now = ((entries as f64 * share) as usize).max(ENTRIES_MIN);
        } else if entries >= self.entries_now {
            self.entries_now *= 2;
        }
        self.entries_now = self.entries_now.min(self.entries_max);
    }

    /// Whether a transaction takes no more.
    pub(crate) fn is_full(&self) -> bool {
        self.queue.len() >= self.entries_now
            || self.queue.iter().map(bytes_of).sum::<usize>() >= self.bytes_max
    }

    /// The stream of the feed. It begins one entry early, so that the log can be checked to be
    /// the one that was read before.
    fn flow(&mut self) -> &mut Flow<FeedItem> {
        let (feed, (Cursor(seen), _)) = (&self.feed, self.seen);
        let unchecked = &mut self.unchecked;
        self.flow.get_or_insert_with(|| {
            *unchecked = seen > 0;
            feed.subscribe(Cursor(seen.saturating_sub(1)))
        })
    }

    /// Takes one item; the number of bytes it added to the queue.
    fn take(&mut self, item: Option<FeedItem>) -> Result<usize, Dry> {
        let entry = match item {
            Some(Ok(entry)) => entry,
            Some(Err(error)) => {
                self.flow = None;
                return Err(Dry::Feed(error));
            }
            None => {
                self.flow = None;
                return Err(Dry::Feed(PortError::Unavailable("the feed ended".to_owned())));
            }
        };
        let (cursor, hash) = (entry.cursor(), hash_of(&entry));
        let (seen, anchor) = self.seen;
        if cursor < seen {
            return Ok(0);
        }
        if cursor == seen {
            let other = self.unchecked && hash != anchor;
            self.unchecked = false;
            return if other {
                Err(self.diverged(format!("another commit stands at cursor {seen}")))
            } else {
                Ok(0)
            };
        }
        if self.unchecked {
            return Err(self.diverged(format!("nothing stands at cursor {seen} any more")));
        }
        self.seen = (cursor, hash);
        let bytes = bytes_of(&entry);
        self.queue.push_back(entry);
        Ok(bytes.max(1))
    }

    /// The flow is begun again next time, so that this is met again by whoever can deal with it.
    fn diverged(&mut self, reason: String) -> Dry {
        self.flow = None;
        Dry::Diverged(reason)
    }

    /// The waiting entries after `after` up to `end`, which stay until [`Source::done`].
    pub(crate) fn waiting(&self, after: Cursor, end: Cursor) -> Vec<Entry> {
        let at = |cursor| self.queue.partition_point(|entry| entry.cursor() <= cursor);
        let begin = at(after);
        self.queue.range(begin..at(end).max(begin)).cloned().collect()
    }

    /// Whether an entry up to `end` waits.
    pub(crate) fn has(&self, end: Cursor) -> bool {
        self.queue.front().is_some_and(|entry| entry.cursor() <= end)
    }

    /// Lets go of the entries up to `end`, which are in the rows.
    pub(crate) fn done(&mut self, end: Cursor) {
        while self.has(end) {
            self.queue.pop_front();
        }
    }
}
