//! `counter`: the smallest kind there can be. `add` to an unknown id begins it.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::ids::Kind;
use crate::page::{CommandSpec, EventSpec, Page, RejectionSpec, schema_of};
use crate::refusal::Refusal;

/// A counter never leaves `-BOUND..=BOUND`.
pub const BOUND: i64 = 1_000_000_000_000;

/// The page of `counter`.
pub struct Counter;

/// What may be asked of a counter.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Command {
    /// Adds to the value.
    Add(Add),
    /// Sets the value to zero.
    Reset(Reset),
}

/// Input of `add`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Add {
    /// How much, negative to subtract.
    #[serde(default = "one")]
    pub by: i64,
}

const fn one() -> i64 {
    1
}

/// Input of `reset`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Reset {}

/// What happened to a counter.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Event {
    /// The value grew or shrank.
    Added {
        /// By how much.
        by: i64,
        /// To what.
        value: i64,
    },
    /// The value was set to zero.
    Reset {},
}

/// The answer to every command of a counter.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Reading {
    /// The value after it.
    pub value: i64,
}

/// Why a counter says no.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Rejection {
    /// The value would leave its bounds.
    OutOfBounds {
        /// The value as it is.
        value: i64,
    },
    /// There is nothing to reset.
    NotFound,
}

impl From<Rejection> for Refusal {
    fn from(rejection: Rejection) -> Self {
        match rejection {
            Rejection::OutOfBounds { value } => Self::rejected(
                "counter_out_of_bounds",
                format!("a counter stays within ±{BOUND}; it is at {value}"),
            ),
            Rejection::NotFound => Self::not_found("actor_not_found", "there is no such counter"),
        }
    }
}

impl Page for Counter {
    const KIND: Kind = Kind::from_static("counter");
    const ABOUT: &'static str = "A number that goes up and down.";
    const CREATE: &'static str = "add";
    const COMMANDS: &'static [&'static str] = &["add", "reset"];
    const EVENTS: &'static [(&'static str, u32)] = &[("Added", 1), ("Reset", 1)];
    type Command = Command;
    type Event = Event;
    type Rejection = Rejection;

    fn commands() -> Vec<CommandSpec> {
        vec![
            CommandSpec {
                name: "add",
                about: "Adds `by` (1 when left out); begins the counter at zero.",
                input: schema_of::<Add>,
                output: schema_of::<Reading>,
                example: json!({ "by": 2 }),
                begins: true,
            },
            CommandSpec {
                name: "reset",
                about: "Sets the value to zero.",
                input: schema_of::<Reset>,
                output: schema_of::<Reading>,
                example: json!({}),
                begins: false,
            },
        ]
    }

    fn events() -> Vec<EventSpec> {
        vec![
            EventSpec {
                r#type: "Added",
                about: "The value grew or shrank.",
                sample: json!({ "by": 2, "value": 5 }),
            },
            EventSpec { r#type: "Reset", about: "The value was set to zero.", sample: json!({}) },
        ]
    }

    fn rejections() -> Vec<RejectionSpec> {
        vec![
            RejectionSpec {
                code: "counter_out_of_bounds",
                about: "The value would leave ±1,000,000,000,000.",
            },
            RejectionSpec { code: "actor_not_found", about: "There is nothing to reset." },
        ]
    }

    fn summary(event: &Event) -> Option<Value> {
        Some(match event {
            Event::Added { value, .. } => json!({ "value": value }),
            Event::Reset {} => json!({ "value": 0 }),
        })
    }
}
