//! Calls of the program's own tools.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{Delivery, Terms};
use crate::caller::Origin;
use crate::hash::Hash;
use crate::ids::ActorId;

/// A call of a tool.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ToolRun {
    /// Which tool.
    pub name: String,
    /// Which call of the model's it is.
    pub call: String,
    /// Its arguments.
    pub input: Value,
    /// How often it may be attempted.
    pub delivery: Delivery,
    /// By which road came whoever is behind it; what it does is done in that one's name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub origin: Option<Origin>,
    /// It needs somebody's yes, whatever the policies say.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub approval: bool,
    /// It is not performed: what it answered in this run of the tenant is given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub recorded: Option<ActorId>,
    /// What the kind wants to be told again with the outcome.
    pub tag: Value,
    /// On which terms it is performed.
    #[serde(default, skip_serializing_if = "Terms::is_default")]
    pub terms: Terms,
}

/// What a tool answered.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ToolAnswer {
    /// The answer: a text, or any other value of JSON.
    pub output: Value,
    /// Where the whole of it is kept, when `output` is only its beginning.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<String>")]
    pub blob: Option<Hash>,
    /// How long it took, in milliseconds.
    pub ms: u64,
}

/// The tools that come with the program and may be attempted again after a crash: they change
/// nothing, or the actor that they change takes each command once.
const REPEATABLE: &[&str] = &[
    "actor_command",
    "actor_state",
    "calculator",
    "convert_units",
    "date_time",
    "document_read",
    "http_fetch",
    "json",
    "knowledge_search",
    "memory_search",
    "statistics",
    "text",
];

/// How often a call of the tool `name` may be attempted.
#[must_use]
pub fn delivery_of(name: &str) -> Delivery {
    if REPEATABLE.contains(&name) { Delivery::Idempotent } else { Delivery::AtMostOnce }
}
