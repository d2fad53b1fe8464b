//! What an actor decides when one of its timers fires.

use contracts::decider::TimerRun;
use contracts::lifecycle::{Event, Fire};
use contracts::schedule::{Compiled, Firing, MISSED_RUNS_MAX, Step, step};
use contracts::{Context, Envelope, Refusal, RefusalClass, Reply};
use serde_json::json;

use super::armed::{Armed, jitter_ms};
use super::plan::plan;
use crate::runtime::decide::{Decided, guarded, parse};
use crate::runtime::living::Living;

/// The member of the answer that says that a firing came before its time.
pub const EARLY: &str = "early";

/// Decides a firing. One that was handled, or belongs to a timer that was replaced or cancelled, is
/// answered and stores nothing; so is one that comes early, since a clock was wrong. What is barred
/// does not run: that is recorded, and the timer goes on.
///
/// # Errors
/// `invalid_input`; faults of ours on the kind's command, which must not be lost.
pub fn decide(
    living: &Living,
    envelope: &Envelope,
    cx: &Context,
    barred: Option<Refusal>,
) -> Result<Decided, Refusal> {
    let Fire { timer, generation, due, .. } = parse(&envelope.input)?;
    let header = &living.header;
    let known = header.timers.get(&timer).filter(|it| {
        it.generation == generation && it.due == due && !it.imported && !header.is_muted()
    });
    let Some(armed) = known else {
        let mut nothing = Decided::nothing(living.machine.copy());
        nothing.reply = Reply::Now(json!({ "fired": false }));
        return Ok(nothing);
    };
    let jitter_ms = jitter_ms(&envelope.to, &timer, due, armed.timer.jitter_ms_max);
    let at = due.plus_millis(i64::try_from(jitter_ms).unwrap_or(i64::MAX));
    // What a policy holds is not set yet: it fires when it is, if that is granted at all.
    let pending = header.pending.get(&armed.effect);
    let held = pending.is_some_and(|it| it.standing.awaits().is_some());
    if held {
        let mut nothing = Decided::nothing(living.machine.copy());
        nothing.reply = Reply::Now(json!({ "fired": false, "held": true }));
        return Ok(nothing);
    }
    if cx.now < at {
        let mut nothing = Decided::nothing(living.machine.copy());
        nothing.reply = Reply::Now(json!({ "fired": false, EARLY: true }));
        return Ok(nothing);
    }
    let step = step_of(armed, jitter_ms, cx);
    let run = match barred {
        Some(barred) if step.runs => Err(barred),
        None if step.runs => run(living, armed, &step, cx),
        _ => Ok(None),
    };
    let (decided, code) = match run {
        Ok(Some(decided)) => (decided, None),
        Ok(None) => (aside(living, "missed"), Some("missed".to_owned())),
        Err(refusal) if refusal.class == RefusalClass::Internal => return Err(refusal),
        Err(refusal) => (aside(living, &refusal.code), Some(refusal.code.to_string())),
    };
    let fired = Event::TimerFired {
        timer,
        generation,
        due,
        planned: (step.due != due).then_some(step.due),
        ok: code.is_none(),
        code,
        missed: step.missed,
        next: step.next,
    };
    let mut decided = decided;
    decided.events.insert(0, fired.to_record());
    Ok(decided)
}

fn step_of(armed: &Armed, jitter_ms: u64, cx: &Context) -> Step {
    let timer = &armed.timer;
    // It was read when it was set. What can no longer be read has no next run.
    let schedule = timer.repeat.as_ref().and_then(|repeat| repeat.compile().ok());
    let firing = Firing {
        schedule: &schedule.unwrap_or_else(Compiled::once),
        missed: timer.missed,
        missed_runs_max: timer.missed_runs_max.unwrap_or(MISSED_RUNS_MAX),
        due: armed.due,
        jitter_ms,
    };
    step(firing, cx.now)
}

fn run(
    living: &Living,
    armed: &Armed,
    step: &Step,
    cx: &Context,
) -> Result<Option<Decided>, Refusal> {
    let (name, input) = (armed.timer.command.as_str(), &armed.timer.input);
    let run = TimerRun { planned: step.due, missed: step.missed, next: step.next };
    let cx = Context { run: Some(run), ..cx.clone() };
    let draft = guarded(|| living.machine.decide(name, input, &cx))?;
    plan(living, &cx, Decided::kind(draft)).map(Some)
}

/// The command did not run: only the firing is recorded.
fn aside(living: &Living, code: &str) -> Decided {
    let mut decided = Decided::nothing(living.machine.copy());
    decided.reply = Reply::Now(json!({ "fired": true, "ok": false, "code": code }));
    decided
}
