use async_nats::jetstream::object_store::{GetErrorKind, InfoErrorKind, ObjectStore};
use bytes::Bytes;
use contracts::ports::{Blobs, Fut, PortError};
use contracts::{Hash, Tenant};
use tokio::io::AsyncReadExt as _;

use super::away;
use crate::connect::Connection;
use crate::streams::BLOBS;

/// BLOBS on the object store.
pub(crate) struct NatsBlobs {
    connection: Connection,
    store: ObjectStore,
}

impl NatsBlobs {
    pub(crate) async fn new(connection: &Connection) -> Result<Self, PortError> {
        let store = connection.context.get_object_store(BLOBS).await.map_err(away)?;
        Ok(Self { connection: connection.clone(), store })
    }

    pub(crate) async fn keep(&self, tenant: &Tenant, content: Bytes) -> Result<Hash, PortError> {
        let hash = Hash::of(&content);
        let name = name(tenant, hash);
        match self.store.info(&name).await {
            Ok(kept) if !kept.deleted && kept.size == content.len() => return Ok(hash),
            Ok(_) => {}
            Err(error) if error.kind() == InfoErrorKind::NotFound => {}
            Err(error) => return Err(away(error)),
        }
        self.store.put(name.as_str(), &mut content.as_ref()).await.map_err(away)?;
        Ok(hash)
    }

    pub(crate) async fn fetch(
        &self,
        tenant: &Tenant,
        hash: Hash,
    ) -> Result<Option<Bytes>, PortError> {
        let mut object = match self.store.get(name(tenant, hash)).await {
            Ok(object) => object,
            Err(error) if error.kind() == GetErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(away(error)),
        };
        let mut content = Vec::with_capacity(object.info().size);
        let read = object.read_to_end(&mut content).await;
        match read {
            Err(error) if error.kind() != std::io::ErrorKind::InvalidData => Err(away(error)),
            Ok(_) if Hash::of(&content) == hash => Ok(Some(Bytes::from(content))),
            _ => Err(PortError::Damaged(format!("blob {hash} does not have its hash"))),
        }
    }
}

/// `<tenant>/<hash>`, in the characters that the store allows: a tenant's `:` and `@` as `=3A` and
/// `=40`, which no tenant can be called.
pub(crate) fn name(tenant: &Tenant, hash: Hash) -> String {
    let tenant = tenant.as_str().replace(':', "=3A").replace('@', "=40");
    format!("{tenant}/{hash}")
}

/// Whose content a name of the store is, and its hash; `None` when the name is none of ours.
pub(crate) fn name_of(name: &str) -> Option<(Tenant, Hash)> {
    let (tenant, hash) = name.split_once('/')?;
    let tenant = tenant.replace("=3A", ":").replace("=40", "@");
    Some((tenant.parse().ok()?, hash.parse().ok()?))
}

impl Blobs for NatsBlobs {
    fn put<'a>(&'a self, tenant: &'a Tenant, content: Bytes) -> Fut<'a, Result<Hash, PortError>> {
        Box::pin(self.connection.whole(self.keep(tenant, content)))
    }

    fn get<'a>(
        &'a self,
        tenant: &'a Tenant,
        hash: Hash,
    ) -> Fut<'a, Result<Option<Bytes>, PortError>> {
        Box::pin(self.connection.whole(self.fetch(tenant, hash)))
    }
}
