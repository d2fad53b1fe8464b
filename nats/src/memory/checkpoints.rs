use std::collections::BTreeMap;
use std::sync::Arc;

use bytes::Bytes;
use contracts::ports::{Checkpoints, Fut, PortError};

use super::{World, done, lock};

pub(super) type Kept = BTreeMap<String, Bytes>;

/// The port on a map.
pub(super) struct MemoryCheckpoints(pub(super) Arc<World>);

impl Checkpoints for MemoryCheckpoints {
    fn save<'a>(&'a self, name: &'a str, content: Bytes) -> Fut<'a, Result<(), PortError>> {
        lock(&self.0.checkpoints).insert(name.to_owned(), content);
        done(Ok(()))
    }

    fn load<'a>(&'a self, name: &'a str) -> Fut<'a, Result<Option<Bytes>, PortError>> {
        done(Ok(lock(&self.0.checkpoints).get(name).cloned()))
    }

    fn forget<'a>(&'a self, name: &'a str) -> Fut<'a, Result<(), PortError>> {
        lock(&self.0.checkpoints).remove(name);
        done(Ok(()))
    }
}
