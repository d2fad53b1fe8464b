//! What a command causes in a deck.

use contracts::kinds::synapse::{Command, Event, Rejection};
use contracts::{Context, Decision};

use super::work::Work;
use super::{State, arrange, ask, edit, export, load, look, make, visual};

/// What `command` causes.
pub(super) fn decide(
    state: &State,
    command: &Command,
    cx: &Context,
) -> Result<Decision<Event>, Rejection> {
    let work = Work::on(state, cx);
    match command {
        Command::Create(input) => arrange::create(work, input),
        Command::Storyboard(input) => ask::storyboard(work, input),
        Command::SlideMake(input) => make::slide_make(work, input),
        Command::Visualize(input) => visual::visualize(work, input),
        Command::Load(input) => load::load(work, input),
        _ if state.created.is_none() => Err(Rejection::NotFound),
        Command::SlideAdd(input) => edit::slide_add(work, input),
        Command::SlideEdit(input) => edit::slide_edit(work, input),
        Command::SlideMove(input) => arrange::slide_move(work, input),
        Command::SlideRemove(input) => arrange::slide_remove(work, input),
        Command::Layout(input) => arrange::layout(work, input),
        Command::Theme(input) => arrange::theme(work, input),
        Command::Notes(input) => edit::notes(work, input),
        Command::Check(input) => look::check(work, input),
        Command::Read(input) => look::read(work, input),
        Command::Export(input) => export::export(work, input),
        Command::Rename(input) => arrange::rename(work, input),
    }
}
