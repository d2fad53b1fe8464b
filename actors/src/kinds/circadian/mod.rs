//! `circadian`: schedules that fire, and plans that are kept.

mod ahead;
mod calendar_in;
mod calendars;
mod check;
mod decide;
mod deed;
mod evolve;
mod ours;
mod plan;
mod state;
#[cfg(test)]
mod tests;

use contracts::decider::EventContext;
use contracts::effect::Timer;
use contracts::kinds::circadian::{self as page, Command, Event, Rejection};
use contracts::{Context, Decider, Decision, Effect, Outcome};

pub(crate) use calendars::calendar;
pub use state::{Entry, Known, Run, RunStatus, State, Status};

/// The rules of `circadian`.
pub struct Circadian;

impl Decider for Circadian {
    type Page = page::Circadian;
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

    fn outcome(_: &State, outcome: &Outcome, _: &Context) -> Decision<Event> {
        deed::came(outcome)
    }

    fn evolve(state: State, event: &Event, at: &EventContext) -> State {
        state.after(event, at)
    }

    fn react(_: &State, event: &Event, after: &State) -> Vec<Effect> {
        let entry = |name| after.schedules.get(name);
        match event {
            Event::Scheduled(set) => entry(&set.schedule.name).map(deed::armed),
            Event::Resumed(resumed) => entry(&resumed.name).map(deed::armed),
            Event::Paused(of) | Event::Ended(of) | Event::Removed(of) => {
                Some(Effect::Timer(Timer::cancel(deed::timer_of(&of.name))))
            }
            Event::RunStarted(run) => entry(&run.name).map(|entry| deed::done(entry, run)),
            Event::Created(_)
            | Event::RunSkipped(_)
            | Event::RunFinished(_)
            | Event::RunFailed(_)
            | Event::Planned(_)
            | Event::Progressed(_)
            | Event::ReminderSet(_)
            | Event::CalendarImported(_) => None,
        }
        .into_iter()
        .collect()
    }

    /// A fork fires when somebody resumes it.
    fn forked(mut state: State) -> State {
        for entry in state.schedules.values_mut().filter(|it| it.status == Status::Active) {
            entry.status = Status::Paused;
            entry.next = None;
        }
        state
    }
}
