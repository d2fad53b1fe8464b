//! Which models there are, and how their providers stand.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A model that may be asked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ModelView {
    /// `provider/model`: what a request names.
    pub id: String,
    /// Who has it.
    pub provider: String,
    /// What it is known to do. A provider that serves many models says what its interface can ask
    /// of them.
    pub can: Abilities,
}

/// What a model can be asked.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[expect(clippy::struct_excessive_bools, reason = "each is a word of its own on the wire")]
pub struct Abilities {
    /// Text.
    pub chat: bool,
    /// Text in pieces while it grows.
    pub stream: bool,
    /// To call tools.
    pub tools: bool,
    /// To follow a schema; where the provider cannot, the model is told it in words and the answer
    /// is checked.
    pub schema: bool,
    /// To look at images.
    pub images: bool,
    /// To think more or less.
    pub effort: bool,
    /// Vectors of texts.
    pub embeddings: bool,
}

/// The circuit of a provider, as one node sees it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct CircuitView {
    /// Whose.
    pub provider: String,
    /// How it stands.
    pub state: CircuitState,
    /// Calls of the window.
    pub calls: u64,
    /// Those of them that failed.
    pub failed: u64,
    /// While it is open: in how many milliseconds the provider is tried again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tried_in_ms: Option<u64>,
}

/// How a circuit stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum CircuitState {
    /// Calls pass.
    Closed,
    /// The provider is left alone.
    Open,
    /// A call may try it.
    HalfOpen,
}
