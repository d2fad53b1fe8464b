use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use super::chain::Link;
use crate::canonical::to_canonical;
use crate::hash::Hash;
use crate::ids::{ActorId, Tenant};
use crate::ports::Signer;
use crate::time::Timestamp;
use crate::tree::{PublicKey, Signature};

/// The version of the layout of what is signed.
pub const AUDIT_HEAD_VERSION: u16 = 1;

/// Something that is signed: what a signature is made over stands behind a line of its own.
pub trait Statement: Serialize + DeserializeOwned {
    /// The line before what is signed.
    const DOMAIN: &'static [u8];

    /// The bytes that are signed: the line, then the canonical JSON (RFC 8785).
    #[must_use]
    fn message(&self) -> Vec<u8> {
        let value = serde_json::to_value(self).unwrap_or_default();
        let mut message = Self::DOMAIN.to_vec();
        // Its numbers are whole and its texts are plain: it always has a canonical form.
        message.extend(to_canonical(&value).unwrap_or_default());
        message
    }

    /// The statement, signed.
    #[must_use]
    fn sign(self, signer: &dyn Signer) -> Signed<Self> {
        let signature = signer.sign(&self.message());
        Signed { statement: self, public_key: signer.public_key(), signature }
    }
}

/// A statement with its signature.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Signed<T> {
    /// What it says.
    #[serde(flatten)]
    pub statement: T,
    /// The ed25519 key that checks the signature. Trust the one that you were given, not this one.
    pub public_key: PublicKey,
    /// The ed25519 signature.
    pub signature: Signature,
}

/// How far one class of a tenant is, in a head.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChainHead {
    /// The class.
    pub class: ActorId,
    /// How far.
    #[serde(flatten)]
    pub link: Link,
}

/// How far all chains of a tenant are: a record of the class `head`, which the next one covers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AuditHead {
    /// Layout version, [`AUDIT_HEAD_VERSION`].
    pub v: u16,
    /// Whose.
    pub tenant: Tenant,
    /// When it was made.
    pub at: Timestamp,
    /// Its chains, in the order of their classes.
    pub chains: Vec<ChainHead>,
    /// BLAKE3 over all of them: what is written on paper, when one wants to.
    pub root: Hash,
}

impl Statement for AuditHead {
    const DOMAIN: &'static [u8] = b"cambium audit head v1\n";
}

impl AuditHead {
    /// A head of these chains.
    #[must_use]
    pub fn new(tenant: Tenant, at: Timestamp, chains: Vec<ChainHead>) -> Self {
        let root = root(&chains);
        Self { v: AUDIT_HEAD_VERSION, tenant, at, chains, root }
    }

    /// Whether the root is that of the chains.
    #[must_use]
    pub fn root_holds(&self) -> bool {
        root(&self.chains) == self.root
    }
}

fn root(chains: &[ChainHead]) -> Hash {
    let mut bytes = Vec::new();
    for ChainHead { class, link } in chains {
        bytes.extend((class.as_str().len() as u64).to_be_bytes());
        bytes.extend(class.as_str().as_bytes());
        bytes.extend(link.sequence.to_be_bytes());
        bytes.extend(link.count.to_be_bytes());
        bytes.extend(link.hash.0);
    }
    Hash::of_pieces("cambium audit root v1", &[&bytes])
}

/// What is left of the beginning of a chain that was purged: from here it goes on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TrailAnchor {
    /// Layout version, [`AUDIT_HEAD_VERSION`].
    pub v: u16,
    /// Whose.
    pub tenant: Tenant,
    /// Of which class.
    pub class: ActorId,
    /// When.
    pub at: Timestamp,
    /// The chain at its last purged record.
    #[serde(flatten)]
    pub link: Link,
}

impl Statement for TrailAnchor {
    const DOMAIN: &'static [u8] = b"cambium audit anchor v1\n";
}
