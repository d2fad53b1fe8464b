//! Keys of principals: `ck_<id>_<secret>`. The key is shown once, to whom it is given; the system
//! keeps its BLAKE3, by which the directory knows whose it is.

use std::fmt::Write as _;
use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

use contracts::caller::Identity;
use contracts::ports::Guard;
use contracts::{CredentialId, Hash, Refusal, Timestamp};

use super::Authenticator;

/// What every key of this program begins with, so that a leaked one can be found by its look.
pub const PREFIX: &str = "ck_";
/// Random bytes of a key's id.
const ID_BYTES: usize = 6;
/// Random bytes of a key's secret.
const SECRET_BYTES: usize = 32;

/// A key that nobody has had.
pub struct FreshKey {
    /// What it is called: the part that everybody may see.
    pub id: CredentialId,
    /// The key itself, for its holder alone.
    pub text: String,
    /// What is kept of it.
    pub hash: Hash,
}

impl FreshKey {
    /// Makes one of the system's randomness.
    ///
    /// # Errors
    /// `internal` when the system gives none.
    pub fn make() -> Result<Self, Refusal> {
        let mut bytes = [0_u8; ID_BYTES + SECRET_BYTES];
        getrandom::fill(&mut bytes).map_err(|_| Refusal::internal("there is no randomness"))?;
        let hex = |bytes: &[u8]| {
            bytes.iter().fold(String::new(), |mut text, byte| {
                let _ = write!(text, "{byte:02x}");
                text
            })
        };
        let id = format!("k{}", hex(&bytes[..ID_BYTES]));
        let text = format!("{PREFIX}{id}_{}", hex(&bytes[ID_BYTES..]));
        let id = CredentialId::new(id).map_err(|error| Refusal::internal(error.to_string()))?;
        let hash = Hash::of(text.as_bytes());
        Ok(Self { id, text, hash })
    }
}

/// The admin key, or whatever else comes first, and the keys of principals.
pub struct KeyRing {
    first: Arc<dyn Authenticator>,
    guard: Arc<dyn Guard>,
}

impl KeyRing {
    /// Asks `first`, then `guard`.
    #[must_use]
    pub fn new(first: Arc<dyn Authenticator>, guard: Arc<dyn Guard>) -> Self {
        Self { first, guard }
    }
}

impl Authenticator for KeyRing {
    fn authenticate(&self, credential: &str) -> Option<Identity> {
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        let now = Timestamp::from_millis(i64::try_from(since.as_millis()).unwrap_or(i64::MAX));
        // Both are asked whatever the first says, so that the time tells nothing.
        let first = self.first.authenticate(credential);
        let holder = self.guard.holder(&Hash::of(credential.as_bytes()), now);
        first.or(holder)
    }
}

#[cfg(test)]
mod tests {
    use contracts::Hash;

    use super::FreshKey;

    #[test]
    fn keys_are_never_alike_and_only_their_hash_is_kept() {
        let (one, other) = (FreshKey::make().unwrap(), FreshKey::make().unwrap());
        assert_ne!(one.text, other.text);
        assert_ne!(one.id, other.id);
        assert!(one.text.starts_with(&format!("ck_{}_", one.id)));
        assert_eq!(one.text.len(), 3 + 13 + 1 + 64);
        assert_eq!(one.hash, Hash::of(one.text.as_bytes()));
    }
}
