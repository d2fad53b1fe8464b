//! What a document is.
//!
//! The runtime copies the state for each command that it tries, so that what is large stands
//! behind `Arc` and a copy is cheap.

use std::collections::BTreeMap;
use std::sync::{Arc, OnceLock};

use contracts::kinds::generated::GeneratedBy;
use contracts::kinds::osteon::artifact::Metadata;
use contracts::kinds::osteon::{Change, SourceRecord, Verdict};
use contracts::{CommandId, Hash, Principal, Revision, Timestamp};
use serde::{Deserialize, Serialize};

use super::cite;

/// What a fold of the events leads to. In its texts `[@id]` marks a citation.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct State {
    /// When the document began; none = it has not, though texts may have been sent to be edited.
    pub created: Option<Timestamp>,
    /// What it is called.
    pub title: Option<String>,
    /// What else is said about it.
    pub metadata: Arc<Metadata>,
    /// The planned section titles.
    pub outline: Arc<Vec<String>>,
    /// The sections, in order.
    pub sections: Vec<Arc<Section>>,
    /// Known sources by id; those that no section cites are forgotten when there are too many.
    pub sources: Arc<BTreeMap<String, SourceRecord>>,
    /// The revision that last changed the document itself.
    pub version: Revision,
    /// Open comments, the oldest first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub comments: Vec<Arc<Comment>>,
    /// Open suggestions, the oldest first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub suggestions: Vec<Arc<Suggestion>>,
    /// The last reviews, the oldest first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub reviews: Vec<Arc<Review>>,
    /// Commands that wait for a model.
    pub waiting: BTreeMap<CommandId, Waiting>,
}

/// A section as kept.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Section {
    /// Its id.
    pub id: String,
    /// Its title.
    pub title: String,
    /// Its text.
    pub text: String,
    /// The model that wrote its text; none = a person.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub generated_by: Option<GeneratedBy>,
    /// The revision that last changed it.
    pub changed: Revision,
    /// What its text cites.
    #[serde(skip)]
    pub cited: Cited,
}

/// What a text cites: found out when it is first asked, since a document is asked as a whole, and
/// forgotten when the text changes.
#[derive(Debug, Clone, Default)]
pub struct Cited(OnceLock<Vec<String>>);

impl Cited {
    /// The ids that `text` cites, known sources or not, in order of first use.
    pub(super) fn of(&self, text: &str) -> &[String] {
        self.0.get_or_init(|| cite::cited(text))
    }
}

/// It follows from the text, and makes no difference of its own.
impl PartialEq for Cited {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

impl Eq for Cited {}

/// What somebody said about a section.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Comment {
    /// Its id.
    pub id: String,
    /// The section that it is about.
    pub section: String,
    /// The words that it is about.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub quote: Option<String>,
    /// What is said.
    pub text: String,
    /// Who said it.
    pub by: Principal,
    /// When.
    pub at: Timestamp,
    /// Who made it elsewhere, as the file says that it came from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub author: Option<String>,
    /// When that was.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub made_at: Option<Timestamp>,
}

/// How a section could read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Suggestion {
    /// Its id.
    pub id: String,
    /// The section that would change.
    pub section: String,
    /// What would change.
    pub changes: Vec<Change>,
    /// Why.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub why: Option<String>,
    /// Who suggests it.
    pub by: Principal,
    /// When.
    pub at: Timestamp,
    /// Who made it elsewhere, as the file says that it came from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub author: Option<String>,
    /// When that was.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub made_at: Option<Timestamp>,
}

/// What a review found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Review {
    /// The version of the document that was looked at.
    pub version: u64,
    /// What was found.
    pub verdicts: Vec<Verdict>,
    /// Who looked.
    pub by: Principal,
    /// When.
    pub at: Timestamp,
}

/// A command that waits for a model.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Waiting {
    /// The command's name.
    pub name: String,
    /// The section that it will change.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub section: Option<String>,
    /// Since when.
    pub since: Timestamp,
}

impl Section {
    /// What a later change is recognised by.
    #[must_use]
    pub fn base(&self) -> Hash {
        Hash::of_parts("cambium osteon section v1", &[&self.title, &self.text])
    }
}

impl State {
    /// The section of this id.
    #[must_use]
    pub fn section(&self, id: &str) -> Option<&Section> {
        self.position(id).map(|at| &*self.sections[at])
    }

    /// Where the section of this id stands, from 0.
    #[must_use]
    pub fn position(&self, id: &str) -> Option<usize> {
        self.sections.iter().position(|section| section.id == id)
    }

    /// The first section of this title, whatever its case.
    #[must_use]
    pub fn titled(&self, title: &str) -> Option<&Section> {
        let found = self.sections.iter().find(|section| same_title(&section.title, title));
        found.map(AsRef::as_ref)
    }

    /// Bytes of all titles and texts.
    #[must_use]
    pub fn bytes(&self) -> usize {
        self.sections.iter().map(|section| section.title.len() + section.text.len()).sum()
    }
}

/// Whether two titles are the same but for case and outer spaces.
#[must_use]
pub(super) fn same_title(one: &str, other: &str) -> bool {
    one.trim().to_lowercase() == other.trim().to_lowercase()
}
