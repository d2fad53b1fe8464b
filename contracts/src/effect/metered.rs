//! What a call to a model came to: kept with the event that concludes it, so that the ledger of all
//! spending is a fold of the log.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::ids::ActorId;
use crate::model::{Cost, Usage};

/// What a call to a model came to.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Metered {
    /// Who answered, or was asked, as `provider/model`.
    pub model: String,
    /// In tokens.
    pub usage: Usage,
    /// In money; left out when nobody knows the price.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cost: Option<Cost>,
    /// Nobody knows what came of it: the tokens are what it was thought to take at most.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub unknown: bool,
    /// Another model answered than was asked.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub degraded: bool,
    /// Whose account paid for it; left out when it was that of the settings.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub connector: Option<ActorId>,
    /// The budgets of the tenant that it was counted in.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub budgets: Vec<Charge>,
}

/// What a call came to in one budget.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Charge {
    /// Which.
    pub budget: ActorId,
    /// What was set aside, in its unit.
    pub reserved: u64,
}
