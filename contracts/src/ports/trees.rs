use bytes::Bytes;

use super::{AppendError, Fut, PortError};
use crate::tree::{PublicKey, Signature};

/// TREES: signed tree heads, kept for ever, and the tree that the next one is made of, which is a
/// cache of the log.
pub trait TreeHeads: Send + Sync {
    /// Keeps the head called `number`, from 1. [`AppendError::Conflict`] when there is one already.
    fn keep(&self, number: u64, head: Bytes) -> Fut<'_, Result<(), AppendError>>;

    /// A head.
    fn get(&self, number: u64) -> Fut<'_, Result<Option<Bytes>, PortError>>;

    /// The newest head.
    fn last(&self) -> Fut<'_, Result<Option<Bytes>, PortError>>;

    /// Saves a part of the tree in place of what was saved before.
    fn save<'a>(&'a self, part: &'a str, content: Bytes) -> Fut<'a, Result<(), PortError>>;

    /// A part of the tree.
    fn load<'a>(&'a self, part: &'a str) -> Fut<'a, Result<Option<Bytes>, PortError>>;

    /// Forgets all parts of the tree; the heads stay.
    fn forget_parts(&self) -> Fut<'_, Result<(), PortError>>;
}

/// Signs tree heads with ed25519.
pub trait Signer: Send + Sync {
    /// The signature of `message`.
    fn sign(&self, message: &[u8]) -> Signature;

    /// The key that checks it.
    fn public_key(&self) -> PublicKey;

    /// Whether `signature` is that of `message` by `key`.
    fn verifies(&self, key: &PublicKey, message: &[u8], signature: &Signature) -> bool;
}
