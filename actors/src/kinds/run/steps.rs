//! A decision that grows event by event, each seen by the next.

use contracts::decider::EventContext;
use contracts::kinds::run::limits::{JOIN_MS, RUN_BYTES_MAX};
use contracts::kinds::run::{
    Asked, Completed, Ended, Event, Failed, KIND, Rejection, Status, ToolAnswered, ToolAsk,
    ToolError, ToolsAsked, WaitsForTools,
};
use contracts::model::HistoryRef;
use contracts::{
    Address, CommandId, Completion, Context, Decision, EffectId, Origin, Refusal, Reply, Timestamp,
    privacy,
};
use serde_json::{Value, json};

use super::answer::answer;
use super::evolve::evolve;
use super::react::react;
use super::state::{Owner, State};

/// A prompt up to so many bytes is repeated in the first request, which then needs nothing from
/// the log.
const INLINE_BYTES_MAX: usize = 8 * 1024;

/// The refusal of a graph's caller tells in `details.steps` how far its steps came.
pub(super) fn with_steps(refusal: Refusal, state: &State) -> Refusal {
    let Some(execution) = &state.graph else { return refusal };
    let mut details = match refusal.details.as_deref() {
        Some(Value::Object(members)) => members.clone(),
        _ => serde_json::Map::new(),
    };
    details.insert("steps".to_owned(), json!(execution.views()));
    refusal.details(Value::Object(details))
}

/// What a command leads to so far.
pub(super) struct Steps<'a> {
    /// The run after it.
    pub state: State,
    events: Vec<Event>,
    /// How many effects they have.
    effects: u32,
    completes: Vec<Completion>,
    pub(super) cx: &'a Context,
    at: EventContext,
}

impl<'a> Steps<'a> {
    /// Nothing has happened yet.
    pub fn new(state: &State, cx: &'a Context) -> Self {
        let at = EventContext { at: cx.now, revision: cx.revision, by: cx.by.clone() };
        let (events, completes) = (Vec::new(), Vec::new());
        Self { state: state.clone(), events, effects: 0, completes, cx, at }
    }

    /// One thing happens.
    pub fn push(&mut self, event: Event) {
        let before = self.state.clone();
        self.state = evolve(std::mem::take(&mut self.state), &event, &self.at);
        if before.graph.is_some() {
            let caused = react(&before, &event, &self.state).len();
            self.effects += u32::try_from(caused).unwrap_or(u32::MAX);
        }
        self.events.push(event);
    }

    /// The id of the command that the next effect sends.
    pub fn next_sent(&self) -> CommandId {
        let me = Address::new(self.cx.tenant.clone(), KIND, self.cx.me.clone());
        EffectId::of(&me, self.cx.revision, self.effects).sends()
    }

    /// When it is decided.
    pub const fn now_at(&self) -> Timestamp {
        self.cx.now
    }

    /// What goes on once no more is to be said by this command.
    pub fn go_on(&mut self) {
        let working = self.state.open(Owner::Cambium).any(|it| it.asked);
        let sequential = self.state.run().options.sequential_tools;
        if !(working && sequential) {
            self.ask_tools(sequential);
        }
        if self.state.open(Owner::Cambium).next().is_some() {
            return;
        }
        let left: Vec<_> = self.state.open(Owner::Caller).map(|it| it.call.clone()).collect();
        if left.is_empty() {
            return self.ask_model();
        }
        let command = self.state.command;
        self.release(Status::Waiting);
        self.push(Event::WaitsForTools(WaitsForTools { calls: left }));
        self.completes.extend(command.map(|id| Completion::done(id, self.answered())));
    }

    /// Asks the model once more, unless it was asked as often as it may be.
    pub fn ask_model(&mut self) {
        let (state, run) = (&self.state, self.state.run());
        if state.round >= run.rounds_max {
            return self.fail(Rejection::RoundsExceeded { rounds: state.round }.into());
        }
        if state.bytes > RUN_BYTES_MAX {
            return self.fail(Rejection::TooLarge.into());
        }
        let Some(timeout_ms) = self.left_ms() else {
            return self.fail(Rejection::Late.into());
        };
        let short = state.round == 0 && state.after.is_none() && state.is_short();
        let history = (!short).then(|| HistoryRef {
            kind: KIND,
            id: self.cx.me.clone(),
            revision: self.cx.revision,
            frame: true,
        });
        let round = state.round + 1;
        self.push(Event::Asked(Asked { round, history, timeout_ms }));
    }

    /// Hands calls on to the tools: one, or all that nobody has.
    fn ask_tools(&mut self, one: bool) {
        let open: Vec<_> =
            self.state.open(Owner::Cambium).filter(|it| !it.asked).map(|it| &it.call).collect();
        let mut calls = Vec::new();
        let most = if one { 1 } else { open.len() };
        for call in open.into_iter().take(most) {
            let used = self.state.run().uses.iter().find(|it| it.name == call.name);
            let input = arguments(&call.arguments).unwrap_or_default();
            calls.push(ToolAsk {
                call: call.id.clone(),
                tool: call.name.clone(),
                input,
                approval: used.is_some_and(|it| it.approval),
                repeatable: self.state.is_repeatable(&call.name),
            });
        }
        if calls.is_empty() {
            return;
        }
        let Some(timeout_ms) = self.left_ms() else {
            return self.fail(Rejection::Late.into());
        };
        let round = self.state.round;
        self.push(Event::ToolsAsked(ToolsAsked { round, calls, timeout_ms }));
    }

    /// The model is told why a call of its was not performed.
    pub fn refuse_call(&mut self, call: String, code: &str, message: String) {
        let error = Some(ToolError { code: code.to_owned(), message });
        let told = ToolAnswered { call, output: None, error, blob: None, ms: None };
        self.push(Event::ToolAnswered(told));
    }

    /// It has answered.
    pub fn complete(&mut self) {
        let command = self.state.command;
        self.release(Status::Completed);
        self.push(Event::Completed(Completed { rounds: self.state.round }));
        self.completes.extend(command.map(|id| Completion::done(id, self.answered())));
    }

    /// What whoever began it is told as of now.
    fn answered(&self) -> Value {
        match &self.state.graph {
            Some(execution) => json!(execution.performed(&self.cx.me, self.state.status)),
            None => json!(answer(&self.state, self.cx)),
        }
    }

    /// It failed for good.
    pub fn fail(&mut self, refusal: Refusal) {
        let command = self.state.command;
        let (code, reason) = (refusal.code.to_string(), refusal.message.clone());
        self.release(Status::Failed);
        self.push(Event::Failed(Failed { code, reason }));
        let refusal = with_steps(refusal, &self.state);
        self.completes.extend(command.map(|id| Completion::failed(id, &refusal)));
    }

    /// Whoever waits for its end is told.
    fn release(&mut self, status: Status) {
        let reply = json!(Ended { status });
        let joined = self.state.joined.iter();
        self.completes.extend(joined.map(|command| Completion::done(*command, reply.clone())));
    }

    /// How long is left, in milliseconds; `None` = it is too late.
    pub fn left_ms(&self) -> Option<u64> {
        let left = self.state.deadline?.as_millis().checked_sub(self.cx.now.as_millis())?;
        u64::try_from(left).ok().filter(|left| *left > 0)
    }

    /// The decision, answered later, or at once when it is over already.
    pub fn later(self) -> Decision<Event> {
        // A graph may go on for longer than anybody waits, but another actor.
        let deadline_ms = match &self.state.graph {
            Some(execution) if self.cx.by.origin == Origin::Runtime => {
                execution.perform.timeout_s.saturating_mul(1_000).saturating_add(JOIN_MS)
            }
            Some(_) => JOIN_MS,
            None => self.state.run().timeout_s.saturating_mul(1_000),
        };
        let over = self.completes.iter().position(|done| done.command_id == self.cx.command);
        let mut decision = Decision::later(self.events, deadline_ms);
        decision.completes = self.completes;
        // What is known at once is the command's own answer.
        if let Some(place) = over.filter(|place| decision.completes[*place].ok) {
            decision.reply = Reply::Now(decision.completes.remove(place).reply);
        }
        decision
    }

    /// The decision, for somebody who waits for nothing.
    pub fn now(self, reply: Value) -> Decision<Event> {
        let mut decision = Decision::now(self.events, reply);
        decision.completes = self.completes;
        decision
    }
}

/// The arguments of a call. Protected ones are left to who performs it.
///
/// # Errors
/// What is wrong with them.
pub(super) fn arguments(text: &str) -> Result<Value, String> {
    if text.trim().is_empty() {
        return Ok(json!({}));
    }
    let whole = Value::String(text.to_owned());
    if privacy::within(&whole) {
        return Ok(whole);
    }
    match serde_json::from_str(text) {
        Ok(value @ Value::Object(_)) => Ok(value),
        Ok(_) => Err("the arguments are no JSON object".to_owned()),
        Err(error) => Err(format!("the arguments are no JSON: {error}")),
    }
}

impl State {
    /// Whether all that the model is told is short.
    fn is_short(&self) -> bool {
        let instructions = self.frame.instructions.as_ref().map_or(0, String::len);
        let pictures = self.turns.iter().any(|turn| !turn.images.is_empty());
        if pictures || self.bytes + instructions > INLINE_BYTES_MAX {
            return false;
        }
        let frame = serde_json::to_string(&*self.frame).map_or(usize::MAX, |it| it.len());
        self.bytes.saturating_add(frame) <= INLINE_BYTES_MAX
    }
}
