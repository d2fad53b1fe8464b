//! What one command caused, stored as one message.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};
use serde_json::Value;
use uuid::Uuid;

use crate::address::Address;
use crate::caller::{Caller, Origin};
use crate::codec::{self, CodecError};
use crate::effect::Effect;
use crate::envelope::{Cause, Trace, is_first};
use crate::hash::Hash;
use crate::ids::{
    ActorId, CommandId, CommandName, Correlation, Cursor, EffectId, Kind, Revision, Tenant,
};
use crate::read;
use crate::refusal::Refusal;
use crate::time::Timestamp;

/// The version of the commit's own layout.
pub const COMMIT_VERSION: u16 = 1;

/// Events, effects and completions of one command, in the field order of the stored bytes.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Commit {
    /// Layout version, [`COMMIT_VERSION`].
    pub v: u16,
    /// Whose actor.
    pub tenant: Tenant,
    /// Which kind.
    pub kind: Kind,
    /// Which one.
    pub id: ActorId,
    /// The number of this commit: one more than the last of this actor, or of a fork's parent.
    pub revision: Revision,
    /// BLAKE3 of the previous commit's stored bytes; zero for the first.
    pub prev: Hash,
    /// When it was decided.
    pub at: Timestamp,
    /// What was asked.
    pub command: CommandRecord,
    /// What the gate said.
    pub gate: GateRecord,
    /// What happened.
    pub events: Vec<EventRecord>,
    /// What the world must now do about it.
    pub effects: Vec<EffectRecord>,
    /// Which open commands are now answered.
    pub completions: Vec<Completion>,
}

/// The command of a commit.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CommandRecord {
    /// Its id.
    pub id: CommandId,
    /// Its name.
    pub name: CommandName,
    /// Its input, or where that is kept.
    pub input: Input,
    /// BLAKE3 of the canonical JSON of the input.
    pub input_hash: Hash,
    /// Whose word it was.
    pub by: Caller,
    /// What led to it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cause: Option<Cause>,
    /// The errand it belongs to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub correlation: Option<Correlation>,
    /// Where it stands in a trace.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub trace: Option<Trace>,
    /// The version of the decision rules that decided it.
    pub decider: u32,
    /// When set, an answer follows in a later commit, at the latest then.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deadline: Option<Timestamp>,
    /// How many commands of actors led to it: see [`crate::Envelope::hops`].
    #[serde(default, skip_serializing_if = "is_first")]
    pub hops: u32,
}

/// A command's input as stored.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Input {
    /// The value itself.
    Inline(Value),
    /// MessagePack of the value, kept in the blob store under its BLAKE3.
    Blob {
        /// The blob's name.
        hash: Hash,
        /// Its length.
        bytes: u64,
    },
}

/// What the gate said of a command.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct GateRecord {
    /// The verdict: `allow`.
    pub verdict: Cow<'static, str>,
    /// The digest of the policy that said so.
    pub policy: Hash,
    /// The position of the directory that was asked.
    pub as_of: Cursor,
    /// Why it may, where more than the caller's own rights in the tenant were at work, such as a
    /// super admin who entered it, or a policy's rule.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

/// One event as stored.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct EventRecord {
    /// Its type: past tense, upper camel case. Those of the runtime begin with `cambium:`.
    pub r#type: String,
    /// The version of its shape, from 1.
    pub v: u32,
    /// Its members.
    pub data: Value,
}

/// One effect as stored.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct EffectRecord {
    /// Its place in the commit, from 0.
    pub index: u32,
    /// Its class: `llm`, `send`, `timer` …
    pub r#type: String,
    /// Its members.
    pub data: Value,
}

impl EffectRecord {
    /// `effect` as the one at `index` of its commit.
    #[must_use]
    pub fn new(index: u32, effect: &Effect) -> Self {
        let value = serde_json::to_value(effect).unwrap_or_default();
        let data = value.get("data").cloned().unwrap_or_default();
        Self { index, r#type: effect.class().as_str().to_owned(), data }
    }

    /// The effect, when it is of a class known here.
    ///
    /// # Errors
    /// When a newer version of the program has written it.
    pub fn effect(&self) -> Result<Effect, serde_json::Error> {
        read::tagged(("type", &self.r#type), ("data", &self.data)).map_err(|fault| fault.error)
    }
}

/// The final answer to a command.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Completion {
    /// The answered command.
    pub command_id: CommandId,
    /// Whether it was done.
    pub ok: bool,
    /// The answer; of a failed one a [`Refusal`].
    pub reply: Value,
}

impl Completion {
    /// The command was done.
    #[must_use]
    pub const fn done(command_id: CommandId, reply: Value) -> Self {
        Self { command_id, ok: true, reply }
    }

    /// The command was accepted and could not be done.
    #[must_use]
    pub fn failed(command_id: CommandId, refusal: &Refusal) -> Self {
        let reply = serde_json::to_value(refusal).unwrap_or_default();
        Self { command_id, ok: false, reply }
    }

    /// The refusal of a failed command.
    #[must_use]
    pub fn refusal(&self) -> Option<Refusal> {
        (!self.ok).then(|| {
            read::from_ref(&self.reply).unwrap_or_else(|_| Refusal::internal("the command failed"))
        })
    }
}

impl Commit {
    /// The actor it belongs to.
    #[must_use]
    pub fn address(&self) -> Address {
        Address::new(self.tenant.clone(), self.kind.clone(), self.id.clone())
    }

    /// Whether it belongs to `address`.
    #[must_use]
    pub fn is_of(&self, address: &Address) -> bool {
        self.id == address.id && self.kind == address.kind && self.tenant == address.tenant
    }

    /// The stored bytes.
    ///
    /// # Errors
    /// When a payload has no MessagePack form.
    pub fn encode(&self) -> Result<Vec<u8>, CodecError> {
        codec::encode(self)
    }

    /// Reads stored bytes.
    ///
    /// # Errors
    /// When they are not a commit of a layout known here.
    pub fn decode(bytes: &[u8]) -> Result<Self, CodecError> {
        codec::decode(bytes)
    }

    /// The id of the effect at `index`.
    #[must_use]
    pub fn effect_id(&self, index: u32) -> EffectId {
        EffectId::of(&self.address(), self.revision, index)
    }

    /// The answer that this commit gives to `command`.
    #[must_use]
    pub fn completion(&self, command: CommandId) -> Option<&Completion> {
        self.completions.iter().find(|done| done.command_id == command)
    }
}

impl EffectId {
    /// The id of effect `index` of the commit `revision` of `address`.
    #[must_use]
    pub fn of(address: &Address, revision: Revision, index: u32) -> Self {
        let (revision, index) = (revision.to_string(), index.to_string());
        let (tenant, kind, id) = (&address.tenant, &address.kind, &address.id);
        Self(Hash::of_parts(
            "cambium effect id v1",
            &[tenant.as_str(), kind.as_str(), id.as_str(), &revision, &index],
        ))
    }

    /// The id of the command that this effect sends, where it sends one: always the same.
    #[must_use]
    pub fn sends(&self) -> CommandId {
        CommandId::derived("cambium sent command v1", &[&self.to_string()])
    }

    /// The id of the command that brings this effect's outcome: always the same, so that an
    /// outcome is recorded at most once.
    #[must_use]
    pub fn outcome_command(&self) -> CommandId {
        CommandId::derived("cambium outcome command v1", &[&self.to_string()])
    }
}

/// A UUID made by nobody: for tests and samples.
#[must_use]
pub const fn sample_command_id(number: u128) -> CommandId {
    CommandId(Uuid::from_u128(0x0190_0000_0000_7000_8000_0000_0000_0000 | number))
}

/// A commit in which nothing happened, by the key of the node: for tests and samples, which say
/// with `..` or member by member what theirs differs in.
#[must_use]
pub fn sample_commit(of: &Address, revision: Revision, prev: Hash) -> Commit {
    Commit {
        v: COMMIT_VERSION,
        tenant: of.tenant.clone(),
        kind: of.kind.clone(),
        id: of.id.clone(),
        revision,
        prev,
        at: Timestamp::from_millis(1_800_000_000_000),
        command: CommandRecord {
            id: sample_command_id(u128::from(revision.0)),
            name: CommandName::from_static("add"),
            input: Input::Inline(Value::Object(serde_json::Map::new())),
            input_hash: Hash::ZERO,
            by: Caller::new(Caller::ADMIN, Origin::Http),
            cause: None,
            correlation: None,
            trace: None,
            decider: 1,
            deadline: None,
            hops: 0,
        },
        gate: GateRecord {
            verdict: Cow::Borrowed("allow"),
            policy: Hash::ZERO,
            as_of: Cursor::ZERO,
            reason: None,
        },
        events: Vec::new(),
        effects: Vec::new(),
        completions: Vec::new(),
    }
}
