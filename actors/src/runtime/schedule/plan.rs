//! Before a decision is stored: when each timer that it sets fires first.

use contracts::effect::{Effect, Timer};
use contracts::lifecycle;
use contracts::limits::TIMERS_MAX;
use contracts::schedule::{Recurrence, ScheduleError};
use contracts::{Context, EffectId, Hash, Refusal, RefusalClass};

use crate::runtime::decide::Decided;
use crate::runtime::living::Living;

/// The most missed runs that a timer may ask to be made up for: each looks how many more there are.
const MISSED_RUNS_MAX: u32 = 1_000;

/// Says in each timer that a decision sets when it fires first, so that the log tells it whatever
/// later programs compute.
///
/// # Errors
/// `schedule_invalid` for a schedule that cannot be read or never runs, `timers_exceeded`.
pub fn plan(living: &Living, cx: &Context, mut decided: Decided) -> Result<Decided, Refusal> {
    let timers = decided.effects.iter_mut().filter_map(|effect| match effect {
        Effect::Timer(timer) => Some(timer),
        _ => None,
    });
    let mut after = None;
    for timer in timers {
        plan_one(timer, cx)?;
        let after = after.get_or_insert_with(|| living.header.timers.clone());
        after.take(timer.clone(), cx.revision, EffectId(Hash::ZERO), false);
        if after.len() > TIMERS_MAX {
            let message = format!("an actor has at most {TIMERS_MAX} timers at once");
            return Err(Refusal::new(RefusalClass::Conflict, "timers_exceeded", message));
        }
    }
    Ok(decided)
}

fn plan_one(timer: &mut Timer, cx: &Context) -> Result<(), Refusal> {
    if !timer.is_set() {
        return Ok(());
    }
    let wrong = |message: String| Err(ScheduleError(message).into());
    if lifecycle::is_runtime(&timer.command) {
        return wrong(format!("a timer sends a command of its kind, not {}", timer.command));
    }
    if timer.missed_runs_max.is_some_and(|runs| !(1..=MISSED_RUNS_MAX).contains(&runs)) {
        return wrong(format!("missed_runs_max is from 1 to {MISSED_RUNS_MAX}"));
    }
    let Some(repeat) = timer.repeat.take() else { return Ok(()) };
    let repeat = repeat.from(cx.now);
    if let Recurrence::Every(every) = &repeat
        && timer.jitter_ms_max >= every.every_ms
    {
        return wrong("jitter_ms_max is below every_ms".to_owned());
    }
    let first = repeat.first(cx.now)?;
    timer.at = Some(timer.at.unwrap_or(first));
    timer.repeat = Some(repeat);
    Ok(())
}
