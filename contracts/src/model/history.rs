//! Turns that a request refers to instead of repeating them.

use std::sync::Arc;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::tool::Tool;
use super::turn::Turn;
use crate::ids::{ActorId, Kind, Revision};

/// The turns of an actor of the same tenant, as of one of its revisions. Who performs the request
/// reads them from the log, with those of whatever the actor came after; the hash of the request is
/// over what was truly asked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct HistoryRef {
    /// Of which kind.
    pub kind: Kind,
    /// Which one.
    pub id: ActorId,
    /// As of which revision.
    #[schemars(with = "u64")]
    pub revision: Revision,
    /// Its tools and the schema of its answer are meant, too.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub frame: bool,
}

/// What a [`HistoryRef`] finds: these members of the state of the actor that it names. A kind whose
/// actors are referred to has them in its state.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Told {
    /// What was said, in order.
    pub turns: Vec<Arc<Turn>>,
    /// After whom.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub after: Option<After>,
    /// What stands around it.
    pub frame: Arc<Frame>,
    /// Its last turn may still be followed by others that nobody asked for here.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub unfinished: bool,
}

/// An actor of the same kind whose turns come first.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct After {
    /// Which one.
    pub id: ActorId,
    /// As of which revision; none = nobody has looked yet.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub revision: Option<Revision>,
}

/// What is the same each time a model is asked.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Frame {
    /// What the model is told to be: its own, not that of those it came after.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub instructions: Option<String>,
    /// What it may call.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub tools: Vec<Tool>,
    /// JSON Schema of its answer.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub schema: Option<Value>,
}
