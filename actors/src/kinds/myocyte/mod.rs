//! `myocyte`: a workbook whose formulas are computed.

pub(crate) mod areas;
mod arrange;
mod cells;
mod compute;
mod decide;
mod engine;
mod evolve;
mod export;
pub(crate) mod file;
mod filter;
mod forecast;
mod import;
mod ingest;
pub(crate) mod lasting;
pub(crate) mod layout;
mod load;
mod names;
mod ruled;
pub(crate) mod rules;
mod sort;
mod state;
#[cfg(test)]
mod tests;
mod views;
mod work;

use contracts::decider::EventContext;
use contracts::kinds::myocyte::{self as page, Command, Event, Rejection};
use contracts::{Context, Decider, Decision};

pub use state::State;

/// The rules of `myocyte`.
pub struct Myocyte;

impl Decider for Myocyte {
    type Page = page::Myocyte;
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

    fn evolve(state: State, event: &Event, at: &EventContext) -> State {
        state.after(event, at)
    }
}
