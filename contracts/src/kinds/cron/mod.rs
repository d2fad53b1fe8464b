//! `cron`: a run that begins by the clock, again and again: in a thread, or each in one of its own.

mod commands;
mod events;

use serde_json::{Value, json};

use crate::ids::Kind;
use crate::page::{CommandSpec, EventSpec, Page, RejectionSpec, schema_of};
use crate::refusal::Refusal;

pub use commands::{Command, NOTES_BYTES_MAX, Next, Nothing, Set};
pub use events::{Began, Event, Failed, Fired};

/// The kind's name.
pub const KIND: Kind = Kind::from_static("cron");

/// The page of `cron`.
pub struct Cron;

/// Why a cron says no.
#[derive(Debug, Clone, PartialEq)]
pub enum Rejection {
    /// Its input breaks a rule, or its schedule cannot be read.
    Invalid(Refusal),
    /// There is no such cron, or it was removed.
    NotFound,
}

impl Page for Cron {
    const KIND: Kind = KIND;
    const ABOUT: &'static str = "A run that begins by the clock, again and again.";
    const CREATE: &'static str = "set";
    const COMMANDS: &'static [&'static str] = &["set", "remove", "fire"];
    const EVENTS: &'static [(&'static str, u32)] =
        &[("Set", 1), ("Fired", 1), ("Began", 1), ("Failed", 1), ("Ended", 1), ("Removed", 1)];
    type Command = Command;
    type Event = Event;
    type Rejection = Rejection;

    fn commands() -> Vec<CommandSpec> {
        let spec = |name, about, input, example: Value, begins| CommandSpec {
            name,
            about,
            input,
            output: schema_of::<Next>,
            example,
            begins,
        };
        vec![
            spec(
                "set",
                "Says what begins when, in place of what was said before.",
                schema_of::<Set>,
                sample(),
                true,
            ),
            spec("remove", "Lets nothing begin any more.", schema_of::<Nothing>, json!({}), false),
            spec(
                "fire",
                "Begins a run now; its timer asks this.",
                schema_of::<Nothing>,
                json!({}),
                false,
            ),
        ]
    }

    fn events() -> Vec<EventSpec> {
        let spec = |r#type, about, sample| EventSpec { r#type, about, sample };
        let failed = json!({ "code": "model_not_found", "reason": "there is no such model" });
        vec![
            spec("Set", "What begins when was said.", sample()),
            spec("Fired", "It was time.", json!({ "number": 1, "thread": "report" })),
            spec(
                "Began",
                "A run answered in the thread.",
                json!({ "thread": "report", "run": "answer-1" }),
            ),
            spec("Failed", "No run answered, or it failed.", failed),
            spec("Ended", "The time until which it runs is over.", json!({})),
            spec("Removed", "Nothing begins any more.", json!({})),
        ]
    }

    fn rejections() -> Vec<RejectionSpec> {
        let told = |code, about| RejectionSpec { code, about };
        vec![
            told("actor_not_found", "There is no such cron, or it was removed."),
            told("invalid_input", "A member of the input breaks a rule."),
            told("schedule_invalid", "The schedule cannot be read, or never runs."),
        ]
    }

    fn summary(event: &Event) -> Option<Value> {
        Some(match event {
            Event::Set(set) => {
                json!({ "enabled": set.enabled, "thread": set.thread, "removed": false })
            }
            Event::Fired(fired) => json!({ "fired": fired.number }),
            Event::Began(began) => json!({ "run": began.run, "failed": null }),
            Event::Failed(failed) => json!({ "failed": failed.code }),
            Event::Ended {} => json!({ "enabled": false }),
            Event::Removed {} => json!({ "enabled": false, "removed": true }),
        })
    }
}

fn sample() -> Value {
    json!({
        "repeat": { "cron": { "expr": "0 8 * * MON-FRI", "zone": "Europe/Berlin" } },
        "until": "2099-12-31T00:00:00.000Z",
        "thread": "report",
        "start": {
            "model": "local/rules", "rounds_max": 1, "timeout_s": 60,
            "turns": [{ "role": "user", "content": "What is new?" }],
        },
    })
}

impl From<Rejection> for Refusal {
    fn from(rejection: Rejection) -> Self {
        match rejection {
            Rejection::Invalid(refusal) => refusal,
            Rejection::NotFound => Self::not_found("actor_not_found", "there is no such cron"),
        }
    }
}
