use std::fmt;

use contracts::kinds::policy::{RiskClass, Severity};
use serde::{Deserialize, Serialize};

/// Something in an input that looks dangerous. Never holds what was found, which may be a secret.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Finding {
    /// Its class.
    pub class: RiskClass,
    /// How bad it is.
    pub severity: Severity,
    /// What was recognised, such as `union_select`.
    pub signal: String,
    /// Where: the names on the way to it, joined by dots.
    pub field: String,
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (class, severity) = (self.class.as_str(), self.severity.as_str());
        write!(f, "{class} of severity {severity} ({})", self.signal)?;
        if self.field.is_empty() { Ok(()) } else { write!(f, " in {}", self.field) }
    }
}
