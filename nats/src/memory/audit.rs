use std::sync::Arc;

use contracts::Tenant;
use contracts::ports::{Audit, AuditRecord, Fut, PortError};

use super::{World, done, lock};

pub(super) type Kept = Vec<AuditRecord>;

/// The port on a list: position n stands at index n - 1.
pub(super) struct MemoryAudit(pub(super) Arc<World>);

impl Audit for MemoryAudit {
    fn record(&self, record: AuditRecord) -> Fut<'_, Result<(), PortError>> {
        lock(&self.0.audit).push(record);
        done(Ok(()))
    }

    fn read<'a>(
        &'a self,
        tenant: &'a Tenant,
        after: u64,
        limit: usize,
    ) -> Fut<'a, Result<Vec<(u64, AuditRecord)>, PortError>> {
        let kept = lock(&self.0.audit);
        let own = (1..).zip(kept.iter()).filter(|(at, it)| *at > after && it.tenant == *tenant);
        done(Ok(own.take(limit).map(|(at, record)| (at, record.clone())).collect()))
    }
}
