//! Keeps the ledger: reads the log, starts what is due, answers commands whose deadline has passed,
//! and saves checkpoints.

use std::sync::atomic::Ordering;
use std::time::Duration;

use contracts::lifecycle::{self, Expire};
use contracts::ports::{FeedItem, Flow};
use contracts::{Address, Caller, CommandId, Cursor, Entry, Envelope, Hash, Recorded, Timestamp};
use futures_util::StreamExt;
use tokio::sync::watch;
use tokio::time::Instant;

use super::checkpoint::{self, Place};
use super::doubt;
use super::insist::{Backoff, insist};
use super::task::Task;
use crate::runtime::Runtime;
use crate::runtime::decide::written;
use crate::runtime::shared::Shared;

/// How far the ledger has read.
#[derive(Debug, Clone, Copy, Default)]
pub struct Progress {
    /// From here.
    pub from: Cursor,
    /// Up to here.
    pub at: Cursor,
    /// Whether that is at least where the log stood at the start.
    pub complete: bool,
}

/// The longest that is slept before something whose time is known: clocks jump.
const TICK_MS: i64 = 250;

struct Keeper {
    runtime: Runtime,
    feed: Flow<FeedItem>,
    head: Cursor,
    complete: bool,
    progress: watch::Sender<Progress>,
    place: Place,
    saved: Place,
    saved_at: Instant,
    commits: u64,
}

/// Folds the log from the last checkpoint, then performs what it leaves to be done.
pub fn spawn(runtime: Runtime, head: Cursor, progress: watch::Sender<Progress>) {
    let tracker = runtime.shared.tasks.clone();
    tracker.spawn(async move {
        let shared = runtime.shared.clone();
        // Whoever waits for the end must not wait for a keeper that is gone.
        let _drained = shared.effects.drained.clone().drop_guard();
        let opening = Keeper::open(runtime, head, progress);
        let opened = tokio::select! {
            biased;
            () = shared.stop.cancelled() => None,
            () = shared.effects.draining.cancelled() => None,
            keeper = opening => Some(keeper),
        };
        if let Some(mut keeper) = opened {
            keeper.run().await;
        }
    });
}

impl Keeper {
    async fn open(runtime: Runtime, head: Cursor, progress: watch::Sender<Progress>) -> Self {
        let shared = runtime.shared.clone();
        let (folded, place) = checkpoint::load(&shared).await;
        shared.effects.board().ledger = folded.effects;
        shared.timers.restore(folded.timers);
        let feed = shared.world.feed.subscribe(place.cursor);
        let head = readable(&shared, place.cursor, head).await;
        let mut keeper = Self {
            runtime,
            feed,
            head,
            complete: false,
            progress,
            place,
            saved: place,
            saved_at: Instant::now(),
            commits: 0,
        };
        keeper.progress.send_modify(|told| told.from = place.cursor);
        keeper.moved(place.cursor);
        keeper
    }

    async fn run(&mut self) {
        let shared = self.runtime.shared.clone();
        loop {
            let pause = self.serve();
            // In a fixed order, so that a simulation of it can be repeated.
            tokio::select! {
                biased;
                () = shared.stop.cancelled() => return,
                () = shared.effects.draining.cancelled() => return self.drain().await,
                item = self.feed.next() => {
                    if !self.read(item) {
                        return;
                    }
                }
                () = shared.effects.changed.notified() => {}
                () = sleep(pause) => {}
            }
            self.save_when_due();
        }
    }

    /// Starts what may start, and says how long nothing more will.
    fn serve(&self) -> Option<Duration> {
        if !self.complete {
            return None;
        }
        let shared = &self.runtime.shared;
        let now = shared.world.clock.now();
        let (starts, expired, wake, news, doubted, pending) = {
            let mut board = shared.effects.board();
            let starts = board.pump(now);
            let expired = board.ledger.take_expired(now);
            let news = board.take_news();
            let doubted = news.work.iter().filter_map(|id| board.ledger.get(*id).cloned());
            let doubted: Vec<_> = doubted.collect();
            (starts, expired, board.next_wake(), news, doubted, board.ledger.len())
        };
        shared.counters.effects_pending.store(pending as u64, Ordering::Relaxed);
        for start in starts {
            shared.tasks.spawn(Task::new(self.runtime.clone(), start).run());
        }
        for (command, address) in expired {
            if !shared.shares.owns(address.partition()) {
                continue;
            }
            expire(&self.runtime, command, address);
        }
        if !doubted.is_empty() {
            shared.tasks.spawn(doubt::ask(self.runtime.clone(), doubted));
        }
        for (tenant, queue) in news.queues {
            shared.leases.ring(&tenant, &queue);
        }
        if news.all {
            shared.leases.ring_all();
        }
        wake.map(|at| pause_until(at, now))
    }

    /// Takes in the next entry; false when there will be none.
    fn read(&mut self, item: Option<FeedItem>) -> bool {
        match item {
            Some(Ok(entry)) => {
                if let Entry::Commit(recorded) = &entry {
                    self.fold(recorded);
                }
                self.moved(entry.cursor());
            }
            Some(Err(error)) => tracing::error!(%error, "ledger.interrupted"),
            None => {
                tracing::error!("ledger.ended");
                return false;
            }
        }
        true
    }

    fn fold(&mut self, recorded: &Recorded) {
        let shared = &self.runtime.shared;
        let now = shared.world.clock.now();
        shared.timers.see(recorded, |it| shared.shares.owns(it.address.partition()));
        {
            let mut board = shared.effects.board();
            let changes = board.ledger.fold(recorded);
            board.take_in(changes, now);
        }
        self.runtime.see_work(recorded);
        self.place = Place { cursor: recorded.cursor, hash: recorded.hash };
        self.commits += 1;
    }

    /// The log is read up to there.
    fn moved(&mut self, at: Cursor) {
        if !self.complete && at >= self.head {
            self.complete = true;
            let now = self.runtime.shared.world.clock.now();
            self.runtime.shared.effects.board().open(now);
            self.runtime.shared.timers.go_live();
        }
        let complete = self.complete;
        self.progress.send_modify(|told| *told = Progress { from: told.from, at, complete });
    }

    /// Saves a checkpoint now and then; nobody waits for it.
    fn save_when_due(&mut self) {
        let config = &self.runtime.shared.config;
        let interval = Duration::from_millis(config.checkpoint_interval_ms);
        let many = self.commits >= config.checkpoint_commits_min;
        if !self.complete || !many || !self.runtime.leads() || self.saved_at.elapsed() < interval {
            return;
        }
        (self.saved, self.commits, self.saved_at) = (self.place, 0, Instant::now());
        let (shared, place) = (self.runtime.shared.clone(), self.place);
        let bytes = checkpoint::bytes(&shared, place);
        let Some(bytes) = bytes else { return };
        let tracker = shared.tasks.clone();
        tracker.spawn(async move { checkpoint::save(&shared, bytes, place).await });
    }

    /// Lets calls that may be made only once end, and their outcomes be recorded; nothing more
    /// starts.
    async fn drain(&mut self) {
        let shared = self.runtime.shared.clone();
        shared.effects.board().close();
        let most = Duration::from_millis(shared.config.effect_drain_ms);
        let quiet = async {
            loop {
                let changed = shared.effects.changed.notified();
                if shared.effects.board().once_running() == 0 {
                    return;
                }
                changed.await;
            }
        };
        let quiet = tokio::time::timeout(most, quiet);
        if matches!(shared.stop.run_until_cancelled(quiet).await, Some(Err(_))) {
            let left = shared.effects.board().once_running();
            tracing::warn!(left, "effects.cut_off: they are unknown at the next start");
        }
        // Whoever owns the first partition saves; a node that goes has given it away.
        let alone = shared.cluster.is_none();
        if self.complete && alone && self.place != self.saved {
            let bytes = checkpoint::bytes(&shared, self.place);
            if let Some(bytes) = bytes {
                let most = Duration::from_millis(shared.config.checkpoint_wait_ms_max);
                let _ =
                    tokio::time::timeout(most, checkpoint::save(&shared, bytes, self.place)).await;
            }
        }
    }
}

/// The last position up to `head` at which something can be read. What the broker has lost at the
/// end of the log never comes, and must not be waited for.
pub async fn readable(shared: &Shared, floor: Cursor, head: Cursor) -> Cursor {
    let mut at = head;
    while at > floor {
        match shared.world.log.get(at).await {
            Ok(None) => at = Cursor(at.0 - 1),
            // Away: what comes will tell.
            Ok(Some(_)) | Err(_) => break,
        }
    }
    if at < head {
        tracing::error!(%head, readable = %at, "ledger.end_lost");
    }
    at
}

async fn sleep(pause: Option<Duration>) {
    match pause {
        Some(pause) => tokio::time::sleep(pause).await,
        None => std::future::pending().await,
    }
}

fn pause_until(at: Timestamp, now: Timestamp) -> Duration {
    let ms = at.millis_since(now).clamp(1, TICK_MS);
    Duration::from_millis(ms.unsigned_abs())
}

/// Answers an open command with `timeout`; tried until the actor has taken it.
fn expire(runtime: &Runtime, command: CommandId, address: Address) {
    let runtime = runtime.clone();
    let tracker = runtime.shared.tasks.clone();
    tracker.spawn(async move {
        let id = CommandId::derived("cambium expire command v1", &[&command.to_string()]);
        let input = match written(&Expire { command }) {
            Ok(input) => input,
            Err(refusal) => return tracing::error!(%command, %refusal, "expire.unwritten"),
        };
        let envelope = Envelope::new(id, address, lifecycle::EXPIRE, input, Caller::runtime());
        let seed = Hash::of(command.0.as_bytes());
        let mut backoff = Backoff::new(&runtime.shared.config, seed);
        loop {
            let told = insist(&runtime, envelope.clone(), seed, &|refusal| {
                tracing::warn!(%refusal, "expire.refused");
            });
            match told.await {
                // The clock was set back meanwhile: the deadline is ahead again.
                Ok(answer) if answer.reply["open"] == true => {}
                Ok(_) | Err(None) => return,
                Err(Some(_)) => {}
            }
            if !backoff.wait(&runtime.shared.stop).await {
                return;
            }
        }
    });
}
