//! The secrets of tenants, as whoever performs effects opens them.

use contracts::ports::{Fut, Secrets};
use contracts::{Refusal, SecretName, Tenant};

use super::Vault;

/// What a secret of a tenant is called in the vault.
#[must_use]
pub fn name_of(tenant: &Tenant, name: &str) -> String {
    format!("tenant/{tenant}/{name}")
}

impl Secrets for Vault {
    fn open<'a>(
        &'a self,
        tenant: &'a Tenant,
        name: &'a SecretName,
    ) -> Fut<'a, Result<Option<Vec<u8>>, Refusal>> {
        Box::pin(async move { Ok(Self::open(self, &name_of(tenant, name.as_str())).await?) })
    }
}
