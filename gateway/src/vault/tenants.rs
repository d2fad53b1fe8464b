//! The secrets of tenants, as whoever performs effects opens them.

use contracts::ports::{Fut, Secrets};
use contracts::{Principal, Refusal, Secret, SecretName, Tenant, Timestamp};

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

    fn seal<'a>(
        &'a self,
        tenant: &'a Tenant,
        name: &'a SecretName,
        value: &'a Secret,
        (by, now): (&'a Principal, Timestamp),
    ) -> Fut<'a, Result<(), Refusal>> {
        Box::pin(async move {
            let (at, value) = (name_of(tenant, name.as_str()), value.reveal().as_bytes());
            Self::seal(self, &at, value, by.as_str(), now).await?;
            Ok(())
        })
    }

    fn erase<'a>(
        &'a self,
        tenant: &'a Tenant,
        name: &'a SecretName,
    ) -> Fut<'a, Result<(), Refusal>> {
        Box::pin(async move {
            self.delete(&name_of(tenant, name.as_str())).await?;
            Ok(())
        })
    }
}
