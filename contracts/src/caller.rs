//! Who asks.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::access::SYSTEM;
use crate::ids::{CredentialId, Principal, Tenant};

/// By which road a command came.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Origin {
    /// The HTTP edge: REST, SSE, WebSocket.
    Http,
    /// A NATS client of the tenant.
    Nats,
    /// The runtime itself: outcomes, deadlines, attempts.
    Runtime,
}

/// Whose word a command is. Made by the edge or the runtime, never by the body of a request.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Caller {
    /// Who acts: a name of the tenant, or `name@home` of a member whose home is elsewhere.
    pub principal: Principal,
    /// By which road.
    pub origin: Origin,
    /// The key or session that it came with, when it narrows what the principal may.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub credential: Option<CredentialId>,
}

impl Caller {
    /// The holder of the admin key.
    pub const ADMIN: Principal = Principal::from_static("admin");
    /// Whoever may publish on a tenant's `cmd.` subjects.
    pub const PUBLISHER: Principal = Principal::from_static("publisher");
    /// The runtime.
    pub const RUNTIME: Principal = Principal::from_static("runtime");

    /// `principal`, come by `origin`.
    #[must_use]
    pub const fn new(principal: Principal, origin: Origin) -> Self {
        Self { principal, origin, credential: None }
    }

    /// The same, come with `credential`.
    #[must_use]
    pub fn with(mut self, credential: Option<CredentialId>) -> Self {
        self.credential = credential;
        self
    }

    /// The runtime itself.
    #[must_use]
    pub const fn runtime() -> Self {
        Self::new(Self::RUNTIME, Origin::Runtime)
    }
}

/// Names that no principal may take: they mean something in every tenant.
pub const RESERVED: [Principal; 3] = [Caller::ADMIN, Caller::PUBLISHER, Caller::RUNTIME];

impl Principal {
    /// The name at home, without the home.
    #[must_use]
    pub fn name(&self) -> &str {
        self.as_str().split_once('@').map_or(self.as_str(), |(name, _)| name)
    }

    /// The home, when it is told: the principal is a stranger where it is called so.
    #[must_use]
    pub fn home(&self) -> Option<&str> {
        self.as_str().split_once('@').map(|(_, home)| home)
    }
}

/// Who presents a checked credential.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Identity {
    /// Who it is, by the name at home.
    pub principal: Principal,
    /// Where it is at home; `None` = the holder of the admin key, who is at home everywhere.
    pub tenant: Option<Tenant>,
    /// The key or session that was presented, when it is the principal's own.
    pub credential: Option<CredentialId>,
}

impl Identity {
    /// The holder of the admin key.
    #[must_use]
    pub const fn admin() -> Self {
        Self { principal: Caller::ADMIN, tenant: None, credential: None }
    }

    /// The principal `principal` of `tenant`, come with `credential`.
    #[must_use]
    pub const fn of(
        tenant: Tenant,
        principal: Principal,
        credential: Option<CredentialId>,
    ) -> Self {
        Self { principal, tenant: Some(tenant), credential }
    }

    /// What this identity is called in `tenant`; `None` when that is no name at all.
    #[must_use]
    pub fn called_in(&self, tenant: &Tenant) -> Option<Principal> {
        match &self.tenant {
            None => Some(self.principal.clone()),
            Some(home) if home == tenant => Some(self.principal.clone()),
            Some(home) => Principal::new(format!("{}@{home}", self.principal)).ok(),
        }
    }

    /// Whether what it does in `tenant` is done in somebody else's house by the system's own right.
    #[must_use]
    pub fn crosses_into(&self, tenant: &Tenant) -> bool {
        self.tenant.as_ref().is_none_or(|home| *home == SYSTEM && home != tenant)
    }
}
