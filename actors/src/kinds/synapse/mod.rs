//! `synapse`: a deck of slides that people and models make.

mod answer;
mod arrange;
mod ask;
mod decide;
mod edit;
mod evolve;
mod export;
mod load;
mod look;
mod make;
mod outcome;
mod place;
mod prompt;
mod react;
mod state;
#[cfg(test)]
mod tests;
mod visual;
mod work;

use std::collections::BTreeMap;

use contracts::decider::EventContext;
use contracts::kinds::synapse::{self as page, Command, Event, Rejection};
use contracts::{Context, Decider, Decision, Effect, Outcome};

pub use state::{Kept, State, Waiting};

/// The rules of `synapse`.
pub struct Synapse;

impl Decider for Synapse {
    type Page = page::Synapse;
    type State = State;

    const RULES: u32 = 1;
    const STATE_VERSION: u32 = 1;

    fn decide(
        state: &State,
        command: &Command,
        cx: &Context,
    ) -> Result<Decision<Event>, Rejection> {
        decide::decide(state, command, cx)
    }

    fn outcome(state: &State, outcome: &Outcome, cx: &Context) -> Decision<Event> {
        outcome::outcome(state, outcome, cx)
    }

    fn evolve(state: State, event: &Event, at: &EventContext) -> State {
        state.after(event, at)
    }

    fn react(_: &State, event: &Event, _: &State) -> Vec<Effect> {
        react::react(event).into_iter().collect()
    }

    fn forked(state: State) -> State {
        State { waiting: BTreeMap::new(), ..state }
    }
}
