//! What is known of an actor beside its log, for a replay to compare with.

use contracts::ports::Snapshot;
use contracts::tree::Leaf;
use contracts::{Address, Hash, Refusal, RefusalClass, Revision, codec};
use serde_json::json;

use super::Runtime;
use crate::runtime::living::Living;

/// The last snapshot and the leaf in the last tree head; each is compared when the fold comes by.
pub struct Marks {
    snapshot: Option<(Revision, Hash, Hash)>,
    leaf: Option<(u64, Leaf)>,
    matched_snapshot: Option<Revision>,
    matched_leaf: Option<u64>,
    difference: Option<Refusal>,
}

/// The refusal of a replay that met something else than what is known.
pub fn differs(with: &str, revision: Revision, known: Hash, replayed: Hash) -> Refusal {
    let message = format!("revision {revision}: {with} says {known}, the replay {replayed}");
    let details =
        json!({ "with": with, "revision": revision, "known": known, "replayed": replayed });
    Refusal::new(RefusalClass::Conflict, "replay_differs", message).details(details)
}

impl Marks {
    /// What is known of `address`. A snapshot of another state version, or that cannot be read, is
    /// none: it is only a cache.
    pub async fn of(runtime: &Runtime, address: &Address) -> Result<Self, Refusal> {
        let shared = &runtime.shared;
        let bytes = shared.world.snapshots.load(address).await.ok().flatten();
        let machine = shared.hydrator.fresh(address)?.machine;
        let snapshot = bytes.and_then(|bytes| {
            let raw: Snapshot = codec::decode(&bytes).ok()?;
            let living = Living::from_snapshot(machine, &bytes)?;
            let state = living.view(address).ok()?.state_hash;
            Some((raw.revision, raw.hash, state))
        });
        let leaf = runtime.archive.trees.leaf(address).await;
        let (matched_snapshot, matched_leaf, difference) = (None, None, None);
        Ok(Self { snapshot, leaf, matched_snapshot, matched_leaf, difference })
    }

    /// The fold has come to `living`.
    pub fn meet(&mut self, living: &Living, address: &Address) {
        let (revision, commit) = (living.head.revision, living.head.hash);
        if let Some((at, hash, state)) = self.snapshot.filter(|(at, ..)| *at == revision) {
            let replayed = living.view(address).map_or(Hash::ZERO, |view| view.state_hash);
            if hash != commit {
                self.note(differs("the snapshot's commit", at, hash, commit));
            } else if state != replayed {
                self.note(differs("the snapshot", at, state, replayed));
            } else {
                self.matched_snapshot = Some(at);
            }
        }
        if let Some((number, leaf)) = self.leaf.filter(|(_, leaf)| leaf.revision == revision) {
            if leaf.commit == commit {
                self.matched_leaf = Some(number);
            } else {
                let with = format!("tree head {number}");
                self.note(differs(&with, revision, leaf.commit, commit));
            }
        }
    }

    fn note(&mut self, difference: Refusal) {
        self.difference.get_or_insert(difference);
    }

    /// The revision of the snapshot and the number of the tree head that were met.
    ///
    /// # Errors
    /// `replay_differs`: the first difference.
    pub fn conclude(self) -> Result<(Option<Revision>, Option<u64>), Refusal> {
        match self.difference {
            Some(difference) => Err(difference),
            None => Ok((self.matched_snapshot, self.matched_leaf)),
        }
    }
}
