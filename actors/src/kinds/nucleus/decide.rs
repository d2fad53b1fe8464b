//! What a command causes in a nucleus.

use contracts::graph::{Fault, Graph, STEPS_MAX, check};
use contracts::kinds::check::Check;
use contracts::kinds::nucleus::answers::{Cancelling, Noted};
use contracts::kinds::nucleus::limits::{
    APPROVAL_S, GOAL_BYTES_MAX, REASON_BYTES_MAX, SHOWN_BYTES_MAX,
};
use contracts::kinds::nucleus::{
    Adopt, Cancel, CancelAsked, Command, Event, Execute, ExecutionAsked, KIND, PlanAdopted,
    Rejection, Rerun, RerunAsked,
};
use contracts::kinds::run::PlanRef;
use contracts::kinds::run::limits::{GRAPH_TIMEOUT_S_MAX, JOIN_MS, PARALLEL_MAX};
use contracts::{ActorId, Context, Decision, Refusal};
use serde_json::json;

use super::state::{Execution, Stage, State, run_of};
use super::{ask, plan};

type Decided = Result<Decision<Event>, Rejection>;

/// What `command` causes.
pub(super) fn decide(state: &State, command: &Command, cx: &Context) -> Decided {
    match command {
        Command::Plan(input) => ask::plan(state, input, cx),
        Command::Adopt(input) => adopt(state, input, cx),
        Command::Review(input) => ask::review(state, input, cx),
        Command::Finalize(input) => ask::finalize(state, input, cx),
        Command::Route(input) => ask::route(state, input, cx),
        _ if !state.begun => Err(Rejection::NotFound),
        Command::Execute(input) => execute(state, input, cx),
        Command::Cancel(input) => cancel(state, input),
        Command::Rerun(input) => rerun(state, input, cx),
        Command::Agree(input) => {
            Check::new().body("goal", &input.goal, GOAL_BYTES_MAX).done()?;
            Ok(Decision::now(Vec::new(), json!(Noted { plan_hash: input.plan_hash })))
        }
    }
}

/// Nothing is carried out at this moment.
pub(super) fn ensure_resting(state: &State) -> Result<(), Rejection> {
    if state.status.is_under_way() { Err(Rejection::GoesOn) } else { Ok(()) }
}

/// Whether a graph can be run, as the plan of a person.
fn ensure_sound(graph: &Graph) -> Result<(), Rejection> {
    let (mut rules, mut cycle) = (Check::new(), None);
    for fault in check(graph) {
        match fault {
            Fault::Member { field, message } => {
                rules = rules.ensure(false, format!("graph.{field}"), message);
            }
            Fault::Cycle(steps) => cycle = Some(steps),
        }
    }
    // Kinds that a program adds have no page here; what their commands are, they say themselves.
    let steps = graph.steps.iter().enumerate();
    for (place, step) in steps.filter(|(_, step)| plan::is_known(&step.kind)) {
        if let Err(fault) = plan::ensure_input(&step.kind, step.command.as_str(), &step.input) {
            rules = rules.ensure(false, format!("graph.steps[{place}].input"), fault);
        }
    }
    rules.done()?;
    cycle.map_or(Ok(()), |steps| Err(Rejection::Cycle { steps }))
}

fn adopt(state: &State, input: &Adopt, cx: &Context) -> Decided {
    Check::new().text_opt("goal", input.goal.as_ref(), GOAL_BYTES_MAX).done()?;
    ensure_sound(&input.graph)?;
    ensure_resting(state)?;
    let adopted = PlanAdopted { goal: input.goal.clone(), graph: input.graph.clone() };
    let event = Event::PlanAdopted(Box::new(adopted));
    let after = ask::after(state, &event, cx);
    let reply = plan::answer(&after).unwrap_or_default();
    Ok(Decision::now(vec![event], reply))
}

fn execute(state: &State, input: &Execute, cx: &Context) -> Decided {
    let allowed = input
        .budget
        .is_none_or(|budget| (1..=contracts::kinds::budget::AMOUNT_MAX).contains(&budget.limit));
    Check::new()
        .ensure(
            (1..=PARALLEL_MAX).contains(&input.parallel_max),
            "parallel_max",
            format!("is 1 to {PARALLEL_MAX}"),
        )
        .ensure(
            (1..=GRAPH_TIMEOUT_S_MAX).contains(&input.timeout_s),
            "timeout_s",
            format!("is 1 to {GRAPH_TIMEOUT_S_MAX}"),
        )
        .ensure(allowed, "budget.limit", "is too small or too large")
        .done()?;
    ensure_resting(state)?;
    let planned = state.planned.as_ref().ok_or(Rejection::NoPlan)?;
    if input.approval {
        ensure_shown(&planned.graph)?;
    }
    let run = run_of(&cx.me, state.turn + 1, cx.name("nucleus_", 0));
    let run = run.ok_or_else(|| Refusal::internal("a name that is made is an id"))?;
    let approval = match input.approval {
        true => ActorId::new(format!("{run}-approval")).ok(),
        false => None,
    };
    let asked = ExecutionAsked {
        command: cx.command,
        run,
        plan: PlanRef { kind: KIND, id: cx.me.clone(), revision: planned.revision },
        plan_hash: planned.hash,
        parallel_max: input.parallel_max,
        timeout_s: input.timeout_s,
        budget: input.budget,
        approval,
    };
    let asking_s = if input.approval { ASKING_S } else { 0 };
    let deadline_ms = patience_ms(input.timeout_s.saturating_add(asking_s));
    Ok(Decision::later(vec![Event::ExecutionAsked(asked)], deadline_ms))
}

/// How long a person's yes is waited for, in seconds: beyond the time in which it counts.
const ASKING_S: u64 = APPROVAL_S.saturating_mul(2);

/// Whether the plan that was carried out is still the plan, and can be the one that `input` makes
/// of it.
fn ensure_changeable(state: &State, execution: &Execution, input: &Rerun) -> Result<(), Rejection> {
    let planned = state.planned.as_ref().filter(|it| it.hash == execution.asked.plan_hash);
    let mut graph = planned.ok_or(Rejection::NothingExecuted)?.graph.clone();
    graph.put(&input.steps);
    ensure_sound(&graph)?;
    if execution.asked.approval.is_some() { ensure_shown(&graph) } else { Ok(()) }
}

/// Whether a person can be shown the plan.
fn ensure_shown(graph: &Graph) -> Result<(), Rejection> {
    let bytes = serde_json::to_vec(graph).map_or(usize::MAX, |bytes| bytes.len());
    if bytes > SHOWN_BYTES_MAX { Err(Rejection::TooLargeToShow) } else { Ok(()) }
}

/// How long a run may be waited for whose steps may begin for so long, in milliseconds.
const fn patience_ms(timeout_s: u64) -> u64 {
    timeout_s.saturating_mul(1_000).saturating_add(JOIN_MS)
}

fn cancel(state: &State, input: &Cancel) -> Decided {
    Check::new().text_opt("reason", input.reason.as_ref(), REASON_BYTES_MAX).done()?;
    let execution = state.execution.as_ref().ok_or(Rejection::NotRunning)?;
    let reply = json!(Cancelling { status: state.status, run: execution.asked.run.clone() });
    let others = input.command.is_some() && input.command != execution.command;
    if !others && !state.status.is_under_way() {
        return Err(Rejection::NotRunning);
    }
    if others || execution.cancelling {
        return Ok(Decision::now(Vec::new(), reply));
    }
    let event = Event::CancelAsked(CancelAsked { reason: input.reason.clone() });
    Ok(Decision::now(vec![event], reply))
}

fn rerun(state: &State, input: &Rerun, cx: &Context) -> Decided {
    Check::new()
        .items("from", input.from.len(), STEPS_MAX)
        .items("steps", input.steps.len(), STEPS_MAX)
        .done()?;
    ensure_resting(state)?;
    let execution = state.execution.as_ref().filter(|it| it.stage == Stage::Over);
    let execution = execution.ok_or(Rejection::NothingExecuted)?;
    let changes = !input.steps.is_empty();
    if changes {
        ensure_changeable(state, execution, input)?;
    }
    // Who agreed to a plan agreed to no other.
    let approval = execution.asked.approval.as_ref().filter(|_| changes);
    let approval = approval.and_then(|_| {
        ActorId::new(format!("{}-approval-{}", execution.asked.run, state.turn + 1)).ok()
    });
    let asking_s = if approval.is_some() { ASKING_S } else { 0 };
    let deadline_ms = patience_ms(execution.asked.timeout_s.saturating_add(asking_s));
    let (from, steps) = (input.from.clone(), input.steps.clone());
    let asked = RerunAsked { command: cx.command, from, steps, approval };
    Ok(Decision::later(vec![Event::RerunAsked(Box::new(asked))], deadline_ms))
}
