//! What a chaperone answers.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::effect::{ConvertFormat, Loss};
use crate::hash::Hash;
use crate::ids::{ActorId, Kind, Revision};

/// The final answer of `import`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Imported {
    /// What the job is called.
    pub job: String,
    /// Of which kind the actor is.
    #[schemars(with = "String")]
    pub kind: Kind,
    /// Which actor the file became.
    pub id: ActorId,
    /// The actor's revision with all that the file brought.
    #[schemars(with = "u64")]
    pub revision: Revision,
    /// How the file was written.
    pub format: ConvertFormat,
    /// Its BLAKE3.
    #[schemars(with = "String")]
    pub hash: Hash,
    /// How large it was, in bytes.
    pub bytes: u64,
    /// How many commands the actor took.
    pub parts: u32,
    /// What of the file did not survive, as much as is told.
    pub losses: Vec<Loss>,
    /// How many things did not survive.
    pub lost: u64,
}

/// The final answer of `export`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Exported {
    /// What the job is called.
    pub job: String,
    /// Of which kind the actor is.
    #[schemars(with = "String")]
    pub kind: Kind,
    /// Which actor became the file.
    pub id: ActorId,
    /// As of which revision.
    #[schemars(with = "u64")]
    pub revision: Revision,
    /// How the file is written.
    pub format: ConvertFormat,
    /// Its media type.
    pub media_type: String,
    /// What it may be called.
    pub filename: String,
    /// How large it is, in bytes.
    pub bytes: u64,
    /// Its BLAKE3.
    #[schemars(with = "String")]
    pub hash: Hash,
    /// Where it is downloaded.
    pub content: String,
    /// What of the actor did not survive, as much as is told.
    pub losses: Vec<Loss>,
    /// How many things did not survive.
    pub lost: u64,
}

/// The final answer of `convert`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Rewritten {
    /// What the job is called.
    pub job: String,
    /// How the file is written that was made.
    pub format: ConvertFormat,
    /// Its media type.
    pub media_type: String,
    /// What it may be called.
    pub filename: String,
    /// How large it is, in bytes.
    pub bytes: u64,
    /// Its BLAKE3.
    #[schemars(with = "String")]
    pub hash: Hash,
    /// Where it is downloaded.
    pub content: String,
    /// What of the other file did not survive, as much as is told.
    pub losses: Vec<Loss>,
    /// How many things did not survive.
    pub lost: u64,
}

/// The answer of `cancel`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Cancelled {
    /// What the job is called.
    pub job: String,
    /// How many commands the actor has taken by then: what they brought stays.
    pub done: u32,
    /// How many there were.
    pub parts: u32,
}
