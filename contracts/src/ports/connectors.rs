use super::Fut;
use crate::address::Address;
use crate::ids::{ActorId, Principal, Tenant};
use crate::kinds::connector::Tokens;
use crate::model::CircuitView;
use crate::refusal::Refusal;
use crate::secret::Secret;

/// What a service gave a user who was asked there.
#[derive(Debug, Clone)]
pub struct Grant {
    /// The code.
    pub code: Secret,
    /// What only who asked can know (PKCE).
    pub verifier: Secret,
    /// Where the user was sent back to.
    pub redirect_uri: String,
    /// Who was asked.
    pub by: Principal,
}

/// Accounts with services, as the edge needs them. Implemented by the runtime.
pub trait Connectors: Send + Sync {
    /// Makes tokens of a code and seals them.
    ///
    /// # Errors
    /// `oauth_refused`, `oauth_unavailable`, those of requests, and `connector_auth_mismatch`.
    fn exchange<'a>(&'a self, to: &'a Address, grant: Grant) -> Fut<'a, Result<Tokens, Refusal>>;

    /// How the circuit of an account stands on this node; `None` = it was not used here of late.
    fn circuit(&self, tenant: &Tenant, id: &ActorId) -> Option<CircuitView>;

    /// Closes the circuit of an account.
    fn reset_circuit(&self, tenant: &Tenant, id: &ActorId) -> Option<CircuitView>;
}
