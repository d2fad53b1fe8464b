//! A part of a document that comes from a file.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::artifact::Metadata;
use super::commands::{CitedSource, GivenSection};
use super::limits::{LOAD_SECTIONS_MAX, SOURCES_MAX, TITLE_BYTES_MAX};
use crate::kinds::check::SAID;

/// Input of `load`. A large file comes as several of them; `chaperone` makes and sends them.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Load {
    /// What the document is called when it begins with this.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = TITLE_BYTES_MAX), regex(pattern = SAID))]
    pub title: Option<String>,
    /// Its metadata when it begins with this.
    #[serde(default, skip_serializing_if = "Metadata::is_empty")]
    pub metadata: Metadata,
    /// Sections, which come after those that are there. One whose id is taken gets another. In a
    /// text `[@id]` cites the source of that id.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = LOAD_SECTIONS_MAX))]
    pub sections: Vec<GivenSection>,
    /// What the texts cite. The id of a source is that of its title and reference.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = SOURCES_MAX))]
    pub sources: Vec<CitedSource>,
}
