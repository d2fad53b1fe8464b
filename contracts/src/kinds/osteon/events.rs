//! What happens to a document. In stored texts `[@id]` marks a citation, so that moving a section
//! renumbers nothing; answers and artifacts show numbers.

use serde::{Deserialize, Serialize};

use super::artifact::Metadata;
use super::commands::{EditType, GivenSection, Length};
use super::remarks::{
    CommentResolved, Commented, Reviewed, SectionChanged, Suggested, SuggestionAccepted,
    SuggestionRejected,
};
use crate::hash::Hash;
use crate::ids::CommandId;
use crate::kinds::generated::GeneratedBy;
use crate::model::Source;

/// What happened to a document.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum Event {
    /// It began.
    Created(Created),
    /// A model was asked for section titles.
    OutlineAsked(OutlineAsked),
    /// The outline is another.
    OutlineMade(OutlineMade),
    /// A model was asked for the text of sections.
    DraftAsked(DraftAsked),
    /// A section was written by a model: a new one, or another text of an old one.
    SectionDrafted(SectionDrafted),
    /// A model was asked to change a text.
    EditAsked(EditAsked),
    /// A section was changed by a model.
    SectionEdited(SectionEdited),
    /// A model was asked for a summary.
    SummaryAsked(SummaryAsked),
    /// What a model was asked for has come, or will not.
    AskConcluded(AskConcluded),
    /// A section was added or replaced by hand.
    SectionSet(SectionSet),
    /// Parts of a section were changed by hand.
    SectionChanged(SectionChanged),
    /// Somebody said something about a section.
    Commented(Commented),
    /// A comment was dealt with.
    CommentResolved(CommentResolved),
    /// Somebody suggested how a section could read.
    Suggested(Suggested),
    /// A suggestion became the text.
    SuggestionAccepted(SuggestionAccepted),
    /// A suggestion was turned down.
    SuggestionRejected(SuggestionRejected),
    /// Somebody said whether the document keeps criteria.
    Reviewed(Reviewed),
    /// A source was cited at the end of a section.
    Cited(Cited),
    /// A section stands elsewhere.
    SectionMoved(SectionMoved),
    /// A section is gone.
    SectionRemoved(SectionRemoved),
    /// The title changed.
    Renamed(Renamed),
    /// The metadata are others.
    MetadataSet(MetadataSet),
}

/// Data of `Created`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Created {
    /// What it is called.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// Its metadata.
    #[serde(default, skip_serializing_if = "Metadata::is_empty")]
    pub metadata: Metadata,
}

/// Data of `OutlineAsked`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OutlineAsked {
    /// The command that waits.
    pub command: CommandId,
    /// What the document is for or about.
    pub goal: String,
    /// Material to use.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub context: Option<String>,
    /// How many sections, at least.
    pub sections_min: u32,
    /// How many sections, at most.
    pub sections_max: u32,
    /// Which model.
    pub model: String,
}

/// Data of `OutlineMade`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OutlineMade {
    /// The titles, in order.
    pub titles: Vec<String>,
    /// Who made them; absent when the asker gave them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub generated_by: Option<GeneratedBy>,
}

/// Data of `DraftAsked`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DraftAsked {
    /// The command that waits.
    pub command: CommandId,
    /// What the document is for.
    pub goal: String,
    /// The titles to write under; none = an outline is asked for first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub titles: Vec<String>,
    /// Material to use without citing it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub context: Option<String>,
    /// Material to use and cite.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub sources: Vec<Source>,
    /// For whom it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub audience: Option<String>,
    /// Which model.
    pub model: String,
}

/// Data of `SectionDrafted`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SectionDrafted {
    /// The section's id.
    pub section: String,
    /// Its title.
    pub title: String,
    /// Its text.
    pub text: String,
    /// The sources that the text cites.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub sources: Vec<SourceRecord>,
    /// Where it now stands.
    pub place: Place,
    /// How many sections there are now.
    pub sections: u32,
    /// Who wrote it.
    pub generated_by: GeneratedBy,
}

/// A source as kept: without its words, which stand in the request that brought it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct SourceRecord {
    /// Its id: `c_` and ten hexadecimal digits of the BLAKE3 of title and reference.
    pub id: String,
    /// What it is called.
    pub title: String,
    /// Where it is from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reference: Option<String>,
}

impl SourceRecord {
    /// The source of this title and reference.
    #[must_use]
    pub fn new(title: &str, reference: Option<&str>) -> Self {
        let hash = match reference {
            Some(reference) => Hash::of_parts("cambium osteon source v1", &[title, reference]),
            None => Hash::of_parts("cambium osteon source v1", &[title]),
        };
        Self {
            id: format!("c_{}", &hash.to_string()[..10]),
            title: title.to_owned(),
            reference: reference.map(str::to_owned),
        }
    }
}

/// What is edited.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EditOf {
    /// A section of the document.
    Section(String),
    /// A free text.
    Text(String),
}

/// Data of `EditAsked`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct EditAsked {
    /// The command that waits.
    pub command: CommandId,
    /// What is edited.
    pub of: EditOf,
    /// In which way.
    pub edit_type: EditType,
    /// What to change, in words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub feedback: Option<String>,
    /// Which model.
    pub model: String,
}

/// Data of `SectionEdited`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SectionEdited {
    /// The section's id.
    pub section: String,
    /// Its text now.
    pub text: String,
    /// Who changed it.
    pub generated_by: GeneratedBy,
}

/// What is summarised.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SummaryOf {
    /// The whole document as it was then.
    Document,
    /// A free text.
    Text(String),
    /// Free sections.
    Sections(Vec<GivenSection>),
}

/// Data of `SummaryAsked`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SummaryAsked {
    /// The command that waits.
    pub command: CommandId,
    /// What is summarised.
    pub of: SummaryOf,
    /// How long the summary may be.
    pub max_length: Length,
    /// Which model.
    pub model: String,
}

/// Data of `AskConcluded`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AskConcluded {
    /// The command that waited.
    pub command: CommandId,
    /// Why nothing came of it; absent when something did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub code: Option<String>,
}

/// Data of `SectionSet`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SectionSet {
    /// The section's id.
    pub section: String,
    /// Its title.
    pub title: String,
    /// Its text.
    pub text: String,
    /// The sources that the text cites, of a section that comes from a file.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub sources: Vec<SourceRecord>,
    /// Where it now stands.
    pub place: Place,
    /// How many sections there are now.
    pub sections: u32,
}

/// Where a section stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Place {
    /// Where it stood.
    Kept,
    /// At the beginning.
    First,
    /// After the section of this id.
    After(String),
}

/// Data of `Cited`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cited {
    /// The section that cites.
    pub section: String,
    /// What is cited.
    pub source: SourceRecord,
    /// What stands between the text and its citation: a space when left out.
    #[serde(default = "space", skip_serializing_if = "is_space")]
    pub before: String,
}

fn space() -> String {
    " ".to_owned()
}

fn is_space(text: &str) -> bool {
    text == " "
}

/// Data of `SectionMoved`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SectionMoved {
    /// The section's id.
    pub section: String,
    /// Where it now stands.
    pub place: Place,
}

/// Data of `SectionRemoved`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SectionRemoved {
    /// The section's id.
    pub section: String,
    /// How many sections there are now.
    pub sections: u32,
}

/// Data of `Renamed`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Renamed {
    /// The title.
    pub title: String,
}

/// Data of `MetadataSet`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct MetadataSet {
    /// All of the metadata.
    pub metadata: Metadata,
}
