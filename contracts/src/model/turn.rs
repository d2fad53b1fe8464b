//! The messages of a prompt.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::tool::ToolCall;
use crate::hash::Hash;

/// Who speaks in a prompt.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Instructions.
    System,
    /// The person or program that asks.
    #[default]
    User,
    /// The model's own earlier words.
    Assistant,
    /// What a tool answered.
    Tool,
}

/// One message of a prompt.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Turn {
    /// Who speaks.
    pub role: Role,
    /// What is said; may be empty beside tool calls.
    pub content: String,
    /// What is shown, after the words.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub images: Vec<Image>,
    /// The tools that the model called, of an assistant's turn.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub calls: Vec<ToolCall>,
    /// Which call is answered, of a tool's turn.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub call: Option<String>,
    /// The tool did not do what it was called for, and the words say why.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub failed: bool,
}

impl Turn {
    /// Words alone.
    #[must_use]
    pub fn new(role: Role, content: impl Into<String>) -> Self {
        Self { role, content: content.into(), ..Self::default() }
    }
}

/// Something shown to a model.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Image {
    /// Its media type, such as `image/png`.
    pub media_type: String,
    /// Where it is.
    pub source: ImageSource,
}

/// Where an image is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ImageSource {
    /// In the tenant's blobs: how it is kept.
    Blob(#[schemars(with = "String")] Hash),
    /// Where the provider fetches it.
    Url(String),
    /// Base64 of its bytes: how it is sent.
    Inline(String),
}
