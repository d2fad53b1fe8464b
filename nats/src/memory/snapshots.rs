use std::collections::HashMap;
use std::sync::Arc;

use bytes::Bytes;
use contracts::Address;
use contracts::ports::{Fut, PortError, Snapshots};

use super::{World, check_size, done, lock};

pub(super) type Kept = HashMap<Address, Bytes>;

/// The port on a map.
pub(super) struct MemorySnapshots(pub(super) Arc<World>);

impl Snapshots for MemorySnapshots {
    fn save<'a>(&'a self, address: &'a Address, payload: Bytes) -> Fut<'a, Result<(), PortError>> {
        done(check_size(&payload).map(|()| {
            lock(&self.0.snapshots).insert(address.clone(), payload);
        }))
    }

    fn load<'a>(&'a self, address: &'a Address) -> Fut<'a, Result<Option<Bytes>, PortError>> {
        done(Ok(lock(&self.0.snapshots).get(address).cloned()))
    }

    fn forget<'a>(&'a self, address: &'a Address) -> Fut<'a, Result<(), PortError>> {
        lock(&self.0.snapshots).remove(address);
        done(Ok(()))
    }
}
