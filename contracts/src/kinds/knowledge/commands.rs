//! What may be asked of a base, and what it answers.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{
    DIMENSIONS_MAX, DOCUMENT_BYTES_MAX, MODEL_BYTES_MAX, MODEL_DEFAULT, NAME_BYTES_MAX,
    PASSAGE_BYTES_DEFAULT, PASSAGE_BYTES_MAX, PASSAGE_BYTES_MIN, TEXT_BYTES_MAX, TITLE_BYTES_MAX,
};
use crate::hash::Hash;
use crate::ids::{ActorId, Revision};
use crate::kinds::check::{SAID, one_of};

/// What may be asked of a base.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Command {
    /// Begins it.
    Create(Create),
    /// Takes a document in, in place of one of the same id.
    Add(Box<Add>),
    /// Takes a document out.
    Remove(Remove),
    /// Has all documents embedded anew.
    Reembed(Reembed),
}

/// Input of `create`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Create {
    /// What people call it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = NAME_BYTES_MAX), regex(pattern = SAID))]
    pub name: Option<String>,
    /// Who embeds, as `provider/model`; null = nobody: documents are found by their words alone.
    #[serde(default = "embedder")]
    #[schemars(length(max = MODEL_BYTES_MAX), regex(pattern = SAID))]
    pub model: Option<String>,
    /// How many numbers each vector has; as many as the model gives by itself when left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1, max = DIMENSIONS_MAX))]
    pub dimensions: Option<u32>,
    /// How long a passage is at most, in bytes.
    #[serde(default = "passage_bytes")]
    #[schemars(range(min = PASSAGE_BYTES_MIN, max = PASSAGE_BYTES_MAX))]
    pub passage_bytes: u32,
}

#[expect(clippy::unnecessary_wraps, reason = "the default of a member that may be null")]
fn embedder() -> Option<String> {
    Some(MODEL_DEFAULT.to_owned())
}

const fn passage_bytes() -> u32 {
    PASSAGE_BYTES_DEFAULT
}

/// Input of `add`: exactly one of `text`, `blob`, `file` and `osteon`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(extend("oneOf" = one_of(&["text", "blob", "file", "osteon"])))]
pub struct Add {
    /// Its id in this base, such as a path or an address.
    #[schemars(length(min = 1, max = DOCUMENT_BYTES_MAX), regex(pattern = SAID))]
    pub id: String,
    /// What people call it; its id when left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = TITLE_BYTES_MAX), regex(pattern = SAID))]
    pub title: Option<String>,
    /// Its words, as `CommonMark` or plain.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = TEXT_BYTES_MAX), regex(pattern = SAID))]
    pub text: Option<String>,
    /// Under which name the tenant's blobs keep them, as UTF-8.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<String>", regex(pattern = "^[0-9a-f]{64}$"))]
    pub blob: Option<Hash>,
    /// The file that holds them, as UTF-8.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub file: Option<ActorId>,
    /// The document of this system that holds them, as it is now.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub osteon: Option<ActorId>,
    /// Notes, told with what is found: at most 16 members.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub metadata: BTreeMap<String, String>,
}

/// Input of `remove`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Remove {
    /// Which document.
    #[schemars(length(min = 1, max = DOCUMENT_BYTES_MAX), regex(pattern = SAID))]
    pub id: String,
}

/// Input of `reembed`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Reembed {
    /// Who embeds from now on; the one who did when left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = MODEL_BYTES_MAX), regex(pattern = SAID))]
    pub model: Option<String>,
    /// How many numbers each vector has; as many as the model gives by itself when left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1, max = DIMENSIONS_MAX))]
    pub dimensions: Option<u32>,
}

/// The answer of `create`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Standing {
    /// Who embeds.
    pub model: Option<String>,
}

/// The answer of `add`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Added {
    /// Which document.
    pub id: String,
    /// The revision that brought it: what a citation names.
    #[schemars(with = "u64")]
    pub version: Revision,
    /// How many passages it has.
    pub passages: u32,
    /// Whether all of them can be found by meaning; by their words they can in any case.
    pub embedded: bool,
    /// Why not: a stable code.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub code: Option<String>,
}

/// The answer of `remove`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Gone {
    /// How many documents are left.
    pub documents: u32,
}

/// The answer of `reembed`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Reembedded {
    /// Who embedded.
    pub model: String,
    /// For which time, from 1.
    pub generation: u32,
    /// How many parts of documents could not be.
    pub failed: u32,
}
