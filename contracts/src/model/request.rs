//! One call to a model.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::history::HistoryRef;
use super::options::Options;
use super::task::Task;
use super::tool::{Tool, ToolChoice};
use super::turn::Turn;

/// One call to a model.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct ModelRequest {
    /// `provider/model`, such as `local/rules`.
    pub model: String,
    /// Turns that come before `turns`, where they are kept.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub history: Option<HistoryRef>,
    /// The prompt.
    pub turns: Vec<Turn>,
    /// What is wanted, as data.
    pub task: Task,
    /// JSON Schema that the answer must follow; `None` = free text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub schema: Option<Value>,
    /// What it may call.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub tools: Vec<Tool>,
    /// Tools of the program's that it may call, by their names: who performs the request adds them
    /// to `tools`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub uses: Vec<String>,
    /// Whether it does.
    #[serde(default, skip_serializing_if = "ToolChoice::is_auto")]
    pub tool_choice: ToolChoice,
    /// How it is to answer.
    #[serde(default, skip_serializing_if = "Options::is_default")]
    pub options: Options,
    /// How many tokens the answer may have.
    pub max_tokens: u32,
    /// Makes an answer repeatable where the provider can.
    pub seed: u64,
}

impl ModelRequest {
    /// The provider's name: what stands before the slash.
    #[must_use]
    pub fn provider(&self) -> &str {
        self.model.split_once('/').map_or(self.model.as_str(), |(provider, _)| provider)
    }

    /// Whether the built-in provider answers it: a pure function, free of charge.
    #[must_use]
    pub fn is_local(&self) -> bool {
        self.provider() == LOCAL_PROVIDER
    }
}

/// The name of the built-in provider.
pub const LOCAL_PROVIDER: &str = "local";

/// The built-in model: rules and extraction, no neural network.
pub const LOCAL_MODEL: &str = "local/rules";
