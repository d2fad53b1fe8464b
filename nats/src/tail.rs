//! The process's one live reader of EVENTS: each message decoded once, the last ones kept in a
//! ring, subscribers served from it. Who is behind the ring reads the log by a reader of its own
//! and joins when it has caught up.

use std::collections::{BTreeMap, VecDeque};
use std::panic::AssertUnwindSafe;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use contracts::commit::Commit;
use contracts::entry::{Stored, Unowned};
use contracts::ports::{Feed, FeedItem, Flow, Fut, Log, PortError};
use contracts::{Address, Cursor, Entry, Hash};
use futures_util::{FutureExt as _, StreamExt as _};
use serde::{Deserialize, Serialize};
use tokio_util::task::AbortOnDropHandle;

use crate::offered::Offered;
use crate::position::{Mover, Position};

/// What the tail may keep in memory.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    /// Entries in the ring.
    pub entries_max: usize,
    /// Stored bytes of the entries in the ring.
    pub bytes_max: usize,
    /// Commits of this process that are kept until they come by, instead of being decoded.
    pub offered_max: usize,
    /// The pause before the tail is started again after an error, in milliseconds.
    pub restart_delay_ms: u64,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            entries_max: 16_384,
            bytes_max: 16 * 1024 * 1024,
            offered_max: 2_048,
            restart_delay_ms: 250,
        }
    }
}

/// Entries handed over under one lock.
const BATCH_ENTRIES_MAX: usize = 64;

/// The tail. Dropping it ends its subscribers' streams.
#[derive(Debug)]
pub struct Tail {
    shared: Arc<Shared>,
    seen: Position,
    mover: Arc<Mover>,
    _follower: AbortOnDropHandle<()>,
}

struct Shared {
    log: Arc<dyn Log>,
    config: Config,
    ring: Mutex<Ring>,
    offered: Mutex<Offered>,
}

impl std::fmt::Debug for Shared {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Shared").field("config", &self.config).finish_non_exhaustive()
    }
}

/// Every entry after `floor` up to the tail's position, in order.
struct Ring {
    floor: Cursor,
    entries: VecDeque<Entry>,
    bytes: usize,
    /// What this process has stored behind what it has not seen yet.
    ahead: BTreeMap<Cursor, Entry>,
}

impl Tail {
    /// Starts the tail at the head of `log`: what is older is read by the subscribers who want it.
    ///
    /// # Errors
    /// When the head cannot be read.
    pub async fn start(log: Arc<dyn Log>, config: Config) -> Result<Self, PortError> {
        let head = log.head().await?;
        let (entries, ahead) = (VecDeque::new(), BTreeMap::new());
        let ring = Mutex::new(Ring { floor: head, entries, bytes: 0, ahead });
        let shared = Arc::new(Shared { log, config, ring, offered: Mutex::default() });
        let (mover, seen) = Position::starting_at(head);
        let mover = Arc::new(mover);
        let follower = tokio::spawn(follow_always(Arc::clone(&shared), Arc::clone(&mover)));
        Ok(Self { shared, seen, mover, _follower: AbortOnDropHandle::new(follower) })
    }
}

impl Feed for Tail {
    fn subscribe(&self, after: Cursor) -> Flow<FeedItem> {
        let subscriber = Subscriber {
            shared: Arc::clone(&self.shared),
            seen: self.seen.clone(),
            after,
            ready: VecDeque::new(),
            reader: None,
            broke_off: false,
            ended: false,
        };
        Box::pin(futures_util::stream::unfold(subscriber, |mut subscriber| async move {
            subscriber.next().await.map(|item| (item, subscriber))
        }))
    }

    fn of_actor<'a>(
        &'a self,
        address: &'a Address,
        after: Cursor,
        limit: usize,
    ) -> Fut<'a, Result<Vec<Entry>, PortError>> {
        Box::pin(async move {
            let read = self.shared.log.read(address, after, limit).await?;
            Ok(read.into_iter().map(Entry::from).collect())
        })
    }

    fn position(&self) -> Cursor {
        self.seen.get()
    }

    fn head(&self) -> Fut<'_, Result<Cursor, PortError>> {
        self.shared.log.head()
    }

    fn offer(&self, hash: Hash, commit: Commit) {
        let mut offered = self.shared.offered.lock().unwrap_or_else(PoisonError::into_inner);
        offered.keep(hash, commit, self.shared.config.offered_max);
    }

    fn stored(&self, stored: Stored) {
        let entry = self.shared.entry(Ok(stored));
        self.shared.ring().stored(entry, &self.mover, &self.shared.config);
    }

    fn reached(&self, cursor: Cursor) -> Fut<'_, ()> {
        let seen = self.seen.clone();
        Box::pin(async move {
            if !seen.reached(cursor).await {
                // The tail is gone, so the cursor is never reached.
                std::future::pending::<()>().await;
            }
        })
    }
}

/// Follows the log for ever. A fault of ours must not end it silently: it is told, and the tail
/// begins again from where it stood.
async fn follow_always(shared: Arc<Shared>, mover: Arc<Mover>) {
    loop {
        if AssertUnwindSafe(follow(&shared, &mover)).catch_unwind().await.is_err() {
            tracing::error!(cursor = mover.get().0, "the tail ended by a fault; it starts again");
        }
        tokio::time::sleep(Duration::from_millis(shared.config.restart_delay_ms)).await;
    }
}

/// Reads the log for ever; after an error, again from where it stood.
async fn follow(shared: &Shared, mover: &Mover) {
    loop {
        let mut messages = shared.log.follow(mover.get());
        while let Some(item) = messages.next().await {
            match item {
                Ok(message) if cursor(&message) <= mover.get() => shared.ring().compare(&message),
                Ok(message) => {
                    let entry = shared.entry(message);
                    shared.ring().came(entry, mover, &shared.config);
                }
                Err(error) => {
                    tracing::error!(error = %error, "the tail lost the log; it starts again");
                    break;
                }
            }
        }
        tokio::time::sleep(Duration::from_millis(shared.config.restart_delay_ms)).await;
    }
}

fn cursor(message: &Result<Stored, Unowned>) -> Cursor {
    message.as_ref().map_or_else(Unowned::cursor, |stored| stored.cursor)
}

/// What a message of the log says.
fn decode(message: Result<Stored, Unowned>) -> Entry {
    message.map_or_else(Entry::from, Entry::from)
}

fn weight(entry: &Entry) -> usize {
    match entry {
        Entry::Commit(recorded) => recorded.raw.len(),
        Entry::Foreign(foreign) => foreign.reason.len(),
    }
}

impl Shared {
    /// What a message says, decoded only when this process has not made it.
    fn entry(&self, message: Result<Stored, Unowned>) -> Entry {
        let stored = match message {
            Ok(stored) => stored,
            foreign => return decode(foreign),
        };
        let mut offered = self.offered.lock().unwrap_or_else(PoisonError::into_inner);
        let entry = offered.entry(stored);
        drop(offered);
        entry.unwrap_or_else(Entry::from)
    }

    fn ring(&self) -> MutexGuard<'_, Ring> {
        // A panic cannot leave the ring half changed, so a poisoned lock is still sound.
        self.ring.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Ring {
    /// What came by is the tail's end now, with what follows it.
    fn came(&mut self, entry: Entry, mover: &Mover, config: &Config) {
        let mut end = entry.cursor();
        // It was taken in meanwhile.
        if end <= mover.get() {
            return;
        }
        self.push(entry, config);
        while let Some(first) = self.ahead.first_entry().filter(|it| *it.key() <= end.next()) {
            let (cursor, entry) = first.remove_entry();
            if cursor > end {
                self.push(entry, config);
                end = cursor;
            }
        }
        // Under the lock, so that no older end is told after a newer one.
        mover.move_to(end);
    }

    /// What this process has stored is the tail's end now, or waits for what stands before it.
    fn stored(&mut self, entry: Entry, mover: &Mover, config: &Config) {
        let (at, cursor) = (mover.get(), entry.cursor());
        if cursor == at.next() {
            self.came(entry, mover, config);
        } else if cursor > at && self.ahead.len() < config.offered_max {
            self.ahead.insert(cursor, entry);
        }
    }

    /// What comes by a second time must be what the log said was stored there.
    fn compare(&self, message: &Result<Stored, Unowned>) {
        let cursor = cursor(message);
        let place = self.entries.binary_search_by_key(&cursor, Entry::cursor);
        let Some(Entry::Commit(known)) = place.ok().and_then(|place| self.entries.get(place))
        else {
            return;
        };
        if message.as_ref().map_or(true, |stored| stored.payload != known.raw) {
            tracing::error!(%cursor, "the log holds something else than it said it had stored");
        }
    }

    fn push(&mut self, entry: Entry, config: &Config) {
        debug_assert!(self.entries.back().is_none_or(|last| last.cursor() < entry.cursor()));
        self.bytes += weight(&entry);
        self.entries.push_back(entry);
        while self.entries.len() > config.entries_max || self.bytes > config.bytes_max {
            let Some(oldest) = self.entries.pop_front() else { break };
            self.bytes -= weight(&oldest);
            self.floor = oldest.cursor();
        }
    }

    /// Entries after `after`, at most [`BATCH_ENTRIES_MAX`]; `None` when some have left the ring.
    fn after(&self, after: Cursor) -> Option<VecDeque<Entry>> {
        if after < self.floor {
            return None;
        }
        let from = self.entries.partition_point(|entry| entry.cursor() <= after);
        Some(self.entries.iter().skip(from).take(BATCH_ENTRIES_MAX).cloned().collect())
    }
}

struct Subscriber {
    shared: Arc<Shared>,
    seen: Position,
    after: Cursor,
    ready: VecDeque<Entry>,
    reader: Option<Flow<Result<Result<Stored, Unowned>, PortError>>>,
    broke_off: bool,
    ended: bool,
}

impl Subscriber {
    /// The next entry. A reader that broke off is told once and begun again: whoever listens must
    /// not end because the log was away for a moment.
    async fn next(&mut self) -> Option<FeedItem> {
        if std::mem::take(&mut self.broke_off) {
            let pause = self.shared.config.restart_delay_ms;
            tokio::time::sleep(Duration::from_millis(pause)).await;
        }
        while !self.ended {
            if let Some(entry) = self.ready.pop_front() {
                self.after = entry.cursor();
                return Some(Ok(entry));
            }
            let kept = self.shared.ring().after(self.after);
            match kept {
                Some(ready) if ready.is_empty() => {
                    self.reader = None;
                    // What moves the position has put its entry into the ring before.
                    self.ended = !self.seen.reached(Cursor(self.after.0 + 1)).await;
                }
                Some(ready) => {
                    self.reader = None;
                    self.ready = ready;
                }
                None => return self.read().await,
            }
        }
        None
    }

    /// The next entry straight from the log.
    async fn read(&mut self) -> Option<FeedItem> {
        let (shared, after) = (&self.shared, self.after);
        let reader = self.reader.get_or_insert_with(|| shared.log.follow(after));
        match reader.next().await {
            Some(Ok(message)) => {
                let entry = decode(message);
                self.after = entry.cursor();
                Some(Ok(entry))
            }
            Some(Err(error)) => Some(Err(self.broken(error))),
            None => {
                let reason = "the log's reader ended".to_owned();
                Some(Err(self.broken(PortError::Unavailable(reason))))
            }
        }
    }

    fn broken(&mut self, error: PortError) -> PortError {
        self.reader = None;
        self.broke_off = true;
        error
    }
}
