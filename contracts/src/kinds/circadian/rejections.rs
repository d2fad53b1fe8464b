//! Why a schedule book says no.

use serde_json::json;

use super::limits::SCHEDULES_MAX;
use crate::ids::ActorId;
use crate::page::RejectionSpec;
use crate::refusal::{Refusal, RefusalClass};
use crate::time::Timestamp;

/// Why it says no.
#[derive(Debug, Clone, PartialEq)]
pub enum Rejection {
    /// The input breaks a rule, or a schedule cannot be read.
    Invalid(Refusal),
    /// There is no such schedule book.
    NotFound,
    /// It was begun before.
    Exists,
    /// It has no such schedule.
    ScheduleNotFound {
        /// Which.
        name: ActorId,
    },
    /// The schedule has no run ahead.
    ScheduleEnded {
        /// Which.
        name: ActorId,
    },
    /// The schedule runs once, so that nothing can be made up for.
    RunsOnce {
        /// Which.
        name: ActorId,
    },
    /// It is no longer known which runs of that time began.
    Forgotten {
        /// Of which schedule.
        name: ActorId,
        /// The last time of which that is so.
        until: Timestamp,
    },
    /// There is no plan.
    PlanMissing,
    /// Tasks wait for themselves.
    PlanCycle {
        /// Each waits for the one before it, and the first for the last.
        tasks: Vec<String>,
    },
    /// There is no such task.
    PlanTaskUnknown {
        /// The task that waits for it.
        task: Option<String>,
        /// What was named.
        named: String,
    },
    /// Two tasks have one name.
    PlanTaskTwice {
        /// Which.
        id: String,
    },
    /// The plan reaches beyond what the calendar holds.
    PlanTooLong,
    /// A file is no calendar that can be read.
    CalendarUnread {
        /// In which line, from 1.
        line: u64,
        /// What is wrong.
        reason: String,
    },
    /// The moment of a reminder is past.
    ReminderPast {
        /// Of which task.
        task: ActorId,
    },
    /// There is no room for another schedule.
    Full,
}

impl From<Refusal> for Rejection {
    fn from(refusal: Refusal) -> Self {
        Self::Invalid(refusal)
    }
}

impl From<Rejection> for Refusal {
    fn from(rejection: Rejection) -> Self {
        match rejection {
            Rejection::Invalid(refusal) => refusal,
            Rejection::NotFound => {
                Self::not_found("actor_not_found", "there is no such schedule book")
            }
            Rejection::Exists => Self::new(
                RefusalClass::Conflict,
                "actor_exists",
                "the schedule book was begun before",
            ),
            Rejection::ScheduleNotFound { name } => {
                Self::not_found("schedule_not_found", format!("there is no schedule {name}"))
            }
            Rejection::ScheduleEnded { name } => Self::rejected(
                "schedule_ended",
                format!("{name} has no run ahead; set it again with another time"),
            ),
            Rejection::RunsOnce { name } => Self::rejected(
                "schedule_runs_once",
                format!("{name} runs once: there is no row of runs to make up for"),
            ),
            Rejection::Forgotten { name, until } => Self::rejected(
                "runs_forgotten",
                format!("which runs of {name} began until {until} is kept in the log alone"),
            ),
            Rejection::Full => Self::rejected(
                "schedules_full",
                format!("there are {SCHEDULES_MAX} schedules, and no room for another"),
            ),
            other => Self::of_plans(other),
        }
    }
}

impl Refusal {
    fn of_plans(rejection: Rejection) -> Self {
        match rejection {
            Rejection::PlanCycle { tasks } => {
                let mut refusal = Self::rejected(
                    "plan_cycle",
                    format!("tasks wait for themselves: {}", tasks.join(" → ")),
                );
                refusal.details = Some(Box::new(json!({ "tasks": tasks })));
                refusal
            }
            Rejection::PlanTaskUnknown { task, named } => Self::not_found(
                "plan_task_unknown",
                match task {
                    Some(task) => format!("{task} waits for {named}, which is no task of the plan"),
                    None => format!("{named} is no task of the plan"),
                },
            ),
            Rejection::PlanTaskTwice { id } => {
                Self::rejected("plan_task_twice", format!("two tasks are called {id}"))
            }
            Rejection::PlanTooLong => Self::rejected(
                "plan_too_long",
                "the working time does not hold the plan within fifty years",
            ),
            Rejection::CalendarUnread { line, reason } => {
                let message = format!("line {line} of the calendar cannot be read: {reason}");
                let mut refusal = Self::rejected("calendar_unread", message);
                refusal.details = Some(Box::new(json!({ "line": line })));
                refusal
            }
            Rejection::ReminderPast { task } => {
                Self::rejected("reminder_past", format!("the moment of {task} is past"))
            }
            _ => Self::not_found("plan_missing", "there is no plan; make one with plan_timeline"),
        }
    }
}

/// The rejections as documented.
pub(super) fn specs() -> Vec<RejectionSpec> {
    [
        ("invalid_input", "The input breaks a rule; each member at fault is named."),
        ("schedule_invalid", "A schedule cannot be read, or never runs."),
        ("actor_not_found", "There is no such schedule book."),
        ("actor_exists", "The schedule book was begun before."),
        ("schedule_not_found", "There is no schedule of that name."),
        ("schedule_ended", "The schedule has no run ahead."),
        ("schedule_runs_once", "A schedule that runs once has nothing to make up for."),
        ("runs_forgotten", "Which runs of that time began is kept in the log alone."),
        ("plan_missing", "There is no plan."),
        ("plan_cycle", "Tasks wait for themselves; they are named."),
        ("plan_task_unknown", "What is named is no task of the plan."),
        ("plan_task_twice", "Two tasks have one name."),
        ("plan_too_long", "The working time does not hold the plan."),
        ("calendar_unread", "A file is no calendar that can be read; the line is named."),
        ("reminder_past", "The moment of a reminder is past."),
        ("schedules_full", "There is no room for another schedule."),
    ]
    .map(|(code, about)| RejectionSpec { code, about })
    .into()
}
