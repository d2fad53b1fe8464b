//! What a document is.
//!
//! The runtime copies the state for each command that it tries, so that what is large stands
//! behind `Arc` and a copy is cheap.

use std::collections::BTreeMap;
use std::sync::Arc;

use contracts::kinds::generated::GeneratedBy;
use contracts::kinds::osteon::SourceRecord;
use contracts::kinds::osteon::artifact::Metadata;
use contracts::{CommandId, Hash, Revision, Timestamp};
use serde::{Deserialize, Serialize};

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
