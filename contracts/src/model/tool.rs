//! What a model may call.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// Something that a model may call instead of answering, or before.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Tool {
    /// What it is called by: letters, digits, `_` and `-`.
    #[schemars(length(min = 1, max = 128), regex(pattern = r"^[A-Za-z0-9_-]+$"))]
    pub name: String,
    /// What it does, for the model.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub description: String,
    /// JSON Schema of its arguments.
    #[serde(default)]
    pub parameters: Value,
    /// Whether the arguments must follow the schema to the letter.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub strict: bool,
}

/// What is said of a tool of the program's.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ToolView {
    /// What it is called by.
    pub name: String,
    /// What it does.
    pub about: String,
    /// JSON Schema of its arguments.
    pub parameters: Value,
    /// Whether it changes something.
    pub changes: bool,
    /// Whether a call may be made again after a crash: it changes nothing the second time.
    pub repeatable: bool,
    /// How long one call may take, in milliseconds.
    pub timeout_ms: u64,
    /// The longest answer that a model is told, in bytes.
    pub output_bytes_max: usize,
}

/// Whether a model calls a tool.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ToolChoice {
    /// As it sees fit.
    #[default]
    Auto,
    /// It calls none.
    None,
    /// It calls at least one.
    Required,
    /// It calls this one.
    Named(String),
}

impl ToolChoice {
    /// Whether the model chooses.
    #[must_use]
    pub const fn is_auto(&self) -> bool {
        matches!(self, Self::Auto)
    }
}

/// A model's wish that a tool be called.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ToolCall {
    /// What tells it from others of the same conversation: the provider's, or made where it gives
    /// none.
    pub id: String,
    /// Which tool.
    pub name: String,
    /// Its arguments, as the model wrote them: JSON text when the model did it right.
    pub arguments: String,
}
