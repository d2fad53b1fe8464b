//! What an agent was told and said.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Vectors, Why};
use crate::ids::{ActorId, Cursor, Kind, Principal, Revision, Tenant};
use crate::time::Timestamp;

/// Whose memory is searched, and as of when.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Scope {
    /// In whose house.
    pub tenant: Tenant,
    /// Which agent: an assistant, or the member of a conversation of that name.
    pub agent: ActorId,
    /// Only what was said with this one.
    pub principal: Option<Principal>,
    /// Only what was in the log up to here.
    pub until: Until,
    /// Nothing of this actor: a run does not remember itself.
    pub without: Option<ActorId>,
}

/// Up to where a memory reaches.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Until {
    /// All of it.
    #[default]
    Now,
    /// Up to this place of the log, itself included.
    Cursor(Cursor),
    /// Up to this instant, itself included.
    Time(Timestamp),
}

/// Who said it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Speaker {
    /// Somebody else.
    Told,
    /// The agent.
    Said,
}

/// Something that was said.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Item {
    /// Who said it.
    pub speaker: Speaker,
    /// The words.
    pub text: String,
    /// Whom the agent spoke with.
    #[schemars(with = "String")]
    pub principal: Principal,
    /// In which actor: `run` or `conversation`.
    #[schemars(with = "String")]
    pub kind: Kind,
    /// Its id.
    #[schemars(with = "String")]
    pub id: ActorId,
    /// In which commit.
    #[schemars(with = "u64")]
    pub revision: Revision,
    /// Where that stands in the log.
    #[schemars(with = "String")]
    pub cursor: Cursor,
    /// When.
    #[schemars(with = "String")]
    pub at: Timestamp,
    /// Its vector.
    #[serde(skip)]
    #[schemars(skip)]
    pub vector: Option<Vec<f32>>,
    /// Who made it.
    #[serde(skip)]
    #[schemars(skip)]
    pub model: Option<String>,
}

/// Something that was remembered.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Hit {
    /// What.
    #[serde(flatten)]
    pub item: Item,
    /// The sum of 1 / (60 + rank) over the ways in which it was found.
    pub score: f64,
    /// Why.
    pub why: Why,
}

/// What was remembered.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Found {
    /// Whose memory it is.
    #[schemars(with = "String")]
    pub agent: ActorId,
    /// The best first; without a question the last first.
    pub items: Vec<Hit>,
    /// What was done by vectors.
    pub vectors: Vectors,
    /// Up to where the log had been read.
    #[schemars(with = "String")]
    pub cursor: Cursor,
}
