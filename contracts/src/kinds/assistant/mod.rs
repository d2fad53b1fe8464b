//! `assistant`: a model with instructions and tools under a name, in versions; each question to it
//! is a [`run`](super::run).

mod commands;
mod events;
mod specs;

pub use commands::{Ask, Command, Define, NOTES_BYTES_MAX, Restore, Retire, Standing};
pub use events::{Answered, Asked, Defined, Event, Failed};
use serde_json::{Value, json};

use crate::ids::{ActorId, CommandId, CommandName, Kind, Tenant};
use crate::page::{CommandSpec, EventSpec, Page, RejectionSpec};
use crate::refusal::{Refusal, RefusalClass};
use crate::stop::{self, Stop, UnderWay};

/// The kind's name.
pub const KIND: Kind = Kind::from_static("assistant");

/// Questions that may wait for their answers at once.
pub const WAITING_MAX: usize = 64;

/// When an assistant that owes too many answers is worth another try, in milliseconds.
const WAITING_RETRY_MS: u64 = 2_000;

/// What the names of assistants begin with where they are asked as models.
pub const MODEL_PREFIX: &str = "cambium/assistant/";

/// The assistant that a model's name means.
#[must_use]
pub fn named(model: &str) -> Option<ActorId> {
    ActorId::new(model.strip_prefix(MODEL_PREFIX)?).ok()
}

/// The run that answers the question `command` to an assistant of `tenant`.
///
/// # Panics
/// Never: the text of a UUID is one token.
#[must_use]
pub fn run_of(tenant: &Tenant, assistant: &ActorId, command: CommandId) -> ActorId {
    let parts = [tenant.as_str(), assistant.as_str(), &command.to_string()];
    let run = CommandId::derived("cambium assistant run v1", &parts).to_string();
    ActorId::new(run).expect("a UUID is one token")
}

/// The page of `assistant`.
pub struct Assistant;

/// Why an assistant says no.
#[derive(Debug, Clone, PartialEq)]
pub enum Rejection {
    /// The input breaks a rule; each member at fault is named.
    Invalid(Refusal),
    /// There is no such assistant.
    NotFound,
    /// Nobody may ask it any more.
    Retired,
    /// It owes too many answers.
    TooManyWaiting,
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
            Rejection::NotFound => Self::not_found("actor_not_found", "there is no such assistant"),
            Rejection::Retired => Self::new(
                RefusalClass::Conflict,
                "assistant_retired",
                "the assistant is retired; restore it first",
            ),
            Rejection::TooManyWaiting => Self::new(
                RefusalClass::Overloaded,
                "too_many_waiting",
                format!("the assistant already owes {WAITING_MAX} answers"),
            )
            .retry_after(WAITING_RETRY_MS),
        }
    }
}

impl Page for Assistant {
    const KIND: Kind = KIND;
    const ABOUT: &'static str = "A model with instructions and tools under a name, in versions.";
    const CREATE: &'static str = "define";
    const COMMANDS: &'static [&'static str] = &["define", "ask", "retire", "restore"];
    const EVENTS: &'static [(&'static str, u32)] = &[
        ("Defined", 1),
        ("Asked", 1),
        ("Answered", 1),
        ("Failed", 1),
        ("Retired", 1),
        ("Restored", 1),
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
        [
            ("invalid_input", "The input breaks a rule; each member at fault is named."),
            ("actor_not_found", "There is no such assistant."),
            ("assistant_retired", "Nobody may ask it any more."),
            ("too_many_waiting", "It owes too many answers."),
        ]
        .map(|(code, about)| RejectionSpec { code, about })
        .into()
    }

    /// The run that answers is of this question alone.
    fn stop(asked: &UnderWay<'_>) -> Option<Stop> {
        (asked.name.as_str() == "ask").then(|| Stop {
            kind: super::run::KIND,
            id: run_of(asked.tenant, asked.id, asked.command),
            name: CommandName::from_static("cancel"),
            input: json!({ "reason": stop::REASON }),
        })
    }

    fn summary(event: &Event) -> Option<Value> {
        Some(match event {
            Event::Defined(defined) => json!({
                "model": defined.definition.model, "version": defined.version, "retired": false,
            }),
            Event::Retired {} => json!({ "retired": true }),
            Event::Restored {} => json!({ "retired": false }),
            Event::Asked(_) | Event::Answered(_) | Event::Failed(_) => return None,
        })
    }
}
