//! What happens in a conversation. Events carry all that the read model `messages` shows; times
//! come from the commit.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::ids::Principal;
use crate::kinds::generated::GeneratedBy;

/// Of which sort a conversation is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Sort {
    /// Exactly two members that never change.
    Private,
    /// Any number of members.
    #[default]
    Group,
}

/// What a member is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Somebody who speaks for itself.
    #[default]
    Member,
    /// Somebody for whom a model answers.
    Agent,
}

/// A member.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Member {
    /// Who.
    pub principal: Principal,
    /// What it is called here.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// What it is.
    pub role: Role,
    /// The model of an agent; none for others.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub model: Option<String>,
    /// What an agent is told to be.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub instructions: Option<String>,
}

/// What happened in a conversation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Event {
    /// It began.
    Created(Created),
    /// Somebody became a member.
    Joined(Joined),
    /// Somebody stopped being a member.
    Left(Left),
    /// Somebody said something.
    MessagePosted(MessagePosted),
    /// A message says something else now.
    MessageEdited(MessageEdited),
    /// A message was taken back; its place stays.
    MessageDeleted(MessageDeleted),
    /// Somebody has read up to a message.
    ReadMarked(ReadMarked),
    /// The title changed.
    Renamed(Renamed),
    /// An agent owed an answer and could not give one.
    AgentFailed(AgentFailed),
}

/// Data of `Created`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Created {
    /// What it is called.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// Of which sort it is.
    pub kind: Sort,
    /// Who is in it.
    pub members: Vec<Member>,
    /// Who began it.
    pub by: Principal,
}

/// Data of `Joined`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Joined {
    /// Who.
    pub member: Member,
    /// How many are members now.
    pub members: u32,
    /// Who asked for it, when that was another.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub by: Option<Principal>,
}

/// Data of `Left`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Left {
    /// Who.
    pub principal: Principal,
    /// How many are members now.
    pub members: u32,
    /// Who asked for it, when that was another.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub by: Option<Principal>,
}

/// Data of `MessagePosted`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MessagePosted {
    /// The message's id.
    pub message: String,
    /// Its place in the conversation, from 1 without gaps.
    pub sequence: u64,
    /// Whose word it is.
    pub author: Principal,
    /// What the author was called then.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// What the author is.
    pub role: Role,
    /// What is said.
    pub text: String,
    /// The author's own name for the post.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub client_id: Option<String>,
    /// The id of the message that it is about.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reply_to: Option<String>,
    /// Of an agent's answer: the id of the message that it answers.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub in_reply_to: Option<String>,
    /// Of an agent's answer: which model made it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub generated_by: Option<GeneratedBy>,
    /// Who sent it, when that was not the author.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub by: Option<Principal>,
    /// The agents that will answer it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub asks: Vec<Principal>,
}

/// Data of `MessageEdited`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MessageEdited {
    /// The message's id.
    pub message: String,
    /// Its place in the conversation.
    pub sequence: u64,
    /// What it says now.
    pub text: String,
    /// How often it was edited, with this time.
    pub edits: u32,
    /// Who sent the edit, when that was not the author.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub by: Option<Principal>,
}

/// Data of `MessageDeleted`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MessageDeleted {
    /// The message's id.
    pub message: String,
    /// Its place in the conversation.
    pub sequence: u64,
    /// Who took it back: the author or an admin.
    pub by: Principal,
}

/// Data of `ReadMarked`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReadMarked {
    /// Who has read.
    pub principal: Principal,
    /// The sequence of the last message that was read.
    pub up_to: u64,
}

/// Data of `Renamed`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Renamed {
    /// The title.
    pub title: String,
    /// Who changed it.
    pub by: Principal,
}

/// Data of `AgentFailed`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AgentFailed {
    /// Who owed an answer.
    pub agent: Principal,
    /// The id of the message that stays unanswered.
    pub message: String,
    /// Why: a stable code with a page in `docs/errors/`.
    pub code: String,
    /// Why, for people.
    pub reason: String,
}
