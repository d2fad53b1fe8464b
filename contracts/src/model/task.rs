//! What is wanted of a model, as data.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::hash::Hash;

/// What the caller wants done, beside the prompt. A large model reads the prompt; a small one may
/// work from this.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "task", rename_all = "snake_case")]
pub enum Task {
    /// Section titles for a document.
    Outline {
        /// What the document is for.
        goal: String,
        /// Material to use.
        context: Option<String>,
        /// How many sections, at least.
        sections_min: u32,
        /// How many sections, at most.
        sections_max: u32,
    },
    /// The text of sections.
    Draft {
        /// What the document is for.
        goal: String,
        /// Material to use without citing it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        context: Option<String>,
        /// The titles to write under.
        titles: Vec<String>,
        /// Material to use, each piece with the name it is cited by.
        sources: Vec<Source>,
        /// For whom.
        audience: Option<String>,
    },
    /// A changed text.
    Edit {
        /// The text as it is.
        text: String,
        /// `improve`, `shorten`, `expand`, `formalize` or `simplify`.
        edit_type: String,
        /// What to change, in words.
        feedback: Option<String>,
    },
    /// A shorter text.
    Summarize {
        /// The text.
        text: String,
        /// How many sentences, at most.
        sentences_max: u32,
    },
    /// Slides that tell a topic.
    Storyboard {
        /// What they are about.
        topic: String,
        /// For whom.
        audience: String,
        /// How many, at most.
        slides: u32,
        /// The titles and texts to follow.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        sections: Vec<Source>,
        /// Material to use.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        context: Option<String>,
    },
    /// Steps that reach a goal.
    Plan {
        /// The goal.
        goal: String,
        /// What must hold of it.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        requirements: Vec<String>,
        /// Who may be asked, by kind.
        agents: Vec<String>,
        /// What the steps may use.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        material: Option<String>,
    },
    /// Who is to be asked for something.
    Route {
        /// What is wanted.
        request: String,
        /// What else is known.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        context: Option<String>,
    },
    /// What is to be said of a text.
    Review {
        /// The text.
        content: String,
        /// What it is for.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        goal: Option<String>,
        /// What must hold of it.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        requirements: Vec<String>,
        /// By what it is judged.
        criteria: Vec<String>,
    },
    /// Results put together; the title of each is its step.
    Finalize {
        /// What was to be reached.
        goal: String,
        /// What came of each step.
        results: Vec<Source>,
        /// Steps that were not done, each with why.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        undone: Vec<String>,
    },
    /// The next message of a conversation.
    #[default]
    Chat,
    /// A value of the request's `schema` taken from a text.
    Extract {
        /// The text.
        text: String,
    },
    /// The turns' words as points in a space: the answer's value is [`Vectors`].
    Embed {
        /// How many numbers each has; as many as the model gives by itself when left out.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        dimensions: Option<u32>,
    },
}

/// Points in a space, and where they are.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Vectors {
    /// In the tenant's blobs: 32-bit floats, the lowest byte first, one vector after the other.
    pub blob: Hash,
    /// How many there are.
    pub count: u32,
    /// How many numbers each has.
    pub dimensions: u32,
}

/// Material that a text is made from and may cite.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Source {
    /// What it is called in the citation list.
    pub title: String,
    /// Where it is from: a URL, a book, a person.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reference: Option<String>,
    /// Its words.
    pub text: String,
}
