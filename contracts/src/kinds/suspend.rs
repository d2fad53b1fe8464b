//! Holding somebody up: the same question to a principal and to an organization.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Input of `suspend`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Suspend {
    /// Why, for people.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 256))]
    pub reason: Option<String>,
}
