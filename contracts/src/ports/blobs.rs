use bytes::Bytes;

use super::{Fut, PortError};
use crate::hash::Hash;
use crate::ids::Tenant;

/// BLOBS: large content under its BLAKE3, per tenant.
pub trait Blobs: Send + Sync {
    /// Keeps `content` and returns its name. Keeping it again changes nothing.
    fn put<'a>(&'a self, tenant: &'a Tenant, content: Bytes) -> Fut<'a, Result<Hash, PortError>>;

    /// The content called `hash`; `Damaged` when what is kept does not have that hash.
    fn get<'a>(
        &'a self,
        tenant: &'a Tenant,
        hash: Hash,
    ) -> Fut<'a, Result<Option<Bytes>, PortError>>;
}
