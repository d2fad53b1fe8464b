use serde::{Deserialize, Serialize};

use super::record::{AuditRecord, Outcome};
use crate::hash::Hash;
use crate::ids::{ActorId, Cursor, Tenant};
use crate::time::Timestamp;

/// A record as the API tells it: `{cursor, hash, …}`, and all that the record says.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct AuditRow {
    /// Where it stands.
    pub cursor: Cursor,
    /// The hash of its chain up to it.
    pub hash: Hash,
    /// What it says.
    #[serde(flatten)]
    pub record: AuditRecord,
}

/// Which records are wanted. All that is given must fit.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AuditQuery {
    /// Whose; `None` = of all tenants.
    pub tenant: Option<Tenant>,
    /// Of which class.
    pub class: Option<ActorId>,
    /// About whom.
    pub principal: Option<String>,
    /// About which actor, as `kind/id`.
    pub actor: Option<String>,
    /// With which code.
    pub code: Option<String>,
    /// With which outcome.
    pub outcome: Option<Outcome>,
    /// From when on.
    pub from: Option<Timestamp>,
    /// Until before when.
    pub until: Option<Timestamp>,
    /// What stands in it, whatever the case.
    pub text: Option<String>,
    /// Behind which one.
    pub after: Option<Cursor>,
    /// How many at most.
    pub items_max: usize,
    /// The newest first; otherwise the oldest.
    pub newest_first: bool,
}
