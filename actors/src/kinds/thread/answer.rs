//! Runs that the thread itself begins.

use contracts::effect::{Effect, Retry, Send, Terms};
use contracts::kinds::assistant::{self, Ask};
use contracts::kinds::check::Check;
use contracts::kinds::run::{self, Start};
use contracts::kinds::thread::{Answer, Asked, Event, KIND, Rejection};
use contracts::model::Turn;
use contracts::{
    ActorId, Address, CommandId, CommandName, Context, EffectId, Outcome, OutcomeResult,
    RefusalClass,
};
use serde_json::json;

use super::{Entry, State};
use crate::kinds::run::check_start;

/// What a run is begun with that answers all that was said so far.
pub(super) fn asked(state: &State, answer: &Answer, cx: &Context) -> Result<Asked, Rejection> {
    let (after, mut turns) = said(state);
    let took = turns.len() as u64;
    let mut start = answer.start.clone();
    let first = start.after.is_none();
    Check::new()
        .ensure(first, "start.after", "is left out: it comes after what was said here")
        .done()
        .map_err(Rejection::Invalid)?;
    turns.append(&mut start.turns);
    (start.turns, start.after) = (turns, after);
    check_start(&start).map_err(|refused| Rejection::Invalid(refused.into()))?;
    let run = match assistant::named(&start.model) {
        Some(named) => {
            let wanted = "says only what an assistant is asked: turns, tools, metadata, stream";
            let plain = is_plain(&start);
            let check = Check::new().ensure(plain, "start", wanted);
            check.done().map_err(Rejection::Invalid)?;
            // It names the run that answers by the command that asks it.
            let me = Address::new(cx.tenant.clone(), KIND, cx.me.clone());
            assistant::run_of(&cx.tenant, &named, EffectId::of(&me, cx.revision, 0).sends())
        }
        None => own_run(cx),
    };
    Ok(Asked { run, took, start })
}

/// The last run, and what was said since.
fn said(state: &State) -> (Option<ActorId>, Vec<Turn>) {
    let mut turns = Vec::new();
    for entry in state.entries.iter().rev() {
        match &**entry {
            Entry::Said(turn) => turns.push(turn.clone()),
            Entry::Ran { run, .. } => {
                turns.reverse();
                return (Some(run.clone()), turns);
            }
        }
    }
    turns.reverse();
    (None, turns)
}

fn is_plain(start: &Start) -> bool {
    let asked = Start {
        after: start.after.clone(),
        tools: start.tools.clone(),
        stream: start.stream,
        metadata: start.metadata.clone(),
        queue: start.queue,
        delay_s: start.delay_s,
        // A definition has its own; whoever asks says nothing with the usual ones.
        rounds_max: start.rounds_max,
        timeout_s: start.timeout_s,
        ..Start::new(start.model.clone(), start.turns.clone())
    };
    *start == asked
}

fn own_run(cx: &Context) -> ActorId {
    let parts = [cx.tenant.as_str(), cx.me.as_str(), &cx.command.to_string()];
    let name = CommandId::derived("cambium thread run v1", &parts).to_string();
    ActorId::new(name).expect("a UUID is one token")
}

/// Begins the run, in the name of whoever asked.
pub(super) fn begin(asked: &Asked) -> Effect {
    let start = &asked.start;
    let tag = json!({ "run": asked.run });
    if let Some(id) = assistant::named(&start.model) {
        let ask = Ask {
            text: None,
            turns: start.turns.clone(),
            after: start.after.clone(),
            tools: start.tools.clone(),
            stream: start.stream,
            metadata: start.metadata.clone(),
            queue: start.queue,
            delay_s: start.delay_s,
        };
        let name = CommandName::from_static("ask");
        let terms = Terms { independent: true, ..Terms::default() };
        return Effect::Send(Send {
            kind: assistant::KIND,
            id,
            name,
            input: json!(ask),
            input_blob: None,
            by: None,
            tag,
            terms,
        });
    }
    let timeout_ms = Some(start.timeout_s.saturating_mul(1_000));
    let retry = Some(Retry { timeout_ms, ..Retry::default() });
    Effect::Send(Send {
        kind: run::KIND,
        id: asked.run.clone(),
        name: CommandName::from_static("start"),
        input: json!(start),
        input_blob: None,
        by: None,
        tag,
        terms: Terms { retry, independent: true, ..Terms::default() },
    })
}

/// Asks whether a run was begun: one that was is over, or ends.
pub(super) fn doubt(run: &ActorId) -> Effect {
    Effect::Send(Send {
        kind: run::KIND,
        id: run.clone(),
        name: CommandName::from_static("cancel"),
        input: json!({ "reason": "its thread was told that it had failed" }),
        input_blob: None,
        by: None,
        tag: json!({ "doubted": run }),
        terms: Terms { independent: true, ..Terms::default() },
    })
}

/// What an outcome means for the runs that stand here.
pub(super) fn came(state: &State, outcome: &Outcome) -> Option<Event> {
    let OutcomeResult::Failed(refusal) = &outcome.result else { return None };
    let named = |name: &str| outcome.tag[name].as_str().and_then(|id| ActorId::new(id).ok());
    if let Some(run) = named("doubted") {
        let never = refusal.class == RefusalClass::NotFound;
        return never.then_some(Event::Withdrawn { runs: vec![run] });
    }
    let run = named("run").filter(|run| state.has(run))?;
    // Another one goes on, of which it could not be told.
    if refusal.code == "history_unfinished" {
        return Some(Event::Withdrawn { runs: vec![run] });
    }
    if refusal.code != "history_not_found" {
        return Some(Event::Doubted { run });
    }
    // The run before it was written down and never begun: both are as if they were not there.
    let runs: Vec<_> = state
        .entries
        .iter()
        .filter_map(|entry| match &**entry {
            Entry::Ran { run, .. } => Some(run.clone()),
            Entry::Said(_) => None,
        })
        .collect();
    let at = runs.iter().position(|it| *it == run)?;
    Some(Event::Withdrawn { runs: runs[at.saturating_sub(1)..=at].to_vec() })
}
