//! `embedding`: texts as points in a space, made by a model: asked, metered and kept like every
//! other answer of one. The vectors stand in the tenant's blobs, as 32-bit floats, the lowest byte
//! first, one text after the other.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::hash::Hash;
use crate::ids::{CommandId, Kind};
use crate::kinds::check::SAID;
use crate::model::{Cost, Usage};
use crate::page::{CommandSpec, EventSpec, Page, RejectionSpec, schema_of};
use crate::refusal::{Refusal, RefusalClass};

/// The kind's name.
pub const KIND: Kind = Kind::from_static("embedding");
/// Texts that are embedded together.
pub const TEXTS_MAX: usize = 2_048;
/// All texts, in bytes: they stand in the commit and in the effect.
pub const TEXTS_BYTES_MAX: usize = 256 * 1024;
/// Numbers of a vector.
pub const DIMENSIONS_MAX: u32 = 16_384;
/// The name of a model, in bytes.
pub const MODEL_BYTES_MAX: usize = 256;
/// How long the answer may take, in milliseconds.
pub const DEADLINE_MS: u64 = 300_000;

/// The page of `embedding`.
pub struct Embedding;

/// What may be asked of an embedding.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Command {
    /// Makes it.
    Make(Make),
}

/// Input of `make`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Make {
    /// `provider/model`, such as `local/ngrams`.
    #[schemars(length(min = 1, max = MODEL_BYTES_MAX), regex(pattern = SAID))]
    pub model: String,
    /// The texts, in order.
    #[schemars(length(min = 1, max = TEXTS_MAX), inner(length(min = 1)))]
    pub texts: Vec<String>,
    /// How many numbers each vector has; as many as the model gives by itself when left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1, max = DIMENSIONS_MAX))]
    pub dimensions: Option<u32>,
}

/// What happened to an embedding.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Event {
    /// It was asked for.
    Asked {
        /// The command that waits for it.
        command: CommandId,
        /// What is asked.
        make: Make,
    },
    /// It was made.
    Made(Made),
    /// It failed for good.
    Failed {
        /// Why: a stable code.
        code: String,
        /// The same in a sentence.
        reason: String,
    },
}

/// The final answer of `make`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Made {
    /// Who made it, as `provider/model`: vectors of different models cannot be compared.
    pub model: String,
    /// Where the vectors are kept in the tenant's blobs.
    #[schemars(with = "String")]
    pub blob: Hash,
    /// How many there are.
    pub count: u32,
    /// How many numbers each has.
    pub dimensions: u32,
    /// What it cost in tokens.
    pub usage: Usage,
    /// What it cost in money; left out when nobody knows the price.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cost: Option<Cost>,
}

/// Why an embedding says no.
#[derive(Debug, Clone, PartialEq)]
pub enum Rejection {
    /// Its input breaks a rule.
    Invalid(Refusal),
    /// It was asked for already.
    Exists,
}

impl Page for Embedding {
    const KIND: Kind = KIND;
    const ABOUT: &'static str = "Texts as points in a space, made by a model.";
    const CREATE: &'static str = "make";
    const COMMANDS: &'static [&'static str] = &["make"];
    const EVENTS: &'static [(&'static str, u32)] = &[("Asked", 1), ("Made", 1), ("Failed", 1)];
    type Command = Command;
    type Event = Event;
    type Rejection = Rejection;

    fn commands() -> Vec<CommandSpec> {
        vec![CommandSpec {
            name: "make",
            about: "Asks the model and answers with where its vectors are kept.",
            input: schema_of::<Make>,
            output: schema_of::<Made>,
            example: json!({ "model": "local/ngrams", "texts": ["cambium", "the living layer"] }),
            begins: true,
        }]
    }

    fn events() -> Vec<EventSpec> {
        let spec = |r#type, about, sample| EventSpec { r#type, about, sample };
        let made = json!({
            "model": "local/ngrams", "blob": Hash::of(b"vectors"), "count": 2, "dimensions": 256,
            "usage": { "input_tokens": 5, "output_tokens": 0 },
        });
        let asked = json!({
            "command": crate::commit::sample_command_id(1),
            "make": { "model": "local/ngrams", "texts": ["cambium"], "dimensions": 256 },
        });
        let failed = json!({ "code": "model_not_found", "reason": "there is no such model" });
        vec![
            spec("Asked", "It was asked for.", asked),
            spec("Made", "The model made it.", made),
            spec("Failed", "It failed for good.", failed),
        ]
    }

    fn rejections() -> Vec<RejectionSpec> {
        vec![
            RejectionSpec { code: "actor_exists", about: "It was asked for already." },
            RejectionSpec { code: "invalid_input", about: "A member of the input breaks a rule." },
        ]
    }

    fn summary(event: &Event) -> Option<Value> {
        Some(match event {
            Event::Asked { make, .. } => {
                json!({ "status": "asked", "model": make.model, "texts": make.texts.len() })
            }
            Event::Made(made) => json!({ "status": "made", "dimensions": made.dimensions }),
            Event::Failed { code, .. } => json!({ "status": "failed", "code": code }),
        })
    }
}

impl From<Rejection> for Refusal {
    fn from(rejection: Rejection) -> Self {
        match rejection {
            Rejection::Invalid(refusal) => refusal,
            Rejection::Exists => {
                let message = "an embedding is made once; begin another";
                Self::new(RefusalClass::Conflict, "actor_exists", message)
            }
        }
    }
}
