//! What may be asked of a schedule book.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::calendars::{ExportCalendar, ImportCalendar};
use super::limits::TITLE_BYTES_MAX;
use super::plan::{Assign, Gantt, PlanTimeline, Progress, Remind, Simulate, Track};
use super::schedules::{BackFill, Named, Schedule, Upcoming};
use crate::kinds::check::SAID;

/// What may be asked.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Command {
    /// Begins it.
    Create(Create),
    /// Says what happens when.
    Schedule(Box<Schedule>),
    /// Lets a schedule rest.
    Pause(Named),
    /// Lets it go on.
    Resume(Named),
    /// Begins a run now; a timer asks this, too.
    RunNow(Named),
    /// Begins runs that did not.
    BackFill(BackFill),
    /// Tells the next runs.
    Upcoming(Upcoming),
    /// Makes a plan.
    PlanTimeline(Box<PlanTimeline>),
    /// Makes it anew with other people.
    Assign(Assign),
    /// Says how far a task is.
    Progress(Progress),
    /// Tells where the plan stands.
    Track(Track),
    /// Runs the plan through by chance.
    Simulate(Simulate),
    /// Draws the plan.
    Gantt(Gantt),
    /// Sets a reminder of a task.
    Remind(Box<Remind>),
    /// Makes schedules of a calendar's appointments.
    ImportCalendar(Box<ImportCalendar>),
    /// Gives schedules and tasks as a calendar.
    ExportCalendar(ExportCalendar),
    /// Ends a schedule.
    Remove(Named),
}

/// Input of `create`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Create {
    /// What it is called.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = TITLE_BYTES_MAX), regex(pattern = SAID))]
    pub title: Option<String>,
}
