//! The `.osteon` file: a document outside of the system. JSON Schema: `docs/schemas/`.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use crate::canonical::{CanonicalError, state_hash};
use crate::hash::Hash;
use crate::ids::Revision;
use crate::time::Timestamp;

/// The version of the format that is written.
pub const FORMAT_VERSION: u32 = 1;

/// Whatever is said about a document beside its title.
pub type Metadata = Map<String, Value>;

/// Members of `meta` that metadata may not name.
pub const META_RESERVED: &[&str] = &["content_hash", "created_at", "title", "version"];

/// What a document without a title is called.
pub const UNTITLED: &str = "Untitled Document";

/// A document as a file. Nothing in it comes from the clock of whoever exports: the same revision
/// always gives the same bytes.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Artifact {
    /// Says that it is a document.
    pub kind: ArtifactKind,
    /// The version of the format: 1.
    #[schemars(range(min = 1, max = FORMAT_VERSION))]
    pub format: u32,
    /// What is said about it.
    pub meta: Meta,
    /// What is in it.
    pub body: Body,
}

/// Says that an artifact is a document.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ArtifactKind {
    /// A document.
    Osteon,
}

/// What is said about a document. Metadata stand beside these members.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Meta {
    /// What it is called.
    pub title: String,
    /// The revision that last changed it; 0 for sections that were only sent along.
    pub version: u64,
    /// When the document began; absent for sections that were only sent along.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub created_at: Option<Timestamp>,
    /// BLAKE3 of the canonical JSON of `{kind, title, metadata, sections: [{title, text}],
    /// citations: [{title, reference?}]}`: equal documents have equal hashes, whenever and by
    /// whatever commands they were made.
    pub content_hash: String,
    /// The metadata.
    #[serde(flatten)]
    pub metadata: Metadata,
}

/// What is in a document.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Body {
    /// The sections, in order.
    pub sections: Vec<Section>,
    /// Their titles, in order.
    pub toc: Vec<String>,
    /// What the sections cite, in order of first use.
    pub citations: Vec<Citation>,
}

/// A section.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Section {
    /// Its id, stable through edits and moves.
    pub id: String,
    /// Its title.
    pub title: String,
    /// Its text in CommonMark. In a file `[@id]` cites the source of that id; in answers `[n]`
    /// stands for citation n.
    pub text: String,
}

/// A cited source.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Citation {
    /// Its id, the same for the same title and reference.
    pub id: String,
    /// Its number in the texts, from 1 in order of first use.
    pub number: u32,
    /// What it is called.
    pub title: String,
    /// Where it is from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reference: Option<String>,
    /// The ids of the sections that cite it.
    pub sections: Vec<String>,
}

impl Artifact {
    /// A document as a file.
    ///
    /// # Errors
    /// When the metadata hold an integer that JSON cannot carry exactly.
    pub fn new(
        title: String,
        version: Revision,
        created_at: Option<Timestamp>,
        metadata: Metadata,
        body: Body,
    ) -> Result<Self, CanonicalError> {
        let content_hash = content_hash(&title, &metadata, &body)?.to_string();
        let meta = Meta { title, version: version.0, created_at, content_hash, metadata };
        Ok(Self { kind: ArtifactKind::Osteon, format: FORMAT_VERSION, meta, body })
    }

    /// The hash that `meta.content_hash` must be.
    ///
    /// # Errors
    /// When the metadata hold an integer that JSON cannot carry exactly.
    pub fn content_hash(&self) -> Result<Hash, CanonicalError> {
        content_hash(&self.meta.title, &self.meta.metadata, &self.body)
    }

    /// Its JSON Schema.
    #[must_use]
    pub fn schema() -> Value {
        let mut schema = schemars::schema_for!(Self);
        schema.insert("title".to_owned(), json!("The .osteon file"));
        schema.to_value()
    }
}

fn content_hash(title: &str, metadata: &Metadata, body: &Body) -> Result<Hash, CanonicalError> {
    let sections: Vec<_> = body
        .sections
        .iter()
        .map(|section| json!({ "title": section.title, "text": section.text }))
        .collect();
    let citations: Vec<_> = body
        .citations
        .iter()
        .map(|cited| match &cited.reference {
            Some(reference) => json!({ "title": cited.title, "reference": reference }),
            None => json!({ "title": cited.title }),
        })
        .collect();
    state_hash(&json!({
        "kind": ArtifactKind::Osteon, "title": title, "metadata": metadata,
        "sections": sections, "citations": citations,
    }))
}
