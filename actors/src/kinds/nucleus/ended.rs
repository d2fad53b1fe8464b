//! What a person, a budget or a run said, and what it means for an execution.

use contracts::effect::OutcomeResult;
use contracts::kinds::nucleus::answers::{Executed, Status};
use contracts::kinds::nucleus::limits::OUTPUT_BYTES_MAX;
use contracts::kinds::nucleus::{Ended, Event, Rejection};
use contracts::kinds::run::{Performed, StepStatus};
use contracts::{Completion, Decision, Outcome, Refusal};
use serde_json::{Value, json};

use super::state::{Execution, Stage, State};

/// What an outcome of the stage `stage` causes. One of an earlier turn counts for nothing.
pub(super) fn outcome(state: &State, stage: &str, outcome: &Outcome) -> Decision<Event> {
    let nothing = Decision::now(Vec::new(), Value::Null);
    let turn = outcome.tag["turn"].as_u64() == Some(u64::from(state.turn));
    let execution = state.execution.as_ref().filter(|_| turn && state.status.is_under_way());
    let Some(execution) = execution else { return nothing };
    let answer = match &outcome.result {
        OutcomeResult::Sent { reply, .. } => Ok(reply),
        OutcomeResult::Failed(refusal) => Err(refusal.clone()),
        OutcomeResult::Paused(_) => return nothing,
        _ => Err(Refusal::unknown("the command was sent, and nobody knows of it")),
    };
    match (stage, answer) {
        ("approval" | "budget", _) if execution.cancelling => {
            failed(execution, Status::Cancelled, &Rejection::Cancelled.into())
        }
        ("approval", Ok(_)) => Decision::now(vec![Event::Agreed {}], Value::Null),
        ("approval", Err(refusal)) => {
            let reason = format!("nobody said yes to the plan: {}", refusal.message);
            failed(execution, Status::Failed, &Rejection::NotAgreed { reason }.into())
        }
        ("budget", Ok(_)) => Decision::now(vec![Event::BudgetSet {}], Value::Null),
        ("run", Ok(reply)) => performed(execution, reply),
        ("run", Err(refusal)) if refusal.code == "run_cancelled" => {
            failed(execution, Status::Cancelled, &refusal)
        }
        ("budget" | "run", Err(refusal)) => failed(execution, Status::Failed, &refusal),
        // What became of a cancellation is told by what it cancels.
        _ => nothing,
    }
}

/// It came to nothing, or not to its end: a run tells in its refusal how far its steps came.
fn failed(execution: &Execution, status: Status, refusal: &Refusal) -> Decision<Event> {
    let steps = refusal.details.as_deref().map(|details| &details["steps"]);
    let steps = steps.and_then(|steps| contracts::read::from_ref(steps).ok());
    let ended = Ended {
        status,
        code: Some(refusal.code.to_string()),
        reason: Some(refusal.message.clone()),
        steps: steps.unwrap_or_else(|| execution.steps.clone()),
        // Nobody said yes to doing it anew: what there is stays.
        output: match execution.stage {
            Stage::Approval => execution.output.clone(),
            _ => Value::Null,
        },
    };
    told(execution, ended, |command| Completion::failed(command, refusal))
}

/// The run went to its end. What could not be done is told, beside what was.
fn performed(execution: &Execution, reply: &Value) -> Decision<Event> {
    let read = contracts::read::from_ref::<Performed>(reply);
    let Ok(Performed { output, steps, .. }) = read else {
        let refusal = Refusal::internal("a run answered what no run answers");
        return failed(execution, Status::Failed, &refusal);
    };
    let bytes = output.to_string().len();
    let fault = steps.iter().find(|(_, view)| view.status == StepStatus::Failed);
    let refusal = fault.map(|(step, view)| {
        let code = view.code.clone().unwrap_or_default();
        let reason = view.reason.clone().unwrap_or_default();
        Refusal::rejected("step_failed", format!("the step {step} failed: {code}: {reason}"))
            .details(json!({ "step": step, "code": code, "run": execution.asked.run }))
    });
    let status = if refusal.is_some() { Status::Failed } else { Status::Completed };
    let ended = Ended {
        status,
        code: refusal.as_ref().map(|it| it.code.to_string()),
        reason: refusal.as_ref().map(|it| it.message.clone()),
        steps: steps.clone(),
        output: if bytes <= OUTPUT_BYTES_MAX { output.clone() } else { Value::Null },
    };
    let (run, plan_hash) = (execution.asked.run.clone(), execution.asked.plan_hash);
    let answer = Executed { status, run, plan_hash, output, steps };
    told(execution, ended, |command| match &refusal {
        Some(refusal) => Completion::failed(command, refusal),
        None => Completion::done(command, json!(answer)),
    })
}

fn told(
    execution: &Execution,
    ended: Ended,
    completion: impl FnOnce(contracts::CommandId) -> Completion,
) -> Decision<Event> {
    let decision = Decision::now(vec![Event::Ended(Box::new(ended))], Value::Null);
    execution.command.map(completion).into_iter().fold(decision, Decision::completing)
}
