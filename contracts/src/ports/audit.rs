use bytes::Bytes;

use super::{Flow, Fut, PortError};
use crate::audit::{AuditRecord, ChainName};
use crate::ids::{ActorId, Tenant};

/// A record as it is stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuditEntry {
    /// Where it stands among all records, from 1, with holes where others were purged.
    pub sequence: u64,
    /// On whose subject.
    pub chain: ChainName,
    /// Its bytes.
    pub payload: Bytes,
}

impl AuditEntry {
    /// What it says.
    ///
    /// # Errors
    /// `Damaged` when it is no record.
    pub fn record(&self) -> Result<AuditRecord, PortError> {
        crate::read::from_slice(&self.payload)
            .map_err(|error| PortError::Damaged(error.to_string()))
    }
}

/// Which records are read.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AuditFilter {
    /// Whose; `None` = of all tenants.
    pub tenant: Option<Tenant>,
    /// Of which class; `None` = of all.
    pub class: Option<ActorId>,
}

impl AuditFilter {
    /// All of one tenant.
    #[must_use]
    pub const fn of(tenant: Tenant) -> Self {
        Self { tenant: Some(tenant), class: None }
    }

    /// Whether the chain is meant.
    #[must_use]
    pub fn fits(&self, chain: &ChainName) -> bool {
        self.tenant.as_ref().is_none_or(|tenant| *tenant == chain.tenant)
            && self.class.as_ref().is_none_or(|class| *class == chain.class)
    }
}

/// AUDIT: what was refused, dropped or seen by somebody with special rights.
pub trait Audit: Send + Sync {
    /// Writes a record; resolves once it is durable.
    fn record(&self, record: AuditRecord) -> Fut<'_, Result<(), PortError>>;

    /// Records as they are stored, oldest first, after position `after`, at most `limit`.
    fn entries<'a>(
        &'a self,
        filter: &'a AuditFilter,
        after: u64,
        limit: usize,
    ) -> Fut<'a, Result<Vec<AuditEntry>, PortError>>;

    /// All records after position `after`, and those to come, in order. After an error it goes on
    /// behind the last one that was told.
    fn follow(&self, after: u64) -> Flow<Result<AuditEntry, PortError>>;

    /// Where the newest record stands; 0 = there has never been one.
    fn head(&self) -> Fut<'_, Result<u64, PortError>>;

    /// Forgets the records of a chain up to position `until`, which included: nothing of them is
    /// left that the broker would read. How many there were.
    fn purge<'a>(&'a self, chain: &'a ChainName, until: u64) -> Fut<'a, Result<u64, PortError>>;

    /// A tenant's records, oldest first, after position `after`, at most `limit`.
    fn read<'a>(
        &'a self,
        tenant: &'a Tenant,
        after: u64,
        limit: usize,
    ) -> Fut<'a, Result<Vec<(u64, AuditRecord)>, PortError>> {
        Box::pin(async move {
            let found = self.entries(&AuditFilter::of(tenant.clone()), after, limit).await?;
            found.iter().map(|entry| Ok((entry.sequence, entry.record()?))).collect()
        })
    }
}
