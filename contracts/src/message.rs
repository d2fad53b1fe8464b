//! The message envelope of the office suite: accepted as a body, answered in kind.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::canonical::state_hash;
use crate::refusal::Refusal;
use crate::view::{Answer, Status};

/// A request: `{id, ts, origin, target, intent, input, api_version}`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Msg {
    /// The caller's id for it; repeats of it cause nothing new.
    #[schemars(length(min = 1, max = 255))]
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

impl MsgReply {
    /// A command's answer in the message envelope; `id` = what the caller called it.
    ///
    /// # Errors
    /// `internal` when the answer has no canonical form, which a kind must not let happen.
    pub fn of(id: Option<String>, answer: &Answer) -> Result<Self, Refusal> {
        let hash = state_hash(&answer.reply);
        let hash = hash.map_err(|error| Refusal::internal(error.to_string()))?;
        #[expect(clippy::cast_precision_loss, reason = "milliseconds since 1970 fit a double")]
        let ts = answer.at.as_millis() as f64 / 1_000.0;
        let kind = answer.address.kind.to_string();
        Ok(Self {
            id: id.unwrap_or_else(|| answer.command.to_string()),
            ts,
            agent: kind.clone(),
            ok: answer.status != Status::Failed,
            output: answer.reply.clone(),
            state_hash: hash.to_string(),
            api_version: "v1".to_owned(),
            kind,
            actor: answer.address.id.to_string(),
            revision: answer.revision.0,
            cursor: answer.cursor.to_string(),
        })
    }
}
