use std::collections::BTreeMap;
use std::sync::Arc;

use bytes::Bytes;
use contracts::audit::{AuditRecord, ChainName};
use contracts::ports::{Audit, AuditEntry, AuditFilter, Flow, Fut, PortError};
use tokio::sync::watch;

use super::{World, done, lock};

/// What is kept, by where it stands.
#[derive(Default)]
pub(super) struct Kept {
    pub(super) entries: BTreeMap<u64, AuditEntry>,
    last: watch::Sender<u64>,
}

/// The port on a map.
pub(super) struct MemoryAudit(pub(super) Arc<World>);

impl Audit for MemoryAudit {
    fn record(&self, record: AuditRecord) -> Fut<'_, Result<(), PortError>> {
        let json = match serde_json::to_vec(&record) {
            Ok(json) => json,
            Err(error) => return done(Err(PortError::Refused(error.to_string()))),
        };
        let chain = ChainName { tenant: record.tenant, class: record.class };
        let mut kept = lock(&self.0.audit);
        let sequence = *kept.last.borrow() + 1;
        let entry = AuditEntry { sequence, chain, payload: Bytes::from(json) };
        kept.entries.insert(sequence, entry);
        kept.last.send_replace(sequence);
        done(Ok(()))
    }

    fn entries<'a>(
        &'a self,
        filter: &'a AuditFilter,
        after: u64,
        limit: usize,
    ) -> Fut<'a, Result<Vec<AuditEntry>, PortError>> {
        let kept = lock(&self.0.audit);
        let behind = kept.entries.range(after.saturating_add(1)..).map(|(_, entry)| entry);
        done(Ok(behind.filter(|it| filter.fits(&it.chain)).take(limit).cloned().collect()))
    }

    fn follow(&self, after: u64) -> Flow<Result<AuditEntry, PortError>> {
        let last = lock(&self.0.audit).last.subscribe();
        let state = (Arc::clone(&self.0), last, after);
        Box::pin(futures_util::stream::unfold(state, |(world, mut last, after)| async move {
            loop {
                let next =
                    lock(&world.audit).entries.range(after + 1..).next().map(|it| it.1.clone());
                if let Some(entry) = next {
                    let after = entry.sequence;
                    return Some((Ok(entry), (world, last, after)));
                }
                last.wait_for(|last| *last > after).await.ok()?;
                // What stands there may be purged already.
                if lock(&world.audit).entries.range(after + 1..).next().is_none() {
                    last.changed().await.ok()?;
                }
            }
        }))
    }

    fn head(&self) -> Fut<'_, Result<u64, PortError>> {
        done(Ok(*lock(&self.0.audit).last.borrow()))
    }

    fn purge<'a>(&'a self, chain: &'a ChainName, until: u64) -> Fut<'a, Result<u64, PortError>> {
        let mut kept = lock(&self.0.audit);
        let before = kept.entries.len();
        kept.entries.retain(|sequence, entry| *sequence > until || entry.chain != *chain);
        done(Ok((before - kept.entries.len()) as u64))
    }
}
