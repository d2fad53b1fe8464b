//! The `.myotab` file: a workbook outside of the system. JSON Schema: `docs/schemas/`.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::commands::Scalar;
use super::lasting::KeptView;
use super::layout::Layout;
use super::load::LoadedStyle;
use super::rules::Rule;
use crate::canonical::{CanonicalError, state_hash};
use crate::ids::Revision;

/// The version of the format that is written.
pub const FORMAT_VERSION: u32 = 1;

/// A workbook as a file. Nothing in it comes from the clock of whoever exports: the same revision
/// always gives the same bytes.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Artifact {
    /// Says that it is a workbook.
    pub kind: ArtifactKind,
    /// The version of the format: 1.
    #[schemars(range(min = 1, max = FORMAT_VERSION))]
    pub format: u32,
    /// What is said about it.
    pub meta: Meta,
    /// What is in it.
    pub body: Body,
}

/// Says that an artifact is a workbook.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ArtifactKind {
    /// A workbook.
    Myotab,
}

/// What is said about a workbook.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Meta {
    /// What it is called.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// The revision that was written.
    pub version: u64,
    /// BLAKE3 of the canonical JSON of `{kind, title, body}`: equal workbooks have equal hashes,
    /// whenever and by whatever commands they were made.
    pub content_hash: String,
}

/// What is in a workbook.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Body {
    /// Its sheets, in order.
    pub sheets: Vec<Sheet>,
    /// What names mean, as formulas without `=`.
    #[serde(default)]
    pub names: BTreeMap<String, String>,
    /// Charts and sums that stay with it, by what they are called.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub views: BTreeMap<String, KeptView>,
}

/// A sheet.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Sheet {
    /// What it is called.
    pub name: String,
    /// What its cells hold, by their places: what people put in, never what formulas come to.
    #[serde(default)]
    pub cells: BTreeMap<String, Scalar>,
    /// How areas of it look; later ones win.
    #[serde(default)]
    pub styles: Vec<LoadedStyle>,
    /// What cells of it may hold.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub rules: Vec<Rule>,
    /// How it is laid out.
    #[serde(default, skip_serializing_if = "Layout::is_plain")]
    pub layout: Layout,
}

impl Artifact {
    /// A workbook as a file.
    ///
    /// # Errors
    /// When a cell holds an integer that JSON cannot carry exactly.
    pub fn new(
        title: Option<String>,
        version: Revision,
        body: Body,
    ) -> Result<Self, CanonicalError> {
        let content_hash = content_hash(title.as_deref(), &body)?;
        let meta = Meta { title, version: version.0, content_hash };
        Ok(Self { kind: ArtifactKind::Myotab, format: FORMAT_VERSION, meta, body })
    }

    /// Whether `meta.content_hash` is the hash of what is in it.
    ///
    /// # Errors
    /// When a cell holds an integer that JSON cannot carry exactly.
    pub fn is_whole(&self) -> Result<bool, CanonicalError> {
        let hash = content_hash(self.meta.title.as_deref(), &self.body)?;
        Ok(hash == self.meta.content_hash)
    }

    /// Its JSON Schema.
    #[must_use]
    pub fn schema() -> Value {
        let mut schema = schemars::schema_for!(Self);
        schema.insert("title".to_owned(), json!("The .myotab file"));
        schema.to_value()
    }
}

fn content_hash(title: Option<&str>, body: &Body) -> Result<String, CanonicalError> {
    let content = json!({ "kind": ArtifactKind::Myotab, "title": title, "body": body });
    state_hash(&content).map(|hash| hash.to_string())
}
