//! What a model's answer, or its absence, causes.

use contracts::kinds::generated::GeneratedBy;
use contracts::kinds::nucleus::limits::PLAN_BREAKS_MAX;
use contracts::kinds::nucleus::{
    AskFailed, Event, FinalMade, Finalize, Plan, PlanMade, PlanReturned, Rejection, Review,
    Reviewed, Routed,
};
use contracts::model::ModelResponse;
use contracts::{CommandId, Completion, Context, Decision, Outcome, Refusal};
use serde_json::{Value, json};

use super::state::{Ask, State};
use super::{answer, ask, plan, prompt};

/// What follows from an answer: an event, and what the waiting command is told; nothing = it
/// waits on.
type Taken = Result<(Event, Option<Value>), Refusal>;

/// Takes the answer in, or tells the waiting command why not.
pub(super) fn outcome(state: &State, outcome: &Outcome, cx: &Context) -> Decision<Event> {
    let nothing = Decision::now(Vec::new(), Value::Null);
    let tag = contracts::read::from_ref::<CommandId>(&outcome.tag["command"]);
    let Ok(command) = tag else { return nothing };
    let Some(ask) = state.waiting.get(&command) else { return nothing };
    let taken = outcome.llm().and_then(|response| match &**ask {
        Ask::Plan { plan, breaks } => planned(state, plan, *breaks, response, command, cx),
        Ask::Review(review) => reviewed(state, review, response, command),
        Ask::Finalize(finalize) => finalized(state, finalize, response, command),
        Ask::Route(_) => routed(response, command),
    });
    match taken {
        Ok((event, reply)) => {
            let decision = Decision::now(vec![event], Value::Null);
            let told = reply.map(|reply| Completion::done(command, reply));
            told.into_iter().fold(decision, Decision::completing)
        }
        Err(refusal) => {
            let failed = AskFailed { command, code: refusal.code.to_string() };
            let decision = Decision::now(vec![Event::AskFailed(failed)], Value::Null);
            decision.completing(Completion::failed(command, &refusal))
        }
    }
}

fn planned(
    state: &State,
    asked: &Plan,
    breaks: u32,
    response: &ModelResponse,
    command: CommandId,
    cx: &Context,
) -> Taken {
    // An execution that began meanwhile keeps its plan.
    if state.status.is_under_way() {
        return Err(Rejection::GoesOn.into());
    }
    let said = answer::plan(response);
    let made = said.map_err(|refusal| refusal.message).and_then(|said| {
        let (graph, why) = plan::graph_of(&said, asked)?;
        Ok((graph, why, said.unmet))
    });
    let (graph, why, unmet) = match made {
        Ok(made) => made,
        Err(reason) if breaks + 1 < PLAN_BREAKS_MAX => {
            return Ok((Event::PlanReturned(PlanReturned { command, reason }), None));
        }
        Err(reason) => return Err(Rejection::PlanInvalid { reason }.into()),
    };
    let generated_by = GeneratedBy::of(response);
    let made = PlanMade { command, graph, why, unmet, generated_by };
    let event = Event::PlanMade(Box::new(made));
    let reply = plan::answer(&ask::after(state, &event, cx));
    Ok((event, Some(reply.unwrap_or_default())))
}

fn reviewed(state: &State, review: &Review, response: &ModelResponse, command: CommandId) -> Taken {
    let answer = answer::review(response, &prompt::criteria(state, review))?;
    let event = Event::Reviewed(Reviewed { command, pass: answer.pass, score: answer.score });
    Ok((event, Some(json!(answer))))
}

fn finalized(
    state: &State,
    finalize: &Finalize,
    response: &ModelResponse,
    command: CommandId,
) -> Taken {
    let answer = answer::end(response, state, finalize)?;
    let reply = json!(answer);
    Ok((Event::Finalized(Box::new(FinalMade { command, answer })), Some(reply)))
}

fn routed(response: &ModelResponse, command: CommandId) -> Taken {
    let (answer, percent) = answer::route(response)?;
    let to = answer.agent.as_ref().zip(answer.endpoint.as_ref());
    let to = to.map(|(agent, endpoint)| format!("{agent}/{endpoint}"));
    Ok((Event::Routed(Routed { command, to, percent }), Some(json!(answer))))
}
