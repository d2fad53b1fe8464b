//! Plans: what is said of them, computed by `office::plan`.

mod hours;
mod look;
mod make;
mod remind;
mod told;
mod tracked;

use contracts::kinds::circadian::{After, LinkType, Member, Placed, Planned, Rejection, Task};
use contracts::schedule::Clocks;
use contracts::{ActorId, Refusal, Timestamp};
use office::plan::calendar::{Calendar, Edge};
use office::plan::network::Network;
use office::plan::{self as engine, Link, LinkSort, Unplanned};

pub(super) use look::{gantt, simulate};
pub(super) use make::{assign, plan_timeline};
pub(super) use remind::remind;
pub(super) use tracked::{progress, track};

use super::state::State;

/// A plan as the engine has it.
pub(super) struct Engine {
    pub clocks: Clocks,
    pub calendar: Calendar,
    /// The minute on the clocks at which it begins.
    pub start: i64,
    /// Its tasks, as long as they take whoever does them.
    pub tasks: Vec<engine::Task>,
}

impl Engine {
    /// Reads what was said of a plan.
    ///
    /// # Errors
    /// What is wrong with its zone or its working time.
    pub fn of(plan: &Planned) -> Result<Self, Rejection> {
        let clocks = Clocks::of(&plan.zone).map_err(Refusal::from)?;
        let calendar = hours::calendar(plan.hours.as_ref())?;
        let start = clocks.minute(plan.start);
        let tasks = plan.tasks.iter().map(|task| {
            let not_before =
                task.not_before.map_or(0, |at| calendar.worked(start, clocks.minute(at)));
            engine::Task { not_before, ..read(task) }
        });
        let tasks = tasks.collect();
        Ok(Self { clocks, calendar, start, tasks })
    }

    /// Lets each task take as long as it takes whoever does it.
    pub fn stretch(&mut self, members: &[engine::assign::Member], who: &[Option<usize>]) {
        for (task, who) in self.tasks.iter_mut().zip(who) {
            if let Some(member) = who.map(|who| &members[who]) {
                for minutes in [&mut task.minutes, &mut task.minutes_min, &mut task.minutes_max] {
                    *minutes = member.takes(*minutes);
                }
            }
        }
    }

    /// How long the tasks take.
    pub fn minutes(&self) -> Vec<i64> {
        self.tasks.iter().map(|task| task.minutes).collect()
    }

    /// When so much has been worked.
    ///
    /// # Errors
    /// The working time does not hold it.
    pub fn at(&self, worked: i64, edge: Edge) -> Result<Timestamp, Rejection> {
        let minute = self.calendar.clock(self.start, worked, edge).map_err(unplanned)?;
        self.clocks.instant(minute).ok_or(Rejection::PlanTooLong)
    }

    /// How much has been worked at an instant.
    pub fn worked(&self, at: Timestamp) -> i64 {
        self.calendar.worked(self.start, self.clocks.minute(at))
    }

    /// When tasks were placed, in minutes of working time.
    pub fn spans(&self, placed: &[Placed]) -> Vec<(i64, i64)> {
        let tasks = placed.iter().zip(&self.tasks);
        tasks
            .map(|(placed, task)| {
                let finish = self.worked(placed.finish);
                (finish - task.minutes, finish)
            })
            .collect()
    }

    /// What waits for what, people included where they do one thing at a time.
    ///
    /// # Errors
    /// What is wrong with the links.
    pub fn network(&self, plan: &Planned) -> Result<Network, Rejection> {
        let who = who(plan);
        let chained = plan
            .level
            .then(|| engine::level::chained(&self.tasks, &self.spans(&plan.placed), &who));
        match chained.flatten() {
            Some(network) => Ok(network),
            None => Network::of(&self.tasks).map_err(unplanned),
        }
    }
}

/// A plan that was made, as the engine has it.
pub(super) fn made(plan: &Planned) -> Result<Engine, Rejection> {
    let mut engine = Engine::of(plan)?;
    engine.stretch(&members(plan), &who(plan));
    Ok(engine)
}

/// The plan.
///
/// # Errors
/// There is none.
pub(super) fn known(state: &State) -> Result<&Planned, Rejection> {
    state.plan.as_deref().ok_or(Rejection::PlanMissing)
}

/// A task of the plan, and where it was placed.
///
/// # Errors
/// There is no plan, or no such task.
pub(super) fn task<'a>(
    state: &'a State,
    id: &ActorId,
) -> Result<(&'a Task, &'a Placed), Rejection> {
    let plan = known(state)?;
    let mut all = plan.tasks.iter().zip(&plan.placed);
    all.find(|(task, _)| task.id == *id)
        .ok_or_else(|| Rejection::PlanTaskUnknown { named: id.to_string(), task: None })
}

/// What a task is called.
pub(super) fn name(task: &Task) -> String {
    task.name.clone().unwrap_or_else(|| task.id.to_string())
}

/// The people of a plan.
pub(super) fn members(plan: &Planned) -> Vec<engine::assign::Member> {
    let one = |member: &Member| engine::assign::Member {
        id: member.id.to_string(),
        skills: member.skills.clone(),
        percent: i64::from(member.percent),
    };
    plan.team.iter().map(one).collect()
}

/// Whose place among them each task was given to.
pub(super) fn who(plan: &Planned) -> Vec<Option<usize>> {
    let place = |id: &ActorId| plan.team.iter().position(|member| member.id == *id);
    plan.placed.iter().map(|placed| placed.who.as_ref().and_then(place)).collect()
}

/// Why there is no plan.
pub(super) fn unplanned(why: Unplanned) -> Rejection {
    match why {
        Unplanned::Cycle { tasks } => Rejection::PlanCycle { tasks },
        Unplanned::Unknown { task, named } => {
            Rejection::PlanTaskUnknown { task: Some(task), named }
        }
        Unplanned::Twice { id } => Rejection::PlanTaskTwice { id },
        Unplanned::NoTime => Rejection::PlanTooLong,
    }
}

fn read(task: &Task) -> engine::Task {
    let minutes = |minutes: u64| i64::try_from(minutes).unwrap_or(i64::MAX);
    let link = |after: &After| Link {
        task: after.task.to_string(),
        sort: match after.sort {
            LinkType::Fs => LinkSort::FinishStart,
            LinkType::Ss => LinkSort::StartStart,
            LinkType::Ff => LinkSort::FinishFinish,
            LinkType::Sf => LinkSort::StartFinish,
        },
        lag: after.lag_minutes,
    };
    engine::Task {
        id: task.id.to_string(),
        minutes: minutes(task.minutes),
        minutes_min: minutes(task.minutes_min.unwrap_or(task.minutes)),
        minutes_max: minutes(task.minutes_max.unwrap_or(task.minutes)),
        after: task.after.iter().map(link).collect(),
        skills: task.skills.clone(),
        not_before: 0,
    }
}
