//! What may be asked of a document.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::artifact::Metadata;
use super::limits::{
    FEEDBACK_BYTES_MAX, GOAL_BYTES_MAX, MATERIAL_BYTES_MAX, MODEL_BYTES_MAX, OUTLINE_TITLES_MAX,
    REFERENCE_BYTES_MAX, REQUEST_SOURCES_MAX, SECTION_BYTES_MAX, SECTION_ID_BYTES_MAX,
    SUMMARY_BYTES_MAX, TITLE_BYTES_MAX,
};
use super::load::Load;
use super::picture::PutPicture;
use super::remarks::{ChangeSection, Comment, Resolve, Review, Settle, Suggest};
use super::template::{Fill, Template};
use crate::kinds::check::{PLAIN, SAID};
use crate::model::Source;

/// What the id of a section looks like.
const ID: &str = "^[A-Za-z0-9][A-Za-z0-9_:@-]{0,63}$";

/// What may be asked of a document.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Command {
    /// Begins it.
    Create(Create),
    /// Asks a model for section titles.
    Outline(Outline),
    /// Asks a model for the text of sections.
    Draft(Draft),
    /// Asks a model to change a text.
    Edit(Edit),
    /// Asks a model for a shorter text.
    Summarize(Summarize),
    /// Gives the document as an artifact.
    Export(Export),
    /// Adds or replaces a section by hand.
    SetSection(SetSection),
    /// Changes parts of a section.
    ChangeSection(ChangeSection),
    /// Says something about a section.
    Comment(Comment),
    /// Takes a comment away.
    Resolve(Resolve),
    /// Says how a section could read.
    Suggest(Suggest),
    /// Makes a suggestion the text, or takes it away.
    Settle(Settle),
    /// Says whether the document keeps criteria.
    Review(Review),
    /// Adds what a file holds.
    Load(Load),
    /// Cites a source in a section.
    Cite(Cite),
    /// Puts a picture into a section.
    PutPicture(PutPicture),
    /// Says what stands in place of its fields.
    Fill(Fill),
    /// Moves a section.
    MoveSection(MoveSection),
    /// Removes a section.
    RemoveSection(RemoveSection),
    /// Changes the title.
    Rename(Rename),
    /// Replaces the metadata.
    SetMetadata(SetMetadata),
}

/// Input of `create`.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Create {
    /// What it is called.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = TITLE_BYTES_MAX), regex(pattern = SAID))]
    pub title: Option<String>,
    /// Whatever else is to be said about it.
    #[serde(default, skip_serializing_if = "Metadata::is_empty")]
    pub metadata: Metadata,
    /// The sections that it begins with, whose fields `fill` fills; none when left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub template: Option<Template>,
}

/// Input of `outline`. Goal or topic is needed.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Outline {
    /// What the document is for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = GOAL_BYTES_MAX), regex(pattern = SAID))]
    pub goal: Option<String>,
    /// What the document is about.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = GOAL_BYTES_MAX), regex(pattern = SAID))]
    pub topic: Option<String>,
    /// Material to use.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = MATERIAL_BYTES_MAX), regex(pattern = SAID))]
    pub context: Option<String>,
    /// How many sections; 5 to 8 when left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1, max = OUTLINE_TITLES_MAX))]
    pub sections: Option<u32>,
    /// Which model, `provider/model`; the built-in one when left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = MODEL_BYTES_MAX), regex(pattern = SAID))]
    pub model: Option<String>,
}

/// Input of `draft`. Goal or section title is needed.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Draft {
    /// What the document is for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = GOAL_BYTES_MAX), regex(pattern = SAID))]
    pub goal: Option<String>,
    /// The one section to write; all of the outline when left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = TITLE_BYTES_MAX), regex(pattern = SAID))]
    pub section_title: Option<String>,
    /// The sections to write; the kept outline when left out, and a new one when none is kept.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(
        length(min = 1, max = OUTLINE_TITLES_MAX),
        inner(length(max = TITLE_BYTES_MAX), regex(pattern = SAID))
    )]
    pub outline: Option<Vec<String>>,
    /// Material to use without citing it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = MATERIAL_BYTES_MAX), regex(pattern = SAID))]
    pub context: Option<String>,
    /// Material to use and cite.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = REQUEST_SOURCES_MAX))]
    pub sources: Vec<Source>,
    /// For whom it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = GOAL_BYTES_MAX), regex(pattern = SAID))]
    pub audience: Option<String>,
    /// What a new document is called; its goal when left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = TITLE_BYTES_MAX), regex(pattern = SAID))]
    pub title: Option<String>,
    /// Which model, `provider/model`; the built-in one when left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = MODEL_BYTES_MAX), regex(pattern = SAID))]
    pub model: Option<String>,
}

/// Input of `edit`: `section` changes a section of the document, `text` changes a free text and
/// leaves the document alone.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Edit {
    /// The id of the section to change.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub section: Option<String>,
    /// The free text to change.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = SECTION_BYTES_MAX), regex(pattern = SAID))]
    pub text: Option<String>,
    /// What to change, in words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = FEEDBACK_BYTES_MAX), regex(pattern = SAID))]
    pub feedback: Option<String>,
    /// In which way.
    #[serde(default)]
    pub edit_type: EditType,
    /// Which model, `provider/model`; the built-in one when left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = MODEL_BYTES_MAX), regex(pattern = SAID))]
    pub model: Option<String>,
}

/// In which way a text is changed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum EditType {
    /// Clearer, with the same content.
    #[default]
    Improve,
    /// Shorter.
    Shorten,
    /// Longer.
    Expand,
    /// More formal.
    Formalize,
    /// Easier to read.
    Simplify,
}

impl EditType {
    /// Its name, as on the wire.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Improve => "improve",
            Self::Shorten => "shorten",
            Self::Expand => "expand",
            Self::Formalize => "formalize",
            Self::Simplify => "simplify",
        }
    }
}

/// Input of `summarize`: a text, or sections, or neither for the whole document.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Summarize {
    /// A free text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = SUMMARY_BYTES_MAX), regex(pattern = SAID))]
    pub text: Option<String>,
    /// Free sections.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sections: Option<Vec<GivenSection>>,
    /// How long the summary may be.
    #[serde(default)]
    pub max_length: Length,
    /// Which model, `provider/model`; the built-in one when left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = MODEL_BYTES_MAX), regex(pattern = SAID))]
    pub model: Option<String>,
}

/// A section that is sent along and need not be of the document.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct GivenSection {
    /// Its id; a number of its own when left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = SECTION_ID_BYTES_MAX), regex(pattern = ID))]
    pub id: Option<String>,
    /// Its title.
    #[schemars(length(max = TITLE_BYTES_MAX), regex(pattern = SAID))]
    pub title: String,
    /// Its text.
    #[serde(default)]
    #[schemars(length(max = SECTION_BYTES_MAX), regex(pattern = PLAIN))]
    pub text: String,
}

/// How long a summary may be.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Length {
    /// Two sentences.
    Short,
    /// Five sentences.
    #[default]
    Medium,
    /// Twelve sentences.
    Long,
}

impl Length {
    /// How many sentences, at most.
    #[must_use]
    pub const fn sentences_max(self) -> u32 {
        match self {
            Self::Short => 2,
            Self::Medium => 5,
            Self::Long => 12,
        }
    }
}

/// Input of `export`.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Export {
    /// What the artifact is called; the document's title when left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = TITLE_BYTES_MAX), regex(pattern = SAID))]
    pub title: Option<String>,
    /// These sections in place of the document's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sections: Option<Vec<GivenSection>>,
    /// Metadata beside the document's; wins where both say something.
    #[serde(default, skip_serializing_if = "Metadata::is_empty")]
    pub metadata: Metadata,
}

/// Input of `set_section`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(extend("anyOf" = named()))]
pub struct SetSection {
    /// Its id. Left out: a new section with a made id. Unknown, and a title is given: a new section
    /// with this id.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = SECTION_ID_BYTES_MAX), regex(pattern = ID))]
    pub section: Option<String>,
    /// Its title; as it was when left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = TITLE_BYTES_MAX), regex(pattern = SAID))]
    pub title: Option<String>,
    /// Its text. `[n]` stands for citation n of the document, `[@id]` for the source of that id.
    #[schemars(length(max = SECTION_BYTES_MAX), regex(pattern = PLAIN))]
    pub text: String,
    /// The revision that last changed it when the caller read it: `changed` of the section, or of
    /// the answer. Left out: whatever stands there is replaced.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub base: Option<u64>,
    /// The section that it comes after: a new one at the end when left out, another where it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub after: Option<String>,
}

/// A section has a title from its beginning: one that is not named yet brings one.
fn named() -> Value {
    let with =
        |name: &str| json!({ "required": [name], "properties": { name: { "type": "string" } } });
    json!([with("section"), with("title")])
}

/// Input of `cite`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Cite {
    /// The section at whose end the citation is put.
    pub section: String,
    /// What is cited.
    pub source: CitedSource,
}

/// What is cited by hand.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CitedSource {
    /// What it is called in the citation list.
    #[schemars(length(max = TITLE_BYTES_MAX), regex(pattern = SAID))]
    pub title: String,
    /// Where it is from: a URL, a book, a person.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = REFERENCE_BYTES_MAX), regex(pattern = SAID))]
    pub reference: Option<String>,
}

/// Input of `move_section`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct MoveSection {
    /// Which.
    pub section: String,
    /// The section that it comes after; to the beginning when left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub after: Option<String>,
}

/// Input of `remove_section`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RemoveSection {
    /// Which.
    pub section: String,
    /// The revision that last changed it when the caller read it; left out: whatever stands there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub base: Option<u64>,
}

/// Input of `rename`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Rename {
    /// The new title.
    #[schemars(length(max = TITLE_BYTES_MAX), regex(pattern = SAID))]
    pub title: String,
}

/// Input of `set_metadata`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SetMetadata {
    /// All of the new metadata.
    pub metadata: Metadata,
}
