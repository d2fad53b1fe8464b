//! Putting a new version of the master key over everything that lies under an older one.

use contracts::ports::Store;
use serde::Serialize;

use super::{MasterKey, VaultError};

/// What became of the values of a store.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Rotated {
    /// Values that lie under the newest version now.
    pub wrapped: usize,
    /// Values that did before.
    pub current: usize,
    /// Values that could not be opened, and were left as they are.
    pub unreadable: usize,
}

/// Attempts to change a value that somebody else changes, too.
const ATTEMPTS: usize = 8;

/// Puts the newest version of `key` over every value of `store`. Cut off, it goes on from where it
/// was when it is called again.
///
/// # Errors
/// The store's; [`VaultError::Contended`] when a value changes again and again.
pub async fn rotate(key: &MasterKey, store: &dyn Store) -> Result<Rotated, VaultError> {
    let mut rotated = Rotated::default();
    for name in store.names("").await? {
        let mut attempts = 0;
        while !renewed(key, store, &name, &mut rotated).await? {
            attempts += 1;
            if attempts == ATTEMPTS {
                return Err(VaultError::Contended);
            }
        }
    }
    Ok(rotated)
}

/// Whether the value was dealt with; false = it changed meanwhile.
async fn renewed(
    key: &MasterKey,
    store: &dyn Store,
    name: &str,
    rotated: &mut Rotated,
) -> Result<bool, VaultError> {
    let Some(found) = store.get(name).await? else { return Ok(true) };
    match key.rewrap(&found.value) {
        Ok(None) => rotated.current += 1,
        Ok(Some(value)) => {
            if store.update(name, value, found.revision).await?.is_none() {
                return Ok(false);
            }
            rotated.wrapped += 1;
        }
        Err(error) => {
            tracing::error!(name, %error, "vault.unreadable");
            rotated.unreadable += 1;
        }
    }
    Ok(true)
}
