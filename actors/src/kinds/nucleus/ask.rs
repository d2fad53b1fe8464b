//! Commands that ask a model: accepted at once, answered when the model has.

use contracts::decider::EventContext;
use contracts::kinds::check::Check;
use contracts::kinds::nucleus::catalogue;
use contracts::kinds::nucleus::limits::{
    AGENTS_MAX, ANSWER_MS_MAX, CONTENT_BYTES_MAX, CRITERIA_MAX, GOAL_BYTES_MAX, LINE_BYTES_MAX,
    MATERIAL_BYTES_MAX, MODEL_BYTES_MAX, PLAN_BREAKS_MAX, REQUIREMENTS_MAX, RESULTS_BYTES_MAX,
    RESULTS_MAX, WAITING_MAX,
};
use contracts::kinds::nucleus::{
    Event, Finalize, FinalizeAsked, Plan, PlanAsked, Rejection, Review, ReviewAsked, Route,
    RouteAsked,
};
use contracts::{Context, Decision};
use serde_json::Value;

use super::decide::ensure_resting;
use super::results;
use super::state::State;

type Decided = Result<Decision<Event>, Rejection>;

/// The nucleus once `event` has happened.
pub(super) fn after(state: &State, event: &Event, cx: &Context) -> State {
    let at = EventContext { at: cx.now, revision: cx.revision, by: cx.by.clone() };
    state.clone().after(event, &at)
}

fn later(state: &State, event: Event, answers: u64) -> Decided {
    if state.waiting.len() >= WAITING_MAX {
        return Err(Rejection::TooManyWaiting);
    }
    Ok(Decision::later(vec![event], ANSWER_MS_MAX * answers))
}

/// Texts of one list.
fn lines(mut check: Check, field: &str, lines: &[String], most: usize) -> Check {
    check = check.items(field, lines.len(), most);
    for (place, line) in lines.iter().take(most).enumerate() {
        let twice = lines[..place].contains(line);
        let field = format!("{field}[{place}]");
        check = check.text(&field, line, LINE_BYTES_MAX).ensure(!twice, &field, "comes twice");
    }
    check
}

/// Asks for a plan.
pub(super) fn plan(state: &State, input: &Plan, cx: &Context) -> Decided {
    let known = catalogue::agents();
    let mut check = Check::new()
        .text("goal", &input.goal, GOAL_BYTES_MAX)
        .text_opt("material", input.material.as_ref(), MATERIAL_BYTES_MAX)
        .text_opt("model", input.model.as_ref(), MODEL_BYTES_MAX);
    check = lines(check, "requirements", &input.requirements, REQUIREMENTS_MAX);
    check = lines(check, "criteria", &input.criteria, CRITERIA_MAX);
    if let Some(agents) = &input.available_agents {
        check = check.items("available_agents", agents.len(), AGENTS_MAX).ensure(
            !agents.is_empty(),
            "available_agents",
            "names nobody",
        );
        for (place, agent) in agents.iter().take(AGENTS_MAX).enumerate() {
            let message = format!("is none of {}", known.join(", "));
            let field = format!("available_agents[{place}]");
            check = check.ensure(known.contains(&agent.as_str()), field, message);
        }
    }
    check.done()?;
    ensure_resting(state)?;
    let asked = PlanAsked { command: cx.command, plan: input.clone() };
    later(state, Event::PlanAsked(Box::new(asked)), u64::from(PLAN_BREAKS_MAX))
}

/// Asks for a judgement.
pub(super) fn review(state: &State, input: &Review, cx: &Context) -> Decided {
    let bytes = input.content.to_string().len();
    let size = format!("has {bytes} bytes of JSON; {CONTENT_BYTES_MAX} are allowed");
    let said = !results::words_of(&input.content).trim().is_empty();
    let mut check = Check::new()
        .ensure(bytes <= CONTENT_BYTES_MAX, "content", size)
        .ensure(said, "content", "has no text to judge")
        .text_opt("model", input.model.as_ref(), MODEL_BYTES_MAX);
    if let Some(criteria) = &input.criteria {
        check = lines(check, "criteria", criteria, CRITERIA_MAX).ensure(
            !criteria.is_empty(),
            "criteria",
            "has none",
        );
    }
    check.done()?;
    let asked = ReviewAsked { command: cx.command, review: input.clone() };
    later(state, Event::ReviewAsked(Box::new(asked)), 1)
}

/// Asks for results to be put together.
pub(super) fn finalize(state: &State, input: &Finalize, cx: &Context) -> Decided {
    let mut check = Check::new().text_opt("goal", input.goal.as_ref(), GOAL_BYTES_MAX).text_opt(
        "model",
        input.model.as_ref(),
        MODEL_BYTES_MAX,
    );
    if let Some(results) = &input.workflow_results {
        let bytes: usize = results.iter().map(|result| result.to_string().len()).sum();
        let size = format!("have {bytes} bytes of JSON; {RESULTS_BYTES_MAX} are allowed");
        check = check
            .items("workflow_results", results.len(), RESULTS_MAX)
            .ensure(!results.is_empty(), "workflow_results", "has none")
            .ensure(results.iter().all(Value::is_object), "workflow_results", "has only objects")
            .ensure(bytes <= RESULTS_BYTES_MAX, "workflow_results", size);
    }
    check.done()?;
    if results::gather(state, input).is_empty() {
        return Err(Rejection::NothingExecuted);
    }
    let asked = FinalizeAsked { command: cx.command, finalize: input.clone() };
    later(state, Event::FinalizeAsked(Box::new(asked)), 1)
}

/// Asks who is to be asked.
pub(super) fn route(state: &State, input: &Route, cx: &Context) -> Decided {
    let context = input.context.as_deref().unwrap_or_default();
    Check::new()
        .text("request", &input.request, GOAL_BYTES_MAX)
        .body("context", context, MATERIAL_BYTES_MAX)
        .text_opt("model", input.model.as_ref(), MODEL_BYTES_MAX)
        .done()?;
    let asked = RouteAsked { command: cx.command, route: input.clone() };
    later(state, Event::RouteAsked(Box::new(asked)), 1)
}
