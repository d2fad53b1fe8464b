//! What the commands of a run cause.

use contracts::kinds::run::{
    AnswerTools, Cancel, Cancelled, Ended, Event, Rejection, Resumed, Start, Started, Status,
    ToolAnswered, ToolError,
};
use contracts::{Completion, Context, Decision};
use serde_json::json;

use super::answer::answer;
use super::rules;
use super::state::{Owner, State};
use super::steps::{Steps, with_steps};

pub(super) fn start(
    state: &State,
    start: &Start,
    cx: &Context,
) -> Result<Decision<Event>, Rejection> {
    if state.status != Status::New {
        return Err(Rejection::Exists);
    }
    rules::check_start(start)?;
    let mut steps = Steps::new(state, cx);
    let started = Started { command: cx.command, run: start.clone() };
    steps.push(Event::Started(Box::new(started)));
    if steps.queue() {
        let reply = json!(answer(&steps.state, cx));
        return Ok(steps.now(reply));
    }
    steps.open();
    Ok(steps.later())
}

pub(super) fn answer_tools(
    state: &State,
    answers: &AnswerTools,
    cx: &Context,
) -> Result<Decision<Event>, Rejection> {
    rules::check_answers(answers)?;
    match state.status {
        Status::New => return Err(Rejection::NotFound),
        Status::Waiting => {}
        Status::Running | Status::Queued => return Err(Rejection::NotWaiting),
        Status::Completed | Status::Failed | Status::Cancelled => return Err(Rejection::Over),
    }
    let unknown = answers.outputs.iter().find(|it| !state.waits_for(&it.call));
    if let Some(output) = unknown {
        return Err(Rejection::CallUnknown { call: output.call.clone() });
    }
    let mut steps = Steps::new(state, cx);
    let given = |call: &str| answers.outputs.iter().any(|it| it.call == call);
    let all = state.open(Owner::Caller).all(|it| given(&it.call.id));
    if all {
        steps.push(Event::Resumed(Resumed { command: cx.command }));
    }
    for output in &answers.outputs {
        let error = output.error.clone();
        steps.push(Event::ToolAnswered(ToolAnswered {
            call: output.call.clone(),
            output: output.output.clone(),
            error: error.map(|message| ToolError { code: "tool_failed".to_owned(), message }),
            blob: None,
            ms: None,
        }));
    }
    if !all {
        let reply = json!(answer(&steps.state, cx));
        return Ok(steps.now(reply));
    }
    steps.go_on();
    Ok(steps.later())
}

pub(super) fn cancel(state: &State, cancel: &Cancel) -> Result<Decision<Event>, Rejection> {
    rules::check_cancel(cancel)?;
    match state.status {
        Status::New => return Err(Rejection::NotFound),
        // What is to end is over, or somebody else's.
        _ if cancel.command.is_some() && cancel.command != state.command => {
            return Ok(Decision::now(Vec::new(), json!(Ended { status: state.status })));
        }
        Status::Completed | Status::Failed | Status::Cancelled => return Err(Rejection::Over),
        Status::Running | Status::Waiting | Status::Queued => {}
    }
    let event = Event::Cancelled(Cancelled { reason: cancel.reason.clone() });
    let reply = json!(Ended { status: Status::Cancelled });
    let decision = Decision::now(vec![event], reply.clone());
    let joined = state.joined.iter().map(|command| Completion::done(*command, reply.clone()));
    let decision = joined.fold(decision, Decision::completing);
    let refusal = with_steps(Rejection::Cancelled.into(), state);
    let waiting = state.command.map(|command| Completion::failed(command, &refusal));
    Ok(waiting.into_iter().fold(decision, Decision::completing))
}
