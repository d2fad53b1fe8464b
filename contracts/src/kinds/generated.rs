//! Which model made a text: shown beside it, so that a built-in answer is never taken for more.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::model::{LOCAL_MODEL, LOCAL_PROVIDER, ModelResponse};

/// Who made a text.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct GeneratedBy {
    /// The provider: `local` = the built-in rules, no large model.
    pub provider: String,
    /// The model, such as `local/rules`.
    pub model: String,
}

impl GeneratedBy {
    /// Who gave `response`.
    #[must_use]
    pub fn of(response: &ModelResponse) -> Self {
        Self { provider: response.provider.clone(), model: response.model.clone() }
    }

    /// The built-in model.
    #[must_use]
    pub fn local() -> Self {
        Self { provider: LOCAL_PROVIDER.to_owned(), model: LOCAL_MODEL.to_owned() }
    }
}
