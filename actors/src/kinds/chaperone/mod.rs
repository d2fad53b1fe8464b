//! `chaperone`: files in and out, as jobs.

mod decide;
mod outcome;
mod react;
mod state;
#[cfg(test)]
mod tests;

use contracts::decider::EventContext;
use contracts::kinds::chaperone::{self as page, Command, Event, Rejection};
use contracts::{Context, Decider, Decision, Effect, Outcome};

pub use state::State;

/// The rules of `chaperone`.
pub struct Chaperone;

impl Decider for Chaperone {
    type Page = page::Chaperone;
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
        react::react(event, after)
    }

    fn forked(state: State) -> State {
        state.forked()
    }
}
