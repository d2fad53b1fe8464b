use serde::{Deserialize, Serialize};

use super::{bit, key_of, leaf_hash, node_hash};
use crate::address::Address;
use crate::hash::Hash;
use crate::ids::{ActorId, Kind, Revision, Tenant};

/// That an actor's chain ended with a commit when a tree head was signed. Shows nothing of others
/// but hashes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Proof {
    /// Whose actor.
    pub tenant: Tenant,
    /// Of which kind.
    pub kind: Kind,
    /// Which one.
    pub id: ActorId,
    /// The last revision.
    pub revision: Revision,
    /// BLAKE3 of the last commit's stored bytes.
    pub commit_hash: Hash,
    /// The hashes beside the way from the root to the leaf, the root's first.
    pub siblings: Vec<Hash>,
}

impl Proof {
    /// The root of the tree that it is a proof for; `None` when it cannot be one.
    #[must_use]
    pub fn root(&self) -> Option<Hash> {
        let address = Address::new(self.tenant.clone(), self.kind.clone(), self.id.clone());
        let key = key_of(&address);
        if self.siblings.len() > 8 * key.0.len() {
            return None;
        }
        let leaf = leaf_hash(&key, self.revision, &self.commit_hash);
        let up = |hash: Hash, (depth, sibling): (usize, &Hash)| {
            if bit(&key, depth) { node_hash(sibling, &hash) } else { node_hash(&hash, sibling) }
        };
        Some(self.siblings.iter().enumerate().rev().fold(leaf, up))
    }
}
