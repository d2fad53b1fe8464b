//! What happens in a base.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::hash::Hash;
use crate::ids::{ActorId, CommandId, Revision};
use crate::model::HistoryRef;

/// What happened in a base.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum Event {
    /// It began.
    Created(Created),
    /// A document came in; one of the same id went.
    DocumentAdded(DocumentAdded),
    /// More of a document is read from where it is kept.
    ReadAsked(ReadAsked),
    /// A part of a document was read.
    PartRead(PartRead),
    /// A model was asked about a part.
    EmbedAsked(EmbedAsked),
    /// It answered.
    Embedded(Embedded),
    /// It did not.
    EmbedFailed(EmbedFailed),
    /// All of a document is there.
    DocumentReady(DocumentReady),
    /// A document could not be read.
    DocumentFailed(DocumentFailed),
    /// A document went.
    DocumentRemoved(DocumentRemoved),
    /// All documents are embedded anew.
    ReembedStarted(ReembedStarted),
    /// From now on the vectors of this generation are searched.
    Served(Served),
}

/// Data of `Created`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Created {
    /// What people call it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Who embeds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub model: Option<String>,
    /// How many numbers each vector has.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub dimensions: Option<u32>,
    /// How long a passage is at most, in bytes.
    pub passage_bytes: u32,
}

/// Where the words of a document come from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Source {
    /// They came with the command.
    Text {},
    /// They are kept in the tenant's blobs.
    Blob(#[schemars(with = "String")] Hash),
    /// A file holds them.
    File(ActorId),
    /// A document of this system holds them.
    Osteon(ActorId),
}

/// Data of `DocumentAdded`. Its version is the revision that this stands in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DocumentAdded {
    /// Its id.
    pub document: String,
    /// What people call it.
    pub title: String,
    /// Where its words come from.
    pub source: Source,
    /// Notes.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub metadata: BTreeMap<String, String>,
    /// How many documents there are now.
    pub documents: u32,
    /// The command that waits for it.
    pub command: CommandId,
}

/// Data of `ReadAsked`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReadAsked {
    /// Which document.
    pub document: String,
    /// In which version.
    pub version: Revision,
    /// From which byte on.
    pub offset: u64,
}

/// A piece of a document that is found and cited as one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Passage {
    /// The headings that it stands under, the highest first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub headings: Vec<String>,
    /// Its words.
    pub text: String,
}

impl Passage {
    /// Its words under their headings: what is embedded.
    #[must_use]
    pub fn whole(&self) -> String {
        match self.headings.is_empty() {
            true => self.text.clone(),
            false => format!("{}\n{}", self.headings.join(" > "), self.text),
        }
    }
}

/// Data of `PartRead`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PartRead {
    /// Which document.
    pub document: String,
    /// In which version.
    pub version: Revision,
    /// Which part of it, from 0.
    pub part: u32,
    /// Its passages, in order.
    pub passages: Vec<Passage>,
    /// Where the next part begins, in bytes; none = this was the last.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next: Option<u64>,
    /// The revision of the actor that it was read from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source_revision: Option<Revision>,
}

/// A part of a document, for one generation of vectors.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Piece {
    /// Which document.
    pub document: String,
    /// In which version.
    pub version: Revision,
    /// Which part, from 0.
    pub part: u32,
    /// For which generation of vectors, from 1.
    pub generation: u32,
}

/// Data of `EmbedAsked`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct EmbedAsked {
    /// About what.
    #[serde(flatten)]
    pub piece: Piece,
    /// Whose state holds the words; none = the request repeats them, being short.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub history: Option<HistoryRef>,
}

/// Data of `Embedded`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Embedded {
    /// What.
    #[serde(flatten)]
    pub piece: Piece,
    /// Who embedded: vectors of different models cannot be compared.
    pub model: String,
    /// Where the vectors are kept in the tenant's blobs, in the order of the passages.
    pub blob: Hash,
    /// How many there are.
    pub count: u32,
    /// How many numbers each has.
    pub dimensions: u32,
}

/// Data of `EmbedFailed`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct EmbedFailed {
    /// What was asked about.
    #[serde(flatten)]
    pub piece: Piece,
    /// Why: a stable code.
    pub code: String,
    /// The same in a sentence.
    pub reason: String,
}

/// Data of `DocumentReady`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DocumentReady {
    /// Which document.
    pub document: String,
    /// In which version.
    pub version: Revision,
    /// How many passages it has.
    pub passages: u32,
}

/// Data of `DocumentFailed`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DocumentFailed {
    /// Which document.
    pub document: String,
    /// In which version.
    pub version: Revision,
    /// Why: a stable code.
    pub code: String,
    /// The same in a sentence.
    pub reason: String,
}

/// Data of `DocumentRemoved`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DocumentRemoved {
    /// Which document.
    pub document: String,
    /// How many documents are left.
    pub documents: u32,
}

/// Data of `ReembedStarted`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReembedStarted {
    /// For which time, from 2.
    pub generation: u32,
    /// Who embeds.
    pub model: String,
    /// How many numbers each vector has.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub dimensions: Option<u32>,
    /// The command that waits for it.
    pub command: CommandId,
}

/// Data of `Served`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Served {
    /// Which generation.
    pub generation: u32,
    /// How many parts could not be embedded.
    pub failed: u32,
}
