use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::proof::Proof;
use super::{
    Leaf, PART_BITS, PARTS, Summary, bit, key_of, leaf_hash, levels, node_hash, part_of, root,
};
use crate::address::Address;
use crate::hash::Hash;
use crate::ids::Revision;

/// One of the [`PARTS`]: leaves whose keys begin with the same twelve bits.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Part {
    leaves: BTreeMap<Hash, Leaf>,
}

impl Part {
    /// Takes a commit; true when the part changed. Of two commits with one revision the first in
    /// the log counts, so the order in which they are taken matters only where a log is damaged.
    pub fn take(&mut self, key: Hash, leaf: Leaf) -> bool {
        let newer = self.leaves.get(&key).is_none_or(|known| known.revision < leaf.revision);
        if newer {
            self.leaves.insert(key, leaf);
        }
        newer
    }

    /// The leaf of a key.
    #[must_use]
    pub fn get(&self, key: &Hash) -> Option<&Leaf> {
        self.leaves.get(key)
    }

    /// What it comes to.
    #[must_use]
    pub fn summary(&self) -> Summary {
        let hashed = self.hashed();
        Summary { leaves: hashed.len() as u64, hash: subtree(&hashed, PART_BITS) }
    }

    fn hashed(&self) -> Vec<(Hash, Hash)> {
        let hash =
            |(key, leaf): (&Hash, &Leaf)| (*key, leaf_hash(key, leaf.revision, &leaf.commit));
        self.leaves.iter().map(hash).collect()
    }

    /// The proof that `address` has its leaf in the tree whose parts come to `parts`, of which this
    /// is the one that the leaf is in; `None` when it has no leaf.
    #[must_use]
    pub fn prove(&self, address: &Address, parts: &[Summary]) -> Option<Proof> {
        let key = key_of(address);
        let leaf = self.get(&key)?;
        Some(Proof {
            tenant: address.tenant.clone(),
            kind: address.kind.clone(),
            id: address.id.clone(),
            revision: leaf.revision,
            commit_hash: leaf.commit,
            siblings: self.siblings(&key, parts),
        })
    }

    /// The hashes beside the way from the root to `key`.
    fn siblings(&self, key: &Hash, parts: &[Summary]) -> Vec<Hash> {
        let (levels, part) = (levels(parts), part_of(key));
        let mut siblings = Vec::new();
        for depth in 0..PART_BITS {
            let above = PART_BITS - depth;
            if levels[above][part >> above].leaves <= 1 {
                return siblings;
            }
            siblings.push(levels[above - 1][part >> (above - 1) ^ 1].hash);
        }
        let hashed = self.hashed();
        let mut leaves = hashed.as_slice();
        let mut depth = PART_BITS;
        while leaves.len() > 1 {
            let (left, right) = halves(leaves, depth);
            let (own, other) = if bit(key, depth) { (right, left) } else { (left, right) };
            depth += 1;
            siblings.push(subtree(other, depth));
            leaves = own;
        }
        siblings
    }
}

/// Keys and hashes of leaves, ordered by key.
type Leaves<'a> = &'a [(Hash, Hash)];

fn halves(leaves: Leaves<'_>, depth: usize) -> (Leaves<'_>, Leaves<'_>) {
    leaves.split_at(leaves.partition_point(|(key, _)| !bit(key, depth)))
}

/// The hash of a subtree whose leaves, ordered by key, share their first `depth` bits.
fn subtree(leaves: &[(Hash, Hash)], depth: usize) -> Hash {
    match leaves {
        [] => Hash::ZERO,
        [(_, hash)] => *hash,
        _ => {
            let (left, right) = halves(leaves, depth);
            node_hash(&subtree(left, depth + 1), &subtree(right, depth + 1))
        }
    }
}

/// The whole tree in memory: about 150 bytes a leaf.
#[derive(Debug, Clone)]
pub struct Tree {
    parts: Vec<Part>,
    summaries: Vec<Summary>,
    changed: std::collections::BTreeSet<usize>,
}

impl Default for Tree {
    fn default() -> Self {
        Self {
            parts: vec![Part::default(); PARTS],
            summaries: vec![Summary::default(); PARTS],
            changed: std::collections::BTreeSet::new(),
        }
    }
}

impl Tree {
    /// Takes a commit; see [`Part::take`].
    pub fn take(&mut self, key: Hash, leaf: Leaf) {
        let part = part_of(&key);
        if self.parts[part].take(key, leaf) {
            self.changed.insert(part);
        }
    }

    /// The leaf of a key.
    #[must_use]
    pub fn get(&self, key: &Hash) -> Option<&Leaf> {
        self.parts[part_of(key)].get(key)
    }

    /// The leaf of a key, when it is of that revision.
    #[must_use]
    pub fn at(&self, key: &Hash, revision: Revision) -> Option<&Leaf> {
        self.get(key).filter(|leaf| leaf.revision == revision)
    }

    /// How many leaves it has, and the root. Looks only at what changed since the last call.
    pub fn root(&mut self) -> Summary {
        for part in std::mem::take(&mut self.changed) {
            self.summaries[part] = self.parts[part].summary();
        }
        root(&self.summaries)
    }

    /// The proof that `address` has its leaf in the tree.
    pub fn prove(&mut self, address: &Address) -> Option<Proof> {
        self.root();
        self.parts[part_of(&key_of(address))].prove(address, &self.summaries)
    }
}
