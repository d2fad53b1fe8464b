use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::KeyId;
use crate::canonical::to_canonical;
use crate::hash::Hash;
use crate::ids::{ActorId, Cursor, Principal, Tenant};
use crate::time::Timestamp;
use crate::tree::{PublicKey, Signature};

/// The version of a receipt's layout.
pub const RECEIPT_VERSION: u16 = 1;

/// What is signed, after this line: the canonical JSON (RFC 8785) of the receipt.
const DOMAIN: &[u8] = b"cambium erasure receipt v1\n";

/// That what is known of a subject can be read no more: its key was destroyed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Receipt {
    /// Layout version, [`RECEIPT_VERSION`].
    pub v: u16,
    /// In whose house.
    pub tenant: Tenant,
    /// Whose data, by [`Receipt::subject_of`]: whoever knows the id can tell, nobody else.
    pub subject: Hash,
    /// Which key was destroyed.
    pub key: KeyId,
    /// In how many places values stood under it, as far as the log was read.
    pub values: u64,
    /// Up to where that was counted.
    pub cursor: Cursor,
    /// When it was asked.
    pub asked_at: Timestamp,
    /// When the key was gone.
    pub erased_at: Timestamp,
    /// Who asked.
    pub by: Principal,
}

impl Receipt {
    /// What a subject is called in receipts.
    #[must_use]
    pub fn subject_of(tenant: &Tenant, subject: &ActorId) -> Hash {
        Hash::of_parts("cambium erased subject v1", &[tenant.as_str(), subject.as_str()])
    }

    /// The bytes that are signed.
    #[must_use]
    pub fn message(&self) -> Vec<u8> {
        let value = serde_json::to_value(self).unwrap_or_default();
        let mut message = DOMAIN.to_vec();
        // Its numbers are small and its texts are plain: it always has a canonical form.
        message.extend(to_canonical(&value).unwrap_or_default());
        message
    }
}

/// A receipt with its signature.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct SignedReceipt {
    /// What it says.
    #[serde(flatten)]
    pub receipt: Receipt,
    /// The ed25519 key that checks the signature: that of the tree heads. Trust the one that you
    /// were given, not this one.
    pub public_key: PublicKey,
    /// The ed25519 signature.
    pub signature: Signature,
}
