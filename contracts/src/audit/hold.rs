use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::ids::{ActorId, Tenant};
use crate::time::Timestamp;

/// Records that nobody may purge, whatever their age: those of a tenant, of one class or of all, of
/// one principal or of everybody.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hold {
    /// What it is called: where its record stands in the stream.
    pub id: String,
    /// Whose records.
    pub tenant: Tenant,
    /// Of which class; `None` = of all.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub class: Option<ActorId>,
    /// About whom; `None` = about everybody.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub principal: Option<String>,
    /// Why.
    pub reason: String,
    /// Who said so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub by: Option<String>,
    /// When.
    pub at: Timestamp,
}

/// What a record of the class `hold` says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "change", rename_all = "snake_case")]
pub enum HoldChange {
    /// From now on these are held.
    Hold {
        /// Of which class; `None` = of all.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        class: Option<ActorId>,
        /// About whom; `None` = about everybody.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        principal: Option<String>,
    },
    /// This hold holds no longer.
    Release {
        /// Which.
        hold: String,
    },
}

/// How long records of a class are kept in a tenant, when it says so itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Retention {
    /// Of which class.
    pub class: ActorId,
    /// For how many days; `None` = as the program is set up.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub days: Option<u32>,
}
