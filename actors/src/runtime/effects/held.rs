//! An effect that waits for somebody's yes: the question that is asked in the same commit, and what
//! of it is taken back when the effect is given up.

use contracts::effect::{
    Agreed, Asking, Awaited, Effect, OnExhausted, Resolution, Retry, Send, Terms,
};
use contracts::kinds::approval;
use contracts::lifecycle::Event;
use contracts::{Caller, CommandName, EffectId, Outcome, OutcomeResult, Refusal, RefusalClass};
use serde_json::{Value, json};

use crate::runtime::living::Living;

/// The member of a tag that names the effect that an approval is asked about.
const HELD: &str = "held";

/// Asks the approval that an effect waits for.
pub fn ask(effect: EffectId, asking: &Asking) -> Effect {
    let name = CommandName::from_static("propose");
    to(&asking.awaited, name, asking.propose.clone(), json!({ HELD: effect }))
}

/// Asks no longer: the effect is given up.
pub fn withdraw(awaited: &Awaited) -> Effect {
    let note = json!({ "note": "the effect was given up" });
    to(awaited, CommandName::from_static("withdraw"), note, Value::Null)
}

/// A command to the approval. It does not wait behind the effect that it is about.
fn to(awaited: &Awaited, name: CommandName, input: Value, tag: Value) -> Effect {
    let on_exhausted = OnExhausted::Pause;
    let retry = Retry { attempts_max: Some(u32::MAX), on_exhausted, ..Retry::default() };
    let terms = Terms { retry: Some(retry), independent: true, ..Terms::default() };
    let (kind, id, input_blob) = (approval::KIND, awaited.approval.clone(), None);
    Effect::Send(Send { kind, id, name, input, input_blob, by: None, tag, terms })
}

/// Makes sure that a yes is to what the effect waits for.
///
/// # Errors
/// `effect_awaits_approval`.
pub fn ensure_agreed(awaited: &Awaited, agreed: Option<&Agreed>) -> Result<(), Refusal> {
    let same = |it: &Agreed| it.approval == awaited.approval && it.hash == awaited.hash;
    if agreed.is_some_and(same) { Ok(()) } else { Err(waits(awaited)) }
}

/// Nobody's hand lets go on what a policy wants a yes for.
pub fn waits(awaited: &Awaited) -> Refusal {
    let Awaited { approval, rule, .. } = awaited;
    let message =
        format!("{rule} asks for a yes of approval/{approval} first; it can only be cancelled");
    Refusal::new(RefusalClass::Conflict, "effect_awaits_approval", message)
        .details(json!({ "approval": approval, "rule": rule }))
}

/// What follows when an approval could not be asked: the effect that waits for it never gets a yes
/// and is given up.
pub fn unasked(living: &Living, outcome: &Outcome) -> Option<Event> {
    let OutcomeResult::Failed(refusal) = &outcome.result else { return None };
    let effect = contracts::read::from_ref::<EffectId>(&outcome.tag[HELD]).ok()?;
    living.header.pending.get(&effect)?.standing.awaits()?;
    let resolution = Resolution::Failed(refusal.clone());
    Some(Event::EffectResolved { effect, by: Caller::RUNTIME, resolution })
}
