//! Who asks.

use serde::{Deserialize, Serialize};

use crate::ids::{Principal, Tenant};

/// By which road a command came.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
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
    /// Who acts.
    pub principal: Principal,
    /// By which road.
    pub origin: Origin,
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
        Self { principal, origin }
    }

    /// The runtime itself.
    #[must_use]
    pub const fn runtime() -> Self {
        Self::new(Self::RUNTIME, Origin::Runtime)
    }
}

/// What a checked credential entitles to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Identity {
    /// Who it is.
    pub principal: Principal,
    /// The one tenant it may enter; `None` = any.
    pub tenant: Option<Tenant>,
}

impl Identity {
    /// Whether this identity may act in `tenant`.
    #[must_use]
    pub fn may_enter(&self, tenant: &Tenant) -> bool {
        self.tenant.as_ref().is_none_or(|own| own == tenant)
    }
}
