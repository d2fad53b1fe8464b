//! A key that signs.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use contracts::{Hash, Refusal, Timestamp};
use ring::hmac;
use ring::rand::SystemRandom;
use ring::signature::{Ed25519KeyPair, KeyPair as _, RSA_PKCS1_SHA256, RsaKeyPair};
use rsa::pkcs8::EncodePrivateKey as _;
use serde::{Deserialize, Serialize};

use super::VerifyingKey;
use crate::auth::config::Algorithm;
use crate::auth::fault::Fault;

/// How long an RSA modulus is, in bits.
const RSA_BITS: usize = 2_048;

/// A private key.
pub enum Pair {
    /// Ed25519.
    Ed25519(Ed25519KeyPair),
    /// RSA.
    Rsa(Box<RsaKeyPair>),
    /// A shared secret.
    Secret(hmac::Key),
}

/// A private key with its name and its times.
pub struct SigningKey {
    /// What it is called in tokens.
    pub kid: String,
    /// With what it signs.
    pub algorithm: Algorithm,
    /// Since when there is such a key.
    pub made_at: Timestamp,
    /// From when on it signs: until then it is only published.
    pub signs_from: Timestamp,
    /// Since when another signs in its place.
    pub retired_at: Option<Timestamp>,
    /// The key itself.
    pub pair: Pair,
}

/// A key as it is kept, sealed as a whole.
#[derive(Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Kept {
    pub(super) kid: String,
    pub(super) algorithm: Algorithm,
    pub(super) made_at: Timestamp,
    pub(super) signs_from: Timestamp,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) retired_at: Option<Timestamp>,
    /// PKCS #8 as Base64.
    pkcs8: String,
}

fn fault(error: impl std::fmt::Display) -> Refusal {
    Refusal::internal(format!("a signing key cannot be made or read: {error}"))
}

impl Kept {
    /// A fresh key. Slow for RSA: not on a thread that others wait for.
    ///
    /// # Errors
    /// `internal` when the system gives no randomness.
    pub fn make(
        algorithm: Algorithm,
        made_at: Timestamp,
        signs_from: Timestamp,
    ) -> Result<Self, Refusal> {
        let pkcs8 = match algorithm {
            Algorithm::Eddsa => {
                let made = Ed25519KeyPair::generate_pkcs8(&SystemRandom::new()).map_err(fault)?;
                made.as_ref().to_vec()
            }
            Algorithm::Rs256 => {
                let mut chance = rsa::rand_core::OsRng;
                let made = rsa::RsaPrivateKey::new(&mut chance, RSA_BITS).map_err(fault)?;
                made.to_pkcs8_der().map_err(fault)?.as_bytes().to_vec()
            }
            Algorithm::Hs256 => return Err(fault("the secret comes from the settings")),
        };
        let mut kept = Self {
            kid: String::new(),
            algorithm,
            made_at,
            signs_from,
            retired_at: None,
            pkcs8: STANDARD.encode(pkcs8),
        };
        let public = kept.open()?.public().ok_or_else(|| fault("it has no public half"))?;
        let hash = Hash::of(public.to_jwk("", algorithm.name()).to_string().as_bytes());
        kept.kid = hash.to_string()[..16].to_owned();
        Ok(kept)
    }

    /// The key itself.
    ///
    /// # Errors
    /// `internal` when it is none.
    pub fn open(&self) -> Result<SigningKey, Refusal> {
        let pkcs8 = STANDARD.decode(&self.pkcs8).map_err(fault)?;
        let pair = match self.algorithm {
            Algorithm::Eddsa => Pair::Ed25519(Ed25519KeyPair::from_pkcs8(&pkcs8).map_err(fault)?),
            Algorithm::Rs256 => Pair::Rsa(Box::new(RsaKeyPair::from_pkcs8(&pkcs8).map_err(fault)?)),
            Algorithm::Hs256 => return Err(fault("secrets are not kept")),
        };
        Ok(SigningKey {
            kid: self.kid.clone(),
            algorithm: self.algorithm,
            made_at: self.made_at,
            signs_from: self.signs_from,
            retired_at: self.retired_at,
            pair,
        })
    }
}

impl SigningKey {
    /// The key that a secret of the settings is.
    #[must_use]
    pub fn of_secret(secret: &str) -> Self {
        let hash = Hash::of_parts("cambium hs256 kid v1", &[secret]);
        Self {
            kid: format!("hs-{}", &hash.to_string()[..16]),
            algorithm: Algorithm::Hs256,
            made_at: Timestamp::from_millis(0),
            signs_from: Timestamp::from_millis(0),
            retired_at: None,
            pair: Pair::Secret(hmac::Key::new(hmac::HMAC_SHA256, secret.as_bytes())),
        }
    }

    /// Its public half; a shared secret has none.
    #[must_use]
    pub fn public(&self) -> Option<VerifyingKey> {
        match &self.pair {
            Pair::Ed25519(pair) => Some(VerifyingKey::Ed25519(pair.public_key().as_ref().to_vec())),
            Pair::Rsa(pair) => {
                let key = rsa_parts(pair);
                Some(key)
            }
            Pair::Secret(_) => None,
        }
    }

    /// Signs a message.
    ///
    /// # Errors
    /// `internal` when the system gives no randomness.
    pub fn sign(&self, message: &[u8]) -> Result<Vec<u8>, Refusal> {
        match &self.pair {
            Pair::Ed25519(pair) => Ok(pair.sign(message).as_ref().to_vec()),
            Pair::Secret(key) => Ok(hmac::sign(key, message).as_ref().to_vec()),
            Pair::Rsa(pair) => {
                let mut signature = vec![0; pair.public().modulus_len()];
                let chance = SystemRandom::new();
                pair.sign(&RSA_PKCS1_SHA256, &chance, message, &mut signature).map_err(fault)?;
                Ok(signature)
            }
        }
    }

    /// Checks a signature that is said to be made by `algorithm`.
    ///
    /// # Errors
    /// [`Fault::Algorithm`] when this key does not sign so, [`Fault::Signature`].
    pub fn verify(&self, algorithm: &str, message: &[u8], signature: &[u8]) -> Result<(), Fault> {
        if algorithm != self.algorithm.name() {
            return Err(Fault::Algorithm);
        }
        match &self.pair {
            Pair::Secret(key) => {
                hmac::verify(key, message, signature).map_err(|_| Fault::Signature)
            }
            _ => {
                let public = self.public().ok_or(Fault::Key)?;
                public.verify(algorithm, message, signature)
            }
        }
    }
}

/// Modulus and exponent out of the DER of a public key: a sequence of two integers.
fn rsa_parts(pair: &RsaKeyPair) -> VerifyingKey {
    let components = ring::rsa::PublicKeyComponents::<Vec<u8>>::from(pair.public());
    VerifyingKey::Rsa { n: components.n, e: components.e, only: None }
}

#[cfg(test)]
mod tests {
    use contracts::Timestamp;

    use super::{Kept, SigningKey};
    use crate::auth::config::Algorithm;
    use crate::auth::fault::Fault;

    const NOW: Timestamp = Timestamp::from_millis(1_800_000_000_000);

    #[test]
    fn every_algorithm_signs_what_only_it_verifies() {
        let made = |algorithm| Kept::make(algorithm, NOW, NOW).unwrap().open().unwrap();
        let secret = "9f2c4be8a01d77e3c5b6840f1ea2d93b7c15";
        let keys = [made(Algorithm::Eddsa), made(Algorithm::Rs256), SigningKey::of_secret(secret)];
        for key in &keys {
            let (name, message) = (key.algorithm.name(), b"words");
            let signature = key.sign(message).unwrap();
            key.verify(name, message, &signature).unwrap();
            assert_eq!(key.verify(name, b"other", &signature), Err(Fault::Signature));
            for other in ["none", "None", "HS256", "RS256", "EdDSA", "ES256", ""] {
                if other != name {
                    assert_eq!(key.verify(other, message, &signature), Err(Fault::Algorithm));
                }
            }
            for stranger in keys.iter().filter(|it| it.kid != key.kid) {
                assert!(stranger.verify(name, message, &signature).is_err());
            }
        }
    }

    #[test]
    fn a_key_is_never_known_by_its_public_half_as_a_secret() {
        // Key confusion: what everybody can read, taken as the secret of HS256.
        let key = Kept::make(Algorithm::Rs256, NOW, NOW).unwrap().open().unwrap();
        let public = key.public().unwrap().to_jwk(&key.kid, "RS256").to_string();
        let forged = SigningKey::of_secret(&public).sign(b"words").unwrap();
        assert_eq!(key.verify("HS256", b"words", &forged), Err(Fault::Algorithm));
        assert_eq!(key.verify("RS256", b"words", &forged), Err(Fault::Signature));
    }
}
