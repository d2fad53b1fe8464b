//! Where a plan stands at some moment.

use super::network::Network;

/// What is known of a task, in minutes of working time.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Progress {
    /// When it began.
    pub started: Option<i64>,
    /// When it ended.
    pub finished: Option<i64>,
    /// How much of it is done, in hundredths.
    pub percent: i64,
}

/// How a task stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// It is done.
    Done,
    /// It will end when it should, or sooner.
    OnTime,
    /// It will end later than it should, and nothing waits for it that long.
    AtRisk,
    /// Its end is past, or it will move the end of the plan.
    Late,
}

/// How the plan stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Light {
    /// All is as planned.
    Green,
    /// Something is late, and the end holds.
    Yellow,
    /// The end does not hold.
    Red,
}

/// Where a plan stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tracked {
    /// How it stands.
    pub light: Light,
    /// Each task: how it stands, and when it begins and ends as far as one can tell.
    pub tasks: Vec<(Standing, (i64, i64))>,
    /// When the last of them ends as far as one can tell.
    pub end: i64,
    /// How much of all work is done, in hundredths.
    pub percent: i64,
    /// How much should be.
    pub percent_planned: i64,
}

/// What tracking looks at.
#[derive(Debug, Clone, Copy)]
pub struct Plan<'a> {
    /// What waits for what.
    pub network: &'a Network,
    /// How long tasks take.
    pub minutes: &'a [i64],
    /// When they should begin and end.
    pub spans: &'a [(i64, i64)],
    /// By how much each may be late.
    pub slack: &'a [i64],
}

/// Where the plan stands at `now`.
#[must_use]
pub fn track(plan: Plan<'_>, progress: &[Progress], now: i64) -> Tracked {
    let Plan { network, minutes, spans, slack } = plan;
    let mut told = vec![(0, 0); minutes.len()];
    for at in network.order().iter().copied() {
        told[at] = expected(plan, &progress[at], &told, at, now);
    }
    let planned_end = spans.iter().map(|(_, finish)| *finish).max().unwrap_or(0);
    let end = told.iter().map(|(_, finish)| *finish).max().unwrap_or(0);
    let standing = |at: usize| {
        let delay = told[at].1 - spans[at].1;
        match progress[at].finished {
            Some(_) => Standing::Done,
            None if now > spans[at].1 || delay > slack[at] && end > planned_end => Standing::Late,
            None if delay > 0 => Standing::AtRisk,
            None => Standing::OnTime,
        }
    };
    let tasks: Vec<_> = (0..minutes.len()).map(|at| (standing(at), told[at])).collect();
    let fine =
        |(standing, _): &(Standing, _)| matches!(standing, Standing::Done | Standing::OnTime);
    let light = match (end > planned_end, tasks.iter().all(fine)) {
        (true, _) => Light::Red,
        (false, false) => Light::Yellow,
        (false, true) => Light::Green,
    };
    let all: i64 = minutes.iter().sum();
    let done = |at: usize| minutes[at] * share(&progress[at]) / 100;
    let due = |at: usize| (now - spans[at].0).clamp(0, minutes[at]);
    let of_all = |sum: i64| if all == 0 { 100 } else { sum * 100 / all };
    Tracked {
        light,
        end,
        percent: of_all((0..minutes.len()).map(done).sum()),
        percent_planned: of_all((0..minutes.len()).map(due).sum()),
        tasks,
    }
}

const fn share(progress: &Progress) -> i64 {
    match progress.finished {
        Some(_) => 100,
        None if progress.percent > 99 => 99,
        None if progress.percent < 0 => 0,
        None => progress.percent,
    }
}

/// When a task begins and ends, as far as one can tell.
fn expected(
    plan: Plan<'_>,
    known: &Progress,
    told: &[(i64, i64)],
    at: usize,
    now: i64,
) -> (i64, i64) {
    let (minutes, (start, _)) = (plan.minutes[at], plan.spans[at]);
    match (known.started, known.finished) {
        (started, Some(finished)) => (started.unwrap_or(finished - minutes), finished),
        (Some(started), None) => {
            let left = minutes - minutes * share(known) / 100;
            (started, now.max(started) + left)
        }
        (None, None) => {
            let start = plan.network.earliest(at, minutes, told).max(start).max(now);
            (start, start + minutes)
        }
    }
}
