//! Keeps the directory: reads what made it, then follows the tail, and proves from time to time
//! that it has read all there is.

use std::sync::Arc;
use std::time::Duration;

use contracts::ports::{Feed, FeedItem, Flow, Log, PortError};
use contracts::{Cursor, Entry};
use futures_util::StreamExt as _;
use tokio::time::Instant;

use super::fold::Fold;
use super::{Directory, kinds};
use crate::runtime::shared::Shared;

/// How often the reading at the start is tried again.
const OPEN_ATTEMPTS_MAX: u32 = 20;

/// A directory that has read the log up to where it stood, and what goes on from there.
pub struct Opened {
    /// What the gate asks.
    pub directory: Arc<Directory>,
    fold: Fold,
    at: Cursor,
}

/// Reads the commits of organizations and principals up to `head`.
///
/// # Errors
/// When the log cannot be read.
pub async fn open(log: &dyn Log, head: Cursor) -> Result<Opened, PortError> {
    let (directory, mut fold, mut at) =
        (Arc::new(Directory::default()), Fold::default(), Cursor::ZERO);
    let mut attempts = 0;
    while let Err(error) = read(log, &mut fold, &mut at, head).await {
        attempts += 1;
        if attempts >= OPEN_ATTEMPTS_MAX || !matches!(error, PortError::Unavailable(_)) {
            return Err(error);
        }
        tracing::warn!(%error, "directory.read_again");
        tokio::time::sleep(Duration::from_millis(50 * u64::from(attempts))).await;
    }
    directory.publish(fold.snapshot().clone());
    directory.moved(head);
    directory.refresh(Instant::now());
    Ok(Opened { directory, fold, at: head })
}

async fn read(
    log: &dyn Log,
    fold: &mut Fold,
    at: &mut Cursor,
    head: Cursor,
) -> Result<(), PortError> {
    let mut messages = log.read_kinds(&kinds(), *at, head);
    while let Some(stored) = messages.next().await {
        let entry = Entry::from(stored?);
        fold.take(&entry);
        *at = entry.cursor();
    }
    Ok(())
}

/// Follows the tail until the runtime stops.
pub fn spawn(shared: &Arc<Shared>, opened: Opened) {
    let Opened { directory, fold, at } = opened;
    let feed: Arc<dyn Feed> = shared.world.feed.clone();
    let feed = feed.subscribe(at);
    shared.effects.switched(fold.snapshot().policies.clone());
    let keeping = Keeper { shared: shared.clone(), directory, fold, feed };
    let stop = shared.stop.clone();
    shared.tasks.spawn(async move { stop.run_until_cancelled(keeping.run()).await });
    let (stop, beating) = (shared.stop.clone(), shared.clone());
    shared.tasks.spawn(async move { stop.run_until_cancelled(beat(&beating)).await });
}

struct Keeper {
    shared: Arc<Shared>,
    directory: Arc<Directory>,
    fold: Fold,
    feed: Flow<FeedItem>,
}

impl Keeper {
    async fn run(mut self) {
        while let Some(item) = self.feed.next().await {
            match item {
                Ok(entry) => {
                    if let Entry::Commit(recorded) = &entry {
                        self.shared.gate.meter.see(self.fold.snapshot(), recorded);
                    }
                    if self.fold.take(&entry) {
                        self.publish();
                    }
                    self.directory.moved(entry.cursor());
                }
                Err(error) => tracing::error!(%error, "directory.interrupted"),
            }
        }
        tracing::error!("directory.ended");
    }
}

impl Keeper {
    fn publish(&self) {
        let (before, now) = (self.directory.snapshot(), self.fold.snapshot().clone());
        let policies = now.policies.clone();
        self.directory.publish(now);
        if !Arc::ptr_eq(&before.policies, &policies) {
            self.shared.effects.switched(policies);
        }
    }
}

/// Notes again and again that the directory lives: it goes on reading, or has read all there is.
/// As long as neither holds, it grows stale.
async fn beat(shared: &Shared) {
    let pause = Duration::from_millis(shared.config.directory_beat_ms.max(1));
    tokio::join!(progress(shared, pause), probe(shared, pause));
}

/// A directory under load is always a little behind, and goes on.
async fn progress(shared: &Shared, pause: Duration) {
    let directory = &shared.directory;
    let mut seen = directory.as_of();
    loop {
        tokio::time::sleep(pause).await;
        let at = directory.as_of();
        if std::mem::replace(&mut seen, at) != at {
            directory.refresh(Instant::now());
        }
    }
}

/// Where nothing happens the log is asked where it stands.
async fn probe(shared: &Shared, pause: Duration) {
    let patience = Duration::from_millis(shared.config.directory_stale_ms / 2 + 1);
    loop {
        let begun = Instant::now();
        if let Ok(head) = shared.world.log.head().await {
            let directory = &shared.directory;
            let reached = tokio::time::timeout(patience, directory.reached(head)).await.is_ok();
            // What the broker has lost at the end of the log never comes.
            if reached || matches!(shared.world.log.get(head).await, Ok(None)) {
                directory.refresh(begun);
            }
        }
        tokio::time::sleep(pause).await;
    }
}
