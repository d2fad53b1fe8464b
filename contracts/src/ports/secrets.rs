use super::Fut;
use crate::ids::{SecretName, Tenant};
use crate::refusal::Refusal;

/// The sealed secrets of tenants, as whoever performs effects opens them.
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
}
