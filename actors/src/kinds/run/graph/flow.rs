//! A decision about a graph that grows event by event, each seen by the next.

use std::collections::BTreeMap;

use contracts::decider::EventContext;
use contracts::graph::{OnFailure, Step, Who, resolve};
use contracts::kinds::run::limits::{
    FILLED_BYTES_MAX, GRAPH_OUTPUT_BYTES_MAX, JOIN_MS, REPLY_BYTES_MAX, STEP_TIMEOUT_S_DEFAULT,
};
use contracts::kinds::run::{
    Completed, Ended, Event, Failed, GraphRejection, Performed, Rejection, Skipped, Status,
    StepBegun, StepDone, StepFailed, StepSkipped, StepStatus,
};
use contracts::{ActorId, Completion, Context, Decision, Hash, Refusal, Reply, Revision};
use serde_json::{Value, json};

use super::state::Execution;
use crate::kinds::run::evolve::evolve;
use crate::kinds::run::state::State;

/// What a command leads to so far.
pub struct Flow<'a> {
    /// The run after it.
    pub state: State,
    events: Vec<Event>,
    completes: Vec<Completion>,
    cx: &'a Context,
    at: EventContext,
}

/// What becomes of a step whose time has come.
enum Next {
    Begin(Box<StepBegun>),
    Skip(Skipped),
    Fail(Refusal),
}

impl<'a> Flow<'a> {
    /// Nothing has happened yet.
    pub fn new(state: &State, cx: &'a Context) -> Self {
        let at = EventContext { at: cx.now, revision: cx.revision, by: cx.by.clone() };
        Self { state: state.clone(), events: Vec::new(), completes: Vec::new(), cx, at }
    }

    /// One thing happens.
    pub fn push(&mut self, event: Event) {
        self.state = evolve(std::mem::take(&mut self.state), &event, &self.at);
        self.events.push(event);
    }

    /// Begins, passes over and ends what may be, until nothing more follows by itself.
    pub fn go_on(&mut self) {
        while self.state.status == Status::Running {
            let Some(execution) = &self.state.graph else { return };
            if let Some(rejection) = stopped(execution) {
                // What is under way ends first.
                return if execution.under_way() == 0 {
                    self.fail(rejection.into())
                };
            }
            if execution.pending().next().is_none() {
                return if execution.under_way() == 0 {
                    self.complete()
                };
            }
            let most = usize::try_from(execution.perform.parallel_max).unwrap_or(usize::MAX);
            let Some(step) = ready(execution).cloned() else { return };
            let next = next(execution, &step, self.cx);
            if matches!(next, Next::Begin(_)) {
                if execution.under_way() >= most {
                    return;
                }
                if self.is_late() {
                    return self.fail(Rejection::Late.into());
                }
            }
            self.push(match next {
                Next::Begin(begun) => Event::StepBegun(begun),
                Next::Skip(why) => Event::StepSkipped(StepSkipped { step: step.id, why }),
                Next::Fail(refusal) => failed(step.id, &refusal),
            });
        }
    }

    /// A step has answered.
    pub fn done(&mut self, step: &str, revision: Option<Revision>, reply: &Value) {
        let Some(execution) = &self.state.graph else { return };
        let (whole, kept) = match size(reply) <= REPLY_BYTES_MAX {
            true => (Some(reply.clone()), BTreeMap::new()),
            false => (None, named(execution, step, reply)),
        };
        let bytes: usize = kept.values().map(size).sum();
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
    pub fn failed(&mut self, step: &str, refusal: &Refusal) {
        self.push(failed(step.to_owned(), refusal));
    }

    fn is_late(&self) -> bool {
        self.state.deadline.is_some_and(|deadline| deadline <= self.cx.now)
    }

    fn complete(&mut self) {
        if size(&output(&self.state)) > GRAPH_OUTPUT_BYTES_MAX {
            return self.fail(GraphRejection::OutputTooLarge.into());
        }
        let command = self.state.command;
        self.release(Status::Completed);
        self.push(Event::Completed(Completed { rounds: 0 }));
        let reply = json!(performed(&self.state, self.cx));
        self.completes.extend(command.map(|id| Completion::done(id, reply)));
    }

    fn fail(&mut self, refusal: Refusal) {
        let command = self.state.command;
        let (code, reason) = (refusal.code.to_string(), refusal.message.clone());
        self.release(Status::Failed);
        self.push(Event::Failed(Failed { code, reason }));
        self.completes.extend(command.map(|id| Completion::failed(id, &refusal)));
    }

    /// Whoever waits for its end is told.
    fn release(&mut self, status: Status) {
        let reply = json!(Ended { status });
        let joined = self.state.joined.iter();
        self.completes.extend(joined.map(|command| Completion::done(*command, reply.clone())));
    }

    /// The decision, answered when the run is over: at once, or later.
    pub fn later(self) -> Decision<Event> {
        let own = self.completes.iter().position(|done| done.command_id == self.cx.command);
        let mut decision = Decision::later(self.events, JOIN_MS);
        decision.completes = self.completes;
        if let Some(place) = own.filter(|place| decision.completes[*place].ok) {
            decision.reply = Reply::Now(decision.completes.remove(place).reply);
        }
        decision
    }

    /// The decision, for somebody who waits for nothing.
    pub fn now(self) -> Decision<Event> {
        let mut decision = Decision::now(self.events, Value::Null);
        decision.completes = self.completes;
        decision
    }
}

/// The answer as of now.
pub fn performed(state: &State, cx: &Context) -> Performed {
    Performed {
        run: Some(cx.me.clone()),
        status: state.status,
        output: output(state),
        steps: state.graph.as_ref().map(Execution::views).unwrap_or_default(),
    }
}

/// What the graph gives: what it says, or the answers of the steps that no other one needs.
fn output(state: &State) -> Value {
    let Some(execution) = &state.graph else { return Value::Null };
    let find = |pointer: &str| execution.find(pointer);
    if let Some(output) = &execution.graph().output {
        return resolve(output, &find).unwrap_or_default();
    }
    let order = contracts::graph::order(execution.graph());
    let last = order.map(|order| order.last).unwrap_or_default();
    let reply = |id: &str| execution.progress(id).and_then(|it| it.reply.clone());
    last.into_iter().map(|id| (id.to_owned(), reply(id).unwrap_or_default())).collect()
}

/// The first step by which the whole fails.
fn stopped(execution: &Execution) -> Option<GraphRejection> {
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
    let bytes = size(&input);
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

fn size(value: &Value) -> usize {
    serde_json::to_vec(value).map_or(usize::MAX, |bytes| bytes.len())
}
