//! The key that signs tree heads, and what checks them.

use anyhow::Context as _;
use contracts::ports::Signer;
use contracts::tree::{PublicKey, Signature, SignedTreeHead};
use ring::signature::{ED25519, Ed25519KeyPair, KeyPair as _, UnparsedPublicKey};

use crate::home::Home;

/// The file that holds the key, 0600: its seed as 64 hexadecimal digits.
pub const FILE: &str = "tree.key";

/// An ed25519 key.
pub struct TreeKey {
    pair: Ed25519KeyPair,
}

impl TreeKey {
    /// The key of a data directory, made when there is none.
    ///
    /// # Errors
    /// When the file cannot be read or made, or holds something else.
    pub fn open(home: &Home) -> anyhow::Result<Self> {
        let path = home.file(FILE);
        if !path.exists() {
            let mut seed = [0_u8; 32];
            getrandom::fill(&mut seed).context("the system gives no random bytes")?;
            let text = PublicKey(seed).to_string();
            home.write_private(FILE, text.as_bytes())
                .with_context(|| format!("{} cannot be written", path.display()))?;
        }
        let text = std::fs::read_to_string(&path)
            .with_context(|| format!("{} cannot be read", path.display()))?;
        let seed: PublicKey =
            text.trim().parse().with_context(|| format!("{} holds no key", path.display()))?;
        Self::from_seed(&seed.0)
    }

    /// The key that a seed leads to.
    ///
    /// # Errors
    /// Never for 32 bytes; the library keeps it open.
    pub fn from_seed(seed: &[u8; 32]) -> anyhow::Result<Self> {
        let pair = Ed25519KeyPair::from_seed_unchecked(seed);
        Ok(Self { pair: pair.map_err(|error| anyhow::anyhow!("no key: {error}"))? })
    }
}

impl std::fmt::Debug for TreeKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("TreeKey").field("public_key", &self.public_key()).finish_non_exhaustive()
    }
}

impl Signer for TreeKey {
    fn sign(&self, message: &[u8]) -> Signature {
        let mut bytes = [0; 64];
        bytes.copy_from_slice(self.pair.sign(message).as_ref());
        Signature(bytes)
    }

    fn public_key(&self) -> PublicKey {
        let mut bytes = [0; 32];
        bytes.copy_from_slice(self.pair.public_key().as_ref());
        PublicKey(bytes)
    }

    fn verifies(&self, key: &PublicKey, message: &[u8], signature: &Signature) -> bool {
        verifies(key, message, signature)
    }
}

/// Whether `signature` is that of `message` by `key`.
#[must_use]
pub fn verifies(key: &PublicKey, message: &[u8], signature: &Signature) -> bool {
    UnparsedPublicKey::new(&ED25519, key.0).verify(message, &signature.0).is_ok()
}

/// What is wrong with a tree head, checked with nothing but a public key; `None` = nothing.
#[must_use]
pub fn fault(signed: &SignedTreeHead, key: &PublicKey) -> Option<&'static str> {
    if signed.public_key != *key {
        Some("it was signed with another key")
    } else if !signed.hash_holds() {
        Some("its hash is not that of what it says")
    } else if !verifies(key, &signed.head.message(), &signed.signature) {
        Some("its signature does not hold")
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use contracts::ports::Signer as _;
    use contracts::tree::{Signature, SignedTreeHead, TreeHead};
    use contracts::{Cursor, Hash, Timestamp};

    use super::{FILE, TreeKey, fault};
    use crate::home::Home;

    #[test]
    fn a_signature_holds_for_its_words_and_key_only() {
        let key = TreeKey::from_seed(&[7; 32]).unwrap();
        let head = TreeHead {
            v: 1,
            number: 1,
            at: Timestamp::from_millis(5),
            cursor: Cursor(9),
            root: Hash::of(b"root"),
            prev: Hash::ZERO,
        };
        let (hash, signature) = (head.hash(), key.sign(&head.message()));
        let good = SignedTreeHead { head, hash, public_key: key.public_key(), signature };
        assert_eq!(fault(&good, &key.public_key()), None);
        let other = TreeKey::from_seed(&[8; 32]).unwrap().public_key();
        assert!(fault(&good, &other).is_some());
        let mut forged = good.clone();
        forged.head.cursor = Cursor(10);
        assert!(fault(&forged, &key.public_key()).is_some());
        forged.hash = forged.head.hash();
        assert!(fault(&forged, &key.public_key()).is_some());
        let zero = SignedTreeHead { signature: Signature([0; 64]), ..good };
        assert!(fault(&zero, &key.public_key()).is_some());
    }

    #[test]
    fn the_key_stays_and_is_private() {
        let dir = tempfile::tempdir().unwrap();
        let home = Home::new(dir.path());
        let first = TreeKey::open(&home).unwrap().public_key();
        assert_eq!(TreeKey::open(&home).unwrap().public_key(), first);
        let mode = std::fs::metadata(home.file(FILE)).unwrap().permissions().mode() & 0o777;
        assert_eq!(mode, 0o600);
        std::fs::write(home.file(FILE), "no key").unwrap();
        assert!(TreeKey::open(&home).is_err());
    }
}
