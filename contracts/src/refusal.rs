//! A "no" with a stable code: what rejections, gates and edges answer with.

use std::borrow::Cow;
use std::fmt;

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// What sort of "no" it is; the edge maps it to a status.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RefusalClass {
    /// The request cannot be understood (400).
    Malformed,
    /// No or a wrong credential (401).
    Unauthenticated,
    /// The caller may not do this (403).
    Forbidden,
    /// There is no such thing (404).
    NotFound,
    /// The route exists, not with this method (405).
    MethodNotAllowed,
    /// None of the media types that the caller accepts can be produced (406).
    NotAcceptable,
    /// It contradicts what happened (409).
    Conflict,
    /// The optimistic lock does not hold (412).
    Precondition,
    /// It is too large (413).
    TooLarge,
    /// The body has a media type that is not understood (415).
    UnsupportedMedia,
    /// Understood, and against the rules of the kind (422).
    Rejected,
    /// Too much at once (429).
    Overloaded,
    /// A fault of ours (500).
    Internal,
    /// Nothing here does this, as it is configured (501).
    Unsupported,
    /// A part that is needed is away (503).
    Unavailable,
    /// No answer in time (504).
    Timeout,
}

/// One member of the input that is at fault.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FieldError {
    /// Where: a path such as `input.sections[2].title`.
    pub field: String,
    /// What is wrong with it.
    pub message: String,
}

/// A "no": a stable code, a sentence for people, and which fields are at fault.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Refusal {
    /// Stable, snake case; each has a page in `docs/errors/`.
    pub code: Cow<'static, str>,
    /// What sort of "no".
    pub class: RefusalClass,
    /// One sentence for people; never a secret, never a path of this machine.
    pub message: String,
    /// Members of the input that are at fault.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub errors: Vec<FieldError>,
    /// When it is worth trying again, in milliseconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retry_after_ms: Option<u64>,
    /// Facts that a program may want, such as the current revision.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub details: Option<Box<Value>>,
    /// Whether whoever says so had looked whether the command is stored: then it surely is not.
    /// What is stored and what goes to clients does not have it.
    #[serde(skip)]
    pub decided: bool,
}

impl Refusal {
    /// A refusal of `class` with a stable `code` and a sentence.
    #[must_use]
    pub fn new(
        class: RefusalClass,
        code: impl Into<Cow<'static, str>>,
        message: impl Into<String>,
    ) -> Self {
        let (code, message) = (code.into(), message.into());
        Self {
            code,
            class,
            message,
            errors: Vec::new(),
            retry_after_ms: None,
            details: None,
            decided: false,
        }
    }

    /// Against the rules of a kind (422).
    #[must_use]
    pub fn rejected(code: impl Into<Cow<'static, str>>, message: impl Into<String>) -> Self {
        Self::new(RefusalClass::Rejected, code, message)
    }

    /// There is no such thing (404).
    #[must_use]
    pub fn not_found(code: impl Into<Cow<'static, str>>, message: impl Into<String>) -> Self {
        Self::new(RefusalClass::NotFound, code, message)
    }

    /// A part that is needed is away; worth another try after a second (503).
    #[must_use]
    pub fn unavailable(code: impl Into<Cow<'static, str>>, message: impl Into<String>) -> Self {
        Self::new(RefusalClass::Unavailable, code, message).retry_after(1_000)
    }

    /// What was begun in the world, and nobody knows what came of it (503, `effect_unknown`):
    /// asking again may do it twice.
    #[must_use]
    pub fn unknown(message: impl Into<String>) -> Self {
        let refusal = Self::new(RefusalClass::Unavailable, "effect_unknown", message);
        refusal.details(serde_json::json!({ "done": "unknown" }))
    }

    /// A fault of ours (500).
    #[must_use]
    pub fn internal(message: impl Into<String>) -> Self {
        Self::new(RefusalClass::Internal, "internal", message)
    }

    /// Names a field that is at fault.
    #[must_use]
    pub fn field(mut self, field: impl Into<String>, message: impl Into<String>) -> Self {
        self.errors.push(FieldError { field: field.into(), message: message.into() });
        self
    }

    /// Says when to try again.
    #[must_use]
    pub const fn retry_after(mut self, ms: u64) -> Self {
        self.retry_after_ms = Some(ms);
        self
    }

    /// Said by somebody who had looked whether the command is stored.
    #[must_use]
    pub const fn decided(mut self) -> Self {
        self.decided = true;
        self
    }

    /// Whether what was asked for may have been done, or be paid for, all the same: `details.done`
    /// says `failed` or `unknown`.
    #[must_use]
    pub fn may_be_done(&self) -> bool {
        let done = self.details.as_ref().and_then(|details| details["done"].as_str());
        matches!(done, Some("failed" | "unknown")) && self.class != RefusalClass::Overloaded
    }

    /// Adds facts for programs.
    #[must_use]
    pub fn details(mut self, details: Value) -> Self {
        self.details = Some(Box::new(details));
        self
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.code, self.message)?;
        for error in &self.errors {
            write!(f, "; {}: {}", error.field, error.message)?;
        }
        Ok(())
    }
}

impl std::error::Error for Refusal {}
