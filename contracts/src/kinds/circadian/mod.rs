//! `circadian`: schedules that fire, and plans that are kept.

pub mod answers;
pub mod calendars;
mod commands;
mod events;
pub mod limits;
mod plan;
mod rejections;
mod schedules;
mod specs;
pub mod told;

use serde_json::{Value, json};

pub use commands::{Command, Create};
pub use events::{
    CalendarImported, Event, Of, Placed, Planned, ProgressSaid, ReminderSet, Resumed, RunFailed,
    RunFinished, RunSkipped, RunStarted, Scheduled,
};
pub use plan::{
    After, Assign, Day, Gantt, Hours, LinkType, Member, Moment, PlanTimeline, Progress, Remind,
    Simulate, Task, Track,
};
pub use rejections::Rejection;
pub use schedules::{
    BackFill, Call, Deed, Mail, Named, Order, Overlap, Post, Schedule, Upcoming, When, Why,
};

use crate::hash::Hash;
use crate::ids::{ActorId, Kind, SecretName};
use crate::page::{CommandSpec, EventSpec, Page, RejectionSpec};

/// The kind's name.
pub const KIND: Kind = Kind::from_static("circadian");

/// The page of `circadian`.
pub struct Circadian;

/// What the secret that signs what `id` tells web servers is called in the vault.
#[must_use]
pub fn secret_of(id: &ActorId) -> SecretName {
    let hashed = || {
        let hash = Hash::of_parts("cambium circadian secret v1", &[id.as_str()]);
        SecretName::new(format!("circadian:{hash}")).expect("digits are a token")
    };
    SecretName::new(format!("circadian:{id}")).unwrap_or_else(|_| hashed())
}

impl Page for Circadian {
    const KIND: Kind = KIND;
    const ABOUT: &'static str =
        "Schedules that fire, and a plan that is kept: tasks, people, and where it stands.";
    const CREATE: &'static str = "create";
    const COMMANDS: &'static [&'static str] = &[
        "create",
        "schedule",
        "pause",
        "resume",
        "run_now",
        "back_fill",
        "upcoming",
        "plan_timeline",
        "assign",
        "progress",
        "track",
        "simulate",
        "gantt",
        "remind",
        "import_calendar",
        "export_calendar",
        "remove",
    ];
    const EVENTS: &'static [(&'static str, u32)] = &[
        ("Created", 1),
        ("Scheduled", 1),
        ("Paused", 1),
        ("Resumed", 1),
        ("RunStarted", 1),
        ("RunSkipped", 1),
        ("RunFinished", 1),
        ("RunFailed", 1),
        ("Ended", 1),
        ("Removed", 1),
        ("Planned", 1),
        ("Progressed", 1),
        ("ReminderSet", 1),
        ("CalendarImported", 1),
    ];
    type Command = Command;
    type Event = Event;
    type Rejection = Rejection;

    fn commands() -> Vec<CommandSpec> {
        specs::commands()
    }

    fn events() -> Vec<EventSpec> {
        specs::events()
    }

    fn rejections() -> Vec<RejectionSpec> {
        rejections::specs()
    }

    fn summary(event: &Event) -> Option<Value> {
        Some(match event {
            Event::Created(created) => json!({ "title": created.title, "last": "Created" }),
            Event::Scheduled(set) => json!({ "schedule": set.schedule.name, "last": "Scheduled" }),
            Event::Paused(of) => json!({ "schedule": of.name, "last": "Paused" }),
            Event::Resumed(of) => json!({ "schedule": of.name, "last": "Resumed" }),
            Event::RunStarted(run) => {
                json!({ "schedule": run.name, "run": run.run, "last": "RunStarted" })
            }
            Event::RunSkipped(run) => json!({ "schedule": run.name, "last": "RunSkipped" }),
            Event::RunFinished(run) => {
                json!({ "run": run.run, "failed": null, "last": "RunFinished" })
            }
            Event::RunFailed(run) => {
                json!({ "run": run.run, "failed": run.code, "last": "RunFailed" })
            }
            Event::Ended(of) => json!({ "schedule": of.name, "last": "Ended" }),
            Event::Removed(of) => json!({ "schedule": of.name, "last": "Removed" }),
            Event::Planned(plan) => json!({
                "plan": plan.title, "tasks": plan.tasks.len(), "finish": plan.finish,
                "last": "Planned",
            }),
            Event::Progressed(said) => {
                json!({ "task": said.task, "percent": said.percent, "last": "Progressed" })
            }
            Event::CalendarImported(_) => json!({ "last": "CalendarImported" }),
            Event::ReminderSet(set) => json!({ "schedule": set.name, "last": "ReminderSet" }),
        })
    }
}
