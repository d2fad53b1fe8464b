//! What a document answers.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::artifact::{Artifact, Citation, Metadata, Section};
use crate::kinds::generated::GeneratedBy;
use crate::refusal::Refusal;

/// Answer to `create`, `rename` and `set_metadata`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct About {
    /// What the document is called; null while it has no title.
    pub title: Option<String>,
    /// Its metadata.
    pub metadata: Metadata,
}

/// Answer to `fill`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Filled {
    /// What the document is called; null while it has no title.
    pub title: Option<String>,
    /// How many places were filled.
    pub places: u32,
    /// The fields that the document still has.
    pub left: Vec<String>,
}

/// Answer to `outline`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Outlined {
    /// The titles, in order.
    pub outline: Vec<String>,
    /// Who made them.
    pub generated_by: GeneratedBy,
}

/// Answer to `draft`: the sections that were written, with the document's table of contents and
/// citations.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Drafted {
    /// The written sections.
    pub sections: Vec<Section>,
    /// The titles of all sections of the document.
    pub toc: Vec<String>,
    /// All that the document cites.
    pub citations: Vec<Citation>,
    /// Sections that were asked for and changed by others meanwhile, which were left alone.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub skipped: Vec<Skipped>,
    /// Who wrote them.
    pub generated_by: GeneratedBy,
}

/// A section that was not written.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Skipped {
    /// Its title.
    pub title: String,
    /// Why: `section_changed` or `section_not_found`.
    pub code: String,
    /// Why, for people.
    pub message: String,
}

impl Skipped {
    /// The section `title` was left alone because of `refusal`.
    #[must_use]
    pub fn new(title: String, refusal: Refusal) -> Self {
        Self { title, code: refusal.code.into_owned(), message: refusal.message }
    }
}

/// Answer to `edit`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Edited {
    /// The section that was changed; absent for a free text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub section: Option<String>,
    /// The text as it is now.
    pub edited_text: String,
    /// The text as it was.
    pub original_text: String,
    /// What changed.
    pub diff: Diff,
    /// Who changed it.
    pub generated_by: GeneratedBy,
}

/// What changed between two texts.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Diff {
    /// As `diff -u` writes it, without file names; empty when nothing changed.
    pub unified: String,
    /// The changed passages, line by line, in order.
    pub hunks: Vec<Hunk>,
    /// Words that came and went.
    pub words: Words,
}

/// A changed passage.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Hunk {
    /// What happened to it.
    pub op: HunkOp,
    /// Its first line in the old text, from 1; of an insertion the line that it comes before.
    pub old_start: usize,
    /// How many old lines.
    pub old_lines: usize,
    /// Its first line in the new text, from 1; of a deletion the line that it came before.
    pub new_start: usize,
    /// How many new lines.
    pub new_lines: usize,
    /// The old lines, with their line ends.
    pub old: String,
    /// The new lines, with their line ends.
    pub new: String,
}

/// What happened to a passage.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum HunkOp {
    /// It came.
    Insert,
    /// It went.
    Delete,
    /// It says something else.
    Replace,
}

/// Words that came and went. Punctuation belongs to its word.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Words {
    /// Words of the new text that the old one does not have there.
    pub added: usize,
    /// Words of the old text that the new one does not have there.
    pub removed: usize,
}

/// Answer to `summarize`. Lengths are in characters.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Summarized {
    /// The summary.
    pub summary: String,
    /// How long it is.
    pub length: usize,
    /// How long the text was.
    pub original_length: usize,
    /// Who made it.
    pub generated_by: GeneratedBy,
}

/// Answer to `export`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Exported {
    /// The `.osteon` file.
    pub artifact: Artifact,
}

/// Answer to commands that change or arrange one section. It grows with that section's citations,
/// and not with the document.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Arranged {
    /// The id of the section that was meant.
    pub section: String,
    /// The revision that last changed it; absent when it is gone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub changed: Option<u64>,
    /// Where it stands, from 1; absent when it is gone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub place: Option<usize>,
    /// How many sections there are.
    pub sections: u32,
    /// What it cites, with the numbers of the document.
    pub citations: Vec<Cites>,
}

/// A source that a section cites.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Cites {
    /// Its id.
    pub id: String,
    /// Its number in the document.
    pub number: u32,
    /// What it is called.
    pub title: String,
    /// Where it is from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reference: Option<String>,
}

/// Answer to `comment` and `resolve`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Commented {
    /// The id of the comment.
    pub comment: String,
    /// How many are open.
    pub open: usize,
}

/// Answer to `suggest`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Suggested {
    /// The id of the suggestion.
    pub suggestion: String,
    /// How many are open.
    pub open: usize,
}

/// Answer to `review`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Reviewed {
    /// The version of the document that was looked at.
    pub version: u64,
    /// Whether every criterion is kept.
    pub passed: bool,
    /// The criteria that are not.
    pub missed: Vec<String>,
}

/// Answer to `load`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Loaded {
    /// What the document is called.
    pub title: Option<String>,
    /// The ids of the sections that came, in order.
    pub loaded: Vec<String>,
    /// How many sections there are.
    pub sections: u32,
}
