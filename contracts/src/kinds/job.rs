//! `job`: one piece of work that is done outside, in whatever language, by whoever leases it.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::effect::{Delivery, Retry, Terms};
use crate::ids::{CommandId, Kind, LimitKey, Queue};
use crate::page::{CommandSpec, EventSpec, Page, RejectionSpec, schema_of};
use crate::refusal::Refusal;
use crate::stop::{Stop, UnderWay};

/// The largest input, in bytes of JSON: it stands in the commit and in the effect.
pub const INPUT_BYTES_MAX: usize = 256 * 1024;
/// The longest a caller may wait for the answer, in seconds: thirty days.
pub const DEADLINE_S_MAX: u64 = 30 * 24 * 60 * 60;

/// The kind's name.
pub const KIND: Kind = Kind::from_static("job");

/// The page of `job`.
pub struct Job;

/// What may be asked of a job.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Command {
    /// Asks for the work.
    Run(Run),
    /// Wants it no longer.
    Cancel(Cancel),
}

/// Input of `run`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Run {
    /// Where it waits for a worker.
    pub queue: Queue,
    /// What is to be done; the worker's own shape.
    #[serde(default)]
    pub input: Value,
    /// How long the answer may take, in seconds; past it the caller is told `timeout`, and the
    /// work goes on.
    #[serde(default = "hour")]
    #[schemars(range(min = 1, max = DEADLINE_S_MAX))]
    pub deadline_s: u64,
    /// `idempotent`: offered again when a worker loses it. `at_most_once`: handed out once.
    #[serde(default = "idempotent")]
    pub delivery: Delivery,
    /// How it is tried again; as the program is configured when left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retry: Option<Retry>,
    /// Whose rate, concurrency and pause it shares; see the kind `limit`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub limit: Option<LimitKey>,
}

const fn hour() -> u64 {
    3_600
}

const fn idempotent() -> Delivery {
    Delivery::Idempotent
}

/// Input of `cancel`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Cancel {
    /// Ends only what this command asked for; what anything else asked for goes on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub command: Option<CommandId>,
}

/// What happened to a job.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum Event {
    /// The work was asked for.
    Asked {
        /// The command that waits for what comes of it.
        command: CommandId,
        /// Where it waits for a worker.
        queue: Queue,
        /// What is to be done.
        input: Value,
        /// How often it may be attempted.
        delivery: Delivery,
        /// On which terms.
        #[serde(default, skip_serializing_if = "Terms::is_default")]
        terms: Terms,
    },
    /// It was done.
    Finished {
        /// What the worker made.
        output: Value,
        /// How many attempts it took.
        attempts: u32,
    },
    /// It failed for good.
    Failed {
        /// Why: a stable code.
        code: String,
        /// The same in a sentence.
        reason: String,
        /// How many attempts were made.
        attempts: u32,
    },
    /// It is no longer wanted.
    Cancelled {},
}

/// The final answer of `run`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Made {
    /// What the worker made.
    pub output: Value,
    /// How many attempts it took.
    pub attempts: u32,
}

/// The answer of `cancel`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Ended {
    /// `cancelled`.
    pub status: String,
}

/// Why a job says no.
#[derive(Debug, Clone, PartialEq)]
pub enum Rejection {
    /// It was asked for already.
    Exists,
    /// Its input breaks a rule.
    Invalid(Refusal),
    /// There is no such job.
    NotFound,
    /// It has ended.
    Ended,
}

impl Page for Job {
    const KIND: Kind = KIND;
    const ABOUT: &'static str = "One piece of work, done by a worker in whatever language.";
    const CREATE: &'static str = "run";
    const COMMANDS: &'static [&'static str] = &["run", "cancel"];
    const EVENTS: &'static [(&'static str, u32)] =
        &[("Asked", 1), ("Finished", 1), ("Failed", 1), ("Cancelled", 1)];
    type Command = Command;
    type Event = Event;
    type Rejection = Rejection;

    fn commands() -> Vec<CommandSpec> {
        vec![
            CommandSpec {
                name: "run",
                about: "Offers the work in `queue` and answers with what the worker makes of it.",
                input: schema_of::<Run>,
                output: schema_of::<Made>,
                example: json!({ "queue": "thumbnails", "input": { "picture": "cat.png" } }),
                begins: true,
            },
            CommandSpec {
                name: "cancel",
                about: "Wants the work no longer; whoever waits for it is told.",
                input: schema_of::<Cancel>,
                output: schema_of::<Ended>,
                example: json!({}),
                begins: false,
            },
        ]
    }

    fn events() -> Vec<EventSpec> {
        let command = crate::commit::sample_command_id(1);
        vec![
            EventSpec {
                r#type: "Asked",
                about: "The work was asked for.",
                sample: json!({
                    "command": command,
                    "queue": "thumbnails",
                    "input": { "picture": "cat.png" },
                    "delivery": "idempotent",
                    "terms": { "retry": { "attempts_max": 3 }, "limit": "camera" },
                }),
            },
            EventSpec {
                r#type: "Finished",
                about: "A worker did it.",
                sample: json!({ "output": { "bytes": 1234 }, "attempts": 1 }),
            },
            EventSpec {
                r#type: "Failed",
                about: "It failed for good.",
                sample: json!({
                    "code": "picture_unreadable",
                    "reason": "the picture has no pixels",
                    "attempts": 2,
                }),
            },
            EventSpec { r#type: "Cancelled", about: "It is no longer wanted.", sample: json!({}) },
        ]
    }

    fn rejections() -> Vec<RejectionSpec> {
        vec![
            RejectionSpec { code: "job_exists", about: "The job was asked for already." },
            RejectionSpec { code: "job_ended", about: "The job has ended; nothing is left to do." },
            RejectionSpec { code: "job_cancelled", about: "The job was cancelled." },
            RejectionSpec { code: "invalid_input", about: "A member of the input breaks a rule." },
            RejectionSpec { code: "actor_not_found", about: "There is no such job." },
        ]
    }

    fn stop(asked: &UnderWay<'_>) -> Option<Stop> {
        asked.cancelled(KIND, &["run"])
    }

    fn summary(event: &Event) -> Option<Value> {
        Some(match event {
            Event::Asked { queue, .. } => json!({ "status": "waiting", "queue": queue }),
            Event::Finished { attempts, .. } => json!({ "status": "done", "attempts": attempts }),
            Event::Failed { code, attempts, .. } => {
                json!({ "status": "failed", "code": code, "attempts": attempts })
            }
            Event::Cancelled {} => json!({ "status": "cancelled" }),
        })
    }
}

impl From<Rejection> for Refusal {
    fn from(rejection: Rejection) -> Self {
        match rejection {
            Rejection::Exists => Self::rejected("job_exists", "a job runs once; begin another"),
            Rejection::Invalid(refusal) => refusal,
            Rejection::NotFound => Self::not_found("actor_not_found", "there is no such job"),
            Rejection::Ended => Self::rejected("job_ended", "the job has ended already"),
        }
    }
}
