//! A kind without its types: what a cell holds.

use std::sync::Arc;

use contracts::commit::Completion;
use contracts::decider::EventContext;
use contracts::model::Turn;
use contracts::page::{EventError, read_command, read_event, write_event};
use contracts::{
    Context, Decider, Decision, Effect, EventRecord, Outcome, Page, Refusal, Reply, Signal,
};
use serde_json::Value;

/// What a command would cause, decided and evolved on a copy of the state.
pub struct Draft {
    /// What happens.
    pub events: Vec<EventRecord>,
    /// What the world must then do.
    pub effects: Vec<Effect>,
    /// The answer.
    pub reply: Reply,
    /// The answers to open commands.
    pub completes: Vec<Completion>,
    /// What is shown and not kept.
    pub signals: Vec<Signal>,
    /// The state after it.
    pub next: Box<dyn Machine>,
}

/// The state of one actor under the rules of its kind.
pub trait Machine: Send + Sync {
    /// What a command causes.
    ///
    /// # Errors
    /// When the input is not of its shape, or the kind rejects.
    fn decide(&self, name: &str, input: &Value, cx: &Context) -> Result<Draft, Refusal>;

    /// What an outcome causes.
    ///
    /// # Errors
    /// Only `internal`, when an event of the kind has no stored form.
    fn outcome(&self, outcome: &Outcome, cx: &Context) -> Result<Draft, Refusal>;

    /// Folds a stored event.
    ///
    /// # Errors
    /// When this program cannot read it.
    fn fold(&mut self, event: &EventRecord, at: &EventContext) -> Result<(), EventError>;

    /// The state as JSON.
    fn state(&self) -> Value;

    /// Takes over a state that [`Machine::state`] gave; false when it is not of today's shape.
    fn restore(&mut self, state: Value) -> bool;

    /// Whether nothing that is still asked of the world is of any use.
    fn abandons(&self) -> bool;

    /// Whether there are commits whose events say all turns.
    fn tells_by_commit(&self) -> bool;

    /// The turns of the state after a commit, where its events alone say them.
    ///
    /// # Errors
    /// When this program cannot read one of them.
    fn told_by(&self, events: &[&EventRecord]) -> Result<Option<Vec<Arc<Turn>>>, EventError>;

    /// Drops what a fork must not inherit.
    fn fork(&mut self);

    /// The version of the decision rules.
    fn rules(&self) -> u32;

    /// The version of the state's shape.
    fn state_version(&self) -> u32;

    /// A copy.
    fn copy(&self) -> Box<dyn Machine>;
}

/// The machine of the kind `D`.
pub struct Typed<D: Decider> {
    state: D::State,
}

impl<D: Decider> Default for Typed<D> {
    fn default() -> Self {
        Self { state: D::State::default() }
    }
}

impl<D: Decider> Typed<D> {
    fn draft(
        &self,
        decision: Decision<<D::Page as Page>::Event>,
        cx: &Context,
    ) -> Result<Draft, Refusal> {
        let at = EventContext { at: cx.now, revision: cx.revision, by: cx.by.clone() };
        let mut state = self.state.clone();
        let (mut events, mut effects) = (Vec::new(), Vec::new());
        for event in &decision.events {
            let record = write_event::<D::Page>(event)
                .map_err(|error| Refusal::internal(error.to_string()))?;
            events.push(record);
            let after = D::evolve(state.clone(), event, &at);
            effects.extend(D::react(&state, event, &after));
            state = after;
        }
        let Decision { reply, completes, signals, .. } = decision;
        let next = Box::new(Self { state });
        Ok(Draft { events, effects, reply, completes, signals, next })
    }
}

impl<D: Decider> Machine for Typed<D> {
    fn decide(&self, name: &str, input: &Value, cx: &Context) -> Result<Draft, Refusal> {
        let command = read_command::<D::Page>(name, input)?;
        let decision = D::decide(&self.state, &command, cx).map_err(Into::into)?;
        self.draft(decision, cx)
    }

    fn outcome(&self, outcome: &Outcome, cx: &Context) -> Result<Draft, Refusal> {
        self.draft(D::outcome(&self.state, outcome, cx), cx)
    }

    fn fold(&mut self, event: &EventRecord, at: &EventContext) -> Result<(), EventError> {
        let event = read_event::<D::Page>(event)?;
        self.state = D::evolve(std::mem::take(&mut self.state), &event, at);
        Ok(())
    }

    fn state(&self) -> Value {
        serde_json::to_value(&self.state).expect("a state is made of JSON values with string keys")
    }

    fn restore(&mut self, state: Value) -> bool {
        contracts::read::from_value(state).map(|state| self.state = state).is_ok()
    }

    fn abandons(&self) -> bool {
        D::abandons(&self.state)
    }

    fn tells_by_commit(&self) -> bool {
        D::TELLS_BY_COMMIT
    }

    fn told_by(&self, events: &[&EventRecord]) -> Result<Option<Vec<Arc<Turn>>>, EventError> {
        let events: Result<Vec<_>, _> = events.iter().map(|it| read_event::<D::Page>(it)).collect();
        Ok(D::told_by(&events?))
    }

    fn fork(&mut self) {
        self.state = D::forked(std::mem::take(&mut self.state));
    }

    fn rules(&self) -> u32 {
        D::RULES
    }

    fn state_version(&self) -> u32 {
        D::STATE_VERSION
    }

    fn copy(&self) -> Box<dyn Machine> {
        Box::new(Self { state: self.state.clone() })
    }
}
