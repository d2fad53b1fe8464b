//! The runner: reads the feed and keeps every copy of every model in step with it.
//!
//! The *main lane* carries all healthy live models, which stand at the same position, in shared
//! transactions. A copy that stands elsewhere (built for the first time or for a new version, or
//! stopped by a fault) has a lane of its own until it meets the others. Each transaction reads the
//! checkpoints that it moves, so a lane can be dropped, repeated or run twice without harm.

mod catch_up;
mod fold;
mod main_lane;
mod source;
mod told;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use contracts::ports::Feed;
use contracts::{Cursor, Entry};
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

pub(crate) use fold::{Folded, fold};
pub(crate) use source::{Dry, Source};

use crate::core::Core;
use crate::error::Error;
use crate::model::Stem;
use crate::registry::{Slot, State};
use crate::store::Engine;

/// What every lane needs.
#[derive(Clone)]
struct Lane {
    core: Arc<Core>,
    feed: Arc<dyn Feed>,
    shutdown: CancellationToken,
}

/// Which lane ended.
enum Ended {
    Main,
    CatchUp(BTreeSet<Stem>),
}

/// Runs until `shutdown`; then ends after the transactions that are under way.
///
/// Of several processes with one database, one carries the models on; the others show what it has
/// written, and take over when its session ends.
pub(crate) async fn run(core: Arc<Core>, feed: Arc<dyn Feed>, shutdown: CancellationToken) {
    let lane = Lane { core, feed, shutdown };
    let mut failures = 0;
    while !lane.shutdown.is_cancelled() {
        let asked = match lane.core.lead().await {
            Ok(()) => {
                lane.core.set_trouble(None);
                failures = 0;
                lanes(&lane).await;
                continue;
            }
            Err(Error::Elsewhere(_)) => lane.core.follow().await,
            Err(error) => Err(error),
        };
        match asked {
            Ok(()) => {
                lane.core.set_trouble(None);
                failures = 0;
                lane.look_again().await;
            }
            Err(error) => {
                failures += 1;
                lane.core.set_trouble(Some(error.to_string()));
                lane.rest(failures).await;
            }
        }
    }
}

/// Runs the lanes, until `shutdown` or until this process does not write any more.
async fn lanes(lane: &Lane) {
    let mut running = Running {
        lanes: JoinSet::new(),
        main: false,
        busy: BTreeSet::new(),
        failures: BTreeMap::new(),
        woken: lane.core.woken.subscribe(),
    };
    while lane.core.store.leads() {
        match lane.core.slots().await {
            Ok(slots) => running.start(lane, &slots),
            Err(error) => {
                tracing::warn!(error = %error, "the registry of the read models cannot be read");
                lane.rest(1).await;
            }
        }
        tokio::select! {
            biased;
            () = lane.shutdown.cancelled() => break,
            Some(ended) = running.lanes.join_next() => running.note(lane, ended).await,
            () = lane.core.changed.notified() => {}
            () = lane.beat() => {}
        }
    }
    if lane.shutdown.is_cancelled() {
        while running.lanes.join_next().await.is_some() {}
    } else {
        // Whatever they are about to write has no session any more.
        running.lanes.shutdown().await;
    }
}

/// The lanes that run.
struct Running {
    lanes: JoinSet<Ended>,
    main: bool,
    busy: BTreeSet<Stem>,
    /// How often each copy stopped without having met the others since.
    failures: BTreeMap<Stem, u32>,
    /// What operators let pass since the lanes were last looked at.
    woken: watch::Receiver<u64>,
}

impl Running {
    /// Starts the lanes that are missing.
    fn start(&mut self, lane: &Lane, slots: &[Slot]) {
        // A copy of before, so that what was let pass since the last look wakes who rests.
        let woken = self.woken.clone();
        let _seen = *self.woken.borrow_and_update();
        let healthy: Vec<&Slot> = slots.iter().filter(|slot| slot.healthy()).collect();
        for slot in &healthy {
            self.failures.remove(&slot.stem);
        }
        let top = healthy.iter().max_by_key(|slot| slot.checkpoint).copied();
        if let Some(top) = top.filter(|_| !self.main) {
            self.main = true;
            let (lane, cursor, anchor) = (lane.clone(), top.checkpoint, top.anchor);
            self.lanes.spawn(async move {
                main_lane::run(&lane, cursor, anchor).await;
                Ended::Main
            });
        }
        let in_step = |slot: &Slot| {
            slot.healthy() && top.is_some_and(|top| top.checkpoint == slot.checkpoint)
        };
        let mut groups: BTreeMap<(u32, Cursor), Vec<&Slot>> = BTreeMap::new();
        for slot in slots {
            let wanted = matches!(slot.state, State::Live | State::Building);
            if !wanted || in_step(slot) || self.busy.contains(&slot.stem) {
                continue;
            }
            let failures = self.failures.entry(slot.stem.clone()).or_default();
            *failures += u32::from(slot.reason.is_some());
            groups.entry((*failures, slot.checkpoint)).or_default().push(slot);
        }
        for ((failures, cursor), group) in groups {
            let anchor = group[0].anchor;
            let stems: BTreeSet<Stem> = group.iter().map(|slot| slot.stem.clone()).collect();
            self.busy.extend(stems.iter().cloned());
            let (lane, mut woken) = (lane.clone(), woken.clone());
            self.lanes.spawn(async move {
                if failures > 0 {
                    tokio::select! {
                        () = lane.rest(failures) => {}
                        Ok(()) = woken.changed() => {}
                    }
                }
                catch_up::run(&lane, stems.clone(), cursor, anchor).await;
                Ended::CatchUp(stems)
            });
        }
    }

    /// Notes that a lane ended.
    async fn note(&mut self, lane: &Lane, ended: Result<Ended, tokio::task::JoinError>) {
        match ended {
            Ok(Ended::Main) => self.main = false,
            Ok(Ended::CatchUp(stems)) => self.busy.retain(|stem| !stems.contains(stem)),
            Err(error) => {
                // Which lane it was is unknown; all are started anew from their checkpoints.
                tracing::error!(error = %error, "a lane of the read models ended by a fault");
                self.lanes.shutdown().await;
                (self.main, self.busy) = (false, BTreeSet::new());
                lane.rest(1).await;
            }
        }
    }
}

impl Lane {
    /// Says again and again that this process writes; ends when it cannot.
    async fn beat(&self) {
        if self.core.store.engine() == Engine::Sqlite {
            // Nobody listens.
            return std::future::pending().await;
        }
        let pause = Duration::from_millis(self.core.config.postgres.beat_ms);
        loop {
            tokio::time::sleep(pause).await;
            if let Err(error) = self.core.store.beat().await {
                self.core.set_trouble(Some(error.to_string()));
                return;
            }
        }
    }

    /// Waits until it is time to look again at what another process writes: soon when somebody
    /// waits for it.
    async fn look_again(&self) {
        let pause = Duration::from_millis(self.core.config.postgres.follow_poll_ms);
        let soon = pause.min(FOLLOW_SOON);
        tokio::select! {
            biased;
            () = self.shutdown.cancelled() => return,
            () = self.core.awaited.someone() => {}
            () = tokio::time::sleep(pause.saturating_sub(soon)) => {}
        }
        self.rest_for(soon).await;
    }

    /// Pauses after the `failures`-th failure in a row, less when the program ends.
    async fn rest(&self, failures: u32) {
        self.rest_for(self.core.config.pause(failures)).await;
    }

    async fn rest_for(&self, pause: Duration) {
        tokio::select! {
            biased;
            () = self.shutdown.cancelled() => {}
            () = tokio::time::sleep(pause) => {}
        }
    }

    /// Notes how a transaction went: `Ok` with what it led to, or `Err` after a pause, with
    /// whether it is to be tried again. `failures` counts those in a row.
    async fn weigh<T>(&self, went: Result<T, Error>, failures: &mut u32) -> Result<T, Retry> {
        match went {
            Ok(done) => {
                if *failures > 0 {
                    self.core.set_trouble(None);
                }
                *failures = 0;
                Ok(done)
            }
            Err(error) => {
                *failures += 1;
                self.core.set_trouble(Some(error.to_string()));
                if !self.core.store.leads() {
                    return Err(Retry::Never);
                }
                self.rest(*failures).await;
                Err(if self.shutdown.is_cancelled() { Retry::Never } else { Retry::Now })
            }
        }
    }

    /// Waits for entries.
    async fn refill(&self, source: &mut Source) -> Refilled {
        let mut failures = 0;
        loop {
            let filled = tokio::select! {
                biased;
                () = self.shutdown.cancelled() => return Refilled::Over,
                filled = source.fill() => filled,
            };
            match filled {
                Ok(()) => return Refilled::Ready,
                Err(Dry::Feed(error)) => {
                    failures += 1;
                    if failures == 1 {
                        tracing::warn!(error = %error, "the feed of the read models broke off");
                    }
                    self.rest(failures).await;
                }
                Err(Dry::Diverged(reason)) => {
                    tracing::error!(
                        reason = %reason,
                        "the log is not the one that the read models have read; \
                         they are built again"
                    );
                    return Refilled::Diverged;
                }
            }
        }
    }

    /// Empties the copies that `which` names, whose rows are of another log.
    async fn reset(&self, which: impl Fn(&Slot) -> bool + Sync) {
        let mut failures = 0;
        while let Err(Retry::Now) = self.weigh(self.core.reset(&which).await, &mut failures).await {
        }
    }
}

/// How soon somebody who waits is served by a process that follows another one.
const FOLLOW_SOON: Duration = Duration::from_millis(10);

/// Whether a transaction that failed is tried again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Retry {
    Now,
    Never,
}

/// How a wait for entries ended.
enum Refilled {
    /// There are some.
    Ready,
    /// The program ends.
    Over,
    /// The log is not the one that was read before.
    Diverged,
}

/// Each foreign message is told once, by the lane that first goes past it.
fn note_foreign(entries: &[Entry]) {
    for entry in entries {
        if let Entry::Foreign(foreign) = entry {
            tracing::warn!(
                cursor = foreign.cursor.0,
                actor = foreign.address.as_ref().map(ToString::to_string),
                reason = %foreign.reason,
                "a message that is no commit was skipped by the read models"
            );
        }
    }
}
