//! XChaCha20-Poly1305 under the key of a subject. The nonce is a keyed hash of what is sealed and
//! where it stands, so that the same command is always sealed the same way: a repeat is known
//! again, and equal values of one place are equal without being opened.

use chacha20poly1305::aead::{Aead as _, Payload};
use chacha20poly1305::{KeyInit as _, XChaCha20Poly1305, XNonce};
use contracts::privacy::{DataClass, Form, KeyId, ProtectedText};
use contracts::{ActorId, Hash, Tenant};
use serde_json::Value;
use zeroize::{Zeroize as _, Zeroizing};

/// A key of a subject, or of several together. Never printed.
#[derive(Clone, PartialEq, Eq)]
pub struct SubjectKey(pub [u8; 32]);

impl std::fmt::Debug for SubjectKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "SubjectKey({})", self.id())
    }
}

impl Drop for SubjectKey {
    fn drop(&mut self) {
        self.0.zeroize();
    }
}

impl SubjectKey {
    /// What it is called.
    #[must_use]
    pub fn id(&self) -> KeyId {
        let hash = Hash::keyed(&self.0, b"cambium subject key id v1");
        KeyId(hash.0[..8].try_into().expect("a hash has 32 bytes"))
    }

    /// The key that takes all of `keys`: when one is gone, so is it. The order counts.
    #[must_use]
    pub fn joint(keys: &[Self]) -> Self {
        match keys {
            [one] => one.clone(),
            keys => {
                let all: Zeroizing<Vec<u8>> =
                    Zeroizing::new(keys.iter().flat_map(|key| key.0).collect());
                Self(Hash::keyed(&Hash::of(b"cambium joint subject key v1").0, &all).0)
            }
        }
    }

    fn cipher(&self) -> XChaCha20Poly1305 {
        let key = Hash::keyed(&self.0, b"cambium subject encryption v1");
        XChaCha20Poly1305::new(&key.0.into())
    }

    fn nonce(&self, parts: &[&[u8]]) -> [u8; 24] {
        let key = Hash::keyed(&self.0, b"cambium subject nonce v1");
        let hash = Hash::keyed(&key.0, &framed(parts));
        hash.0[..24].try_into().expect("a hash has 32 bytes")
    }
}

/// Where a value is sealed, and for whom.
#[derive(Debug, Clone)]
pub struct Place<'a> {
    /// In whose house.
    pub tenant: &'a Tenant,
    /// Where: the actor and the member, or what else is always the same for the same value.
    pub context: &'a str,
    /// How much it is protected.
    pub class: DataClass,
    /// Whose it is.
    pub subjects: &'a [ActorId],
}

/// Each part after its length, so that no two lists of parts are the same bytes.
fn framed(parts: &[&[u8]]) -> Vec<u8> {
    let mut bytes = Vec::new();
    for part in parts {
        bytes.extend((part.len() as u64).to_le_bytes());
        bytes.extend(*part);
    }
    bytes
}

/// What the ciphertext is bound to beside its key: it cannot be passed off for another class or
/// form, or as another's.
fn bound(tenant: &Tenant, protected: &ProtectedText) -> Vec<u8> {
    let form = match protected.form {
        Form::Text => "text",
        Form::Json => "json",
    };
    let mut parts = vec![tenant.as_str(), protected.class.as_str(), form];
    parts.extend(protected.subjects.iter().map(ActorId::as_str));
    framed(&parts.iter().map(|part| part.as_bytes()).collect::<Vec<_>>())
}

/// `value` under `key`.
#[must_use]
pub fn seal(key: &SubjectKey, place: &Place<'_>, value: &Value) -> ProtectedText {
    let (form, plain) = match value {
        Value::String(text) => (Form::Text, text.clone()),
        other => (Form::Json, other.to_string()),
    };
    let parts = [place.tenant.as_str(), place.context, place.class.as_str(), &plain];
    let mut protected = ProtectedText {
        class: place.class,
        form,
        plain_bytes: plain.len(),
        subjects: place.subjects.to_vec(),
        key: key.id(),
        nonce: key.nonce(&parts.map(str::as_bytes)),
        sealed: Vec::new(),
    };
    let aad = bound(place.tenant, &protected);
    let payload = Payload { msg: plain.as_bytes(), aad: &aad };
    let sealed = key.cipher().encrypt(&XNonce::from(protected.nonce), payload);
    protected.sealed = sealed.expect("a value is far below the cipher's limit of 256 GiB");
    protected
}

/// What was sealed; `None` when it was not with this key, or was changed.
#[must_use]
pub fn open(key: &SubjectKey, tenant: &Tenant, protected: &ProtectedText) -> Option<Value> {
    if key.id() != protected.key {
        return None;
    }
    let aad = bound(tenant, protected);
    let payload = Payload { msg: &protected.sealed, aad: &aad };
    let plain = key.cipher().decrypt(&XNonce::from(protected.nonce), payload).ok()?;
    let plain = String::from_utf8(plain).ok()?;
    match protected.form {
        Form::Text => Some(Value::String(plain)),
        Form::Json => serde_json::from_str(&plain).ok(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const TENANT: Tenant = Tenant::from_static("acme");

    fn sealed(key: &SubjectKey, context: &str, value: &Value) -> ProtectedText {
        let subjects = [ActorId::from_static("ada")];
        let place = Place { tenant: &TENANT, context, class: DataClass::Pii, subjects: &subjects };
        seal(key, &place, value)
    }

    #[test]
    fn what_is_sealed_opens_with_its_key_only_and_for_what_it_is_only() {
        let (key, other) = (SubjectKey([1; 32]), SubjectKey([2; 32]));
        for value in
            [json!("Ada"), json!(""), json!({ "shoe": 43 }), json!(1.5), json!("é".repeat(9))]
        {
            let protected = sealed(&key, "x", &value);
            let text = protected.to_string();
            assert!(!text.contains("Ada"));
            let read: ProtectedText = text.parse().unwrap();
            assert_eq!(open(&key, &TENANT, &read), Some(value));
            assert_eq!(open(&other, &TENANT, &read), None);
            assert_eq!(open(&key, &Tenant::from_static("else"), &read), None);
            let mut changed = read.clone();
            changed.class = DataClass::None;
            assert_eq!(open(&key, &TENANT, &changed), None, "its class is bound");
            let mut changed = read.clone();
            changed.subjects = vec![ActorId::from_static("eve")];
            assert_eq!(open(&key, &TENANT, &changed), None, "whose it is is bound");
            let mut changed = read;
            changed.sealed[0] ^= 1;
            assert_eq!(open(&key, &TENANT, &changed), None, "not one bit may differ");
        }
    }

    #[test]
    fn the_same_is_sealed_the_same_way_and_nothing_else_is() {
        let key = SubjectKey([1; 32]);
        let one = sealed(&key, "principal/ada/display", &json!("Ada"));
        assert_eq!(one, sealed(&key, "principal/ada/display", &json!("Ada")));
        assert_ne!(one.nonce, sealed(&key, "principal/ada/about", &json!("Ada")).nonce);
        assert_ne!(one.nonce, sealed(&key, "principal/ada/display", &json!("Ado")).nonce);
        let joint = SubjectKey::joint(&[key.clone(), SubjectKey([2; 32])]);
        assert_ne!(joint, key);
        assert_eq!(SubjectKey::joint(std::slice::from_ref(&key)), key);
        assert!(!format!("{key:?}").contains("[1,"));
    }
}
