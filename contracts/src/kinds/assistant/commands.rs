//! What may be asked of an assistant, and what it answers.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::ids::ActorId;
use crate::kinds::check::{PLAIN, SAID, is_zero};
use crate::kinds::run::limits::{
    DELAY_S_MAX, INSTRUCTIONS_BYTES_MAX, MODEL_BYTES_MAX, ROUNDS_DEFAULT, ROUNDS_MAX,
    TIMEOUT_S_DEFAULT, TIMEOUT_S_MAX, TOKENS_MAX, TOOLS_MAX, TURNS_BYTES_MAX, TURNS_MAX, USES_MAX,
};
use crate::kinds::run::{Definition, Remember, Start, ToolUse};
use crate::model::{Options, Role, Tool, Turn};

/// Turns that one question may bring: with its text they are those of a run.
pub const ASK_TURNS_MAX: usize = TURNS_MAX - 1;

/// What other interfaces may keep with an assistant, in bytes of JSON.
pub const NOTES_BYTES_MAX: usize = 32 * 1024;

/// What may be asked of an assistant.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Command {
    /// Says what it is, for the first time or anew.
    Define(Box<Define>),
    /// Asks it something.
    Ask(Box<Ask>),
    /// Lets nobody ask it any more.
    Retire(Retire),
    /// Lets it be asked again.
    Restore(Restore),
}

/// Input of `define`: what its runs are made of.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Define {
    /// `provider/model`, such as `local/rules`.
    #[schemars(length(max = MODEL_BYTES_MAX), regex(pattern = SAID))]
    pub model: String,
    /// What the model is told to be.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = INSTRUCTIONS_BYTES_MAX), regex(pattern = PLAIN))]
    pub instructions: Option<String>,
    /// What the model may call and Cambium performs: tools of `GET /v1/tools`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = USES_MAX))]
    pub uses: Vec<ToolUse>,
    /// What the model may call and whoever asks performs.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = TOOLS_MAX))]
    pub tools: Vec<Tool>,
    /// How it is to answer.
    #[serde(default, skip_serializing_if = "Options::is_default")]
    pub options: Options,
    /// JSON Schema of its answers; left out = free text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub schema: Option<Value>,
    /// How many tokens each answer of the model may have.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1, max = TOKENS_MAX))]
    pub max_tokens: Option<u32>,
    /// How often the model may be asked for one answer.
    #[serde(default = "rounds")]
    #[schemars(range(min = 1, max = ROUNDS_MAX))]
    pub rounds_max: u32,
    /// How long one answer may take, in seconds.
    #[serde(default = "timeout")]
    #[schemars(range(min = 1, max = TIMEOUT_S_MAX))]
    pub timeout_s: u64,
    /// Whether it remembers what it and whoever asks said to each other before; left out = no.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub memory: Option<Remember>,
    /// Notes of whoever defines it: at most 16 members.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub metadata: BTreeMap<String, String>,
    /// What other interfaces keep with it, at most 32 KiB of JSON: it says nothing to a model.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub notes: Option<Value>,
}

const fn rounds() -> u32 {
    ROUNDS_DEFAULT
}

const fn timeout() -> u64 {
    TIMEOUT_S_DEFAULT
}

impl Define {
    /// A run of this definition: everybody who asks an assistant gets the same, whatever the road.
    #[must_use]
    pub fn run(&self, of: Definition, ask: &Ask) -> Start {
        let text = ask.text.clone().map(|text| Turn::new(Role::User, text));
        let mut metadata = self.metadata.clone();
        metadata.extend(ask.metadata.clone());
        Start {
            instructions: self.instructions.clone(),
            after: ask.after.clone(),
            tools: self.tools.iter().chain(&ask.tools).cloned().collect(),
            uses: self.uses.clone(),
            options: self.options.clone(),
            schema: self.schema.clone(),
            max_tokens: self.max_tokens,
            rounds_max: self.rounds_max,
            timeout_s: self.timeout_s,
            metadata,
            stream: ask.stream,
            of: Some(of),
            memory: self.memory.clone(),
            queue: ask.queue,
            delay_s: ask.delay_s,
            ..Start::new(self.model.clone(), ask.turns.iter().cloned().chain(text).collect())
        }
    }
}

/// Input of `ask`: `turns`, `text`, or both, the text last.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Ask {
    /// What is said.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = TURNS_BYTES_MAX), regex(pattern = PLAIN))]
    pub text: Option<String>,
    /// What was said before it, or all that is said.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = ASK_TURNS_MAX))]
    pub turns: Vec<Turn>,
    /// An earlier run of the tenant that comes first.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub after: Option<ActorId>,
    /// What the model may call and whoever asks performs, beside the definition's own.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = TOOLS_MAX))]
    pub tools: Vec<Tool>,
    /// Whether the answer is shown while it grows, on the run.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub stream: bool,
    /// Notes beside those of the definition.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub metadata: BTreeMap<String, String>,
    /// The run begins once `after` is over, or waits for its caller.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub queue: bool,
    /// The run begins so many seconds later.
    #[serde(skip_serializing_if = "is_zero")]
    #[schemars(range(max = DELAY_S_MAX))]
    pub delay_s: u64,
}

/// Input of `retire`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Retire {}

/// Input of `restore`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Restore {}

/// The answer of all but `ask`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Standing {
    /// The version in force, from 1.
    pub version: u32,
    /// Whether nobody may ask it.
    pub retired: bool,
}
