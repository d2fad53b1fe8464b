//! Nodes: the processes that share one log, and which of them owns which partition.

use serde::{Deserialize, Serialize};

use crate::hash::Hash;
use crate::ids::{Cursor, NodeId};
use crate::partition::Partition;
use crate::time::Timestamp;

/// What a node does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// It owns partitions: decides commands and performs effects.
    Actors,
    /// It answers callers over HTTP.
    Edge,
    /// It folds the log into read models.
    Projections,
}

impl Role {
    /// All of them, in order.
    pub const ALL: [Self; 3] = [Self::Actors, Self::Edge, Self::Projections];

    /// Its name, as stored and shown.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Actors => "actors",
            Self::Edge => "edge",
            Self::Projections => "projections",
        }
    }
}

/// What a node says of itself, again and again: its row in NODES.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NodeRow {
    /// Which node.
    pub id: NodeId,
    /// Which run of it: a hash that no other run has.
    pub run: Hash,
    /// What it does, in order.
    pub roles: Vec<Role>,
    /// The program's version, such as `0.1.0`.
    pub version: String,
    /// Where it answers over HTTP.
    pub address: String,
    /// When it was started.
    pub started: Timestamp,
    /// When it said this, by its own clock.
    pub at: Timestamp,
    /// The partitions that it owns now, in order.
    pub partitions: Vec<Partition>,
    /// Up to where its directory of principals and policies has read the log.
    pub directory: Cursor,
    /// Whether it takes no more partitions and gives away those that it has.
    pub draining: bool,
    /// Whether it has ended in order: a last word.
    pub left: bool,
    /// What only a node with the system's node key can say.
    pub proof: Hash,
}

impl NodeRow {
    /// Whether it may own partitions.
    #[must_use]
    pub fn may_own(&self) -> bool {
        self.roles.contains(&Role::Actors) && !self.draining && !self.left
    }
}

/// Who of `nodes` is to own `partition`; `None` = there is nobody.
///
/// Rendezvous hashing: each pair of node and partition has a weight, and the heaviest node owns.
/// A node that comes takes only what it is to own, and one that goes leaves only what it owned.
#[must_use]
pub fn owner<'a>(
    partition: Partition,
    nodes: impl IntoIterator<Item = &'a NodeId>,
) -> Option<&'a NodeId> {
    nodes.into_iter().max_by_key(|node| (weight(partition, node), *node))
}

fn weight(partition: Partition, node: &NodeId) -> u64 {
    let number = partition.number().to_string();
    let hash = Hash::of_parts("cambium rendezvous v1", &[node.as_str(), &number]);
    let mut bytes = [0; 8];
    bytes.copy_from_slice(&hash.0[..8]);
    u64::from_be_bytes(bytes)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::owner;
    use crate::ids::NodeId;
    use crate::partition::Partition;

    fn nodes(count: usize) -> Vec<NodeId> {
        (0..count).map(|n| NodeId::new(format!("node-{n}")).expect("an id")).collect()
    }

    fn owners(nodes: &[NodeId]) -> Vec<NodeId> {
        Partition::all().filter_map(|it| owner(it, nodes).cloned()).collect()
    }

    #[test]
    fn all_partitions_have_an_owner_whatever_the_order_of_the_nodes() {
        let mut all = nodes(5);
        let owned = owners(&all);
        assert_eq!(owned.len(), 64);
        all.reverse();
        assert_eq!(owners(&all), owned);
        assert_eq!(owner(Partition::new(3).expect("there are 64"), &[]), None);
    }

    #[test]
    fn shares_are_fair() {
        for count in 2..=16 {
            let mut shares: BTreeMap<NodeId, usize> = BTreeMap::new();
            for node in owners(&nodes(count)) {
                *shares.entry(node).or_default() += 1;
            }
            let (fair, most) = (64 / count, shares.values().max().copied().unwrap_or(0));
            assert!(most <= fair * 2 + 3, "{count} nodes: {shares:?}");
            let least = shares.values().min().copied().unwrap_or(0);
            assert!(shares.len() == count && least >= 1, "{count} nodes: {shares:?}");
        }
    }

    #[test]
    fn who_comes_takes_only_its_own_and_who_goes_leaves_only_its_own() {
        let all = nodes(6);
        let (before, after) = (owners(&all[..5]), owners(&all));
        let moved = before.iter().zip(&after).filter(|(one, other)| one != other);
        assert!(moved.clone().count() > 0);
        assert!(moved.clone().all(|(_, now)| *now == all[5]), "others keep what they have");
    }
}
