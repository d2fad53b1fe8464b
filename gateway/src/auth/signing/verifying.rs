//! Public keys, ours and those of outside issuers.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ring::signature::{
    ECDSA_P256_SHA256_FIXED, ECDSA_P384_SHA384_FIXED, ED25519, RSA_PKCS1_2048_8192_SHA256,
    RSA_PKCS1_2048_8192_SHA384, RSA_PKCS1_2048_8192_SHA512, RSA_PSS_2048_8192_SHA256,
    RSA_PSS_2048_8192_SHA384, RSA_PSS_2048_8192_SHA512, RsaParameters, RsaPublicKeyComponents,
    UnparsedPublicKey, VerificationAlgorithm,
};
use serde_json::{Value, json};

use crate::auth::fault::Fault;

/// A public key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum VerifyingKey {
    /// Ed25519: the point.
    Ed25519(Vec<u8>),
    /// RSA: modulus and exponent, big-endian.
    Rsa {
        /// The modulus.
        n: Vec<u8>,
        /// The exponent.
        e: Vec<u8>,
        /// The one algorithm that it is for; `None` = any with RSA.
        only: Option<String>,
    },
    /// P-256: the point, uncompressed.
    P256(Vec<u8>),
    /// P-384: the point, uncompressed.
    P384(Vec<u8>),
}

impl VerifyingKey {
    /// The key of a JWK (RFC 7517); `None` = of no sort that signatures are checked with here. A
    /// shared secret never is: whoever can check with it can also sign.
    #[must_use]
    pub fn of_jwk(jwk: &Value) -> Option<Self> {
        if jwk["use"].as_str().is_some_and(|r#use| r#use != "sig") {
            return None;
        }
        let bytes = |name: &str| URL_SAFE_NO_PAD.decode(jwk[name].as_str()?).ok();
        let key = match (jwk["kty"].as_str()?, jwk["crv"].as_str()) {
            ("OKP", Some("Ed25519")) => Self::Ed25519(bytes("x").filter(|x| x.len() == 32)?),
            ("RSA", _) => {
                let only = jwk["alg"].as_str().map(str::to_owned);
                Self::Rsa { n: bytes("n")?, e: bytes("e")?, only }
            }
            ("EC", Some("P-256")) => Self::P256(point(&bytes("x")?, &bytes("y")?, 32)?),
            ("EC", Some("P-384")) => Self::P384(point(&bytes("x")?, &bytes("y")?, 48)?),
            _ => return None,
        };
        // What it is for must be something that it can do.
        let said = jwk["alg"].as_str();
        said.is_none_or(|said| key.signs(said)).then_some(key)
    }

    /// As a JWK.
    #[must_use]
    pub fn to_jwk(&self, kid: &str, algorithm: &str) -> Value {
        let text = |bytes: &[u8]| URL_SAFE_NO_PAD.encode(bytes);
        let mut jwk = match self {
            Self::Ed25519(x) => json!({ "kty": "OKP", "crv": "Ed25519", "x": text(x) }),
            Self::Rsa { n, e, .. } => json!({ "kty": "RSA", "n": text(n), "e": text(e) }),
            Self::P256(point) => of_point("P-256", &point[1..]),
            Self::P384(point) => of_point("P-384", &point[1..]),
        };
        jwk["kid"] = json!(kid);
        jwk["alg"] = json!(algorithm);
        jwk["use"] = json!("sig");
        jwk
    }

    /// Whether it signs by `algorithm`.
    #[must_use]
    pub fn signs(&self, algorithm: &str) -> bool {
        match self {
            Self::Ed25519(_) => matches!(algorithm, "EdDSA" | "Ed25519"),
            Self::Rsa { only, .. } => {
                rsa(algorithm).is_some() && only.as_deref().is_none_or(|only| only == algorithm)
            }
            Self::P256(_) => algorithm == "ES256",
            Self::P384(_) => algorithm == "ES384",
        }
    }

    /// Checks a signature that is said to be made by `algorithm`.
    ///
    /// # Errors
    /// [`Fault::Algorithm`] when this key does not sign so, [`Fault::Signature`].
    pub fn verify(&self, algorithm: &str, message: &[u8], signature: &[u8]) -> Result<(), Fault> {
        if !self.signs(algorithm) {
            return Err(Fault::Algorithm);
        }
        let by = |means: &'static dyn VerificationAlgorithm, key: &[u8]| {
            UnparsedPublicKey::new(means, key).verify(message, signature)
        };
        let verified = match self {
            Self::Ed25519(key) => by(&ED25519, key),
            Self::P256(key) => by(&ECDSA_P256_SHA256_FIXED, key),
            Self::P384(key) => by(&ECDSA_P384_SHA384_FIXED, key),
            Self::Rsa { n, e, .. } => {
                let means = rsa(algorithm).ok_or(Fault::Algorithm)?;
                RsaPublicKeyComponents { n, e }.verify(means, message, signature)
            }
        };
        verified.map_err(|_| Fault::Signature)
    }
}

/// A point on a curve: both coordinates, as long as each other.
fn of_point(curve: &str, both: &[u8]) -> Value {
    let (x, y) = both.split_at(both.len() / 2);
    let text = |bytes: &[u8]| URL_SAFE_NO_PAD.encode(bytes);
    json!({ "kty": "EC", "crv": curve, "x": text(x), "y": text(y) })
}

/// How RSA is meant by an algorithm. Keys below 2,048 bits verify nothing.
fn rsa(algorithm: &str) -> Option<&'static RsaParameters> {
    Some(match algorithm {
        "RS256" => &RSA_PKCS1_2048_8192_SHA256,
        "RS384" => &RSA_PKCS1_2048_8192_SHA384,
        "RS512" => &RSA_PKCS1_2048_8192_SHA512,
        "PS256" => &RSA_PSS_2048_8192_SHA256,
        "PS384" => &RSA_PSS_2048_8192_SHA384,
        "PS512" => &RSA_PSS_2048_8192_SHA512,
        _ => return None,
    })
}

fn point(x: &[u8], y: &[u8], bytes: usize) -> Option<Vec<u8>> {
    let whole = x.len() == bytes && y.len() == bytes;
    whole.then(|| [&[4_u8][..], x, y].concat())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::VerifyingKey;

    #[test]
    fn a_shared_secret_and_keys_for_other_things_are_no_keys_here() {
        for jwk in [
            json!({ "kty": "oct", "k": "c2VjcmV0" }),
            json!({ "kty": "RSA", "n": "AQAB", "e": "AQAB", "use": "enc" }),
            json!({ "kty": "RSA", "n": "AQAB", "e": "AQAB", "alg": "HS256" }),
            json!({ "kty": "OKP", "crv": "X25519", "x": "AQAB" }),
            json!({ "kty": "OKP", "crv": "Ed25519", "x": "AQAB" }),
            json!({ "kty": "EC", "crv": "P-256", "x": "AQAB", "y": "AQAB" }),
            json!({}),
            json!(null),
        ] {
            assert_eq!(VerifyingKey::of_jwk(&jwk), None, "{jwk}");
        }
    }

    #[test]
    fn a_key_is_the_same_after_a_way_through_a_jwk() {
        let key = VerifyingKey::Ed25519(vec![7; 32]);
        assert_eq!(VerifyingKey::of_jwk(&key.to_jwk("k", "EdDSA")), Some(key));
        let point = [&[4_u8][..], &[1; 32], &[2; 32]].concat();
        let key = VerifyingKey::P256(point);
        assert_eq!(VerifyingKey::of_jwk(&key.to_jwk("k", "ES256")), Some(key));
    }
}
