//! The lane of copies that are not in step with the others yet.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use contracts::{Cursor, Hash};

use super::{Folded, Lane, Refilled, Retry, Source, fold, note_foreign};
use crate::core::Core;
use crate::error::Error;
use crate::model::Stem;
use crate::registry::{self, Slot, State};
use crate::store::Tx;

/// How a transaction of this lane ended.
enum Turn {
    /// There is more to read.
    Behind,
    /// The copies are in step with the others, or have stopped.
    Over,
}

/// Carries `stems` on from `position` until they meet the live models, and makes those that were
/// being built live. Ends early when all of them stop.
pub(super) async fn run(lane: &Lane, stems: BTreeSet<Stem>, position: Cursor, anchor: Hash) {
    let core = &lane.core;
    let mut source = Source::new(Arc::clone(&lane.feed), position, anchor, &core.config);
    let mut stems = stems;
    let mut failures = 0;
    loop {
        let went = turn(core, &mut source, &mut stems).await;
        match lane.weigh(went, &mut failures).await {
            Ok(Turn::Behind) => {}
            Ok(Turn::Over) | Err(Retry::Never) => return,
            Err(Retry::Now) => continue,
        }
        if lane.shutdown.is_cancelled() {
            return;
        }
        if source.has(Cursor(u64::MAX)) {
            continue;
        }
        match lane.refill(&mut source).await {
            Refilled::Ready => {}
            Refilled::Over => return,
            Refilled::Diverged => {
                lane.reset(|slot| stems.contains(&slot.stem)).await;
                return;
            }
        }
    }
}

async fn turn(core: &Core, source: &mut Source, stems: &mut BTreeSet<Stem>) -> Result<Turn, Error> {
    let _gate = core.gate.lock().await;
    let mut tx = core.store.begin().await?;
    let mut slots = registry::load(&mut tx).await?;
    // A rebuild may have put another copy in the place of ours.
    stems.retain(|stem| slots.iter().any(|slot| slot.stem == *stem && carried(slot)));
    // With the writer held nobody moves: this is where the others stand until we commit.
    let others = slots.iter().filter(|slot| slot.healthy() && !stems.contains(&slot.stem));
    let others = others.map(|slot| slot.checkpoint).max();
    let target = others.unwrap_or_else(|| source.feed_position());
    let mut stopped = BTreeSet::new();
    let position = advance(core, &mut tx, source, &mut slots, stems, &mut stopped, target).await?;
    let mut promotions = Vec::new();
    let arrived = position >= target;
    if arrived {
        let arrivals =
            slots.iter().filter(|s| stems.contains(&s.stem) && !stopped.contains(&s.stem));
        for mut slot in arrivals.cloned().collect::<Vec<_>>() {
            if slot.state == State::Building {
                promotions.push(core.promote(&mut tx, &mut slots, &slot.stem, false).await?);
            } else {
                slot.reason = None;
                slot.save(&mut tx).await?;
            }
        }
    }
    tx.commit().await?;
    for promotion in promotions {
        promotion.show();
    }
    if others.is_none() {
        note_foreign(&source.waiting(Cursor::ZERO, position));
    }
    source.done(position);
    core.publish(&slots).await;
    let left: BTreeSet<Stem> = stems.difference(&stopped).cloned().collect();
    *stems = left;
    if arrived || stems.is_empty() {
        core.changed.notify_one();
        return Ok(Turn::Over);
    }
    Ok(Turn::Behind)
}

/// Whether this lane carries copies such as `slot`.
fn carried(slot: &Slot) -> bool {
    matches!(slot.state, State::Live | State::Building)
}

/// Folds what waits up to `target`, and waits a moment for the rest when it is little. The
/// position of the copies after it.
async fn advance(
    core: &Core,
    tx: &mut Tx,
    source: &mut Source,
    slots: &mut [Slot],
    stems: &BTreeSet<Stem>,
    stopped: &mut BTreeSet<Stem>,
    target: Cursor,
) -> Result<Cursor, Error> {
    let mine = |slot: &Slot| stems.contains(&slot.stem);
    let mut position = slots.iter().filter(|s| mine(s)).map(|s| s.checkpoint).min();
    let deadline = tokio::time::Instant::now() + Duration::from_millis(core.config.landing_wait_ms);
    while let Some(at) = position.filter(|at| *at < target) {
        let entries = source.waiting(at, target);
        if let Some(end) = entries.last() {
            for slot in slots.iter_mut().filter(|s| mine(s)) {
                if stopped.contains(&slot.stem) {
                    continue;
                }
                let Some(model) = core.model(&slot.name) else { continue };
                if fold(tx, model, slot, &entries).await? == Folded::Stopped {
                    stopped.insert(slot.stem.clone());
                }
            }
            position = Some(end.cursor());
            continue;
        }
        let near = target.0 - at.0 <= core.config.batch_commits_max as u64;
        // Only while others are held back is it worth to wait here; trouble with the feed is
        // met again outside of the transaction.
        if !near || !matches!(tokio::time::timeout_at(deadline, source.fill()).await, Ok(Ok(()))) {
            break;
        }
    }
    Ok(position.unwrap_or(target))
}
