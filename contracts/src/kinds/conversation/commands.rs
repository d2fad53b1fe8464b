//! What may be asked of a conversation.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::events::{Member, Role, Sort};
use super::limits::{
    CLIENT_ID_BYTES_MAX, INSTRUCTIONS_BYTES_MAX, MEMBERS_MAX, MODEL_BYTES_MAX, NAME_BYTES_MAX,
    TEXT_BYTES_MAX, TITLE_BYTES_MAX,
};
use crate::ids::Principal;
use crate::kinds::check::SAID;

/// What may be asked of a conversation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Command {
    /// Begins it.
    Create(Create),
    /// Becomes a member.
    Join(Join),
    /// Stops being a member.
    Leave(Leave),
    /// Says something.
    Post(Post),
    /// Changes what was said.
    EditMessage(EditMessage),
    /// Takes back what was said.
    DeleteMessage(DeleteMessage),
    /// Says how far one has read.
    MarkRead(MarkRead),
    /// Shows that one is writing; kept nowhere.
    Typing(Typing),
    /// Shows whether one is there; kept nowhere.
    Presence(Presence),
    /// Changes the title.
    Rename(Rename),
}

/// Input of `create`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Create {
    /// What it is called.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = TITLE_BYTES_MAX), regex(pattern = SAID))]
    pub title: Option<String>,
    /// `private` for exactly two members that never change, `group` for any number.
    #[serde(default)]
    pub kind: Sort,
    /// Who is in it beside the caller. An admin who names both members of a private conversation
    /// is not in it.
    #[serde(default)]
    #[schemars(length(max = MEMBERS_MAX))]
    pub members: Vec<NewMember>,
}

/// Somebody who becomes a member.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(extend("anyOf" = of_agents()))]
pub struct NewMember {
    /// Who.
    pub principal: Principal,
    /// What it is called here.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = NAME_BYTES_MAX), regex(pattern = SAID))]
    pub name: Option<String>,
    /// `agent` when a model answers for it.
    #[serde(default)]
    pub role: Role,
    /// The model of an agent, `provider/model`; the built-in one when left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = MODEL_BYTES_MAX), regex(pattern = SAID))]
    pub model: Option<String>,
    /// What an agent is told to be.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = INSTRUCTIONS_BYTES_MAX), regex(pattern = SAID))]
    pub instructions: Option<String>,
}

/// A model and instructions are for agents.
fn of_agents() -> Value {
    json!([
        { "required": ["role"], "properties": { "role": { "const": "agent" } } },
        { "properties": { "model": { "type": "null" }, "instructions": { "type": "null" } } },
    ])
}

/// Input of `join`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(extend("anyOf" = of_agents()))]
pub struct Join {
    /// Who joins: the caller when left out; only an admin names another.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub principal: Option<Principal>,
    /// What it is called here.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = NAME_BYTES_MAX), regex(pattern = SAID))]
    pub name: Option<String>,
    /// `agent` when a model answers for it.
    #[serde(default)]
    pub role: Role,
    /// The model of an agent, `provider/model`; the built-in one when left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = MODEL_BYTES_MAX), regex(pattern = SAID))]
    pub model: Option<String>,
    /// What an agent is told to be.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = INSTRUCTIONS_BYTES_MAX), regex(pattern = SAID))]
    pub instructions: Option<String>,
}

/// Input of `leave`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Leave {
    /// Who leaves: the caller when left out; only an admin names another.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub principal: Option<Principal>,
}

/// Input of `post`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Post {
    /// A name that the author gives to the post, so that sending it twice posts it once.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = CLIENT_ID_BYTES_MAX), regex(pattern = SAID))]
    pub client_id: Option<String>,
    /// What is said.
    #[schemars(length(max = TEXT_BYTES_MAX), regex(pattern = SAID))]
    pub text: String,
    /// The message that it is about.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reply_to: Option<MessageRef>,
    /// Whose word it is: the caller's when left out; only an admin names another.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<Principal>,
}

/// A message: by its id, or by its sequence.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum MessageRef {
    /// Its place in the conversation, from 1.
    Sequence(u64),
    /// Its id, such as `m_2_1f0c29ab34`.
    Id(String),
}

/// Input of `edit_message`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct EditMessage {
    /// Which.
    pub message: MessageRef,
    /// What it shall say.
    #[schemars(length(max = TEXT_BYTES_MAX), regex(pattern = SAID))]
    pub text: String,
    /// Who edits: the caller when left out; only an admin names another.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<Principal>,
}

/// Input of `delete_message`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct DeleteMessage {
    /// Which.
    pub message: MessageRef,
    /// Who deletes: the caller when left out; only an admin names another.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<Principal>,
}

/// Input of `mark_read`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct MarkRead {
    /// The sequence of the last message that was read.
    pub up_to: u64,
    /// Who has read: the caller when left out; only an admin names another.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<Principal>,
}

/// Input of `typing`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Typing {
    /// Whether one is writing.
    pub active: bool,
    /// Who writes: the caller when left out; only an admin names another.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<Principal>,
}

/// Input of `presence`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Presence {
    /// Whether one is there.
    pub status: Status,
    /// Who is meant: the caller when left out; only an admin names another.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<Principal>,
}

/// Whether somebody is there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// There.
    Online,
    /// There, and busy elsewhere.
    Away,
    /// Not there.
    Offline,
}

/// Input of `rename`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Rename {
    /// The new title.
    #[schemars(length(max = TITLE_BYTES_MAX), regex(pattern = SAID))]
    pub title: String,
}

/// Answer to `create`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Created {
    /// What it is called.
    pub title: Option<String>,
    /// Of which sort it is.
    pub kind: Sort,
    /// Who is in it.
    pub members: Vec<Member>,
}

/// Answer to `join` and `leave`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Membership {
    /// Who came or went.
    pub principal: Principal,
    /// How many are members now.
    pub members: u32,
}

/// Answer to `post` and `delete_message`. An agent's answer comes later, as an event.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Posted {
    /// The message's id.
    pub message: String,
    /// Its place in the conversation, from 1 without gaps.
    pub sequence: u64,
}

/// Answer to `edit_message`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Edited {
    /// The message's id.
    pub message: String,
    /// Its place in the conversation.
    pub sequence: u64,
    /// How often it was edited.
    pub edits: u32,
}

/// Answer to `mark_read`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Marked {
    /// Who has read.
    pub principal: Principal,
    /// Up to which message. Marks never go back.
    pub up_to: u64,
}

/// Answer to `typing` and `presence`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Shown {
    /// Who was shown.
    pub principal: Principal,
}

/// Answer to `rename`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Renamed {
    /// The title.
    pub title: String,
}
