//! What an actor decides about its effects when somebody pauses, resumes, cancels, holds or
//! resolves one. Saying the same twice changes nothing.

use contracts::effect::{
    Awaited, Cancel, Exhausted, Hold, Outcome, Pause, Resolution, Resolve, Resume,
};
use contracts::lifecycle::{self, Attempt, Event};
use contracts::{Context, EffectId, Envelope, OutcomeResult, Refusal, RefusalClass, Reply};
use serde_json::{Value, json};

use super::held;
use super::pending::{PendingEffect, Standing};
use crate::runtime::decide::{Decided, guarded, parse};
use crate::runtime::living::Living;
use crate::runtime::schedule::plan::plan;

/// Decides a command about an effect; `None` when it is none of these.
pub fn decide(
    living: &Living,
    envelope: &Envelope,
    cx: &Context,
) -> Option<Result<Decided, Refusal>> {
    let (name, input) = (&envelope.name, &envelope.input);
    Some(if *name == lifecycle::OUTCOME {
        parse(input).and_then(|outcome| conclude(living, outcome, cx))
    } else if *name == lifecycle::ATTEMPT {
        parse(input).map(|input| attempt(living, &input))
    } else if *name == lifecycle::PAUSE {
        parse(input).and_then(|input| pause(living, &input, cx))
    } else if *name == lifecycle::RESUME {
        parse(input).and_then(|input| resume(living, input, cx))
    } else if *name == lifecycle::CANCEL {
        parse(input).and_then(|input| cancel(living, input, cx))
    } else if *name == lifecycle::HOLD {
        parse(input).map(|input| hold(living, input))
    } else if *name == lifecycle::RESOLVE {
        parse(input).and_then(|input| resolve(living, input, cx))
    } else {
        return None;
    })
}

fn pending(living: &Living, effect: EffectId) -> Result<&PendingEffect, Refusal> {
    living.header.pending.get(&effect).ok_or_else(|| not_found(effect))
}

/// The actor does not wait for it, or not any more.
pub fn not_found(effect: EffectId) -> Refusal {
    Refusal::not_found("effect_not_found", format!("the actor waits for no effect {effect}"))
}

/// What an actor is told of an effect that somebody gave up.
pub fn cancelled() -> Refusal {
    let message = "the effect was cancelled; it may have been done all the same if it had begun";
    Refusal::new(RefusalClass::Conflict, "effect_cancelled", message)
}

fn says(living: &Living, event: Option<Event>, reply: Value) -> Decided {
    let next = living.machine.copy();
    let mut decided = match event {
        Some(event) => Decided::runtime(&event, next),
        None => Decided::nothing(next),
    };
    decided.reply = Reply::Now(reply);
    decided
}

/// What the world did, as the kind takes it. It is recorded even when the kind's rules fail on it.
fn told(living: &Living, outcome: &Outcome, cx: &Context) -> Decided {
    let drafted = guarded(|| living.machine.outcome(outcome, cx));
    match drafted.and_then(|draft| plan(living, cx, Decided::kind(draft))) {
        Ok(decided) => decided,
        Err(refusal) => {
            tracing::error!(effect = %outcome.effect, %refusal, "outcome.undecided");
            Decided::nothing(living.machine.copy())
        }
    }
}

fn conclude(living: &Living, mut outcome: Outcome, cx: &Context) -> Result<Decided, Refusal> {
    let Some(pending) = living.header.pending.get(&outcome.effect) else {
        return Ok(says(living, None, not_wanted()));
    };
    // Whoever was told that it is given up must not meet it done.
    let given_up = match &pending.standing {
        Standing::Cancelled => Some(cancelled()),
        Standing::Refused(refusal) => Some(refusal.clone()),
        _ => None,
    };
    let cancelled_before = given_up.is_some();
    if let Some(refusal) = given_up {
        outcome.result = OutcomeResult::Failed(refusal);
    }
    let failed = matches!(outcome.result, OutcomeResult::Failed(_) | OutcomeResult::Unknown);
    // What was spent is spent, whatever else was said of it meanwhile.
    let metered = outcome.metered.take();
    let concluded = Event::EffectConcluded { effect: outcome.effect, ok: !failed, metered };
    if pending.own {
        let mut decided = says(living, Some(concluded), json!({}));
        decided.events.extend(held::unasked(living, &outcome).map(|event| event.to_record()));
        return Ok(decided);
    }
    let mut decided = told(living, &outcome, cx);
    decided.events.insert(0, concluded.to_record());
    if cancelled_before {
        decided.reply = Reply::Now(not_wanted());
    }
    Ok(decided)
}

/// The answer to an outcome that the actor did not wait for, or not any more.
pub fn not_wanted() -> Value {
    json!({ "concluded": false })
}

fn attempt(living: &Living, input: &Attempt) -> Decided {
    let Attempt { effect, attempt, request_hash } = *input;
    let known = living.header.pending.get(&effect);
    let may = known.is_some_and(|it| it.attempts < attempt && it.standing.may_start());
    let kept = living.header.is_muted() || known.is_some_and(|it| it.imported);
    if !may || kept {
        return Decided::nothing(living.machine.copy());
    }
    let attempted = Event::EffectAttempted { effect, attempt, request_hash };
    says(living, Some(attempted), json!({ "attempted": true }))
}

fn pause(living: &Living, input: &Pause, cx: &Context) -> Result<Decided, Refusal> {
    let Pause { effect, reason, exhausted, awaits } = input;
    let known = pending(living, *effect)?;
    let standing = match &known.standing {
        Standing::Due => "paused",
        Standing::Paused { .. } => return Ok(says(living, None, json!({ "status": "paused" }))),
        other => return Err(not_changed(other)),
    };
    let paused = Event::EffectPaused {
        effect: *effect,
        by: cx.by.principal.clone(),
        reason: reason.clone(),
        attempts: exhausted.as_ref().map(|it| it.attempts),
        code: exhausted.as_ref().map(|it| it.refusal.code.to_string()),
        awaits: awaits.as_ref().map(|asking| asking.awaited.clone()),
    };
    if let Some(asking) = awaits {
        let mut decided = says(living, Some(paused), json!({ "status": standing }));
        decided.effects.push(held::ask(*effect, asking));
        return Ok(decided);
    }
    let Some(Exhausted { attempts, refusal, tell: Some(tag) }) = exhausted else {
        return Ok(says(living, Some(paused), json!({ "status": standing })));
    };
    let outcome = Outcome {
        effect: *effect,
        revision: known.revision,
        index: known.index,
        tag: tag.clone(),
        attempts: *attempts,
        result: OutcomeResult::Paused(refusal.clone()),
        metered: None,
    };
    let mut decided = told(living, &outcome, cx);
    decided.events.insert(0, paused.to_record());
    decided.reply = Reply::Now(json!({ "status": standing }));
    Ok(decided)
}

fn resume(living: &Living, input: Resume, cx: &Context) -> Result<Decided, Refusal> {
    let Resume { effect, agreed } = input;
    let reply = json!({ "status": "queued" });
    let standing = &pending(living, effect)?.standing;
    match standing {
        Standing::Due => Ok(says(living, None, reply)),
        Standing::Paused { awaits, .. } => {
            match awaits {
                Some(awaited) => held::ensure_agreed(awaited, agreed.as_ref())?,
                None if agreed.is_some() => return Err(not_changed(standing)),
                None => {}
            }
            let by = cx.by.principal.clone();
            Ok(says(living, Some(Event::EffectResumed { effect, by, agreed }), reply))
        }
        other => Err(not_changed(other)),
    }
}

fn cancel(living: &Living, input: Cancel, cx: &Context) -> Result<Decided, Refusal> {
    let Cancel { effect, reason, refusal, awaited } = input;
    let reply = json!({ "status": "cancelled" });
    let standing = &pending(living, effect)?.standing;
    if matches!(standing, Standing::Cancelled | Standing::Refused(_)) {
        return Ok(says(living, None, reply));
    }
    // An approval says no to what waits for it, and to nothing else.
    let awaits = standing.awaits();
    if awaited.is_some() && awaits != awaited.as_ref() {
        return Err(not_changed(standing));
    }
    let by = cx.by.principal.clone();
    let cancelled = Event::EffectCancelled { effect, by, reason, refusal };
    let decided = says(living, Some(cancelled), reply);
    Ok(given_up(decided, awaits.filter(|_| awaited.is_none())))
}

/// An approval of what is given up by somebody else is asked no longer.
fn given_up(mut decided: Decided, awaits: Option<&Awaited>) -> Decided {
    decided.effects.extend(awaits.map(held::withdraw));
    decided
}

/// Gives up all that the actor waits for, where its kind has no use for it any more.
pub fn give_up(living: &Living, mut decided: Decided, cx: &Context) -> Decided {
    if living.machine.abandons() || !decided.next.abandons() {
        return decided;
    }
    let useless = living.header.pending.iter().filter(|(_, pending)| {
        let over = matches!(
            pending.standing,
            Standing::Cancelled | Standing::Refused(_) | Standing::Resolved(_)
        );
        !pending.own && !over
    });
    let mut cancelled = Vec::new();
    for (effect, pending) in useless {
        let (effect, by) = (*effect, cx.by.principal.clone());
        let event = Event::EffectCancelled { effect, by, reason: None, refusal: None };
        cancelled.push(event.to_record());
        decided.effects.extend(pending.standing.awaits().map(held::withdraw));
    }
    decided.events.splice(0..0, cancelled);
    decided
}

/// Nobody knows what came of its attempts, and it waits for somebody who does.
fn hold(living: &Living, input: Hold) -> Decided {
    let Hold { effect, attempts } = input;
    let known = living.header.pending.get(&effect);
    let held = known.is_some_and(|it| it.standing.is_due() && it.attempts == attempts);
    says(living, held.then_some(Event::EffectUnknown { effect, attempts }), json!({}))
}

fn resolve(living: &Living, input: Resolve, cx: &Context) -> Result<Decided, Refusal> {
    let Resolve { effect, resolution } = input;
    let known = pending(living, effect)?;
    let standing = match &known.standing {
        Standing::Paused { awaits: Some(awaits), .. }
            if !matches!(resolution, Resolution::Failed(_)) =>
        {
            return Err(held::waits(awaits));
        }
        Standing::Unknown | Standing::Paused { .. } => {
            resolution.result(&known.class)?;
            let status = if resolution == Resolution::Retry { "queued" } else { "resolved" };
            let by = cx.by.principal.clone();
            let resolved = Event::EffectResolved { effect, by, resolution };
            let decided = says(living, Some(resolved), json!({ "status": status }));
            return Ok(given_up(decided, known.standing.awaits()));
        }
        Standing::Resolved(known) if *known == resolution => {
            return Ok(says(living, None, json!({ "status": "resolved" })));
        }
        other => other,
    };
    Err(not_changed(standing))
}

/// The effect stands where this cannot be done.
fn not_changed(standing: &Standing) -> Refusal {
    let (is, hint) = match standing {
        Standing::Due => ("queued or running", "cancel it, or pause it first"),
        Standing::Paused { .. } => ("paused", "resume it, or resolve it"),
        Standing::Unknown => ("unknown", "resolve it, or cancel it"),
        Standing::Cancelled | Standing::Refused(_) => ("cancelled", "nothing more is to be done"),
        Standing::Resolved(_) => ("resolved", "its actor is about to be told"),
    };
    let message = format!("the effect is {is}: {hint}");
    Refusal::new(RefusalClass::Conflict, "effect_not_held", message)
}
