//! Personal data under a key of its own: opaque to decide, evolve and snapshots. Hashes are over
//! the protected form, so that destroying the key erases the data and changes no hash.

use std::marker::PhantomData;

use serde::{Deserialize, Serialize};

use crate::entry::bytes_or_base64;
use crate::hash::Hash;
use crate::ids::ActorId;

/// A `T` sealed with XChaCha20-Poly1305 under the key of one subject.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, bound = "")]
pub struct Protected<T> {
    /// Which subject's key seals it.
    pub key: ActorId,
    /// The nonce: 24 bytes.
    #[serde(with = "bytes_or_base64")]
    pub nonce: Vec<u8>,
    /// Ciphertext and tag.
    #[serde(with = "bytes_or_base64")]
    pub sealed: Vec<u8>,
    /// A keyed hash of the plain text, by which equals are found without opening.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub index: Option<Hash>,
    #[serde(skip)]
    plain: PhantomData<fn() -> T>,
}

/// Bytes that cannot be a protected value.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ProtectedError {
    /// The nonce does not have [`Protected::NONCE_BYTES`].
    #[error("a nonce is 24 bytes")]
    Nonce,
    /// The sealed bytes are shorter than an authentication tag.
    #[error("sealed bytes carry at least a 16-byte tag")]
    Tag,
}

impl<T> Protected<T> {
    /// The length of a nonce.
    pub const NONCE_BYTES: usize = 24;
    /// The length of an authentication tag.
    pub const TAG_BYTES: usize = 16;

    /// Sealed bytes as a protected value.
    ///
    /// # Errors
    /// When nonce or tag cannot be right.
    pub fn new(
        key: ActorId,
        nonce: Vec<u8>,
        sealed: Vec<u8>,
        index: Option<Hash>,
    ) -> Result<Self, ProtectedError> {
        if nonce.len() != Self::NONCE_BYTES {
            return Err(ProtectedError::Nonce);
        }
        if sealed.len() < Self::TAG_BYTES {
            return Err(ProtectedError::Tag);
        }
        Ok(Self { key, nonce, sealed, index, plain: PhantomData })
    }
}

impl<T> std::fmt::Debug for Protected<T> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Protected({}, {} bytes)", self.key, self.sealed.len())
    }
}
