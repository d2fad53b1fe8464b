//! What a model answered.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::history::HistoryRef;
use super::remote::RemoteTools;
use super::tool::ToolCall;
use crate::hash::Hash;
use crate::ids::ActorId;

/// Why a model stopped.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Finish {
    /// It was done.
    #[default]
    Stop,
    /// `max_tokens` was reached.
    Length,
    /// It waits for what the tools answer that it called.
    ToolCalls,
    /// The provider's filter cut it short.
    ContentFilter,
}

/// Tokens counted by the provider.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Usage {
    /// Tokens of the prompt.
    pub input_tokens: u32,
    /// Tokens of the answer.
    pub output_tokens: u32,
    /// Of the prompt's, those that the provider had kept from before.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub cached_tokens: u32,
    /// Of the prompt's, those that the provider keeps for later calls.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub cache_write_tokens: u32,
    /// Of the answer's, those that it only thought.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub reasoning_tokens: u32,
    /// Counted by us, since the provider said nothing, or nothing that can be.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub estimated: bool,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks for a reference")]
const fn is_zero(tokens: &u32) -> bool {
    *tokens == 0
}

/// What a call cost.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Cost {
    /// In millionths of a US dollar, rounded up.
    pub micro_usd: u64,
    /// The version of the price table that says so.
    pub prices: String,
}

/// An answer of another model than the one that was asked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Degraded {
    /// The model that was asked.
    pub asked: String,
    /// Why it did not answer: a stable code.
    pub code: String,
}

/// One attempt at an answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ModelAttempt {
    /// `provider/model`.
    pub model: String,
    /// How long it took, in milliseconds.
    pub ms: u64,
    /// Why it gave no answer: a stable code; left out of the one that did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub code: Option<String>,
}

/// What a model answered.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct ModelResponse {
    /// Who answered: `local` says aloud that no large model did.
    pub provider: String,
    /// Which model, by the name that it is asked under: `<provider>/<model>`.
    pub model: String,
    /// The answer as text; with a schema, its JSON text.
    pub text: String,
    /// The answer as a value, when a schema was given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub value: Option<Value>,
    /// Why it stopped.
    pub finish: Finish,
    /// What it cost in tokens.
    pub usage: Usage,
    /// BLAKE3 of the canonical request.
    pub request_hash: Hash,
    /// What the provider calls its answer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// The tools that it wants called.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub calls: Vec<ToolCall>,
    /// What it says it thought.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reasoning: Option<String>,
    /// What it cost in money; left out when nobody knows the price.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cost: Option<Cost>,
    /// Said aloud when another model answered than was asked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub degraded: Option<Degraded>,
    /// BLAKE3 over the pieces in which it came, each before its length; left out when it came
    /// whole.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deltas: Option<Hash>,
    /// Every attempt at it, the last one the one that answered; left out when the first one did.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub attempts: Vec<ModelAttempt>,
    /// Whose account paid for it; left out when it was that of the settings.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub connector: Option<ActorId>,
    /// What it was told of tools that others have.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub remote: Option<RemoteTools>,
    /// Whose turns were read for the request, and as of which revisions.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub histories: Vec<HistoryRef>,
}
