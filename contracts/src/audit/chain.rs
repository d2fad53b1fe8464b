use serde::{Deserialize, Serialize};

use crate::hash::Hash;
use crate::ids::{ActorId, Tenant};

/// What hashes of the trail are made under, so that they are nothing else's.
const CONTEXT: &str = "cambium audit chain v1";

/// Which chain: the records of one class of one tenant.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct ChainName {
    /// In whose house.
    pub tenant: Tenant,
    /// Of what sort.
    pub class: ActorId,
}

impl std::fmt::Display for ChainName {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}/{}", self.tenant, self.class)
    }
}

/// How far a chain is: its last record, and the hash over all of them.
///
/// `hash` = BLAKE3 derive-key `cambium audit chain v1` over the hash before it (32 bytes; zero
/// before the first), the record's sequence in the stream (8 bytes, big endian) and its stored
/// bytes.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Link {
    /// Where its last record stands in the stream; 0 = it has none.
    pub sequence: u64,
    /// How many records it has ever had, the purged ones among them.
    pub count: u64,
    /// The hash over all of them.
    pub hash: Hash,
}

impl Link {
    /// The chain with one more record.
    #[must_use]
    pub fn then(&self, sequence: u64, payload: &[u8]) -> Self {
        let hash = Hash::of_pieces(CONTEXT, &[&self.hash.0, &sequence.to_be_bytes(), payload]);
        Self { sequence, count: self.count + 1, hash }
    }
}
