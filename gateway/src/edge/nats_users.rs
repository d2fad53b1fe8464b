//! What the edge asks of the broker about users of tenants who speak to it directly.

use contracts::ports::Fut;
use contracts::{ActorId, Refusal, Tenant};
use serde_json::Value;

/// Users of the broker. No answer but that of [`NatsUsers::add`] has a password in it.
pub trait NatsUsers: Send + Sync {
    /// The users of a tenant: `{items: [{name, user, inbox_prefix, made_at}]}`.
    ///
    /// `nats_users_elsewhere` where the broker is an operator's, whose configuration lists them.
    fn list(&self, tenant: Tenant) -> Fut<'_, Result<Value, Refusal>>;

    /// Makes one: `{name, user, inbox_prefix, made_at, password, url, snippet}`; with a snippet it
    /// is let in once the operator of the broker has put that into its configuration.
    ///
    /// `nats_user_exists`.
    fn add(&self, tenant: Tenant, name: ActorId) -> Fut<'_, Result<Value, Refusal>>;

    /// Ends one and closes its connections: `{name}`.
    ///
    /// `nats_user_not_found`, `nats_users_elsewhere`.
    fn revoke(&self, tenant: Tenant, name: ActorId) -> Fut<'_, Result<Value, Refusal>>;
}
