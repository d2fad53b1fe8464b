//! Keys of principals: `ck_<id>_<secret>`. The key is shown once, to whom it is given; the system
//! keeps its BLAKE3, by which the directory knows whose it is.

use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

use contracts::caller::Identity;
use contracts::ports::{Fut, Guard};
use contracts::{CredentialId, Hash, Refusal, Timestamp};
use zeroize::Zeroizing;

use super::{Authenticator, Fault, Outside, Tokens, jws};
use crate::chance;
use crate::problem::codes;

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
    pub text: Zeroizing<String>,
    /// What is kept of it.
    pub hash: Hash,
}

impl FreshKey {
    /// The text of the key `id` from what follows the id in it, or from the whole of it.
    #[must_use]
    pub fn text_of(id: &str, secret: &str) -> String {
        if secret.starts_with(PREFIX) {
            secret.to_owned()
        } else {
            format!("{PREFIX}{id}_{secret}")
        }
    }

    /// Makes one of the system's randomness.
    ///
    /// # Errors
    /// `internal` when the system gives none.
    pub fn make() -> Result<Self, Refusal> {
        let bytes = Zeroizing::new(chance::bytes::<{ ID_BYTES + SECRET_BYTES }>()?);
        let id = format!("k{}", chance::hex(&bytes[..ID_BYTES]));
        let secret = Zeroizing::new(chance::hex(&bytes[ID_BYTES..]));
        let text = Zeroizing::new(format!("{PREFIX}{id}_{}", secret.as_str()));
        let id = CredentialId::new(id).map_err(|error| Refusal::internal(error.to_string()))?;
        let hash = Hash::of(text.as_bytes());
        Ok(Self { id, text, hash })
    }
}

/// The admin key, or whatever else comes first, the keys of principals, and tokens.
pub struct KeyRing {
    first: Arc<dyn Authenticator>,
    guard: Arc<dyn Guard>,
    tokens: Arc<Tokens>,
    outside: Arc<Outside>,
}

impl KeyRing {
    /// Asks `first`, then `guard`; of tokens `tokens`, or `outside` where they say they are from
    /// there.
    #[must_use]
    pub fn new(
        first: Arc<dyn Authenticator>,
        guard: Arc<dyn Guard>,
        tokens: Arc<Tokens>,
        outside: Arc<Outside>,
    ) -> Self {
        Self { first, guard, tokens, outside }
    }

    fn token(&self, text: &str) -> Result<Identity, Fault> {
        if self.outside.is_from_one(text) {
            self.outside.judge(text, now())
        } else {
            self.tokens.judge(text, now())
        }
    }
}

/// The time by this machine's clock.
#[must_use]
pub fn now() -> Timestamp {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    Timestamp::from_millis(i64::try_from(since.as_millis()).unwrap_or(i64::MAX))
}

impl Authenticator for KeyRing {
    fn authenticate(&self, credential: &str) -> Option<Identity> {
        if jws::looks_like(credential) {
            return self.token(credential).ok();
        }
        // Both are asked whatever the first says, so that the time tells nothing.
        let first = self.first.authenticate(credential);
        let holder = self.guard.holder(&Hash::of(credential.as_bytes()), now());
        first.or(holder)
    }

    fn judge(&self, credential: &str) -> Result<Identity, Refusal> {
        if jws::looks_like(credential) {
            return self.token(credential).map_err(|fault| fault.refusal());
        }
        self.authenticate(credential).ok_or_else(codes::unauthenticated)
    }

    fn prepare<'a>(&'a self, credential: &'a str) -> Fut<'a, ()> {
        Box::pin(async move {
            if !jws::looks_like(credential) {
                return;
            }
            if self.outside.is_from_one(credential) {
                self.outside.prepare(credential, now()).await;
            } else {
                self.tokens.prepare(credential, now()).await;
            }
        })
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
