//! The smallest words of A2A: states, parts, messages.

use contracts::model::{ImageSource, Role, Turn};
use serde_json::{Value, json};

/// Where a task stands.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum State {
    /// It was taken, and nobody works on it yet.
    #[default]
    Submitted,
    /// It goes on.
    Working,
    /// It waits for somebody: the caller's tools, or a yes.
    InputRequired,
    /// It has answered.
    Completed,
    /// It failed.
    Failed,
    /// It was cancelled.
    Canceled,
    /// A rule did not let it happen.
    Rejected,
}

impl State {
    /// All of them.
    pub const ALL: [Self; 7] = [
        Self::Submitted,
        Self::Working,
        Self::InputRequired,
        Self::Completed,
        Self::Failed,
        Self::Canceled,
        Self::Rejected,
    ];

    /// Its name on the wire.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Submitted => "TASK_STATE_SUBMITTED",
            Self::Working => "TASK_STATE_WORKING",
            Self::InputRequired => "TASK_STATE_INPUT_REQUIRED",
            Self::Completed => "TASK_STATE_COMPLETED",
            Self::Failed => "TASK_STATE_FAILED",
            Self::Canceled => "TASK_STATE_CANCELED",
            Self::Rejected => "TASK_STATE_REJECTED",
        }
    }

    /// The state of a run that ended with `code`.
    #[must_use]
    pub fn of_failure(code: &str) -> Self {
        if RULES.contains(&code) { Self::Rejected } else { Self::Failed }
    }

    /// Whether nothing more will happen.
    #[must_use]
    pub const fn is_over(self) -> bool {
        matches!(self, Self::Completed | Self::Failed | Self::Canceled | Self::Rejected)
    }
}

/// Codes that say that a rule, not a fault, ended a run.
const RULES: &[&str] = &[
    "approval_rejected",
    "budget_exceeded",
    "budget_price_unknown",
    "budget_unset",
    "forbidden",
    "policy_denied",
    "quota_exceeded",
];

/// Words as a part.
#[must_use]
pub fn text_part(text: &str) -> Value {
    json!({ "text": text, "mediaType": "text/plain" })
}

/// A value as a part.
pub fn data_part(data: &Value) -> Value {
    json!({ "data": data, "mediaType": "application/json" })
}

/// What somebody said, as a message; `None` for what only the model is told.
pub fn message(turn: &Turn, id: &str) -> Option<Value> {
    let role = match turn.role {
        Role::User => "ROLE_USER",
        Role::Assistant => "ROLE_AGENT",
        Role::System | Role::Tool => return None,
    };
    let mut parts = Vec::new();
    if !turn.content.is_empty() || turn.images.is_empty() {
        parts.push(text_part(&turn.content));
    }
    parts.extend(turn.images.iter().map(|image| match &image.source {
        ImageSource::Url(url) => json!({ "url": url, "mediaType": image.media_type }),
        ImageSource::Inline(data) => json!({ "raw": data, "mediaType": image.media_type }),
        // Whoever sent it has it; here it is named.
        ImageSource::Blob(hash) => {
            json!({ "url": format!("blake3:{hash}"), "mediaType": image.media_type })
        }
    }));
    Some(json!({ "messageId": id, "role": role, "parts": parts }))
}
