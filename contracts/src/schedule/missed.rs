//! What becomes of runs whose time passed while nobody could run them.

use serde::{Deserialize, Serialize};

use super::Compiled;
use crate::time::Timestamp;

/// A run that begins so long after its time, in milliseconds, was missed; so was one behind which
/// the next is due already.
pub const MISSED_AFTER_MS: u64 = 60_000;

/// Missed runs that [`Missed::All`] makes up for, unless the timer says otherwise.
pub const MISSED_RUNS_MAX: u32 = 100;

/// Missed runs are counted up to here.
pub const MISSED_COUNTED_MAX: u32 = 10_000;

/// What becomes of missed runs.
#[derive(
    Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum Missed {
    /// They are left out: the next run is the next in time.
    Skip,
    /// One run makes up for all.
    #[default]
    Once,
    /// Each is made up for, in order; of too many the latest.
    All,
}

impl Missed {
    /// Whether it is what a timer has that says nothing.
    #[must_use]
    pub const fn is_default(&self) -> bool {
        matches!(self, Self::Once)
    }
}

/// What a firing leads to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Step {
    /// Whether the command runs.
    pub runs: bool,
    /// The time that the run was planned for, or the last that was left out.
    pub due: Timestamp,
    /// Runs that were left out beside this one.
    pub missed: u32,
    /// When the timer fires again.
    pub next: Option<Timestamp>,
}

/// What is asked of [`step`].
#[derive(Debug, Clone, Copy)]
pub struct Firing<'a> {
    /// How the timer recurs.
    pub schedule: &'a Compiled,
    /// What becomes of missed runs.
    pub missed: Missed,
    /// Of how many at most.
    pub missed_runs_max: u32,
    /// What it was set for.
    pub due: Timestamp,
    /// By how much that was put off on purpose, in milliseconds.
    pub jitter_ms: u64,
}

/// What the firing of a timer that was set for `due` leads to at `now`.
#[must_use]
pub fn step(firing: Firing<'_>, now: Timestamp) -> Step {
    let Firing { schedule, due, missed, missed_runs_max, jitter_ms } = firing;
    let late = |due: Timestamp| {
        let late_ms = u64::try_from(now.as_millis() - due.as_millis()).unwrap_or(0);
        late_ms.saturating_sub(jitter_ms) > MISSED_AFTER_MS
    };
    let next = schedule.next_after(due);
    let Some(last) = next.filter(|next| *next <= now).and_then(|_| schedule.last_within(due, now))
    else {
        let runs = missed != Missed::Skip || !late(due);
        return Step { runs, due, missed: 0, next };
    };
    let after = schedule.next_after(last);
    match missed {
        Missed::Once => {
            let missed = schedule.count_within(due, last, MISSED_COUNTED_MAX);
            Step { runs: true, due: last, missed, next: after }
        }
        Missed::Skip => {
            let missed = schedule.count_within(due, last, MISSED_COUNTED_MAX);
            Step { runs: !late(last), due: last, missed, next: after }
        }
        Missed::All => {
            let most = missed_runs_max.max(1);
            if schedule.count_within(due, now, most) < most {
                return Step { runs: true, due, missed: 0, next };
            }
            let first = latest(schedule, due, now, most);
            let missed = schedule.count_within(due, first, MISSED_COUNTED_MAX);
            Step { runs: true, due: first, missed, next: schedule.next_after(first) }
        }
    }
}

/// The first of the latest `most` runs in `after < run ≤ until`, of which there are as many.
fn latest(schedule: &Compiled, after: Timestamp, until: Timestamp, most: u32) -> Timestamp {
    // The latest instant behind which that many still come: found by halving.
    let (mut low, mut high) = (after.as_millis(), until.as_millis());
    while high - low > 1 {
        let middle = low + (high - low) / 2;
        if schedule.count_within(Timestamp::from_millis(middle), until, most) >= most {
            low = middle;
        } else {
            high = middle;
        }
    }
    schedule.next_after(Timestamp::from_millis(low)).unwrap_or(until)
}
