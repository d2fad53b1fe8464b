//! Commits that this process has just made: whoever wrote the bytes need not read them again.

use std::collections::{HashMap, VecDeque};
use std::sync::Arc;

use contracts::commit::Commit;
use contracts::entry::Stored;
use contracts::{Address, Entry, Hash, Recorded};

/// Commits on their way into the log, by the BLAKE3 of their bytes. A bounded stash: the oldest
/// leave first, and what is not here is decoded.
#[derive(Default)]
pub struct Offered {
    commits: HashMap<Hash, Commit>,
    order: VecDeque<Hash>,
}

impl Offered {
    /// Keeps a commit until its bytes come by, at most `most` of them.
    pub fn keep(&mut self, hash: Hash, commit: Commit, most: usize) {
        while self.order.len() >= most {
            let Some(oldest) = self.order.pop_front() else { break };
            self.commits.remove(&oldest);
        }
        if self.commits.insert(hash, commit).is_none() {
            self.order.push_back(hash);
        }
    }

    /// The entry that `stored` is, when its commit was kept: the bytes have the very hash.
    pub fn entry(&mut self, stored: Stored) -> Result<Entry, Stored> {
        if self.commits.is_empty() {
            return Err(stored);
        }
        let hash = Hash::of(&stored.payload);
        let Some(commit) = self.commits.remove(&hash) else { return Err(stored) };
        // They come by in about the order in which they were kept.
        if let Some(place) = self.order.iter().position(|kept| *kept == hash) {
            self.order.remove(place);
        }
        let Address { tenant, kind, id } = &stored.address;
        if (&commit.tenant, &commit.kind, &commit.id) != (tenant, kind, id) {
            return Err(stored);
        }
        debug_assert_eq!(Commit::decode(&stored.payload).ok().as_ref(), Some(&commit));
        let Stored { cursor, payload, imported, .. } = stored;
        let recorded = Recorded { cursor, hash, commit, raw: payload, imported };
        Ok(Entry::Commit(Arc::new(recorded)))
    }
}
