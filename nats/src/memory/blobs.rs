use std::collections::HashMap;
use std::sync::Arc;

use bytes::Bytes;
use contracts::ports::{Blobs, Fut, PortError};
use contracts::{Hash, Tenant};

use super::{World, done, lock};

pub(super) type Kept = HashMap<(Tenant, Hash), Bytes>;

/// The port on a map.
pub(super) struct MemoryBlobs(pub(super) Arc<World>);

impl Blobs for MemoryBlobs {
    fn put<'a>(&'a self, tenant: &'a Tenant, content: Bytes) -> Fut<'a, Result<Hash, PortError>> {
        let hash = Hash::of(&content);
        lock(&self.0.blobs).insert((tenant.clone(), hash), content);
        done(Ok(hash))
    }

    fn get<'a>(
        &'a self,
        tenant: &'a Tenant,
        hash: Hash,
    ) -> Fut<'a, Result<Option<Bytes>, PortError>> {
        let kept = lock(&self.0.blobs).get(&(tenant.clone(), hash)).cloned();
        done(match kept {
            Some(content) if Hash::of(&content) != hash => {
                Err(PortError::Damaged(format!("blob {hash} does not have its hash")))
            }
            kept => Ok(kept),
        })
    }
}

/// Flips a bit of what is kept; an empty blob grows by a byte.
pub(super) fn damage(world: &World, tenant: &Tenant, hash: Hash) {
    if let Some(content) = lock(&world.blobs).get_mut(&(tenant.clone(), hash)) {
        let mut bytes = content.to_vec();
        match bytes.first_mut() {
            Some(first) => *first ^= 1,
            None => bytes.push(0),
        }
        *content = Bytes::from(bytes);
    }
}
