//! What follows for the steps of a graph.

use std::collections::BTreeMap;

use contracts::graph::{OnFailure, Step, Who, resolve};
use contracts::kinds::run::limits::{
    FILLED_BYTES_MAX, GRAPH_OUTPUT_BYTES_MAX, REPLY_BYTES_MAX, STEP_TIMEOUT_S_DEFAULT,
};
use contracts::kinds::run::{
    Event, GraphRejection, Performed, Rejection, Skipped, Status, StepBegun, StepDone, StepFailed,
    StepSkipped, StepStatus,
};
use contracts::{ActorId, Context, Hash, Refusal, Revision};
use serde_json::{Value, json};

use super::state::Execution;
use super::stop::stop;
use crate::kinds::run::rules::bytes_of;
use crate::kinds::run::steps::Steps;

/// What becomes of a step whose time has come.
enum Next {
    Begin(Box<StepBegun>),
    Skip(Skipped),
    Fail(Refusal),
}

impl Steps<'_> {
    /// Begins, passes over and ends what may be, until nothing more follows by itself.
    pub(super) fn advance(&mut self) {
        while self.state.status == Status::Running {
            let Some(execution) = &self.state.graph else { return };
            let (stopped, resting) = (stopped(execution), execution.under_way() == 0);
            if stopped.is_some() || execution.pending().next().is_none() {
                // What is under way ends first.
                return match stopped {
                    _ if !resting => {}
                    Some(rejection) => self.fail(Rejection::from(rejection).into()),
                    None => self.give(),
                };
            }
            let most = usize::try_from(execution.perform.parallel_max).unwrap_or(usize::MAX);
            let Some(step) = ready(execution).cloned() else { return };
            let next = next(execution, &step, self.cx);
            if matches!(next, Next::Begin(_)) {
                if execution.under_way() >= most {
                    return;
                }
                if self.left_ms().is_none() {
                    return self.fail(Rejection::Late.into());
                }
            }
            self.push(match next {
                Next::Begin(mut begun) => {
                    begun.stop = stop(&begun, self.next_sent(), self.cx);
                    Event::StepBegun(begun)
                }
                Next::Skip(why) => Event::StepSkipped(StepSkipped { step: step.id, why }),
                Next::Fail(refusal) => failed(step.id, &refusal),
            });
        }
    }

    /// A step has answered.
    pub(super) fn step_done(&mut self, step: &str, revision: Option<Revision>, reply: &Value) {
        let Some(execution) = &self.state.graph else { return };
        let (whole, kept) = match bytes_of(reply) <= REPLY_BYTES_MAX {
            true => (Some(reply.clone()), BTreeMap::new()),
            false => (None, named(execution, step, reply)),
        };
        let bytes: usize = kept.values().map(bytes_of).sum();
        if bytes > REPLY_BYTES_MAX {
            let message = format!(
                "of what it answered, other steps name {bytes} bytes; {REPLY_BYTES_MAX} are kept"
            );
            let refusal = Refusal::rejected("step_reply_too_large", message);
            return self.push(failed(step.to_owned(), &refusal));
        }
        let done = StepDone { step: step.to_owned(), revision, reply: whole, kept };
        self.push(Event::StepDone(Box::new(done)));
    }

    /// A step has failed for good.
    pub(super) fn step_failed(&mut self, step: &str, refusal: &Refusal) {
        self.push(failed(step.to_owned(), refusal));
    }

    /// All steps are over.
    fn give(&mut self) {
        let output = self.state.graph.as_ref().map(Execution::output).unwrap_or_default();
        match bytes_of(&output) > GRAPH_OUTPUT_BYTES_MAX {
            true => self.fail(Rejection::from(GraphRejection::OutputTooLarge).into()),
            false => self.complete(),
        }
    }
}

impl Execution {
    /// The answer as of now of the run `me`, which stands so.
    pub(in crate::kinds::run) fn performed(&self, me: &ActorId, status: Status) -> Performed {
        let (output, steps) = (self.output(), self.views());
        Performed { run: Some(me.clone()), status, output, steps }
    }

    /// What the graph gives: what it says, or the answers of the steps that no other one needs.
    fn output(&self) -> Value {
        if let Some(output) = &self.graph().output {
            return resolve(output, &|pointer: &str| self.find(pointer)).unwrap_or_default();
        }
        let order = contracts::graph::order(self.graph());
        let last = order.map(|order| order.last).unwrap_or_default();
        let reply = |id: &str| self.progress(id).and_then(|it| it.reply.clone());
        last.into_iter().map(|id| (id.to_owned(), reply(id).unwrap_or_default())).collect()
    }
}

/// The first step by which the whole fails.
pub(super) fn stopped(execution: &Execution) -> Option<GraphRejection> {
    let steps = execution.graph().steps.iter().filter(|it| it.on_failure == OnFailure::Stop);
    let mut failed = steps.filter_map(|step| {
        let progress = execution.progress(&step.id)?;
        (progress.status == StepStatus::Failed).then_some((step, progress))
    });
    let (step, progress) = failed.next()?;
    Some(GraphRejection::StepFailed {
        step: step.id.clone(),
        code: progress.code.clone().unwrap_or_default(),
        reason: progress.reason.clone().unwrap_or_default(),
    })
}

/// The first step whose time has come: all that it names are over.
fn ready(execution: &Execution) -> Option<&Step> {
    let is_over = |id: &str| execution.progress(id).is_some_and(|it| it.is_over());
    execution.pending().find(|step| step.after().into_iter().all(is_over))
}

/// What becomes of a step whose time has come.
fn next(execution: &Execution, step: &Step, cx: &Context) -> Next {
    let find = |pointer: &str| execution.find(pointer);
    let is_done =
        |id: &&String| execution.progress(id).is_some_and(|it| it.status == StepStatus::Done);
    if let Some(missed) = step.needs.iter().find(|id| !is_done(id)) {
        return Next::Skip(Skipped::Needs(missed.clone()));
    }
    if step.when.as_ref().is_some_and(|when| !when.holds(find(&when.from))) {
        return Next::Skip(Skipped::Condition);
    }
    let input = match resolve(&step.input, &find) {
        Ok(input) => input,
        Err(missing) => return Next::Skip(Skipped::Missing(missing.0)),
    };
    let bytes = bytes_of(&input);
    if bytes > FILLED_BYTES_MAX {
        let message = format!("filled in, its input has {bytes} bytes; {FILLED_BYTES_MAX} may be");
        return Next::Fail(Refusal::rejected("step_input_too_large", message));
    }
    let turn = execution.progress(&step.id).map_or(0, |it| it.turn) + 1;
    let actor = match &step.actor {
        None => own(cx, &step.id, turn),
        Some(Who::Named(id)) => id.clone(),
        Some(Who::From(pointer)) => match find(&pointer.from) {
            None => return Next::Skip(Skipped::Missing(pointer.from.clone())),
            Some(found) => match found.as_str().and_then(|text| ActorId::new(text).ok()) {
                Some(id) => id,
                None => {
                    let message = format!("{} is no id of an actor", pointer.from);
                    return Next::Fail(Refusal::rejected("step_actor_invalid", message));
                }
            },
        },
    };
    Next::Begin(Box::new(StepBegun {
        step: step.id.clone(),
        turn,
        kind: step.kind.clone(),
        actor,
        name: step.command.clone(),
        // An object is what commands take; nothing said is an empty one.
        input: if input.is_null() { json!({}) } else { input },
        approval: step.approval.then(|| own(cx, &format!("{}-approval", step.id), turn)),
        attempts_max: step.attempts_max,
        stop: None,
        timeout_s: step.timeout_s.unwrap_or(match step.approval {
            true => contracts::kinds::policy::limits::EXPIRES_S,
            false => STEP_TIMEOUT_S_DEFAULT,
        }),
    }))
}

/// The name of an actor of this run's own.
fn own(cx: &Context, what: &str, turn: u32) -> ActorId {
    let suffix = if turn > 1 { format!("-{turn}") } else { String::new() };
    let name = format!("{}-{what}{suffix}", cx.me);
    ActorId::new(name.clone()).unwrap_or_else(|_| {
        let hash = Hash::of_parts("cambium step actor v1", &[name.as_str()]).to_string();
        ActorId::new(&hash[..32]).expect("digits are a token")
    })
}

/// Of an answer that is too large, what the graph names.
fn named(execution: &Execution, step: &str, reply: &Value) -> BTreeMap<String, Value> {
    let prefix = format!("/steps/{step}/reply");
    let pointers = execution.pointers_into(step).into_iter();
    let found = pointers.filter_map(|pointer| {
        let rest = pointer.strip_prefix(&prefix)?;
        Some((pointer.to_owned(), reply.pointer(rest)?.clone()))
    });
    found.collect()
}

fn failed(step: String, refusal: &Refusal) -> Event {
    let (code, reason) = (refusal.code.to_string(), refusal.message.clone());
    Event::StepFailed(StepFailed { step, code, reason })
}
