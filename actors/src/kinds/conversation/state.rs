//! What a conversation is. Bounded: messages and client ids are windows on the newest.
//!
//! The runtime copies the state for each command that it tries, so that what is large stands
//! behind `Arc` and a copy is cheap.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

use contracts::kinds::conversation::{Member, MessageRef, Role, Sort};
use contracts::kinds::generated::GeneratedBy;
use contracts::{Hash, Principal, Timestamp};
use serde::{Deserialize, Serialize};

/// What a fold of the events leads to.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct State {
    /// When it began; none = it has not.
    pub created: Option<Timestamp>,
    /// What it is called.
    pub title: Option<String>,
    /// Of which sort it is.
    pub kind: Sort,
    /// Who is in it.
    pub members: Arc<BTreeMap<Principal, Member>>,
    /// How far each member has read.
    pub read: Arc<BTreeMap<Principal, u64>>,
    /// The sequence of the newest message; 0 before the first.
    pub sequence: u64,
    /// The newest messages, in order.
    pub messages: VecDeque<Arc<Message>>,
    /// Bytes of text in `messages`.
    pub window_bytes: usize,
    /// The newest posts that came with a client id.
    pub client_ids: VecDeque<Arc<ClientPost>>,
    /// Answers that agents owe.
    pub owed: Vec<Owed>,
}

/// A message as kept.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Message {
    /// Its id.
    pub id: String,
    /// Its place in the conversation, from 1.
    pub sequence: u64,
    /// Whose word it is.
    pub author: Principal,
    /// What the author was called then.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// What the author is.
    pub role: Role,
    /// What it says; empty once it is deleted.
    pub text: String,
    /// When it was posted.
    pub at: Timestamp,
    /// The message that it is about.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reply_to: Option<String>,
    /// Of an agent's answer: the message that it answers.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub in_reply_to: Option<String>,
    /// Of an agent's answer: which model made it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub generated_by: Option<GeneratedBy>,
    /// How often it was edited.
    pub edits: u32,
    /// When it was edited last.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub edited_at: Option<Timestamp>,
    /// Whether it was taken back.
    pub deleted: bool,
}

/// What a client id was used for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClientPost {
    /// By whom.
    pub author: Principal,
    /// The client id.
    pub client_id: String,
    /// BLAKE3 of the text as it was posted.
    pub text: Hash,
    /// The message's id.
    pub message: String,
    /// Its place in the conversation.
    pub sequence: u64,
}

/// An answer that an agent owes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Owed {
    /// Who owes it.
    pub agent: Principal,
    /// The id of the message that is to be answered.
    pub message: String,
}

impl State {
    /// The message that is meant, when it stands in the window.
    #[must_use]
    pub fn message(&self, which: &MessageRef) -> Option<&Message> {
        match which {
            MessageRef::Sequence(sequence) => {
                let first = self.messages.front()?.sequence;
                let place = usize::try_from(sequence.checked_sub(first)?).ok()?;
                self.messages.get(place).map(AsRef::as_ref)
            }
            MessageRef::Id(id) => self.by_id(id),
        }
    }

    /// The message of this id, when it stands in the window.
    #[must_use]
    pub fn by_id(&self, id: &str) -> Option<&Message> {
        self.messages.iter().rev().find(|message| message.id == id).map(AsRef::as_ref)
    }

    /// The agents among the members, in the order of their names.
    pub fn agents(&self) -> impl Iterator<Item = &Member> {
        self.members.values().filter(|member| member.role == Role::Agent)
    }

    /// How many answers `agent` owes.
    #[must_use]
    pub fn owed_by(&self, agent: &Principal) -> usize {
        self.owed.iter().filter(|owed| owed.agent == *agent).count()
    }

    /// Whether `agent` owes an answer to `message`.
    #[must_use]
    pub fn is_owed(&self, agent: &Principal, message: &str) -> bool {
        self.owed.iter().any(|owed| owed.agent == *agent && owed.message == message)
    }

    /// What `author` used `client_id` for.
    #[must_use]
    pub fn client_post(&self, author: &Principal, client_id: &str) -> Option<&ClientPost> {
        let found = |post: &&Arc<ClientPost>| post.author == *author && post.client_id == client_id;
        self.client_ids.iter().rev().find(found).map(AsRef::as_ref)
    }
}
