//! Tools that others have: what a model was told of them stands with its answer, so that a replay
//! asks nobody.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::hash::Hash;

/// The tools of sources that a request used.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct RemoteTools {
    /// Where it is kept what the model was told of them: a list of tools, as JSON.
    #[schemars(with = "String")]
    pub told: Hash,
    /// Those of them whose calls may be made again, as their sources say.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub repeatable: Vec<String>,
}
