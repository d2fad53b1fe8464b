//! What a document must be told again when a model has answered.

use contracts::kinds::osteon::{DraftAsked, SourceRecord};
use contracts::{CommandId, Hash};
use serde::{Deserialize, Serialize};

/// The tag of a model call.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Tag {
    /// The command that waits.
    pub command: CommandId,
    /// What for.
    pub what: What,
}

/// What a model was asked for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum What {
    /// Section titles.
    Outline {
        /// How many, at least.
        sections_min: u32,
        /// How many, at most.
        sections_max: u32,
    },
    /// Section titles, to be drafted then.
    OutlineFirst(DraftAsked),
    /// The text of sections.
    Draft {
        /// Which.
        targets: Vec<Target>,
        /// Source n of the request is the n-th.
        sources: Vec<SourceRecord>,
    },
    /// A changed section.
    EditSection {
        /// Its id.
        section: String,
        /// What it was when the model was asked.
        base: Hash,
        /// Citation n of the text that the model saw is the n-th.
        cites: Vec<String>,
    },
    /// A changed free text.
    EditText {
        /// As it was.
        text: String,
    },
    /// A summary.
    Summary {
        /// How many characters were summarised.
        original_length: usize,
    },
}

/// A section that is to be written.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Target {
    /// Its title.
    pub title: String,
    /// The section of this title, when there was one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub old: Option<Old>,
}

/// A section as it was when the model was asked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Old {
    /// Its id.
    pub section: String,
    /// What it was.
    pub base: Hash,
}
