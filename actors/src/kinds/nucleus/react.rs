//! What the world must do about an event: ask a model, a person, a budget or a run.

use contracts::effect::{Effect, Llm, Send, Terms};
use contracts::kinds::budget;
use contracts::kinds::nucleus::limits::APPROVAL_S;
use contracts::kinds::nucleus::{Agree, CancelAsked, Event, KIND, RerunAsked};
use contracts::kinds::policy::limits::EXPIRES_S_MAX;
use contracts::kinds::run::Perform;
use contracts::kinds::{approval, run};
use contracts::model::ModelRequest;
use contracts::{ActorId, Caller, CommandId, CommandName, Kind};
use serde_json::{Value, json};

use super::prompt;
use super::state::{Ask, Execution, Planned, Stage, State};

/// The one thing that the world must do.
pub(super) fn react(event: &Event, after: &State) -> Option<Effect> {
    match event {
        Event::PlanAsked(asked) => Some(llm(asked.command, prompt::plan(&asked.plan, None))),
        Event::PlanReturned(returned) => {
            let ask = after.waiting.get(&returned.command)?;
            let Ask::Plan { plan, .. } = &**ask else { return None };
            Some(llm(returned.command, prompt::plan(plan, Some(&returned.reason))))
        }
        Event::ReviewAsked(asked) => Some(llm(asked.command, prompt::review(after, &asked.review))),
        Event::FinalizeAsked(asked) => {
            Some(llm(asked.command, prompt::finalize(after, &asked.finalize)))
        }
        Event::RouteAsked(asked) => Some(llm(asked.command, prompt::route(&asked.route))),
        Event::ExecutionAsked(_)
        | Event::RerunAsked(_)
        | Event::Agreed {}
        | Event::BudgetSet {} => next(after),
        Event::CancelAsked(cancel) => give_up(after, cancel),
        Event::PlanMade(_)
        | Event::PlanAdopted(_)
        | Event::Ended(_)
        | Event::Reviewed(_)
        | Event::Finalized(_)
        | Event::Routed(_)
        | Event::AskFailed(_) => None,
    }
}

fn llm(command: CommandId, request: ModelRequest) -> Effect {
    let (tag, terms) = (json!({ "command": command }), Terms::default());
    Effect::Llm(Box::new(Llm { request, tag, stream: false, terms }))
}

/// A command. What is sent later is taken later: a cancellation never comes before what it ends.
fn send(
    state: &State,
    stage: &str,
    kind: Kind,
    id: &ActorId,
    name: &'static str,
    (input, by): (Value, Option<Caller>),
) -> Effect {
    Effect::Send(Send {
        kind,
        id: id.clone(),
        name: CommandName::from_static(name),
        input,
        input_blob: None,
        by,
        tag: json!({ "stage": stage, "turn": state.turn }),
        terms: Terms::default(),
    })
}

/// What an execution needs next.
fn next(state: &State) -> Option<Effect> {
    let (execution, planned) = (state.execution.as_ref()?, state.planned.as_ref()?);
    match execution.stage {
        Stage::Approval => propose(state, execution, planned),
        Stage::Budget => set_budget(state, execution),
        Stage::Run => Some(match &execution.rerun {
            Some(rerun) => again(state, execution, rerun),
            None => perform(state, execution, planned),
        }),
        Stage::Over | Stage::Void => None,
    }
}

fn propose(state: &State, execution: &Execution, planned: &Planned) -> Option<Effect> {
    let (approval, asked) = (execution.asked.approval.as_ref()?, &execution.asked);
    let steps = execution.rerun.as_ref().map(|rerun| &rerun.steps[..]).unwrap_or_default();
    let planned = planned.with(steps, planned.revision);
    let agree = Agree {
        run: asked.run.clone(),
        plan_hash: planned.hash,
        goal: state.goal().to_owned(),
        graph: planned.graph.clone(),
    };
    let input = json!({
        "command": { "kind": KIND, "id": execution.plan.id, "name": "agree", "input": agree },
        "reason": format!("a plan of {} steps is to be carried out", planned.graph.steps.len()),
        "expires_s": APPROVAL_S.min(EXPIRES_S_MAX),
        "wait": true,
    });
    Some(send(state, "approval", approval::KIND, approval, "propose", (input, None)))
}

/// The actors that a run makes are called by its name, so that one pattern finds them.
fn set_budget(state: &State, execution: &Execution) -> Option<Effect> {
    let (run, allowance) = (&execution.asked.run, execution.asked.budget?);
    let input = json!({
        "scope": { "actor": format!("{run}-*") },
        "unit": allowance.unit,
        "limit": allowance.limit,
        "window": { "per": "total" },
    });
    Some(send(state, "budget", budget::KIND, run, "set", (input, None)))
}

fn perform(state: &State, execution: &Execution, planned: &Planned) -> Effect {
    let asked = &execution.asked;
    let perform = Perform {
        graph: planned.graph.clone(),
        input: super::plan::input(&state.asked),
        parallel_max: asked.parallel_max,
        timeout_s: asked.timeout_s,
        plan: Some(asked.plan.clone()),
    };
    send(state, "run", run::KIND, &asked.run, "perform", (json!(perform), None))
}

fn give_up(state: &State, cancel: &CancelAsked) -> Option<Effect> {
    let execution = state.execution.as_ref()?;
    // Whoever may end it need not have the rights of whoever began it.
    let by = execution.by.clone();
    match (execution.stage, &execution.asked.approval) {
        (Stage::Approval, Some(approval)) => {
            let note = json!({ "note": cancel.reason });
            Some(send(state, "cancel", approval::KIND, approval, "withdraw", (note, by)))
        }
        (Stage::Run, _) => {
            let input = json!({ "reason": cancel.reason });
            Some(send(state, "cancel", run::KIND, &execution.asked.run, "cancel", (input, by)))
        }
        _ => None,
    }
}

fn again(state: &State, execution: &Execution, rerun: &RerunAsked) -> Effect {
    let input = json!({ "from": rerun.from, "steps": rerun.steps });
    send(state, "run", run::KIND, &execution.asked.run, "rerun", (input, None))
}
