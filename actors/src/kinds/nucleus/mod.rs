//! `nucleus`: directs. It plans, has the plan agreed to, hands it to a run, judges and finishes.

mod answer;
mod ask;
mod decide;
mod ended;
mod evolve;
mod outcome;
mod plan;
mod prompt;
mod react;
mod results;
mod state;
#[cfg(test)]
mod tests;

use contracts::decider::EventContext;
use contracts::kinds::nucleus::{self as page, Command, Event, Rejection};
use contracts::{Context, Decider, Decision, Effect, Outcome};

pub use state::{Ask, Execution, Judged, Planned, Stage, State};

/// The rules of `nucleus`.
pub struct Nucleus;

impl Decider for Nucleus {
    type Page = page::Nucleus;
    type State = State;

    const RULES: u32 = 1;
    const STATE_VERSION: u32 = 2;

    fn decide(
        state: &State,
        command: &Command,
        cx: &Context,
    ) -> Result<Decision<Event>, Rejection> {
        decide::decide(state, command, cx)
    }

    fn outcome(state: &State, outcome: &Outcome, cx: &Context) -> Decision<Event> {
        match outcome.tag["stage"].as_str() {
            Some(stage) => ended::outcome(state, stage, outcome),
            None => outcome::outcome(state, outcome, cx),
        }
    }

    fn evolve(state: State, event: &Event, at: &EventContext) -> State {
        state.after(event, at)
    }

    fn react(_: &State, event: &Event, after: &State) -> Vec<Effect> {
        react::react(event, after).into_iter().collect()
    }

    fn forked(state: State) -> State {
        state.forked()
    }
}
