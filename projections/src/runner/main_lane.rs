//! The lane of all healthy live models.

use std::sync::Arc;

use tokio::time::{Duration, Instant, sleep_until};

use contracts::{Cursor, Entry, Hash};

use super::told::Told;
use super::{Folded, Lane, Refilled, Retry, Source, fold, note_foreign};
use crate::core::Core;
use crate::error::Error;
use crate::registry;

/// Carries the healthy live models on from `position`, until none is left or the program ends.
pub(super) async fn run(lane: &Lane, mut position: Cursor, anchor: Hash) {
    let core = &lane.core;
    let mut source = Source::new(Arc::clone(&lane.feed), position, anchor, &core.config);
    let mut failures = 0;
    let mut next = Instant::now();
    loop {
        match lane.refill(&mut source).await {
            Refilled::Ready => gather(lane, &mut source, next).await,
            Refilled::Over => return,
            Refilled::Diverged => {
                lane.reset(|slot| slot.healthy() && slot.checkpoint >= position).await;
                return;
            }
        }
        let entries = source.waiting(position, Cursor(u64::MAX));
        let Some(end) = entries.last().map(Entry::cursor) else { continue };
        next = Instant::now() + Duration::from_millis(core.config.gather_ms);
        let told = Told::begin(core.telemetry());
        let mut begun = Instant::now();
        loop {
            match lane.weigh(turn(core, position, &entries).await, &mut failures).await {
                Ok(true) => break,
                Ok(false) | Err(Retry::Never) => return,
                Err(Retry::Now) => begun = Instant::now(),
            }
        }
        let most = Duration::from_millis(core.config.batch_ms_max.max(1));
        source.wrote(entries.len(), begun.elapsed(), most);
        told.end(core.telemetry(), &entries);
        note_foreign(&entries);
        source.done(end);
        position = end;
    }
}

/// Lets entries come together until `next`, unless somebody waits for them.
///
/// A transaction writes each page that it touches once, however many of its rows change: under
/// load this is what most of the models' time goes to. After a quiet moment nothing is held back.
async fn gather(lane: &Lane, source: &mut Source, next: Instant) {
    while !source.is_full() && Instant::now() < next {
        tokio::select! {
            biased;
            () = lane.shutdown.cancelled() => return,
            () = lane.core.awaited.someone() => return,
            () = sleep_until(next) => return,
            // Trouble with the feed is met again once what is here has been written.
            filled = source.fill() => if filled.is_err() { return },
        }
    }
}

/// One transaction: the rows of all members and their checkpoints. `false` = there are no members.
async fn turn(core: &Core, position: Cursor, entries: &[Entry]) -> Result<bool, Error> {
    let _gate = core.gate.lock().await;
    let mut tx = core.store.begin().await?;
    let mut slots = registry::load(&mut tx).await?;
    let (mut members, mut stopped) = (0, false);
    for slot in &mut slots {
        // A copy that is behind has a lane of its own; one that is ahead waits here.
        if !slot.healthy() || slot.checkpoint < position {
            continue;
        }
        let Some(model) = core.model(&slot.name) else { continue };
        members += 1;
        stopped |= fold(&mut tx, model, slot, entries).await? == Folded::Stopped;
    }
    tx.commit().await?;
    core.publish(&slots).await;
    if stopped {
        core.changed.notify_one();
    }
    Ok(members > 0)
}
