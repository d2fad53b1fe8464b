//! What may be asked of a run.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::graph::{Perform, Rerun};
use super::limits::{
    DELAY_S_MAX, INSTRUCTIONS_BYTES_MAX, MODEL_BYTES_MAX, REASON_BYTES_MAX, REMEMBERED_DEFAULT,
    REMEMBERED_MAX, ROUNDS_DEFAULT, ROUNDS_MAX, TIMEOUT_S_DEFAULT, TIMEOUT_S_MAX, TOKENS_MAX,
    TOOL_BYTES_MAX, TOOLS_MAX, TURNS_MAX, USES_MAX,
};
use crate::ids::{ActorId, CommandId, Revision};
use crate::kinds::check::{PLAIN, SAID, one_of};
use crate::model::{Options, Tool, ToolChoice, Turn};

/// What may be asked of a run.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Command {
    /// Begins it.
    Start(Box<Start>),
    /// Says what the caller's tools answered.
    AnswerTools(AnswerTools),
    /// Ends it before its time.
    Cancel(Cancel),
    /// Lets it begin that waits for its time.
    Begin(Begin),
    /// Waits for its end.
    Join(Join),
    /// Begins a run of a graph.
    Perform(Box<Perform>),
    /// Does steps of a graph anew.
    Rerun(Rerun),
}

/// Input of `start`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Start {
    /// `provider/model`, such as `local/rules`.
    #[schemars(length(max = MODEL_BYTES_MAX), regex(pattern = SAID))]
    pub model: String,
    /// What the model is told to be. Those of an earlier run do not go on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = INSTRUCTIONS_BYTES_MAX), regex(pattern = PLAIN))]
    pub instructions: Option<String>,
    /// What is said.
    #[schemars(length(max = TURNS_MAX))]
    pub turns: Vec<Turn>,
    /// An earlier run of the tenant: its turns and answer, and those of whatever it came after,
    /// come before `turns`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub after: Option<ActorId>,
    /// What the model may call and the caller performs.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = TOOLS_MAX))]
    pub tools: Vec<Tool>,
    /// What the model may call and Cambium performs: tools of `GET /v1/tools`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = USES_MAX))]
    pub uses: Vec<ToolUse>,
    /// Whether it calls something, in the first round; later ones are free to answer.
    #[serde(default, skip_serializing_if = "ToolChoice::is_auto")]
    pub tool_choice: ToolChoice,
    /// How it is to answer.
    #[serde(default, skip_serializing_if = "Options::is_default")]
    pub options: Options,
    /// JSON Schema of the final answer; left out = free text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub schema: Option<Value>,
    /// How many tokens each answer may have.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1, max = TOKENS_MAX))]
    pub max_tokens: Option<u32>,
    /// Makes answers repeatable where the provider can.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seed: Option<u64>,
    /// How often the model may be asked.
    #[serde(default = "rounds")]
    #[schemars(range(min = 1, max = ROUNDS_MAX))]
    pub rounds_max: u32,
    /// How long it may take until it answers or waits, in seconds.
    #[serde(default = "timeout")]
    #[schemars(range(min = 1, max = TIMEOUT_S_MAX))]
    pub timeout_s: u64,
    /// The caller's own notes: at most 16 members.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub metadata: BTreeMap<String, String>,
    /// Whether the answer is shown while it grows.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub stream: bool,
    /// Which definition it was made from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub of: Option<Definition>,
    /// What was said before is searched for what is said now, and put into the prompt.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub memory: Option<Remember>,
    /// A past run of the tenant: its tools' recorded answers are given instead of calling any.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub recorded: Option<ActorId>,
    /// Begins once `after` is over, or waits for its caller. Otherwise a run that comes after one
    /// that goes on fails.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub queue: bool,
    /// Begins so many seconds later; `begin` lets it begin before.
    #[serde(default, skip_serializing_if = "crate::kinds::check::is_zero")]
    #[schemars(range(max = DELAY_S_MAX))]
    pub delay_s: u64,
}

impl Start {
    /// A run of `model` on `turns`, as it is when nothing else is said.
    #[must_use]
    pub fn new(model: impl Into<String>, turns: Vec<Turn>) -> Self {
        Self {
            model: model.into(),
            instructions: None,
            turns,
            after: None,
            tools: Vec::new(),
            uses: Vec::new(),
            tool_choice: ToolChoice::Auto,
            options: Options::default(),
            schema: None,
            max_tokens: None,
            seed: None,
            rounds_max: ROUNDS_DEFAULT,
            timeout_s: TIMEOUT_S_DEFAULT,
            metadata: BTreeMap::new(),
            stream: false,
            of: None,
            memory: None,
            recorded: None,
            queue: false,
            delay_s: 0,
        }
    }
}

const fn rounds() -> u32 {
    ROUNDS_DEFAULT
}

const fn timeout() -> u64 {
    TIMEOUT_S_DEFAULT
}

/// How much an assistant remembers of what it and whoever asks said to each other before.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Remember {
    /// How many things at most.
    #[serde(default = "remembered")]
    #[schemars(range(min = 1, max = REMEMBERED_MAX))]
    pub items: u32,
}

const fn remembered() -> u32 {
    REMEMBERED_DEFAULT
}

/// A tool of Cambium's that a model may call.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ToolUse {
    /// Its name in `GET /v1/tools`.
    #[schemars(length(min = 1, max = TOOL_BYTES_MAX), regex(pattern = r"^[A-Za-z0-9_-]+$"))]
    pub name: String,
    /// Each call needs somebody's yes, whatever the policies say.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub approval: bool,
}

/// The definition of an assistant, as of one of its versions.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Definition {
    /// Which assistant.
    pub assistant: ActorId,
    /// Its version, from 1.
    pub version: u32,
    /// Its revision then.
    #[schemars(with = "u64")]
    pub revision: Revision,
}

/// Input of `answer_tools`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AnswerTools {
    /// What the tools answered. The run goes on once none that it waits for is left out.
    #[schemars(length(min = 1, max = super::limits::CALLS_MAX))]
    pub outputs: Vec<ToolOutput>,
}

/// What one of the caller's tools answered.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(extend("oneOf" = one_of(&["output", "error"])))]
pub struct ToolOutput {
    /// Which call it answers.
    pub call: String,
    /// The answer: a text is told as it is, anything else as JSON.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub output: Option<Value>,
    /// Why there is none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
}

/// Input of `cancel`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Cancel {
    /// Why.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = REASON_BYTES_MAX), regex(pattern = SAID))]
    pub reason: Option<String>,
    /// Ends only what this command asked for; what anything else asked for goes on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub command: Option<CommandId>,
}

/// Input of `begin`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Begin {}

/// Input of `join`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Join {}
