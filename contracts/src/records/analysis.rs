use serde::{Deserialize, Serialize};

use super::signal::Level;
use crate::ids::Cursor;
use crate::time::Timestamp;

/// What many lines of logs come to, without a model.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Analysis {
    /// One or two sentences.
    pub summary: String,
    /// How many lines were read.
    pub lines: usize,
    /// How many of them are errors or worse.
    pub errors: usize,
    /// How many are warnings.
    pub warnings: usize,
    /// What stands out, the worst first.
    pub findings: Vec<Finding>,
    /// The lines by what they have in common, the most frequent first.
    pub patterns: Vec<MessagePattern>,
}

/// How bad something is that stands out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    /// Look now.
    Critical,
    /// Look soon.
    Warning,
    /// Good to know.
    Info,
}

/// Why something stands out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FindingKind {
    /// An error that was not there in the first half of the time.
    NewError,
    /// Far more at once than at other times.
    Spike,
    /// Most of the errors are of one of several services.
    TopOffender,
}

/// Something that stands out.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Finding {
    /// Why.
    pub kind: FindingKind,
    /// How bad it is.
    pub severity: Severity,
    /// One sentence.
    pub text: String,
    /// How many lines it is about.
    pub count: usize,
    /// Of which services.
    pub services: Vec<String>,
    /// Since when.
    pub at: Timestamp,
    /// What the lines have in common; `None` = it is about different ones.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pattern: Option<String>,
    /// A text that finds such lines.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub search: Option<String>,
}

/// Lines that differ in numbers, ids and quoted words alone.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct MessagePattern {
    /// What they have in common, `*` for the rest.
    pub pattern: String,
    /// How bad they are.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub level: Option<Level>,
    /// How many.
    pub count: usize,
    /// Of which services.
    pub services: Vec<String>,
    /// When the first one was.
    pub first: Timestamp,
    /// When the last one was.
    pub last: Timestamp,
    /// Where the last one stands.
    pub sample: Cursor,
}
