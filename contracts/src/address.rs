//! Where an actor lives.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::ids::{ActorId, InvalidId, Kind, Tenant};
use crate::partition::Partition;

/// One actor: (tenant, kind, id).
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Address {
    /// Whose it is.
    pub tenant: Tenant,
    /// What it is.
    pub kind: Kind,
    /// Which one it is.
    pub id: ActorId,
}

impl Address {
    /// The actor `id` of `kind` in `tenant`.
    #[must_use]
    pub const fn new(tenant: Tenant, kind: Kind, id: ActorId) -> Self {
        Self { tenant, kind, id }
    }

    /// The share of all actors that this one belongs to.
    #[must_use]
    pub fn partition(&self) -> Partition {
        Partition::of(&self.tenant, &self.kind, &self.id)
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}/{}", self.tenant, self.kind, self.id)
    }
}

impl FromStr for Address {
    type Err = InvalidId;
    /// Reads `tenant/kind/id`.
    fn from_str(text: &str) -> Result<Self, InvalidId> {
        let mut parts = text.splitn(3, '/');
        let mut next = || parts.next().unwrap_or_default();
        Ok(Self { tenant: next().parse()?, kind: next().parse()?, id: next().parse()? })
    }
}
