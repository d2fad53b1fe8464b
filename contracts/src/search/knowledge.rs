//! What is found in a base.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Vectors, Why};
use crate::hash::Hash;
use crate::ids::{ActorId, Cursor, Revision};
use crate::kinds::knowledge::Source;

/// A base as its rows tell it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Base {
    /// Who made the vectors that are searched.
    pub model: Option<String>,
    /// How many numbers each vector has; `None` = as many as the model gives by itself.
    pub dimensions: Option<u32>,
    /// Which generation of vectors is searched.
    pub serving: u32,
    /// How many passages there are.
    pub passages: u64,
}

/// A passage of a base.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PassageKey {
    /// Of which document.
    pub document: String,
    /// In which part.
    pub part: u32,
    /// Which one, from 0.
    pub passage: u32,
}

/// Where the vectors of a part are kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VectorPart {
    /// Of which document.
    pub document: String,
    /// Which part.
    pub part: u32,
    /// Who made them.
    pub model: String,
    /// In the tenant's blobs.
    pub blob: Hash,
    /// How many there are.
    pub count: u32,
    /// How many numbers each has.
    pub dimensions: u32,
}

/// A passage, and what a citation of it says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Passage {
    /// Of which document.
    pub document: String,
    /// The revision of the base that brought the document.
    #[schemars(with = "u64")]
    pub version: Revision,
    /// What people call the document.
    pub title: String,
    /// Where its words come from.
    pub source: Source,
    /// The revision of the actor that they were read from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<u64>")]
    pub source_revision: Option<Revision>,
    /// In which part of the document, from 0.
    pub part: u32,
    /// Which passage of the part, from 0.
    pub passage: u32,
    /// The headings that it stands under.
    pub headings: Vec<String>,
    /// Its words.
    pub text: String,
    /// The revision of the base in which they stand.
    #[schemars(with = "u64")]
    pub revision: Revision,
    /// Notes on the document.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub metadata: BTreeMap<String, String>,
}

impl Passage {
    /// What it is called.
    #[must_use]
    pub fn key(&self) -> PassageKey {
        let (document, part, passage) = (self.document.clone(), self.part, self.passage);
        PassageKey { document, part, passage }
    }
}

/// A passage that was found.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Hit {
    /// Which.
    #[serde(flatten)]
    pub passage: Passage,
    /// The sum of 1 / (60 + rank) over the ways in which it was found.
    pub score: f64,
    /// Why.
    pub why: Why,
}

/// What was found in a base.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Found {
    /// In which base.
    #[schemars(with = "String")]
    pub knowledge: ActorId,
    /// The best first.
    pub items: Vec<Hit>,
    /// What was done by vectors.
    pub vectors: Vectors,
    /// Up to where the log had been read.
    #[schemars(with = "String")]
    pub cursor: Cursor,
}
