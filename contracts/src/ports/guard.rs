use super::Fut;
use crate::access::Rights;
use crate::caller::Identity;
use crate::hash::Hash;
use crate::ids::{ActorId, Cursor, Kind, Principal, Tenant};
use crate::refusal::Refusal;
use crate::time::Timestamp;

/// Somebody in a tenant.
#[derive(Debug, Clone)]
pub struct Entrance {
    /// What it is called there: a name of the tenant, or `name@home`.
    pub principal: Principal,
    /// What it may do there, narrowed to what its credential carries.
    pub rights: Rights,
}

/// Who is known, and what each may: the directory as the edge asks it. Answers from memory.
pub trait Guard: Send + Sync {
    /// Who `identity` is in `tenant`; `None` = nobody there, so that to it the tenant does not
    /// exist.
    fn enter(&self, identity: &Identity, tenant: &Tenant, now: Timestamp) -> Option<Entrance>;

    /// How many requests a minute the plan of `tenant` lets into it; `None` = as many as the
    /// settings say.
    fn requests_per_minute(&self, tenant: &Tenant) -> Option<u32>;

    /// Whose key has the BLAKE3 `key`; `None` = nobody's, or it was revoked, has expired, or its
    /// principal may do nothing.
    fn holder(&self, key: &Hash, now: Timestamp) -> Option<Identity>;

    /// Whether `identity` still is somebody: registered, not suspended, and what it came with, a
    /// key or a session, still counts. Says nothing about what it may.
    fn stands(&self, identity: &Identity, now: Timestamp) -> bool;

    /// Whether no kill switch holds up `tenant` as a whole or, of an actor, that one.
    ///
    /// # Errors
    /// `kill_switch_engaged`.
    fn ensure_moving(
        &self,
        tenant: &Tenant,
        actor: Option<(&Kind, &ActorId)>,
    ) -> Result<(), Refusal>;

    /// Whether nobody at all is registered, in any tenant.
    fn is_empty(&self) -> bool;

    /// Resolves once everything up to `cursor` is known.
    fn reached(&self, cursor: Cursor) -> Fut<'static, ()>;

    /// Resolves once somebody was given or has lost something after this was called.
    fn changed(&self) -> Fut<'static, ()>;
}
