//! What a plan answers.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::ids::ActorId;
use crate::time::Timestamp;

/// Answer to `plan_timeline` and `assign`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Timeline {
    /// When it begins.
    pub start: Timestamp,
    /// When its last task ends.
    pub finish: Timestamp,
    /// The tasks that may not be late, in order.
    pub critical_path: Vec<ActorId>,
    /// The tasks, in the order in which they were said.
    pub timeline: Vec<Milestone>,
    /// Who does what, and why.
    pub assignments: Vec<Assignment>,
    /// What may go wrong, the worst first.
    pub risks: Vec<Risk>,
    /// What can be begun, the most urgent first.
    pub next_actions: Vec<Action>,
    /// What three-point estimates say of the critical path, in minutes of working time.
    pub estimate: Estimate,
    /// The reminders that follow tasks, and when they fire next.
    pub reminders: Vec<ReminderTold>,
}

/// A task that has its place.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Milestone {
    /// Which task.
    pub id: ActorId,
    /// What it is called.
    pub milestone: String,
    /// In which week of the plan it ends, from 1.
    pub week: u32,
    /// When it begins.
    pub start: Timestamp,
    /// When it ends.
    pub finish: Timestamp,
    /// By how much it may be late, in minutes of working time.
    pub slack_minutes: i64,
    /// Whether it may not be late at all.
    pub critical: bool,
    /// What it waits for.
    pub dependencies: Vec<ActorId>,
}

/// Who does a task.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Assignment {
    /// Which task.
    pub task_id: ActorId,
    /// What it is called.
    pub task_name: String,
    /// Who; null = nobody can, or it takes no work.
    pub assignee: Option<ActorId>,
    /// How long it takes him, in hours of working time.
    pub estimated_hours: f64,
    /// Why he.
    pub reasoning: String,
}

/// What may go wrong.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Risk {
    /// The task that it is about.
    pub id: ActorId,
    /// What, in a sentence.
    pub description: String,
    /// `high`, `medium` or `low`.
    pub severity: String,
    /// What to do about it.
    pub mitigation: String,
}

/// What can be begun.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Action {
    /// Which task.
    pub id: ActorId,
    /// What it is called.
    #[serde(rename = "do")]
    pub what: String,
    /// `high` on the critical path, otherwise `medium`.
    pub priority: String,
}

/// Mean and standard deviation by PERT.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Estimate {
    /// The mean.
    pub mean_minutes: f64,
    /// The standard deviation.
    pub deviation_minutes: f64,
}

/// A reminder.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ReminderTold {
    /// The schedule that it is.
    pub name: ActorId,
    /// The task that it follows.
    pub task: ActorId,
    /// When it fires; null = its time is past.
    pub at: Option<Timestamp>,
}

/// Answer to `progress`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Progressed {
    /// Which task.
    pub task: ActorId,
    /// How much of it is done, in hundredths.
    pub percent: u32,
    /// When it began.
    pub started: Option<Timestamp>,
    /// When it ended.
    pub finished: Option<Timestamp>,
}

/// Answer to `track`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Tracked {
    /// `green`: as planned. `yellow`: something is late, and the end holds. `red`: it does not.
    pub status: String,
    /// How much of all work is done, in hundredths.
    pub completion_percentage: i64,
    /// How much should be.
    pub planned_percentage: i64,
    /// When the plan should end.
    pub finish_planned: Timestamp,
    /// When it will, as far as one can tell.
    pub finish_expected: Timestamp,
    /// How each task stands.
    pub tasks: Vec<TaskStanding>,
    /// All of it in a sentence.
    pub summary: String,
    /// What is late or at risk, in sentences.
    pub concerns: Vec<String>,
    /// What to do, in sentences.
    pub recommendations: Vec<String>,
    /// The next milestone that is not reached; null = there is none.
    pub next_milestone: Option<ActorId>,
    /// How many days it is away; below zero = it is past.
    pub days_to_next_milestone: Option<i64>,
}

/// How a task stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct TaskStanding {
    /// Which.
    pub id: ActorId,
    /// `done`, `on_time`, `at_risk` or `late`.
    pub standing: String,
    /// When it begins, as far as one can tell.
    pub start: Timestamp,
    /// When it ends, as far as one can tell.
    pub finish: Timestamp,
    /// How much later than planned that is, in minutes of working time; below zero = sooner.
    pub late_minutes: i64,
}

/// Answer to `simulate`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Simulated {
    /// How often the plan was run through.
    pub runs: u32,
    /// The mean, and the standard deviation, of how long it takes, in minutes of working time.
    pub estimate: Estimate,
    /// By when 10, 50, 80 and 95 of 100 runs had ended.
    pub done_by: Vec<DoneBy>,
    /// In how many of 100 runs each task could not be late.
    pub critical: Vec<Criticality>,
}

/// By when some of the runs had ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct DoneBy {
    /// How many of 100.
    pub percent: u32,
    /// By when.
    pub at: Timestamp,
}

/// How often a task could not be late.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Criticality {
    /// Which task.
    pub id: ActorId,
    /// In how many of 100 runs.
    pub percent: f64,
}

/// Answer to `gantt`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Drawn {
    /// `image/svg+xml`.
    pub media_type: String,
    /// The picture.
    pub svg: String,
}
