//! What the answers of models and tools cause.

use std::collections::BTreeSet;

use contracts::kinds::run::limits::{CALLS_MAX, SCHEMA_BREAKS_MAX};
use contracts::kinds::run::{
    Answered, Event, Rejection, Returned, Status, ToolAnswered, ToolError,
};
use contracts::model::{Finish, ModelResponse};
use contracts::{Context, Decision, Outcome, Refusal, privacy};
use serde_json::Value;

use super::queue;
use super::state::{Owner, State};
use super::steps::{Steps, arguments};
use crate::schema;

pub(super) fn outcome(state: &State, outcome: &Outcome, cx: &Context) -> Decision<Event> {
    if state.status == Status::Queued {
        return queue::ended(state, outcome, cx);
    }
    let round = outcome.tag["round"].as_u64();
    // Cancelled meanwhile: that the effect is concluded stands in the log.
    if state.status != Status::Running || round != Some(u64::from(state.round)) {
        return Decision::now(Vec::new(), Value::Null);
    }
    let mut steps = Steps::new(state, cx);
    if state.recalling {
        steps.recalled(outcome);
        return steps.now(Value::Null);
    }
    match outcome.tag["call"].as_str() {
        Some(call) if state.waits_for(call) => answered(&mut steps, call, outcome),
        None if state.asked => match outcome.llm() {
            Ok(response) => said(&mut steps, response),
            Err(refusal) => steps.fail(refusal),
        },
        Some(_) | None => {}
    }
    steps.now(Value::Null)
}

/// A tool answered.
fn answered(steps: &mut Steps<'_>, call: &str, outcome: &Outcome) {
    let call = call.to_owned();
    let told = match outcome.tool() {
        Ok(answer) => ToolAnswered {
            call,
            output: Some(answer.output.clone()),
            error: None,
            blob: answer.blob,
            ms: Some(answer.ms),
        },
        Err(Refusal { code, message, .. }) => ToolAnswered {
            call,
            output: None,
            error: Some(ToolError { code: code.into_owned(), message }),
            blob: None,
            ms: None,
        },
    };
    steps.push(Event::ToolAnswered(told));
    steps.go_on();
}

/// The model answered.
fn said(steps: &mut Steps<'_>, response: &ModelResponse) {
    let round = steps.state.round;
    let mut response = response.clone();
    let broken = match response.calls.is_empty() {
        true => broken(&steps.state, &mut response),
        false => None,
    };
    let ids: BTreeSet<_> = response.calls.iter().map(|call| call.id.as_str()).collect();
    let ambiguous = ids.len() < response.calls.len();
    let calls = response.calls.clone();
    steps.push(Event::Answered(Box::new(Answered { round, response })));
    if ambiguous {
        let message = "two calls of the model's answer have the same id";
        return steps.fail(Refusal::rejected("model_answer_invalid", message));
    }
    if let Some(reason) = broken {
        if steps.state.breaks + 1 >= SCHEMA_BREAKS_MAX {
            return steps.fail(Rejection::OutputInvalid { reason }.into());
        }
        steps.push(Event::Returned(Returned { round, reason }));
        return steps.ask_model();
    }
    if calls.is_empty() {
        return steps.complete();
    }
    for (place, call) in calls.into_iter().enumerate() {
        let owner = steps.state.calls.get(place).map(|it| it.owner);
        if owner == Some(Owner::Nobody) {
            let message = format!("there is no tool called {}", call.name);
            steps.refuse_call(call.id, "tool_unknown", message);
        } else if place >= CALLS_MAX {
            let message = format!("at most {CALLS_MAX} calls are made at once");
            steps.refuse_call(call.id, "tool_calls_exceeded", message);
        } else if let Err(message) = arguments(&call.arguments) {
            steps.refuse_call(call.id, "tool_arguments_invalid", message);
        }
    }
    steps.go_on();
}

/// What of an answer is against its schema; takes its value from its text where it has none.
/// An answer that was cut off says so by its finish, and asking again does not help.
fn broken(state: &State, response: &mut ModelResponse) -> Option<String> {
    let schema = state.frame.schema.as_ref()?;
    if response.value.is_none() {
        response.value = serde_json::from_str(&response.text).ok();
    }
    if matches!(response.finish, Finish::Length | Finish::ContentFilter) {
        return None;
    }
    match &response.value {
        // Protected words are opened for nobody here, so that nothing is known of them.
        Some(value) if privacy::within(value) => None,
        Some(value) => schema::fault(schema, value),
        None if privacy::within(&Value::String(response.text.clone())) => None,
        None => Some("the answer is no JSON".to_owned()),
    }
}
