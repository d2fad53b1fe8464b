//! A master key that everybody knows.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use contracts::ports::{Fut, PortError, Secrets, Store, Wrap};
use contracts::{Hash, Principal, Refusal, Secret, SecretName, Tenant, Timestamp};

/// Wraps keys for no one; the keys that it makes are none that anybody should use.
#[derive(Debug, Default)]
pub struct OpenWrap(AtomicU64);

impl Wrap for OpenWrap {
    fn fresh(&self) -> Result<[u8; 32], PortError> {
        let number = self.0.fetch_add(1, Ordering::Relaxed);
        Ok(Hash::of(&number.to_le_bytes()).0)
    }

    fn wrap(&self, context: &str, key: &[u8; 32]) -> Result<Vec<u8>, PortError> {
        let mac = Hash::keyed(key, context.as_bytes());
        Ok([key.as_slice(), mac.0.as_slice()].concat())
    }

    fn unwrap(&self, context: &str, wrapped: &[u8]) -> Result<[u8; 32], PortError> {
        let (key, mac) = wrapped.split_first_chunk::<32>().ok_or_else(damaged)?;
        let same = Hash::keyed(key, context.as_bytes()).0 == *mac;
        same.then_some(*key).ok_or_else(damaged)
    }
}

fn damaged() -> PortError {
    PortError::Damaged("no wrapped key".to_owned())
}

/// Secrets that everybody can read: what a store keeps at `<tenant>/<name>`, as it is.
pub struct PlainSecrets(pub Arc<dyn Store>);

impl Secrets for PlainSecrets {
    fn open<'a>(
        &'a self,
        tenant: &'a Tenant,
        name: &'a SecretName,
    ) -> Fut<'a, Result<Option<Vec<u8>>, Refusal>> {
        Box::pin(async move {
            let found = self.0.get(&format!("{tenant}/{name}")).await?;
            Ok(found.map(|found| found.value))
        })
    }

    fn seal<'a>(
        &'a self,
        tenant: &'a Tenant,
        name: &'a SecretName,
        value: &'a Secret,
        _: (&'a Principal, Timestamp),
    ) -> Fut<'a, Result<(), Refusal>> {
        Box::pin(async move {
            let (at, value) = (format!("{tenant}/{name}"), value.reveal().as_bytes().to_vec());
            match self.0.get(&at).await? {
                Some(found) => self.0.update(&at, value, found.revision).await?,
                None => self.0.create(&at, value, None).await?,
            };
            Ok(())
        })
    }

    fn erase<'a>(
        &'a self,
        tenant: &'a Tenant,
        name: &'a SecretName,
    ) -> Fut<'a, Result<(), Refusal>> {
        Box::pin(async move {
            let at = format!("{tenant}/{name}");
            if let Some(found) = self.0.get(&at).await? {
                self.0.delete(&at, found.revision).await?;
            }
            Ok(())
        })
    }
}
