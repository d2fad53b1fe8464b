//! `osteon`: a document that people and models write.

mod answer;
mod ask;
pub(crate) mod cite;
mod decide;
mod diff;
mod evolve;
pub(crate) mod export;
mod fill;
mod hand;
mod load;
mod outcome;
pub(crate) mod picture;
mod prompt;
mod prose;
mod react;
mod remarks;
mod rules;
mod shown;
pub(crate) mod splice;
mod state;
mod tag;
mod templates;
#[cfg(test)]
mod tests;
mod work;

use std::collections::BTreeMap;

use contracts::decider::EventContext;
use contracts::kinds::osteon::{self as page, Command, Event, Rejection};
use contracts::{Context, Decider, Decision, Effect, Outcome};

pub use state::{Comment, Section, State, Suggestion, Waiting};

/// The rules of `osteon`.
pub struct Osteon;

impl Decider for Osteon {
    type Page = page::Osteon;
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

    fn react(_: &State, event: &Event, after: &State) -> Vec<Effect> {
        react::react(event, after).into_iter().collect()
    }

    fn forked(state: State) -> State {
        State { waiting: BTreeMap::new(), ..state }
    }
}
