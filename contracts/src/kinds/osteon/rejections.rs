//! Why a document says no, at once or when a model's answer comes.

use serde_json::{Value, json};

use super::Change;
use super::limits::{
    ANSWER_BYTES_MAX, DOCUMENT_BYTES_MAX, SECTION_BYTES_MAX, SECTIONS_MAX, SOURCES_MAX,
    SUMMARY_BYTES_MAX, WAITING_MAX,
};
use crate::ids::Revision;
use crate::page::RejectionSpec;
use crate::refusal::{Refusal, RefusalClass};

/// When a document that waits for too many answers is worth another try, in milliseconds.
const WAITING_RETRY_MS: u64 = 2_000;

/// Why a document says no.
#[derive(Debug, Clone, PartialEq)]
pub enum Rejection {
    /// The input breaks a rule; each member at fault is named.
    Invalid(Refusal),
    /// There is no such document.
    NotFound,
    /// It was created before.
    Exists,
    /// The document has no such section.
    SectionNotFound {
        /// Which.
        section: String,
    },
    /// The section was changed while a model worked on its old text.
    SectionChanged {
        /// Which.
        section: String,
    },
    /// The section says something else than the caller thinks.
    Conflict {
        /// Which.
        section: String,
        /// The revision that last changed it.
        changed: Revision,
        /// What it says.
        theirs: String,
        /// What the caller would make of it.
        yours: Yours,
    },
    /// What a comment is about does not stand in the section.
    QuoteMissing {
        /// Which.
        section: String,
        /// The revision that last changed it.
        changed: Revision,
        /// What it says.
        theirs: String,
        /// The words that it does not say.
        quote: String,
    },
    /// There is no such comment, or it was dealt with.
    CommentNotFound {
        /// Which.
        comment: String,
    },
    /// There is no such suggestion, or it was settled.
    SuggestionNotFound {
        /// Which.
        suggestion: String,
    },
    /// The document has other fields than those that were filled.
    FieldsDiffer {
        /// Fields of the document that nothing was said of.
        missing: Vec<String>,
        /// Fields that it does not have.
        unknown: Vec<String>,
    },
    /// There is nothing to summarise.
    Empty,
    /// There is no room in the document, or in the section.
    Full,
    /// The text, or what is to be said about it, is too long for one command.
    TextTooLarge,
    /// The document waits for too many answers.
    TooManyWaiting,
    /// The model's answer does not follow the schema.
    ModelAnswerInvalid {
        /// In what.
        reason: String,
    },
}

/// What a caller would make of a section.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Yours {
    /// Nothing: it was to be removed.
    Nothing,
    /// This text.
    Text(String),
    /// These changes.
    Changes(Vec<Change>),
}

impl Yours {
    fn told(&self) -> Value {
        match self {
            Self::Nothing => Value::Null,
            Self::Text(text) => json!(text),
            Self::Changes(changes) => json!(changes),
        }
    }
}

impl From<Refusal> for Rejection {
    fn from(refusal: Refusal) -> Self {
        Self::Invalid(refusal)
    }
}

/// A section is not as it was when somebody looked.
fn changed(message: String) -> Refusal {
    Refusal::new(RefusalClass::Conflict, "section_changed", message)
}

/// The fields of a document are others than those that were named.
fn differing(missing: &[String], unknown: &[String]) -> Refusal {
    let counts = format!("{} not told, {} unknown", missing.len(), unknown.len());
    let message = format!("the document has other fields: {counts}");
    let details = json!({ "missing": missing, "unknown": unknown });
    Refusal::rejected("fields_differ", message).details(details)
}

impl From<Rejection> for Refusal {
    fn from(rejection: Rejection) -> Self {
        match rejection {
            Rejection::Invalid(refusal) => refusal,
            Rejection::NotFound => Self::not_found("actor_not_found", "there is no such document"),
            Rejection::Exists => {
                Self::new(RefusalClass::Conflict, "actor_exists", "the document was begun before")
            }
            Rejection::SectionNotFound { section } => Self::not_found(
                "section_not_found",
                format!("the document has no section {section}"),
            ),
            Rejection::SectionChanged { section } => changed(format!(
                "section {section} was changed while the model worked on its old text"
            )),
            Rejection::Conflict { section, changed: at, theirs, yours } => {
                changed(format!("section {section} says something else since revision {at}"))
                    .details(json!({
                        "section": section, "changed": at, "theirs": theirs, "yours": yours.told(),
                    }))
            }
            Rejection::QuoteMissing { section, changed: at, theirs, quote } => changed(format!(
                "section {section} does not say the words that are quoted; revision {at} \
                     changed it last"
            ))
            .details(json!({
                "section": section, "changed": at, "theirs": theirs, "quote": quote,
            }))
            .field("input.quote", "does not stand in the section"),
            Rejection::CommentNotFound { comment } => Self::not_found(
                "comment_not_found",
                format!("the document has no open comment {comment}"),
            ),
            Rejection::SuggestionNotFound { suggestion } => Self::not_found(
                "suggestion_not_found",
                format!("the document has no open suggestion {suggestion}"),
            ),
            Rejection::FieldsDiffer { missing, unknown } => differing(&missing, &unknown),
            Rejection::Empty => {
                Self::rejected("document_empty", "the document has no text to summarise")
            }
            Rejection::Full => Self::rejected(
                "document_full",
                format!(
                    "a document has at most {SECTIONS_MAX} sections, {DOCUMENT_BYTES_MAX} bytes \
                     and {SOURCES_MAX} cited sources, a section at most {SECTION_BYTES_MAX} bytes"
                ),
            ),
            Rejection::TextTooLarge => Self::new(
                RefusalClass::TooLarge,
                "text_too_large",
                format!(
                    "at most {SUMMARY_BYTES_MAX} bytes are summarised at once, and an answer has \
                     at most {ANSWER_BYTES_MAX} bytes"
                ),
            ),
            Rejection::TooManyWaiting => Self::new(
                RefusalClass::Overloaded,
                "too_many_waiting",
                format!("the document already waits for {WAITING_MAX} answers of models"),
            )
            .retry_after(WAITING_RETRY_MS),
            Rejection::ModelAnswerInvalid { reason } => Self::rejected(
                "model_answer_invalid",
                format!("the model's answer does not follow the schema: {reason}"),
            ),
        }
    }
}

/// The rejections as documented.
pub(super) fn specs() -> Vec<RejectionSpec> {
    [
        ("invalid_input", "The input breaks a rule; each member at fault is named."),
        ("actor_not_found", "There is no such document."),
        ("actor_exists", "The document was begun before."),
        ("section_not_found", "The document has no such section."),
        ("section_changed", "The section was changed meanwhile; both texts are told."),
        ("comment_not_found", "There is no such open comment."),
        ("suggestion_not_found", "There is no such open suggestion."),
        ("fields_differ", "The document has other fields than those that were named."),
        ("document_empty", "There is nothing to summarise."),
        ("document_full", "No room for more sections, text or sources."),
        ("text_too_large", "The document, or the answer about it, is too long for one command."),
        ("too_many_waiting", "The document waits for too many answers of models."),
        ("model_answer_invalid", "The model's answer does not follow the schema."),
    ]
    .map(|(code, about)| RejectionSpec { code, about })
    .into()
}
