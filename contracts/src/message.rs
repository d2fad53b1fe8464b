//! The message envelope of the office suite: accepted as a body, answered in kind.

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// A request: `{id, ts, origin, target, intent, input, api_version}`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Msg {
    /// The caller's id for it; repeats of it cause nothing new.
    pub id: Option<String>,
    /// Seconds since the epoch, by the caller's clock.
    pub ts: Option<f64>,
    /// Who sends it, for the record; never an identity.
    pub origin: String,
    /// The kind that is meant.
    pub target: String,
    /// The command.
    pub intent: String,
    /// The command's input.
    #[serde(default = "empty")]
    pub input: Value,
    /// `v1`.
    pub api_version: Option<String>,
}

fn empty() -> Value {
    Value::Object(serde_json::Map::new())
}

/// An answer: `{id, ts, agent, ok, output, state_hash, api_version, kind, actor, revision,
/// cursor}`; `state_hash` = BLAKE3 of the canonical JSON of `output`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct MsgReply {
    /// The request's id.
    pub id: String,
    /// Seconds since the epoch.
    pub ts: f64,
    /// Who answers: the kind.
    pub agent: String,
    /// Whether it was done.
    pub ok: bool,
    /// The answer.
    pub output: Value,
    /// 64 hexadecimal digits.
    pub state_hash: String,
    /// `v1`.
    pub api_version: String,
    /// The actor's kind.
    pub kind: String,
    /// The actor.
    pub actor: String,
    /// The actor's revision.
    pub revision: u64,
    /// Where its commit stands.
    pub cursor: String,
}
