//! Attributes and elements as files of OpenDocument call them.

use std::collections::BTreeMap;
use std::str::FromStr;

/// The attributes of an element, by their names with their usual prefixes.
pub(super) struct Of<'a>(pub &'a BTreeMap<String, String>);

impl Of<'_> {
    /// What an attribute says.
    pub fn says(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str)
    }

    /// What an attribute says as a number.
    pub fn number<N: FromStr>(&self, name: &str) -> Option<N> {
        self.says(name)?.trim().parse().ok()
    }

    /// How often something is repeated; once where nothing is said.
    pub fn times(&self, name: &str) -> u32 {
        self.number(name).unwrap_or(1).max(1)
    }

    /// Whether an attribute says yes.
    pub fn is(&self, name: &str) -> bool {
        self.says(name) == Some("true")
    }
}
