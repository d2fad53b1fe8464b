//! `knowledge`: documents that are searched by words and by meaning.

mod decide;
mod outcome;
mod passages;
mod react;
mod rules;
mod state;
mod steps;
#[cfg(test)]
mod tests;

use std::sync::Arc;

use contracts::decider::EventContext;
use contracts::kinds::knowledge::{self as page, Command, Event, Rejection};
use contracts::model::Turn;
use contracts::{Context, Decider, Decision, Effect, Outcome};

pub use state::{Document, Part, Reading, State};

/// The rules of `knowledge`.
pub struct Knowledge;

impl Decider for Knowledge {
    type Page = page::Knowledge;
    type State = State;

    const RULES: u32 = 1;
    const STATE_VERSION: u32 = 1;
    const TELLS_BY_COMMIT: bool = true;

    fn decide(
        state: &State,
        command: &Command,
        cx: &Context,
    ) -> Result<Decision<Event>, Rejection> {
        match command {
            Command::Create(create) => decide::create(state, create),
            Command::Add(add) => decide::add(state, add, cx),
            Command::Remove(remove) => decide::remove(state, remove, cx),
            Command::Reembed(reembed) => decide::reembed(state, reembed, cx),
        }
    }

    fn outcome(state: &State, outcome: &Outcome, cx: &Context) -> Decision<Event> {
        outcome::outcome(state, outcome, cx)
    }

    fn evolve(state: State, event: &Event, at: &EventContext) -> State {
        state.after(event, at)
    }

    fn react(_: &State, event: &Event, after: &State) -> Vec<Effect> {
        react::react(event, after)
    }

    fn told_by(events: &[Event]) -> Option<Vec<Arc<Turn>>> {
        events.iter().rev().find_map(state::turns)
    }

    fn forked(state: State) -> State {
        state.without_waits()
    }
}
