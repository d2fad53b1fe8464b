//! How a kind decides: synchronous, pure functions over its state.

use std::sync::Arc;

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::access::Authority;
use crate::caller::Caller;
use crate::commit::Completion;
use crate::effect::Effect;
use crate::hash::Hash;
use crate::ids::{ActorId, CommandId, Revision, Tenant};
use crate::model::Turn;
use crate::page::Page;
use crate::time::Timestamp;

/// What a decision may know beside the state and the command.
#[derive(Debug, Clone)]
pub struct Context {
    /// When the command is decided.
    pub now: Timestamp,
    /// Who asks.
    pub by: Caller,
    /// Whose actor it is.
    pub tenant: Tenant,
    /// The actor's own id.
    pub me: ActorId,
    /// The command's id.
    pub command: CommandId,
    /// The revision that this command's commit will have.
    pub revision: Revision,
    /// The digest of the policy in force.
    pub policy: Hash,
    /// What the caller may do here, for kinds that give rights to others.
    pub authority: Authority,
    /// Which run of a timer the command is, when one sent it.
    pub run: Option<TimerRun>,
}

/// A run of a timer: what the command that the timer sends may know of the firing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TimerRun {
    /// The time that the run was planned for.
    pub planned: Timestamp,
    /// Runs that were left out beside this one.
    pub missed: u32,
    /// When the timer fires again; `None` = never.
    pub next: Option<Timestamp>,
}

impl Context {
    /// A name that this command always makes again: `prefix` and ten hexadecimal digits derived
    /// from the command's id and `number`. Never a secret.
    #[must_use]
    pub fn name(&self, prefix: &str, number: u32) -> String {
        let parts = [self.command.to_string(), number.to_string()];
        let hash = Hash::of_parts("cambium entropy v1", &[&parts[0], &parts[1]]).to_string();
        format!("{prefix}{}", &hash[..10])
    }
}

/// When the asker gets the final answer.
#[derive(Debug, Clone, PartialEq)]
pub enum Reply {
    /// Now.
    Now(Value),
    /// With a later commit; past `deadline_ms` the runtime answers `timeout`.
    Later {
        /// How long it may take, in milliseconds.
        deadline_ms: u64,
    },
}

/// Something to be seen at once and kept nowhere: typing, presence, a growing answer. Published on
/// `live.<tenant>.<kind>.<id>`.
#[derive(Debug, Clone, PartialEq, Serialize, serde::Deserialize)]
pub struct Signal {
    /// Its type, snake case.
    pub r#type: String,
    /// Its members.
    pub data: Value,
}

/// What a command causes.
#[derive(Debug, Clone, PartialEq)]
pub struct Decision<E> {
    /// What happened; none = nothing is stored.
    pub events: Vec<E>,
    /// The answer to this command.
    pub reply: Reply,
    /// The answers to commands that were still open.
    pub completes: Vec<Completion>,
    /// What is shown and not kept.
    pub signals: Vec<Signal>,
}

impl<E> Decision<E> {
    /// `events` happened, and `reply` is the answer.
    #[must_use]
    pub fn now(events: Vec<E>, reply: Value) -> Self {
        let (completes, signals) = (Vec::new(), Vec::new());
        Self { events, reply: Reply::Now(reply), completes, signals }
    }

    /// `events` happened; the answer comes with a later commit.
    #[must_use]
    pub fn later(events: Vec<E>, deadline_ms: u64) -> Self {
        let (completes, signals) = (Vec::new(), Vec::new());
        Self { events, reply: Reply::Later { deadline_ms }, completes, signals }
    }

    /// Also answers an open command.
    #[must_use]
    pub fn completing(mut self, completion: Completion) -> Self {
        self.completes.push(completion);
        self
    }

    /// Also shows a signal.
    #[must_use]
    pub fn showing(mut self, signal: Signal) -> Self {
        self.signals.push(signal);
        self
    }
}

/// The rules of a kind. What may be said stands on its [`Page`].
pub trait Decider: Sized + Send + Sync + 'static {
    /// Commands, events, rejections, summary.
    type Page: Page;
    /// What a fold of the events leads to.
    type State: Default + Clone + Serialize + DeserializeOwned + Send + Sync + 'static;

    /// The version of the decision rules, stored with each commit.
    const RULES: u32;
    /// The version of the state's shape; a snapshot of another version is not used.
    const STATE_VERSION: u32;
    /// Whether there are commits whose events say all turns: see [`Decider::told_by`].
    const TELLS_BY_COMMIT: bool = false;

    /// What a command causes, or why it is rejected.
    ///
    /// # Errors
    /// The kind's own rejections.
    fn decide(
        state: &Self::State,
        command: &<Self::Page as Page>::Command,
        cx: &Context,
    ) -> Result<Decision<<Self::Page as Page>::Event>, <Self::Page as Page>::Rejection>;

    /// What an outcome of one of the actor's effects causes. Outcomes are never rejected: what the
    /// world did, it did.
    fn outcome(
        state: &Self::State,
        outcome: &crate::effect::Outcome,
        cx: &Context,
    ) -> Decision<<Self::Page as Page>::Event> {
        let _ = (state, outcome, cx);
        Decision::now(Vec::new(), Value::Null)
    }

    /// The state after an event. Cannot fail: what happened, happened.
    fn evolve(
        state: Self::State,
        event: &<Self::Page as Page>::Event,
        at: &EventContext,
    ) -> Self::State;

    /// What the world must now do about an event.
    fn react(
        before: &Self::State,
        event: &<Self::Page as Page>::Event,
        after: &Self::State,
    ) -> Vec<Effect> {
        let _ = (before, event, after);
        Vec::new()
    }

    /// The turns of the state after a commit, where its events alone say them: whoever refers to
    /// them needs no more of the history then. `None` = they say nothing of it.
    #[must_use]
    fn told_by(events: &[<Self::Page as Page>::Event]) -> Option<Vec<Arc<Turn>>> {
        let _ = events;
        None
    }

    /// Whether nothing that is still asked of the world is of any use. The command that leads there
    /// gives it up: what runs is cut off, and what waits never begins.
    #[must_use]
    fn abandons(_: &Self::State) -> bool {
        false
    }

    /// The state a fork starts from: without the waits that it must not inherit.
    #[must_use]
    fn forked(state: Self::State) -> Self::State {
        state
    }
}

/// What `evolve` may know of the commit that an event stands in.
#[derive(Debug, Clone)]
pub struct EventContext {
    /// When it was decided.
    pub at: Timestamp,
    /// In which commit.
    pub revision: Revision,
    /// Whose word led to it.
    pub by: Caller,
}
