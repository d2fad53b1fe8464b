//! What is said to a model and by one. The provider trait lives with the effect executor; request
//! and response are data here because both are kept in the log.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// Who speaks in a prompt.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Instructions.
    System,
    /// The person or program that asks.
    User,
    /// The model's own earlier words.
    Assistant,
}

/// One message of a prompt.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Turn {
    /// Who speaks.
    pub role: Role,
    /// What is said.
    pub content: String,
}

/// What the caller wants done, beside the prompt. A large model reads the prompt; a small one may
/// work from this.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
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
    /// The next message of a conversation.
    Chat,
    /// A value of the request's `schema` taken from a text.
    Extract {
        /// The text.
        text: String,
    },
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

/// One call to a model.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ModelRequest {
    /// `provider/model`, such as `local/rules`.
    pub model: String,
    /// The prompt.
    pub turns: Vec<Turn>,
    /// What is wanted, as data.
    pub task: Task,
    /// JSON Schema that the answer must follow; `None` = free text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub schema: Option<Value>,
    /// How many tokens the answer may have.
    pub max_tokens: u32,
    /// Makes an answer repeatable where the provider can.
    pub seed: u64,
}

impl ModelRequest {
    /// The provider's name: what stands before the slash.
    #[must_use]
    pub fn provider(&self) -> &str {
        self.model.split_once('/').map_or(self.model.as_str(), |(provider, _)| provider)
    }

    /// Whether the built-in provider answers it: a pure function, free of charge.
    #[must_use]
    pub fn is_local(&self) -> bool {
        self.provider() == LOCAL_PROVIDER
    }
}

/// The name of the built-in provider.
pub const LOCAL_PROVIDER: &str = "local";

/// The built-in model: rules and extraction, no neural network.
pub const LOCAL_MODEL: &str = "local/rules";

/// Why a model stopped.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Finish {
    /// It was done.
    Stop,
    /// `max_tokens` was reached.
    Length,
}

/// Tokens counted by the provider.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Usage {
    /// Tokens of the prompt.
    pub input_tokens: u32,
    /// Tokens of the answer.
    pub output_tokens: u32,
}

/// What a model answered.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ModelResponse {
    /// Who answered: `local` says aloud that no large model did.
    pub provider: String,
    /// Which model.
    pub model: String,
    /// The answer as text; with a schema, its JSON text.
    pub text: String,
    /// The answer as a value, when a schema was given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub value: Option<Value>,
    /// Why it stopped.
    pub finish: Finish,
    /// What it cost in tokens.
    pub usage: Usage,
    /// BLAKE3 of the canonical request.
    pub request_hash: crate::hash::Hash,
}
