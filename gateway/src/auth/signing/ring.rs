//! All keys at one moment.

use contracts::Timestamp;
use serde_json::{Value, json};

use super::SigningKey;
use crate::auth::config::Algorithm;

/// The keys of this system. Never changes.
#[derive(Default)]
pub struct Ring {
    /// The oldest first.
    pub keys: Vec<SigningKey>,
}

impl Ring {
    /// The key that signs now: the newest of `algorithm` that has begun to.
    #[must_use]
    pub fn signer(&self, algorithm: Algorithm, now: Timestamp) -> Option<&SigningKey> {
        let own = self.keys.iter().filter(|key| key.algorithm == algorithm);
        own.filter(|key| key.signs_from <= now).max_by_key(|key| key.signs_from)
    }

    /// The key of this name.
    #[must_use]
    pub fn named(&self, kid: &str) -> Option<&SigningKey> {
        self.keys.iter().find(|key| key.kid == kid)
    }

    /// The public keys as a JWK set (RFC 7517).
    #[must_use]
    pub fn jwks(&self) -> Value {
        let keys = self.keys.iter().filter_map(|key| {
            let public = key.public()?;
            Some(public.to_jwk(&key.kid, key.algorithm.name()))
        });
        json!({ "keys": keys.collect::<Vec<_>>() })
    }

    /// What operators see of the keys.
    #[must_use]
    pub fn shown(&self, algorithm: Algorithm, now: Timestamp) -> Value {
        let signer = self.signer(algorithm, now).map(|key| key.kid.clone());
        let items = self.keys.iter().map(|key| {
            let state = if Some(&key.kid) == signer.as_ref() {
                "signs"
            } else if key.signs_from > now {
                "published"
            } else {
                "verifies"
            };
            json!({
                "id": key.kid, "algorithm": key.algorithm.name(), "state": state,
                "made_at": key.made_at, "signs_from": key.signs_from,
                "retired_at": key.retired_at,
            })
        });
        json!({ "items": items.collect::<Vec<_>>() })
    }
}
