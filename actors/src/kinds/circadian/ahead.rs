//! Runs ahead, and runs that did not begin.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use contracts::kinds::check::Check;
use contracts::kinds::circadian::answers::{Ahead, Filled, Next, Planned};
use contracts::kinds::circadian::limits::{BACK_FILL_MAX, BEGUN_KEPT_MAX, UPCOMING_MAX};
use contracts::kinds::circadian::{
    BackFill, Event, Rejection, RunStarted, Schedule, Upcoming, When, Why,
};
use contracts::schedule::Compiled;
use contracts::{ActorId, Context, Decision, Timestamp};
use serde_json::json;

use super::decide::{Decided, known};
use super::state::{State, Status};

/// When a schedule runs.
pub(super) struct Runs {
    once: Option<Timestamp>,
    again: Compiled,
    until: Option<Timestamp>,
}

impl Runs {
    /// Reads a schedule; it was read when it was set, and what can no longer be read never runs.
    pub fn of(schedule: &Schedule) -> Self {
        let once = match &schedule.when {
            When::At(at) => Some(*at),
            _ => None,
        };
        let again = schedule.when.recurrence().and_then(|repeat| repeat.compile().ok());
        let again = again.unwrap_or_else(Compiled::once);
        Self { once, again, until: schedule.until }
    }

    /// The first run after an instant.
    pub fn after(&self, instant: Timestamp) -> Option<Timestamp> {
        let next = match self.once {
            Some(once) => Some(once).filter(|once| *once > instant),
            None => self.again.next_after(instant),
        };
        next.filter(|next| self.until.is_none_or(|until| *next <= until))
    }
}

/// Tells the next runs of one schedule or of all that are active, in order.
pub(super) fn upcoming(state: &State, input: &Upcoming, cx: &Context) -> Decided {
    Check::new()
        .ensure(
            (1..=UPCOMING_MAX).contains(&input.count),
            "count",
            format!("is 1 to {UPCOMING_MAX}"),
        )
        .done()?;
    if let Some(name) = &input.name {
        known(state, name)?;
    }
    let asked = |name: &ActorId| input.name.as_ref().is_none_or(|asked| *asked == *name);
    let after = input.after.unwrap_or(cx.now);
    let all = state.schedules.iter();
    let active = all.filter(|(name, it)| it.status == Status::Active && asked(name));
    let active: Vec<_> = active.map(|(name, it)| (name, Runs::of(&it.schedule))).collect();
    let firsts = active.iter().enumerate();
    let firsts = firsts.filter_map(|(at, (_, runs))| Some(Reverse((runs.after(after)?, at))));
    let mut ahead: BinaryHeap<_> = firsts.collect();
    let mut runs = Vec::new();
    while let Some(Reverse((at, which))) = ahead.pop() {
        if runs.len() >= input.count as usize {
            return Ok(Decision::now(Vec::new(), json!(Ahead { runs, more: true })));
        }
        let (name, schedule) = &active[which];
        runs.push(Next { name: (*name).clone(), at });
        ahead.extend(schedule.after(at).map(|next| Reverse((next, which))));
    }
    Ok(Decision::now(Vec::new(), json!(Ahead { runs, more: false })))
}

/// Begins the runs of a span that did not begin.
pub(super) fn back_fill(state: &State, input: &BackFill, cx: &Context) -> Decided {
    let until = input.until.unwrap_or(cx.now);
    Check::new()
        .ensure(
            (1..=BACK_FILL_MAX).contains(&input.runs_max),
            "runs_max",
            format!("is 1 to {BACK_FILL_MAX}"),
        )
        .ensure(until <= cx.now, "until", "is not later than now")
        .ensure(input.from <= until, "from", "is not later than the end of the span")
        .done()?;
    let entry = known(state, &input.name)?;
    if matches!(entry.schedule.when, When::At(_)) {
        return Err(Rejection::RunsOnce { name: input.name.clone() });
    }
    if let Some(until) = entry.forgotten.filter(|until| input.from <= *until) {
        return Err(Rejection::Forgotten { name: input.name.clone(), until });
    }
    let schedule = Runs::of(&entry.schedule);
    let (mut events, mut runs) = (Vec::new(), Vec::new());
    let mut told = Filled { name: input.name.clone(), runs: Vec::new(), known: 0, more_from: None };
    let mut next = schedule.after(input.from.plus_millis(-1));
    while let Some(planned) = next.filter(|planned| *planned <= until) {
        let room = runs.len() < input.runs_max as usize && told.known as usize <= BEGUN_KEPT_MAX;
        if !room {
            told.more_from = Some(planned);
            break;
        }
        if entry.begun.contains(&planned) {
            told.known += 1;
        } else {
            let run = cx.name("r_", u32::try_from(runs.len()).unwrap_or(u32::MAX));
            runs.push(Planned { run: run.clone(), planned });
            events.push(Event::RunStarted(RunStarted {
                name: input.name.clone(),
                run,
                why: Why::BackFill,
                planned,
                missed: 0,
                next: None,
            }));
        }
        next = schedule.after(planned);
    }
    Ok(Decision::now(events, json!(Filled { runs, ..told })))
}
