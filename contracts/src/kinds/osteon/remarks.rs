//! Changes to parts of a text, and what people say about a document beside it.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::limits::{
    CHANGES_MAX, CRITERIA_MAX, CRITERION_BYTES_MAX, REMARK_BYTES_MAX, REMARK_ID_BYTES_MAX,
    SECTION_BYTES_MAX,
};
use crate::kinds::check::{PLAIN, SAID};
use crate::time::Timestamp;

/// What the id of a comment or a suggestion looks like.
const ID: &str = "^[A-Za-z0-9][A-Za-z0-9_:@-]{0,63}$";

/// Words of a text that shall be others.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Change {
    /// What stands there, exactly once; empty for the end of the text.
    #[schemars(length(max = SECTION_BYTES_MAX), regex(pattern = PLAIN))]
    pub old: String,
    /// What shall stand there.
    #[schemars(length(max = SECTION_BYTES_MAX), regex(pattern = PLAIN))]
    pub new: String,
}

/// Input of `change_section`. What others changed elsewhere in the text stays.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ChangeSection {
    /// Which.
    pub section: String,
    /// The changes; none of them touches what another does.
    #[schemars(length(min = 1, max = CHANGES_MAX))]
    pub changes: Vec<Change>,
}

/// Input of `comment`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Comment {
    /// Its id; one is made when left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = REMARK_ID_BYTES_MAX), regex(pattern = ID))]
    pub comment: Option<String>,
    /// The section that it is about.
    pub section: String,
    /// The words that it is about; the whole section when left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = REMARK_BYTES_MAX), regex(pattern = SAID))]
    pub quote: Option<String>,
    /// What is said.
    #[schemars(length(max = REMARK_BYTES_MAX), regex(pattern = SAID))]
    pub text: String,
}

/// Input of `resolve`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Resolve {
    /// Which comment.
    pub comment: String,
}

/// Input of `suggest`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Suggest {
    /// Its id; one is made when left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = REMARK_ID_BYTES_MAX), regex(pattern = ID))]
    pub suggestion: Option<String>,
    /// The section that would change.
    pub section: String,
    /// What would change.
    #[schemars(length(min = 1, max = CHANGES_MAX))]
    pub changes: Vec<Change>,
    /// Why.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = REMARK_BYTES_MAX), regex(pattern = SAID))]
    pub why: Option<String>,
}

/// Input of `settle`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Settle {
    /// Which suggestion.
    pub suggestion: String,
    /// Whether it becomes the text.
    pub accept: bool,
    /// Why not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = REMARK_BYTES_MAX), regex(pattern = SAID))]
    pub why: Option<String>,
}

/// Input of `review`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Review {
    /// What was looked for, each by its name, and whether it was found.
    #[schemars(length(min = 1, max = CRITERIA_MAX))]
    pub verdicts: Vec<Verdict>,
}

/// Whether a document keeps a criterion.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Verdict {
    /// Its name.
    #[schemars(length(max = CRITERION_BYTES_MAX), regex(pattern = SAID))]
    pub criterion: String,
    /// Whether it is kept.
    pub met: bool,
    /// Why, or where not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = REMARK_BYTES_MAX), regex(pattern = SAID))]
    pub remark: Option<String>,
}

/// Words that went and came at one place of a text.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Splice {
    /// Where, in bytes of the text as it was.
    pub at: u32,
    /// What went.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub removed: String,
    /// What came.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub added: String,
}

/// Data of `SectionChanged`: its size is that of the change, however long the text.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SectionChanged {
    /// The section's id.
    pub section: String,
    /// What changed, in the order of the text.
    pub changes: Vec<Splice>,
}

/// Data of `Commented`. Who said it is who sent the command.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Commented {
    /// The comment's id.
    pub comment: String,
    /// The section that it is about.
    pub section: String,
    /// The words that it is about.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub quote: Option<String>,
    /// What is said.
    pub text: String,
    /// Who made it elsewhere, as the file says that it came from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub author: Option<String>,
    /// When that was.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub made_at: Option<Timestamp>,
}

/// Data of `CommentResolved`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CommentResolved {
    /// The comment's id.
    pub comment: String,
}

/// Data of `Suggested`. Who suggests it is who sent the command.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Suggested {
    /// The suggestion's id.
    pub suggestion: String,
    /// The section that would change.
    pub section: String,
    /// What would change.
    pub changes: Vec<Change>,
    /// Why.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub why: Option<String>,
    /// Who made it elsewhere, as the file says that it came from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub author: Option<String>,
    /// When that was.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub made_at: Option<Timestamp>,
}

/// Data of `SuggestionAccepted`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SuggestionAccepted {
    /// The suggestion's id.
    pub suggestion: String,
    /// The section that it changed.
    pub section: String,
    /// What changed, in the order of the text.
    pub changes: Vec<Splice>,
}

/// Data of `SuggestionRejected`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SuggestionRejected {
    /// The suggestion's id.
    pub suggestion: String,
    /// Why.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub why: Option<String>,
}

/// Data of `Reviewed`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reviewed {
    /// The version of the document that was looked at.
    pub version: u64,
    /// What was found.
    pub verdicts: Vec<Verdict>,
}
