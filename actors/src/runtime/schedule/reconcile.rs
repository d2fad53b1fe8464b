//! Compares the log with the broker's schedules and repairs what differs: after the start, from
//! time to time, and on demand.

use std::collections::{BTreeMap, HashMap};
use std::time::Duration;

use contracts::ports::{PortError, Scheduled, TimerId};
use serde::{Deserialize, Serialize};

use super::desk::{MARK, Overdue};
use crate::runtime::Runtime;

/// Between two looks at a firing that never came there are at most so many reconciliations.
const OVERDUE_PAUSES_MAX: u32 = 64;

/// What a reconciliation found.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reconciled {
    /// Timers that are armed by the log.
    pub armed: usize,
    /// Schedules that the broker held.
    pub scheduled: usize,
    /// Timers that are set again: their schedule was missing, or another one.
    pub set: usize,
    /// Schedules that are cancelled: no timer of the log has them.
    pub cancelled: usize,
    /// Timers whose time has passed and whose firing is on its way.
    pub firing: usize,
}

/// Reconciles when the log is read, and then every `timer_reconcile_ms`.
pub fn spawn(runtime: &Runtime) {
    let runtime = runtime.clone();
    let shared = runtime.shared.clone();
    shared.tasks.spawn(async move {
        let shared = &runtime.shared;
        let every = Duration::from_millis(shared.config.timer_reconcile_ms.max(1));
        let work = async {
            while !shared.timers.is_live() {
                shared.timers.live.notified().await;
            }
            loop {
                match runtime.reconcile_timers().await {
                    Ok(Reconciled { set: 0, cancelled: 0, .. }) => {}
                    Ok(done) => tracing::warn!(
                        set = done.set,
                        cancelled = done.cancelled,
                        armed = done.armed,
                        "timers.repaired"
                    ),
                    Err(error) => tracing::warn!(%error, "timers.unreconciled"),
                }
                tokio::time::sleep(every).await;
            }
        };
        shared.stop.run_until_cancelled(work).await;
    });
}

impl Runtime {
    /// Makes the broker's schedules agree with the timers of the log, of the actors that are this
    /// process's.
    ///
    /// # Errors
    /// When the broker cannot be asked.
    pub async fn reconcile_timers(&self) -> Result<Reconciled, PortError> {
        let shared = &self.shared;
        let listed = shared.world.timers.list().await?;
        let mut found = Reconciled::default();
        // In a fixed order, so that a simulation can be repeated.
        let mut held = BTreeMap::new();
        for Scheduled { timer, at, headers } in listed {
            let mark = headers.into_iter().find(|(name, _)| name == MARK).map(|(_, mark)| mark);
            match timer {
                Ok(timer) if shared.shares.owns(timer.address.partition()) => {
                    held.insert(timer, (at, mark));
                }
                Ok(_) => {}
                Err(subject) => tracing::warn!(subject, "timer.foreign"),
            }
        }
        found.scheduled = held.len();
        let now = shared.world.clock.now();
        let mut guard = shared.timers.state();
        let state = &mut *guard;
        let mut touched = Vec::new();
        let mut overdue = HashMap::new();
        for (timer, alarm, parked) in state.ledger.all() {
            if !shared.shares.owns(timer.address.partition()) {
                continue;
            }
            found.armed += 1;
            let at = alarm.at(&timer);
            let right = held.remove(&timer).map(|(held_at, mark)| {
                held_at == Some(at) && mark.is_some_and(|mark| mark == alarm.mark())
            });
            if right == Some(true) || state.is_dirty(&timer) {
                continue;
            }
            if right == Some(false) || at > now {
                touched.push(timer);
                continue;
            }
            // It has fired, and waits in COMMANDS, in DEAD, or was lost there.
            found.firing += 1;
            let before = state.overdue.get(&timer).filter(|it| it.due == at);
            let next = before.map_or(Overdue { due: at, left: 1, pause: 1 }, |it| it.sooner());
            if next.left == 0 && !parked {
                touched.push(timer.clone());
                let pause = (next.pause * 2).min(OVERDUE_PAUSES_MAX);
                overdue.insert(timer, Overdue { due: at, left: pause, pause });
            } else {
                overdue.insert(timer, next);
            }
        }
        state.overdue = overdue;
        found.set = touched.len();
        let unwanted: Vec<TimerId> =
            held.into_keys().filter(|timer| !state.is_dirty(timer)).collect();
        found.cancelled = unwanted.len();
        touched.into_iter().chain(unwanted).for_each(|timer| state.touch(timer));
        drop(guard);
        shared.timers.wake();
        Ok(found)
    }
}

impl Overdue {
    const fn sooner(self) -> Self {
        Self { left: self.left.saturating_sub(1), ..self }
    }
}
