//! `run`: one execution: a model, its tools and what they answered, until there is an answer.

mod answer;
mod decide;
mod evolve;
mod graph;
mod memory;
mod outcome;
mod queue;
mod react;
mod rules;
mod state;
mod steps;
#[cfg(test)]
mod tests;

use contracts::decider::EventContext;
use contracts::kinds::run::{self as page, Command, Event, Rejection, Status};
use contracts::{Context, Decider, Decision, Effect, Outcome};
use serde_json::Value;

pub use graph::{Execution, Progress};
pub(super) use rules::check_start;
pub use state::{Last, Owner, Pending, State};

/// The rules of `run`.
pub struct Run;

impl Decider for Run {
    type Page = page::Run;
    type State = State;

    const RULES: u32 = 1;
    const STATE_VERSION: u32 = 2;

    fn decide(
        state: &State,
        command: &Command,
        cx: &Context,
    ) -> Result<Decision<Event>, Rejection> {
        match command {
            Command::Start(start) => decide::start(state, start, cx),
            Command::AnswerTools(answers) => decide::answer_tools(state, answers, cx),
            Command::Cancel(cancel) => decide::cancel(state, cancel),
            Command::Begin(_) => queue::begin(state, cx),
            Command::Join(_) => queue::join(state, cx),
            Command::Perform(perform) => graph::perform(state, perform, cx),
            Command::Rerun(rerun) => graph::rerun(state, rerun, cx),
        }
    }

    fn outcome(state: &State, outcome: &Outcome, cx: &Context) -> Decision<Event> {
        match outcome.tag["step"].as_str() {
            Some(step) => graph::outcome(state, step, outcome, cx),
            // What was given up tells by the outcome of its own step.
            None if graph::is_stop(outcome) => Decision::now(Vec::new(), Value::Null),
            None => outcome::outcome(state, outcome, cx),
        }
    }

    fn evolve(state: State, event: &Event, at: &EventContext) -> State {
        evolve::evolve(state, event, at)
    }

    fn react(before: &State, event: &Event, after: &State) -> Vec<Effect> {
        react::react(before, event, after)
    }

    fn abandons(state: &State) -> bool {
        state.status == Status::Cancelled
    }

    fn forked(mut state: State) -> State {
        // The parent's caller waits for the parent.
        state.command = None;
        state.joined.clear();
        graph::forked(&mut state);
        state
    }
}
