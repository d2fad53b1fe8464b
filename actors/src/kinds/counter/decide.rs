use contracts::decider::EventContext;
use contracts::kinds::counter::{self as page, BOUND, Command, Event, Rejection};
use contracts::{Context, Decider, Decision};
use serde_json::json;

use super::{Counter, State};

impl Decider for Counter {
    type Page = page::Counter;
    type State = State;

    const RULES: u32 = 1;
    const STATE_VERSION: u32 = 1;

    fn decide(state: &State, command: &Command, _: &Context) -> Result<Decision<Event>, Rejection> {
        match command {
            Command::Add(add) => {
                let value = state
                    .value
                    .checked_add(add.by)
                    .filter(|value| (-BOUND..=BOUND).contains(value))
                    .ok_or(Rejection::OutOfBounds { value: state.value })?;
                let added = Event::Added { by: add.by, value };
                Ok(Decision::now(vec![added], json!({ "value": value })))
            }
            Command::Reset(_) if state.changes == 0 => Err(Rejection::NotFound),
            Command::Reset(_) => Ok(Decision::now(vec![Event::Reset {}], json!({ "value": 0 }))),
        }
    }

    fn evolve(state: State, event: &Event, _: &EventContext) -> State {
        state.after(event)
    }
}
