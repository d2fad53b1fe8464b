//! What a run answers.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::ids::ActorId;
use crate::model::{Cost, Degraded, Finish, ToolCall, Usage};

/// Where a run stands.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// Nobody has asked for it.
    #[default]
    New,
    /// It waits for its time, or for the run that it comes after.
    Queued,
    /// A model is asked, or tools work.
    Running,
    /// It waits for what the caller's tools answer.
    Waiting,
    /// It has answered.
    Completed,
    /// It failed for good.
    Failed,
    /// It was cancelled.
    Cancelled,
}

impl Status {
    /// Whether nothing more will happen.
    #[must_use]
    pub const fn is_over(self) -> bool {
        matches!(self, Self::Completed | Self::Failed | Self::Cancelled)
    }
}

/// The answer of `start` and `answer_tools`: that of the run, or what it waits for.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Answer {
    /// The run.
    pub run: Option<ActorId>,
    /// `completed`, `waiting` for `calls`, or `queued`.
    pub status: Status,
    /// What the model said.
    pub text: String,
    /// The same as a value, when a schema was given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub value: Option<Value>,
    /// What it says it thought.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reasoning: Option<String>,
    /// The calls that the caller is to perform and answer by `answer_tools`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub calls: Vec<ToolCall>,
    /// Why the model stopped.
    pub finish: Finish,
    /// Tokens of all rounds so far.
    pub usage: Usage,
    /// Money of all rounds so far; left out when the price of one is unknown.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cost: Option<Cost>,
    /// `provider/model` that answered.
    pub model: String,
    /// Said aloud when another model answered than was asked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub degraded: Option<Degraded>,
    /// How often the model was asked so far.
    pub rounds: u32,
}

/// The answer of `cancel`, `begin` and `join`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Ended {
    /// Where it stands.
    pub status: Status,
}
