//! A part of a document that comes from a file.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::artifact::Metadata;
use super::commands::{CitedSource, GivenSection};
use super::limits::{
    AUTHOR_BYTES_MAX, CHANGES_MAX, COMMENTS_MAX, LOAD_SECTIONS_MAX, REMARK_BYTES_MAX, SOURCES_MAX,
    SUGGESTIONS_MAX, TITLE_BYTES_MAX,
};
use super::remarks::Change;
use crate::kinds::check::SAID;
use crate::time::Timestamp;

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
    /// What readers of the file remarked on these sections.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = COMMENTS_MAX))]
    pub comments: Vec<LoadedComment>,
    /// What readers of the file would change in these sections.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = SUGGESTIONS_MAX))]
    pub suggestions: Vec<LoadedSuggestion>,
}

/// A comment that comes with a file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct LoadedComment {
    /// Which of the sections of this input it is about, from 0.
    #[schemars(range(max = LOAD_SECTIONS_MAX - 1))]
    pub section: u32,
    /// The words that it is about; the whole section when left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = REMARK_BYTES_MAX), regex(pattern = SAID))]
    pub quote: Option<String>,
    /// What is said.
    #[schemars(length(max = REMARK_BYTES_MAX), regex(pattern = SAID))]
    pub text: String,
    /// Who said it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = AUTHOR_BYTES_MAX), regex(pattern = SAID))]
    pub author: Option<String>,
    /// When.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub made_at: Option<Timestamp>,
}

/// A suggestion that comes with a file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct LoadedSuggestion {
    /// Which of the sections of this input would change, from 0.
    #[schemars(range(max = LOAD_SECTIONS_MAX - 1))]
    pub section: u32,
    /// What would change.
    #[schemars(length(min = 1, max = CHANGES_MAX))]
    pub changes: Vec<Change>,
    /// Who suggests it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = AUTHOR_BYTES_MAX), regex(pattern = SAID))]
    pub author: Option<String>,
    /// When it was suggested.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub made_at: Option<Timestamp>,
}
