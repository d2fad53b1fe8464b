//! How a verb can end other than well.

use std::borrow::Cow;
use std::fmt;

use contracts::FieldError;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::codes;
use crate::packs::PackError;
use crate::settings::SettingsError;

/// Why a verb did not do what was asked, and with which exit code it ends.
#[derive(Debug)]
pub enum Failure {
    /// The server said no (1).
    Refused(Box<Problem>),
    /// It failed here (1).
    Failed(String),
    /// It failed here, in a way that has a page of its own.
    Coded {
        /// The stable code.
        code: Cow<'static, str>,
        /// What went wrong.
        reason: String,
        /// The exit code.
        exit: u8,
    },
    /// It failed, and the output already says how (1).
    Told,
    /// The arguments or the settings make no sense (2).
    Usage(String),
    /// The server cannot be reached (3).
    Unreachable {
        /// Where it was looked for.
        url: String,
        /// What went wrong.
        reason: String,
    },
    /// Nobody reads the output any more, such as after `| head` (0).
    Closed,
}

impl Failure {
    /// The exit code.
    #[must_use]
    pub const fn code(&self) -> u8 {
        match self {
            Self::Closed => 0,
            Self::Coded { exit, .. } => *exit,
            Self::Refused(_) | Self::Failed(_) | Self::Told => 1,
            Self::Usage(_) => 2,
            Self::Unreachable { .. } => 3,
        }
    }
}

impl Failure {
    /// What a program that cannot start or go on says of itself.
    #[must_use]
    pub fn of(error: &anyhow::Error) -> Self {
        let (code, reason) = (codes::of(error), format!("{error:#}"));
        Self::Coded { code, reason, exit: 1 }
    }

    /// The stable code; each has a page in `docs/errors`, but those of an answer that is not ours.
    #[must_use]
    pub fn named(&self) -> &str {
        match self {
            Self::Refused(problem) => &problem.code,
            Self::Coded { code, .. } => code,
            Self::Failed(_) | Self::Told | Self::Closed => codes::FAILED,
            Self::Usage(_) => codes::USAGE,
            Self::Unreachable { .. } => codes::UNREACHABLE,
        }
    }

    /// What went wrong, without the code.
    #[must_use]
    pub fn reason(&self) -> String {
        match self {
            Self::Refused(problem) => problem.detail.clone(),
            Self::Failed(reason) | Self::Usage(reason) | Self::Coded { reason, .. } => {
                reason.clone()
            }
            Self::Unreachable { url, reason } => format!("no answer from {url}: {reason}"),
            Self::Told | Self::Closed => String::new(),
        }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Told | Self::Closed => Ok(()),
            other => write!(f, "{}: {}", other.named(), other.reason()),
        }
    }
}

impl From<SettingsError> for Failure {
    fn from(error: SettingsError) -> Self {
        let code = match &error {
            SettingsError::Weak { .. } => codes::SECRET_WEAK.into(),
            _ => codes::SETTINGS.into(),
        };
        let reason = error.to_string();
        Self::Coded { code, reason, exit: 2 }
    }
}

impl From<PackError> for Failure {
    fn from(error: PackError) -> Self {
        Self::Coded { code: error.code().into(), reason: error.to_string(), exit: 1 }
    }
}

impl From<std::io::Error> for Failure {
    fn from(error: std::io::Error) -> Self {
        if error.kind() == std::io::ErrorKind::BrokenPipe {
            Self::Closed
        } else {
            Self::Failed(error.to_string())
        }
    }
}

/// An `application/problem+json` answer, as far as people want to see it.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Problem {
    /// Where the docs of the code are.
    #[serde(default, rename = "type")]
    pub docs: String,
    /// The HTTP status.
    #[serde(default)]
    pub status: u16,
    /// The stable code.
    #[serde(default)]
    pub code: String,
    /// One sentence.
    #[serde(default)]
    pub detail: String,
    /// Which fields are at fault.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub errors: Vec<FieldError>,
    /// Where it stands in the server's telemetry.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub trace_id: Option<String>,
    /// Facts for programs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub details: Option<Value>,
}

impl Problem {
    /// Reads the body of an answer with an error status; a body of another shape, such as a
    /// proxy's page, becomes a problem too. Status 0 = as the body says.
    #[must_use]
    pub fn read(status: u16, body: &[u8]) -> Self {
        let parsed: Option<Self> = contracts::read::from_slice(body).ok();
        if let Some(problem) = parsed.filter(|problem| !problem.code.is_empty()) {
            let status = if status == 0 { problem.status } else { status };
            return Self { status, ..problem };
        }
        let text: String = String::from_utf8_lossy(body).chars().take(200).collect();
        Self {
            docs: String::new(),
            status,
            code: format!("http_{status}"),
            detail: if text.trim().is_empty() { "no explanation".to_owned() } else { text },
            errors: Vec::new(),
            trace_id: None,
            details: None,
        }
    }

    /// As JSON, for `--json`.
    #[must_use]
    pub fn to_json(&self) -> Value {
        serde_json::to_value(self).unwrap_or_default()
    }

    /// The page that explains the code.
    #[must_use]
    pub fn page(&self) -> Option<String> {
        if self.code.starts_with("http_") {
            return None;
        }
        let useful = !self.docs.is_empty() && self.docs != "about:blank";
        Some(if useful { self.docs.clone() } else { format!("docs/errors/{}.md", self.code) })
    }
}
