//! A run of a graph: which steps may begin, what they are told, and when all is done. Each step is
//! a command to another actor; where it stands is in the log, so that a run that was cut off goes
//! on where it was.

mod evolve;
mod flow;
mod state;
mod stop;
#[cfg(test)]
mod tests;

use std::collections::BTreeSet;

use contracts::effect::{Effect, Retry, Send, Terms};
use contracts::graph::{Fault, Graph, STEPS_MAX, StepId, check};
use contracts::kinds::approval;
use contracts::kinds::check::Check;
use contracts::kinds::policy::limits::EXPIRES_S_MAX;
use contracts::kinds::run::limits::{
    GRAPH_TIMEOUT_S_MAX, INPUT_BYTES_MAX, PARALLEL_MAX, STEP_TIMEOUT_S_DEFAULT,
};
use contracts::kinds::run::{
    Event, GraphRejection, GraphStarted, Perform, Rejection, Reran, Rerun, Status, StepBegun,
    StepStatus,
};
use contracts::{CommandName, Context, Decision, Outcome, OutcomeResult, Refusal, Revision};
use serde_json::{Value, json};

pub(super) use self::evolve::evolve;
use self::state::replace;
pub use self::state::{Execution, Progress};
pub(super) use self::stop::{give_up, is_stop};
use super::rules::bytes_of;
use super::state::State;
use super::steps::Steps;

/// Begins a run of a graph.
pub(super) fn perform(
    state: &State,
    perform: &Perform,
    cx: &Context,
) -> Result<Decision<Event>, Rejection> {
    check_perform(perform)?;
    if state.status != Status::New {
        return Err(Rejection::Exists);
    }
    let mut steps = Steps::new(state, cx);
    let started = GraphStarted { command: cx.command, perform: perform.clone() };
    steps.push(Event::GraphStarted(Box::new(started)));
    steps.advance();
    Ok(steps.later())
}

/// Does steps anew, and all that need them.
pub(super) fn rerun(
    state: &State,
    rerun: &Rerun,
    cx: &Context,
) -> Result<Decision<Event>, Rejection> {
    Check::new()
        .items("from", rerun.from.len(), STEPS_MAX)
        .items("steps", rerun.steps.len(), STEPS_MAX)
        .done()?;
    match state.status {
        Status::New => return Err(Rejection::NotFound),
        Status::Running | Status::Waiting | Status::Queued => {
            return Err(GraphRejection::GoesOn.into());
        }
        Status::Completed | Status::Failed | Status::Cancelled => {}
    }
    let execution = state.graph.as_ref().ok_or(GraphRejection::NoGraph)?;
    let mut perform = Perform::clone(&execution.perform);
    replace(&mut perform, &rerun.steps, rerun.input.as_ref());
    check_perform(&perform)?;
    let known = |id: &&StepId| perform.graph.steps.iter().any(|step| step.id == **id);
    let unknown = rerun.from.iter().find(|id| !known(id));
    let message = unknown.map(|id| format!("there is no step `{id}`")).unwrap_or_default();
    Check::new().ensure(unknown.is_none(), "from", message).done()?;
    let changed = rerun.steps.iter().map(|step| step.id.as_str());
    let mut wanted: BTreeSet<&str> = rerun.from.iter().map(String::as_str).chain(changed).collect();
    if rerun.from.is_empty() {
        let undone = |id: &str| {
            let progress = execution.progress(id);
            progress.is_none_or(|progress| progress.status != StepStatus::Done)
        };
        let ids = perform.graph.steps.iter().map(|step| step.id.as_str());
        wanted.extend(ids.filter(|id| undone(id)));
    }
    let reset = dependents(&perform.graph, wanted);
    let mut steps = Steps::new(state, cx);
    steps.push(Event::Reran(Box::new(Reran {
        command: cx.command,
        steps: rerun.steps.clone(),
        input: rerun.input.clone(),
        reset,
    })));
    steps.advance();
    Ok(steps.later())
}

/// What came of a step.
pub(super) fn outcome(
    state: &State,
    step: &str,
    outcome: &Outcome,
    cx: &Context,
) -> Decision<Event> {
    let mut steps = Steps::new(state, cx);
    let progress = state.graph.as_ref().and_then(|execution| execution.progress(step));
    let turn = outcome.tag["turn"].as_u64();
    let awaited = progress.filter(|it| it.is_under_way() && turn == Some(u64::from(it.turn)));
    let Some(progress) = awaited else { return steps.now(Value::Null) };
    match &outcome.result {
        OutcomeResult::Sent { revision, reply } => {
            // An approval's revision is not the actor's.
            let revision = progress.approval.is_none().then_some(*revision);
            steps.step_done(step, revision.filter(|it| *it > Revision(0)), reply);
        }
        OutcomeResult::Failed(refusal) => steps.step_failed(step, refusal),
        OutcomeResult::Paused(_) => return steps.now(Value::Null),
        OutcomeResult::Unknown
        | OutcomeResult::Llm(_)
        | OutcomeResult::TimerSet
        | OutcomeResult::Worked(_)
        | OutcomeResult::Converted(_)
        | OutcomeResult::Fetched(_)
        | OutcomeResult::Tool(_) => {
            steps.step_failed(
                step,
                &Refusal::unknown("the command was sent, and nobody knows of it"),
            );
        }
    }
    steps.advance();
    steps.now(Value::Null)
}

/// The command that a step is, or the question for a yes to it.
pub(super) fn ask(begun: &StepBegun) -> Effect {
    let tag = json!({ "step": begun.step, "turn": begun.turn });
    let attempt_s = match begun.approval {
        Some(_) => STEP_TIMEOUT_S_DEFAULT,
        None => begun.timeout_s,
    };
    let retry = Retry {
        attempts_max: begun.attempts_max,
        timeout_ms: Some(attempt_s.saturating_mul(1_000)),
        ..Retry::default()
    };
    let terms = Terms { retry: Some(retry), independent: true, ..Terms::default() };
    let (kind, id, name, input) = match &begun.approval {
        None => (begun.kind.clone(), begun.actor.clone(), begun.name.clone(), begun.input.clone()),
        Some(approval) => {
            let command = json!({
                "kind": begun.kind,
                "id": begun.actor,
                "name": begun.name,
                "input": begun.input,
            });
            let propose = json!({
                "command": command,
                "reason": format!("the step {} of a run asks for it", begun.step),
                "expires_s": begun.timeout_s.min(EXPIRES_S_MAX),
                "wait": true,
            });
            let name = CommandName::from_static("propose");
            (approval::KIND, approval.clone(), name, propose)
        }
    };
    Effect::Send(Send { kind, id, name, input, input_blob: None, by: None, tag, terms })
}

/// A fork of a run that goes on is over: what was under way is its parent's, and what it does anew
/// is said by `rerun`.
pub(super) fn forked(state: &mut State) {
    let Some(execution) = &mut state.graph else { return };
    execution.steps.retain(|_, progress| !progress.is_under_way());
    if !state.status.is_over() {
        state.status = Status::Cancelled;
        state.code = Some("run_forked".to_owned());
        state.reason = Some("a fork of a run goes on where `rerun` says".to_owned());
    }
    (state.unfinished, state.deadline) = (false, None);
}

/// The steps of `wanted` and all that need them, in the order of the graph.
fn dependents(graph: &Graph, wanted: BTreeSet<&str>) -> Vec<StepId> {
    let order = contracts::graph::order(graph).map(|order| order.steps).unwrap_or_default();
    let mut found = wanted;
    for id in &order {
        let step = graph.steps.iter().find(|step| step.id == *id);
        if step.is_some_and(|step| step.after().iter().any(|it| found.contains(it))) {
            found.insert(id);
        }
    }
    order.into_iter().filter(|id| found.contains(id)).map(str::to_owned).collect()
}

fn check_perform(perform: &Perform) -> Result<(), Rejection> {
    let bytes = bytes_of(&perform.input);
    let mut rules = Check::new()
        .ensure(
            bytes <= INPUT_BYTES_MAX,
            "input",
            format!("has {bytes} bytes of JSON; {INPUT_BYTES_MAX} are allowed"),
        )
        .ensure(
            (1..=PARALLEL_MAX).contains(&perform.parallel_max),
            "parallel_max",
            format!("is 1 to {PARALLEL_MAX}"),
        )
        .ensure(
            (1..=GRAPH_TIMEOUT_S_MAX).contains(&perform.timeout_s),
            "timeout_s",
            format!("is 1 to {GRAPH_TIMEOUT_S_MAX}"),
        );
    let mut cycle = None;
    for fault in check(&perform.graph) {
        match fault {
            Fault::Member { field, message } => {
                rules = rules.ensure(false, format!("graph.{field}"), message);
            }
            Fault::Cycle(steps) => cycle = Some(steps),
        }
    }
    rules.done()?;
    cycle.map_or(Ok(()), |steps| Err(GraphRejection::Cycle { steps }.into()))
}
