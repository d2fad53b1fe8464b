//! Building, meeting and swapping a fresh copy.

use std::sync::Arc;
use std::time::Duration;

use contracts::ports::Feed;
use contracts::{Cursor, Hash, Refusal, RefusalClass};

use super::compare::{self, Comparison};
use super::{Progress, RebuildMode, RebuildReport};
use crate::core::Core;
use crate::error::Error;
use crate::model::{ModelRef, Stem};
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
        let first = Stem::new(model.name, live.version, false);
        let other = Stem::new(model.name, live.version, true);
        let stem = if live.stem == first { other } else { first };
        model.create(&mut tx, &stem).await?;
        Slot::empty(stem.clone(), model.name, live.version, State::Shadow).save(&mut tx).await?;
        tx.commit().await?;
        Ok(Self { core, model, stem, source, feed_failures: 0 })
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
        let mut all = Comparison::new(self.core.config.rebuild_differences_max);
        let tables = self.model.tables(&live.stem).into_iter().zip(self.model.tables(&self.stem));
        for (live_table, fresh_table) in tables {
            compare::compare(&mut left, &live_table, &mut right, &fresh_table, &mut all).await?;
        }
        // The views would keep the engine from reusing what was written since.
        drop((left, right));
        if mode == RebuildMode::Swap {
            self.swap().await?;
        }
        Ok(RebuildReport {
            model: self.model.name.to_owned(),
            version: live.version,
            rows: all.rows,
            commits: fresh.commits,
            cursor: fresh.checkpoint,
            seconds: 0.0,
            equal: all.differing == 0,
            differing: all.differing,
            differences: all.differences,
            rows_hash: all.hash,
            swapped: mode == RebuildMode::Swap,
        })
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
        progress(Progress {
            model: self.model.name,
            commits: fresh.commits,
            cursor: fresh.checkpoint,
            target,
        });
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
        let entries = self.source.waiting(target);
        match fold(tx, self.model, &mut fresh, &entries).await? {
            Folded::All => Ok(fresh),
            Folded::Stopped => Err(failed(fresh.reason.unwrap_or_default())),
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
        let promotion = core.promote(&mut tx, &mut slots, &self.stem).await?;
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

fn failed(reason: impl Into<String>) -> Refusal {
    Refusal::new(RefusalClass::Internal, "rebuild_failed", reason)
}
