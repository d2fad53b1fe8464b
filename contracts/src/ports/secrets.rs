use super::Fut;
use crate::ids::{Principal, SecretName, Tenant};
use crate::refusal::Refusal;
use crate::secret::Secret;
use crate::time::Timestamp;

/// The sealed secrets of tenants, as whoever performs effects opens and keeps them.
pub trait Secrets: Send + Sync {
    /// What the secret of that name is; `None` = the tenant has none.
    ///
    /// # Errors
    /// `secret_sealed` when it cannot be opened, and the store's.
    fn open<'a>(
        &'a self,
        tenant: &'a Tenant,
        name: &'a SecretName,
    ) -> Fut<'a, Result<Option<Vec<u8>>, Refusal>>;

    /// Gives the secret of that name a value, on somebody's word at that time.
    ///
    /// # Errors
    /// The store's.
    fn seal<'a>(
        &'a self,
        tenant: &'a Tenant,
        name: &'a SecretName,
        value: &'a Secret,
        on: (&'a Principal, Timestamp),
    ) -> Fut<'a, Result<(), Refusal>>;

    /// Erases the secret of that name; one that is not there is erased.
    ///
    /// # Errors
    /// The store's.
    fn erase<'a>(
        &'a self,
        tenant: &'a Tenant,
        name: &'a SecretName,
    ) -> Fut<'a, Result<(), Refusal>>;
}
