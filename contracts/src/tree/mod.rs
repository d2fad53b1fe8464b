//! The Merkle tree over the heads of all chains, and the heads that are signed of it.
//!
//! The tree is a function of the set of its leaves alone, in whatever order they came. A leaf
//! stands where the bits of its key lead: BLAKE3 of (tenant, kind, id). A subtree of no leaf hashes
//! to zero, one of a single leaf to that leaf, all others to both of their halves:
//!
//! - key = BLAKE3 derive-key `cambium tree key v1` over tenant, kind and id, each behind its length
//!   (8 bytes, little endian)
//! - leaf = BLAKE3(`0x00`, key, revision (8 bytes, big endian), commit hash)
//! - node = BLAKE3(`0x01`, left, right)
//!
//! A changed leaf changes one part of 4,096 and the twelve nodes above it; nothing else is touched.

mod head;
mod part;
mod proof;
#[cfg(test)]
mod tests;

pub use head::{PublicKey, Signature, SignedTreeHead, TREE_HEAD_VERSION, TreeHead};
pub use part::{Part, Tree};
pub use proof::Proof;

use serde::{Deserialize, Serialize};

use crate::address::Address;
use crate::hash::Hash;
use crate::ids::{Cursor, Revision};

/// Into how many parts the tree is divided: by the first twelve bits of the key.
pub const PARTS: usize = 1 << PART_BITS;

/// How many nodes stand above a part.
const PART_BITS: usize = 12;

/// The last commit of an actor's chain. Where it stands is no part of what is hashed: an imported
/// chain has the same leaf.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Leaf {
    /// Its revision.
    pub revision: Revision,
    /// BLAKE3 of its stored bytes.
    pub commit: Hash,
    /// Where it stands.
    pub cursor: Cursor,
}

/// What a subtree comes to.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Summary {
    /// How many leaves it has.
    pub leaves: u64,
    /// Its hash.
    pub hash: Hash,
}

/// Where an actor's leaf stands.
#[must_use]
pub fn key_of(address: &Address) -> Hash {
    let parts = [address.tenant.as_str(), address.kind.as_str(), address.id.as_str()];
    Hash::of_parts("cambium tree key v1", &parts)
}

/// In which part a key stands.
#[must_use]
pub fn part_of(key: &Hash) -> usize {
    usize::from(key.0[0]) << 4 | usize::from(key.0[1] >> 4)
}

/// The hash of a leaf.
#[must_use]
pub fn leaf_hash(key: &Hash, revision: Revision, commit: &Hash) -> Hash {
    let mut bytes = [0_u8; 1 + 32 + 8 + 32];
    bytes[1..33].copy_from_slice(&key.0);
    bytes[33..41].copy_from_slice(&revision.0.to_be_bytes());
    bytes[41..].copy_from_slice(&commit.0);
    Hash::of(&bytes)
}

/// The hash of a node.
#[must_use]
pub fn node_hash(left: &Hash, right: &Hash) -> Hash {
    let mut bytes = [1_u8; 1 + 32 + 32];
    bytes[1..33].copy_from_slice(&left.0);
    bytes[33..].copy_from_slice(&right.0);
    Hash::of(&bytes)
}

/// The bit of a key that decides at `depth`, from 0 at the root: false = left.
const fn bit(key: &Hash, depth: usize) -> bool {
    key.0[depth / 8] >> (7 - depth % 8) & 1 == 1
}

impl Summary {
    /// What two halves come to.
    #[must_use]
    pub fn join(left: &Self, right: &Self) -> Self {
        let leaves = left.leaves + right.leaves;
        let hash = match (left.leaves, right.leaves) {
            (0, 0) => Hash::ZERO,
            (1, 0) => left.hash,
            (0, 1) => right.hash,
            _ => node_hash(&left.hash, &right.hash),
        };
        Self { leaves, hash }
    }
}

/// All nodes above the parts: first the parts themselves, last the root alone.
#[must_use]
fn levels(parts: &[Summary]) -> Vec<Vec<Summary>> {
    let mut levels = vec![parts.to_vec()];
    while levels.last().is_some_and(|level| level.len() > 1) {
        let below = &levels[levels.len() - 1];
        let joined = below.chunks(2).map(|pair| Summary::join(&pair[0], &pair[1]));
        let level = joined.collect();
        levels.push(level);
    }
    levels
}

/// What all parts come to: the root. `parts` are [`PARTS`] in order.
#[must_use]
pub fn root(parts: &[Summary]) -> Summary {
    let mut level = parts.to_vec();
    while level.len() > 1 {
        level = level.chunks(2).map(|pair| Summary::join(&pair[0], &pair[1])).collect();
    }
    level.first().copied().unwrap_or_default()
}
