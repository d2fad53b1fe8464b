//! Before it begins a run may wait: for its time, and for the end of the run that it comes after.
//! Both stand in the log: a timer, and a command that the other run answers when it is over.

use contracts::effect::{Effect, Retry, Send, Terms, Timer};
use contracts::kinds::run::limits::{JOIN_MS, JOINED_MAX};
use contracts::kinds::run::{Begun, Ended, Event, KIND, Queued, Rejection, Status};
use contracts::{ActorId, CommandName, Context, Decision, Outcome, OutcomeResult, RefusalClass};
use serde_json::{Value, json};

use super::state::State;
use super::steps::Steps;

/// The timer by which it begins.
const TIMER: ActorId = ActorId::from_static("begin");

impl Steps<'_> {
    /// Waits before it begins, where it is to; false = it is not.
    pub fn queue(&mut self) -> bool {
        let ms = i64::try_from(self.state.run().delay_s.saturating_mul(1_000)).unwrap_or(i64::MAX);
        if ms == 0 {
            return self.follow();
        }
        let until = Some(self.now_at().plus_millis(ms));
        self.push(Event::Queued(Queued { until, after: None }));
        true
    }

    /// Waits for the run before it, where it is to; false = it is not.
    fn follow(&mut self) -> bool {
        let run = self.state.run();
        let after = run.after.clone().filter(|_| run.queue);
        if after.is_some() {
            self.push(Event::Queued(Queued { until: None, after: after.clone() }));
        }
        after.is_some()
    }

    /// What a run does first.
    pub fn open(&mut self) {
        if !self.remember() {
            self.ask_model();
        }
    }

    fn begun(&mut self, begun: Begun) {
        self.push(Event::Begun(begun));
        self.open();
    }
}

/// What it waits for.
pub(super) fn wait(queued: &Queued) -> Vec<Effect> {
    if let Some(until) = queued.until {
        let begin = CommandName::from_static("begin");
        return vec![Effect::Timer(Timer::once(TIMER, until, begin, json!({})))];
    }
    let Some(after) = &queued.after else { return Vec::new() };
    let retry = Retry { timeout_ms: Some(JOIN_MS), ..Retry::default() };
    vec![Effect::Send(Send {
        kind: KIND,
        id: after.clone(),
        name: CommandName::from_static("join"),
        input: json!({}),
        input_blob: None,
        by: None,
        tag: json!({ "after": after }),
        terms: Terms { retry: Some(retry), independent: true, ..Terms::default() },
    })]
}

/// Its time has come, or somebody says so.
pub(super) fn begin(state: &State, cx: &Context) -> Result<Decision<Event>, Rejection> {
    if state.status == Status::New {
        return Err(Rejection::NotFound);
    }
    let mut steps = Steps::new(state, cx);
    if state.status == Status::Queued && state.until.is_some() && !steps.follow() {
        steps.begun(Begun::default());
    }
    let reply = json!(Ended { status: steps.state.status });
    Ok(steps.now(reply))
}

/// What came of asking the run before it to say when it is over. Whatever it was that went wrong,
/// the run begins: what it is told of the other it asks the log.
pub(super) fn ended(state: &State, outcome: &Outcome, cx: &Context) -> Decision<Event> {
    let after = outcome.tag["after"].as_str();
    let mut steps = Steps::new(state, cx);
    if after.is_none() || state.follows.as_ref().map(ActorId::as_str) != after {
        return steps.now(Value::Null);
    }
    match &outcome.result {
        // It goes on for longer than anybody waits: it is asked once more.
        OutcomeResult::Failed(refusal) if refusal.class == RefusalClass::Timeout => {
            steps.follow();
        }
        OutcomeResult::Paused(_) => {}
        OutcomeResult::Failed(refusal) if refusal.class == RefusalClass::NotFound => {
            steps.begun(Begun { alone: true });
        }
        _ => steps.begun(Begun::default()),
    }
    steps.now(Value::Null)
}

/// Somebody waits for its end.
pub(super) fn join(state: &State, cx: &Context) -> Result<Decision<Event>, Rejection> {
    match state.status {
        Status::New => Err(Rejection::NotFound),
        status if status.is_over() || status == Status::Waiting => {
            Ok(Decision::now(Vec::new(), json!(Ended { status })))
        }
        _ if state.joined.len() >= JOINED_MAX => Err(Rejection::TooManyWaiting),
        _ => Ok(Decision::later(vec![Event::Joined { command: cx.command }], JOIN_MS)),
    }
}
