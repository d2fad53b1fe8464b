//! Following the stream into the rows.

use std::collections::BTreeMap;
use std::sync::Arc;

use contracts::Hash;
use contracts::audit::{ChainName, Link, Signed, TrailAnchor, classes};
use contracts::ports::{Audit, AuditEntry, AuditFilter, PortError};
use futures_util::FutureExt as _;
use tokio_util::sync::CancellationToken;

use super::fold;
use super::state::Slot;
use super::{Inner, Trail};
use crate::error::Error;
use crate::following::{self, Ended, Round};
use crate::store::Tx;

/// Records that one transaction carries.
const BATCH_RECORDS: usize = 500;

/// Records read at once.
pub(super) const PAGE_RECORDS: usize = 1_000;

impl Trail {
    /// Reads the stream into the rows until `shutdown`. Trouble never ends it: it pauses and goes
    /// on. Dropping the future loses nothing.
    pub async fn run(&self, audit: Arc<dyn Audit>, shutdown: CancellationToken) {
        let inner = &self.inner;
        let round = || -> Round<'_> { Box::pin(inner.round(&*audit, &shutdown)) };
        let look = || inner.look().boxed();
        inner.following.run(&inner.config, &shutdown, round, look).await;
    }
}

impl Inner {
    /// How far another process has read the stream.
    async fn look(&self) -> Result<Option<u64>, Error> {
        Ok(Slot::seen(&self.store).await?.map(|slot| slot.checkpoint))
    }

    async fn round(&self, audit: &dyn Audit, shutdown: &CancellationToken) -> Result<Ended, Error> {
        let mut slot = self.begin(audit).await?;
        let mut flow = audit.follow(slot.checkpoint);
        loop {
            let Some(batch) = following::batch(&mut flow, BATCH_RECORDS, shutdown).await? else {
                return Ok(Ended::Shutdown);
            };
            let mut tx = self.store.begin().await?;
            if Slot::load(&mut tx).await?.as_ref() != Some(&slot) {
                return Ok(Ended::Moved);
            }
            fold::fold(&mut tx, &mut slot, &batch).await?;
            slot.save(&mut tx).await?;
            tx.commit().await?;
            self.publish(&slot);
            self.following.set_trouble(None);
        }
    }

    /// The slot to go on from: emptied when the stream is not the one that it has read.
    async fn begin(&self, audit: &dyn Audit) -> Result<Slot, Error> {
        let _purging = self.purging.lock().await;
        let mut tx = self.store.begin().await?;
        let mut slot = Slot::open(&mut tx).await?;
        if slot.checkpoint > 0 && !is_same(audit, &slot).await? {
            tracing::error!("AUDIT is not the stream that was read; its rows are built again");
            slot.reset(&mut tx).await?;
            slot = Slot::empty(slot.stem);
        }
        if slot.checkpoint == 0 {
            seed(&mut tx, &slot, audit).await?;
        }
        tx.commit().await?;
        self.publish(&slot);
        // Rows and stream were both reached, and no record is to come that would show it.
        if audit.entries(&AuditFilter::default(), slot.checkpoint, 1).await?.is_empty() {
            self.following.set_trouble(None);
        }
        Ok(slot)
    }

    pub(super) fn publish(&self, slot: &Slot) {
        self.following.publish(slot.checkpoint);
    }
}

/// Whether the stream still holds what the slot has read: the record at its checkpoint, unless
/// that was purged.
async fn is_same(audit: &dyn Audit, slot: &Slot) -> Result<bool, PortError> {
    if audit.head().await? < slot.checkpoint {
        return Ok(false);
    }
    let at = audit.entries(&AuditFilter::default(), slot.checkpoint - 1, 1).await?;
    let there = at.first().filter(|entry| entry.sequence == slot.checkpoint);
    Ok(there.is_none_or(|entry| Hash::of(&entry.payload) == slot.anchor))
}

/// Lets chains whose beginning was purged begin behind their last anchor.
pub(super) async fn seed(tx: &mut Tx, slot: &Slot, audit: &dyn Audit) -> Result<(), Error> {
    let mut anchors: BTreeMap<ChainName, Vec<Link>> = BTreeMap::new();
    let filter = AuditFilter { tenant: None, class: Some(classes::RETENTION) };
    let mut after = 0;
    loop {
        let page = audit.entries(&filter, after, PAGE_RECORDS).await?;
        let Some(last) = page.last() else { break };
        after = last.sequence;
        for TrailAnchor { tenant, class, link, .. } in page.iter().filter_map(anchor) {
            anchors.entry(ChainName { tenant, class }).or_default().push(link);
        }
    }
    let mut seeds = BTreeMap::new();
    for (name, links) in anchors {
        let filter =
            AuditFilter { tenant: Some(name.tenant.clone()), class: Some(name.class.clone()) };
        let first = audit.entries(&filter, 0, 1).await?.first().map(|entry| entry.sequence);
        let before = |link: &Link| first.is_none_or(|first| link.sequence < first);
        let seed = links.into_iter().filter(before).max_by_key(|link| link.sequence);
        seeds.extend(seed.map(|seed| (name, seed)));
    }
    fold::save(tx, &slot.stem, seeds).await
}

fn anchor(entry: &AuditEntry) -> Option<TrailAnchor> {
    let signed: Signed<TrailAnchor> =
        contracts::read::from_value(entry.record().ok()?.details).ok()?;
    (signed.statement.tenant == entry.chain.tenant).then_some(signed.statement)
}
