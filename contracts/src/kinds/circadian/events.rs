//! What happens to a schedule book.

use serde::{Deserialize, Serialize};

use super::commands::Create;
use super::plan::{Hours, Member, Remind, Task};
use super::schedules::{Schedule, Why};
use crate::hash::Hash;
use crate::ids::{ActorId, SecretName};
use crate::time::Timestamp;

/// What happened.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum Event {
    /// It began.
    Created(Create),
    /// What happens when was said.
    Scheduled(Box<Scheduled>),
    /// A schedule rests.
    Paused(Of),
    /// It goes on.
    Resumed(Resumed),
    /// A run began.
    RunStarted(RunStarted),
    /// A run was left out.
    RunSkipped(RunSkipped),
    /// A run did what it should.
    RunFinished(RunFinished),
    /// A run did not.
    RunFailed(RunFailed),
    /// A schedule has no run ahead.
    Ended(Of),
    /// A schedule is gone.
    Removed(Of),
    /// Tasks have their places.
    Planned(Box<Planned>),
    /// Somebody said how far a task is.
    Progressed(ProgressSaid),
    /// A schedule follows a task.
    ReminderSet(Box<ReminderSet>),
    /// Schedules came from a calendar.
    CalendarImported(CalendarImported),
}

/// Data of `Scheduled`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Scheduled {
    /// The schedule, counted from when it was set where it does not say from when.
    pub schedule: Schedule,
    /// Its first run.
    pub next: Timestamp,
    /// What signs what it tells a web server.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub secret: Option<SecretName>,
}

/// Which schedule.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Of {
    /// Its name.
    pub name: ActorId,
}

/// Data of `Resumed`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Resumed {
    /// Which schedule.
    pub name: ActorId,
    /// Its next run.
    pub next: Timestamp,
}

/// Data of `RunStarted`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RunStarted {
    /// Which schedule.
    pub name: ActorId,
    /// What the run is called.
    pub run: String,
    /// Why it began.
    pub why: Why,
    /// The time that it was planned for.
    pub planned: Timestamp,
    /// Runs that were left out beside it.
    #[serde(default, skip_serializing_if = "is_none")]
    pub missed: u32,
    /// The next run; absent = as before, or none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next: Option<Timestamp>,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde hands out references")]
const fn is_none(count: &u32) -> bool {
    *count == 0
}

/// Data of `RunSkipped`: the run before still goes on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RunSkipped {
    /// Which schedule.
    pub name: ActorId,
    /// The time that it was planned for.
    pub planned: Timestamp,
    /// The run that still goes on.
    pub run: String,
    /// The next run; absent = none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next: Option<Timestamp>,
}

/// Data of `RunFinished`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RunFinished {
    /// Which run.
    pub run: String,
}

/// Data of `RunFailed`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RunFailed {
    /// Which run.
    pub run: String,
    /// Why: a stable code.
    pub code: String,
    /// The same in a sentence.
    pub reason: String,
}

/// Data of `Planned`: what was said, and what it came to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Planned {
    /// What the plan is called.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// When it begins.
    pub start: Timestamp,
    /// The time zone of its working time.
    pub zone: String,
    /// When people work; none = Monday to Friday from 09:00 to 17:00.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hours: Option<Hours>,
    /// Who works.
    pub team: Vec<Member>,
    /// Whether nobody does two things at once.
    pub level: bool,
    /// The tasks.
    pub tasks: Vec<Task>,
    /// Where each of them has its place.
    pub placed: Vec<Placed>,
    /// When the last of them ends.
    pub finish: Timestamp,
}

/// Where a task has its place.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Placed {
    /// Which.
    pub task: ActorId,
    /// When it begins.
    pub start: Timestamp,
    /// When it ends.
    pub finish: Timestamp,
    /// By how much it may be late, in minutes of working time.
    pub slack_minutes: i64,
    /// Whether it may not be late at all.
    pub critical: bool,
    /// Who does it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub who: Option<ActorId>,
    /// Why he.
    pub reason: String,
}

/// Data of `Progressed`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProgressSaid {
    /// Which task.
    pub task: ActorId,
    /// How much of it is done, in hundredths.
    pub percent: u32,
    /// When it began.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub started: Option<Timestamp>,
    /// When it ended.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub finished: Option<Timestamp>,
}

/// Data of `ReminderSet`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ReminderSet {
    /// The schedule that follows the task.
    pub name: ActorId,
    /// Which task, which moment, and what happens.
    pub remind: Remind,
}

/// Data of `CalendarImported`; the schedules follow in the same commit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct CalendarImported {
    /// BLAKE3 of the file.
    pub hash: Hash,
    /// How large it is, in bytes.
    pub bytes: u64,
    /// How many schedules came of it.
    pub schedules: u64,
    /// Of how many entries nothing came.
    pub unread: u64,
}
