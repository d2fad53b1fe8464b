//! Building, meeting and swapping a fresh copy.

use std::sync::Arc;
use std::time::Duration;

use contracts::ports::Feed;
use contracts::{Cursor, Hash, Refusal, RefusalClass};

use super::compare::{self, Comparison};
use super::{Phase, Progress, RebuildMode, RebuildReport};
use crate::core::Core;
use crate::error::Error;
use crate::model::{COPIES, ModelRef, Stem};
use crate::registry::{self, Slot, State};
use crate::runner::{Dry, Folded, Source, fold};
use crate::store::{Snapshot, Tx};

/// A fresh copy of one model on its way.
pub(super) struct Build<'a> {
    core: &'a Core,
    model: &'a ModelRef,
    stem: Stem,
    source: Source,
    feed_failures: u32,
}

/// Both copies at the same position, with a frozen view on each.
struct Meeting {
    live: Slot,
    fresh: Slot,
    snapshots: (Snapshot, Snapshot),
}

impl<'a> Build<'a> {
    /// Makes the tables of the copy.
    pub(super) async fn begin(
        core: &'a Core,
        model: &'a ModelRef,
        feed: &Arc<dyn Feed>,
    ) -> Result<Self, Refusal> {
        let source = Source::new(Arc::clone(feed), Cursor::ZERO, Hash::ZERO, &core.config);
        let mut tx = core.store.begin().await?;
        let slots = registry::load(&mut tx).await?;
        let live = live(&slots, model.name)?;
        let taken = |stem: &Stem| {
            slots.iter().any(|slot| slot.stem == *stem && slot.state != State::Shadow)
        };
        let mut stems = (0..COPIES).map(|copy| Stem::new(model.name, live.version, copy));
        let stem = stems.find(|stem| !taken(stem));
        let stem = stem.ok_or_else(|| failed("there is no name left for a fresh copy"))?;
        // What a rebuild left behind that was dropped in the middle is of no use.
        for slot in slots.iter().filter(|s| s.name == model.name && s.state == State::Shadow) {
            tx.drop_tables(slot.stem.as_str()).await?;
            slot.remove(&mut tx).await?;
        }
        model.create(&mut tx, &stem).await?;
        Slot::empty(stem.clone(), model.name, live.version, State::Shadow).save(&mut tx).await?;
        tx.commit().await?;
        Ok(Self { core, model, stem, source, feed_failures: 0 })
    }

    /// Goes on with the copy that was kept: it was live once, and only what came since is missing.
    pub(super) async fn again(
        core: &'a Core,
        model: &'a ModelRef,
        feed: &Arc<dyn Feed>,
    ) -> Result<Self, Refusal> {
        let slots = core.slots().await?;
        let slot = kept(&slots, model.name)?;
        let (at, anchor) = (slot.checkpoint, slot.anchor);
        let source = Source::new(Arc::clone(feed), at, anchor, &core.config);
        Ok(Self { core, model, stem: slot.stem.clone(), source, feed_failures: 0 })
    }

    /// Builds, compares and, when asked to, swaps.
    pub(super) async fn run(
        &mut self,
        mode: RebuildMode,
        progress: &(impl Fn(Progress) + Send + Sync),
    ) -> Result<RebuildReport, Refusal> {
        let near = self.core.config.batch_commits_max as u64;
        loop {
            let (fresh, target) = self.step(progress).await?;
            if target.0.saturating_sub(fresh.checkpoint.0) <= near {
                break;
            }
            self.refill().await?;
        }
        let Meeting { live, fresh, snapshots: (mut left, mut right) } = self.meet().await?;
        self.tell(progress, Phase::Comparing, &fresh, live.checkpoint);
        let mut all = Comparison::new(self.core.config.rebuild_differences_max);
        let tables = self.model.tables(&live.stem).into_iter().zip(self.model.tables(&self.stem));
        for (live_table, fresh_table) in tables {
            compare::compare(&mut left, &live_table, &mut right, &fresh_table, &mut all).await?;
        }
        // The views would keep the engine from reusing what was written since.
        drop((left, right));
        let swaps = mode != RebuildMode::Check;
        if swaps {
            self.tell(progress, Phase::Swapping, &fresh, live.checkpoint);
            self.swap().await?;
        }
        Ok(RebuildReport {
            model: self.model.name.to_owned(),
            version: live.version,
            mode,
            rows: all.rows,
            rows_live: all.rows_live,
            commits: fresh.commits,
            cursor: fresh.checkpoint,
            seconds: 0.0,
            equal: all.differing == 0,
            differing: all.differing,
            differences: all.differences,
            rows_hash: all.hash,
            rows_hash_live: all.hash_live,
            swapped: swaps,
        })
    }

    fn tell(
        &self,
        progress: &(impl Fn(Progress) + Send + Sync),
        phase: Phase,
        fresh: &Slot,
        target: Cursor,
    ) {
        let (model, cursor) = (self.model.name, fresh.checkpoint);
        let told = Progress { model, phase, commits: fresh.commits, cursor, target };
        self.core.rebuilds.on_the_way(&told);
        progress(told);
    }

    /// One transaction of what waits, up to where the live copy stands.
    async fn step(
        &mut self,
        progress: &(impl Fn(Progress) + Send + Sync),
    ) -> Result<(Slot, Cursor), Refusal> {
        let mut tx = self.core.store.begin().await?;
        let slots = registry::load(&mut tx).await?;
        let target = live(&slots, self.model.name)?.checkpoint;
        let fresh = self.advance(&mut tx, &slots, target).await?;
        tx.commit().await.map_err(Refusal::from)?;
        self.source.done(fresh.checkpoint);
        self.tell(progress, Phase::Folding, &fresh, target);
        Ok((fresh, target))
    }

    /// Folds what waits up to `target`.
    async fn advance(
        &mut self,
        tx: &mut Tx,
        slots: &[Slot],
        target: Cursor,
    ) -> Result<Slot, Refusal> {
        let fresh = slots.iter().find(|slot| slot.stem == self.stem).cloned();
        let mut fresh = fresh.ok_or_else(|| failed("the fresh copy is gone"))?;
        let entries = self.source.waiting(fresh.checkpoint, target);
        match fold(tx, self.model, &mut fresh, &entries).await? {
            Folded::All => Ok(fresh),
            Folded::Stopped => {
                Err(failed(fresh.reason.map(|fault| fault.to_string()).unwrap_or_default()))
            }
        }
    }

    /// Waits for more entries.
    async fn refill(&mut self) -> Result<(), Refusal> {
        while let Err(dry) = self.source.fill().await {
            let error = match dry {
                Dry::Feed(error) => error,
                Dry::Diverged(reason) => return Err(failed(reason)),
            };
            self.feed_failures += 1;
            if self.feed_failures > self.core.config.rebuild_feed_failures_max {
                return Err(error.into());
            }
            tokio::time::sleep(self.core.config.pause(self.feed_failures)).await;
        }
        self.feed_failures = 0;
        Ok(())
    }

    /// Brings the fresh copy to where the live one stands, which is held there meanwhile, and
    /// takes a view on both.
    async fn meet(&mut self) -> Result<Meeting, Refusal> {
        let core = self.core;
        let _gate = core.gate.lock().await;
        let mut tx = core.store.begin().await?;
        let slots = registry::load(&mut tx).await?;
        let live = live(&slots, self.model.name)?.clone();
        let fresh = self.land(&mut tx, live.checkpoint).await?;
        tx.commit().await.map_err(Refusal::from)?;
        self.source.done(fresh.checkpoint);
        let snapshots = (core.store.snapshot().await?, core.store.snapshot().await?);
        Ok(Meeting { live, fresh, snapshots })
    }

    /// Puts the fresh copy in the place of the live one.
    async fn swap(&mut self) -> Result<(), Refusal> {
        let core = self.core;
        let _gate = core.gate.lock().await;
        let mut tx = core.store.begin().await?;
        let slots = registry::load(&mut tx).await?;
        let target = live(&slots, self.model.name)?.checkpoint;
        self.land(&mut tx, target).await?;
        let mut slots = registry::load(&mut tx).await?;
        let promotion = core.promote(&mut tx, &mut slots, &self.stem, true).await?;
        tx.commit().await.map_err(Refusal::from)?;
        promotion.show();
        core.publish(&slots).await;
        core.changed.notify_one();
        Ok(())
    }

    /// Folds everything up to `target` within `tx`. The live copy has read all of it, so the feed
    /// has it; were it gone, the wait is bounded.
    async fn land(&mut self, tx: &mut Tx, target: Cursor) -> Result<Slot, Refusal> {
        let wait = Duration::from_millis(self.core.config.landing_wait_ms);
        let deadline = tokio::time::Instant::now() + wait;
        loop {
            let slots = registry::load(tx).await?;
            let fresh = self.advance(tx, &slots, target).await?;
            if fresh.checkpoint >= target {
                return Ok(fresh);
            }
            self.source.done(fresh.checkpoint);
            tokio::time::timeout_at(deadline, self.refill()).await.map_err(|_| {
                failed(format!("the log does not reach cursor {target}, where the live rows stand"))
            })??;
        }
    }

    /// Drops the copy when it was not swapped in.
    pub(super) async fn drop_copy(&mut self) -> Result<(), Error> {
        let mut tx = self.core.store.begin().await?;
        let slots = registry::load(&mut tx).await?;
        let copy = slots.iter().find(|s| s.stem == self.stem && s.state == State::Shadow);
        if let Some(slot) = copy {
            tx.drop_tables(slot.stem.as_str()).await?;
            slot.remove(&mut tx).await?;
        }
        tx.commit().await
    }
}

fn live<'s>(slots: &'s [Slot], name: &str) -> Result<&'s Slot, Refusal> {
    slots.iter().find(|slot| slot.name == name && slot.state == State::Live).ok_or_else(|| {
        Refusal::unavailable(
            "read_model_building",
            format!("the read model {name} is being built from the log; try again"),
        )
    })
}

pub(super) fn kept<'s>(slots: &'s [Slot], name: &str) -> Result<&'s Slot, Refusal> {
    slots.iter().find(|slot| slot.name == name && slot.state == State::Kept).ok_or_else(|| {
        Refusal::new(
            RefusalClass::Conflict,
            "nothing_kept",
            format!("no former tables of the read model {name} are kept; a rebuild keeps them"),
        )
    })
}

fn failed(reason: impl Into<String>) -> Refusal {
    Refusal::new(RefusalClass::Internal, "rebuild_failed", reason)
}
