use std::collections::BTreeMap;
use std::sync::Arc;

use bytes::Bytes;
use contracts::ports::{AppendError, Fut, PortError, TreeHeads};

use super::{World, check_size, done, lock};

#[derive(Default)]
pub(super) struct Kept {
    heads: BTreeMap<u64, Bytes>,
    parts: BTreeMap<String, Bytes>,
}

/// The port on two maps.
pub(super) struct MemoryTrees(pub(super) Arc<World>);

impl TreeHeads for MemoryTrees {
    fn keep(&self, number: u64, head: Bytes) -> Fut<'_, Result<(), AppendError>> {
        let mut kept = lock(&self.0.trees);
        if kept.heads.contains_key(&number) {
            return done(Err(AppendError::Conflict));
        }
        kept.heads.insert(number, head);
        done(Ok(()))
    }

    fn get(&self, number: u64) -> Fut<'_, Result<Option<Bytes>, PortError>> {
        done(Ok(lock(&self.0.trees).heads.get(&number).cloned()))
    }

    fn last(&self) -> Fut<'_, Result<Option<Bytes>, PortError>> {
        done(Ok(lock(&self.0.trees).heads.values().next_back().cloned()))
    }

    fn save<'a>(&'a self, part: &'a str, content: Bytes) -> Fut<'a, Result<(), PortError>> {
        done(check_size(&content).map(|()| {
            lock(&self.0.trees).parts.insert(part.to_owned(), content);
        }))
    }

    fn load<'a>(&'a self, part: &'a str) -> Fut<'a, Result<Option<Bytes>, PortError>> {
        done(Ok(lock(&self.0.trees).parts.get(part).cloned()))
    }

    fn forget_parts(&self) -> Fut<'_, Result<(), PortError>> {
        lock(&self.0.trees).parts.clear();
        done(Ok(()))
    }
}
