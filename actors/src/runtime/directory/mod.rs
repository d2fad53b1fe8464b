//! The directory: who there is in every tenant and what each may, folded from the log's commits of
//! `organization` and `principal`. The gate and the edge ask it; it answers from memory.
//!
//! It is complete before this node takes a partition: [`open`] reads the commits of these kinds
//! only. Afterwards it follows the tail. Readers get an immutable snapshot.

mod connectors;
mod fold;
mod footprint;
mod house;
mod keeper;
mod resident;
mod shards;
mod snapshot;
#[cfg(test)]
mod tests;

use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use contracts::access::SYSTEM;
use contracts::caller::{Caller, Identity, Origin};
use contracts::kinds::{connector, organization, policy, principal};
use contracts::ports::{Entrance, Fut, Guard};
use contracts::{ActorId, Cursor, Hash, Kind, Refusal, Tenant, Timestamp};
use tokio::sync::watch;
use tokio::time::Instant;

pub use fold::Fold;
pub use footprint::Footprint;
pub use keeper::{open, spawn};
pub use resident::Carried;
pub use snapshot::Snapshot;

/// The kinds that the directory is folded from.
#[must_use]
pub fn kinds() -> [Kind; 4] {
    [connector::KIND, organization::KIND, policy::KIND, principal::KIND]
}

/// Whether commits of `kind` change who may do what.
#[must_use]
pub fn is_of(kind: &Kind) -> bool {
    *kind == connector::KIND
        || *kind == organization::KIND
        || *kind == policy::KIND
        || *kind == principal::KIND
}

/// The directory of this process.
pub struct Directory {
    snapshot: RwLock<Arc<Snapshot>>,
    position: watch::Sender<Cursor>,
    /// Counts how often somebody was given or has lost something.
    changes: watch::Sender<u64>,
    /// When it was last seen to go on reading, or to have read all that the log held.
    fresh: RwLock<Instant>,
}

impl Default for Directory {
    fn default() -> Self {
        Self {
            snapshot: RwLock::default(),
            position: watch::Sender::new(Cursor::ZERO),
            changes: watch::Sender::new(0),
            fresh: RwLock::new(Instant::now()),
        }
    }
}

impl Directory {
    /// Who there is at this moment.
    #[must_use]
    pub fn snapshot(&self) -> Arc<Snapshot> {
        self.snapshot.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Up to where the log is read. Asked before [`Directory::snapshot`], it is never beyond what
    /// that knows.
    #[must_use]
    pub fn as_of(&self) -> Cursor {
        *self.position.borrow()
    }

    /// Resolves once the log is read up to `cursor`.
    pub async fn reached(&self, cursor: Cursor) {
        let mut position = self.position.subscribe();
        // The sender lives as long as the directory does.
        let _ = position.wait_for(|at| *at >= cursor).await;
    }

    /// Whether so long has passed since it went on reading, or had read all that the log held.
    #[must_use]
    pub fn is_stale(&self, after: Duration) -> bool {
        self.fresh.read().unwrap_or_else(PoisonError::into_inner).elapsed() > after
    }

    fn refresh(&self, since: Instant) {
        let mut fresh = self.fresh.write().unwrap_or_else(PoisonError::into_inner);
        *fresh = since.max(*fresh);
    }

    fn publish(&self, snapshot: Snapshot) {
        let snapshot = Arc::new(snapshot);
        *self.snapshot.write().unwrap_or_else(PoisonError::into_inner) = snapshot;
        self.changes.send_modify(|count| *count = count.wrapping_add(1));
    }

    fn moved(&self, at: Cursor) {
        self.position.send_replace(at);
    }
}

impl Guard for Directory {
    fn enter(&self, identity: &Identity, tenant: &Tenant, now: Timestamp) -> Option<Entrance> {
        let principal = identity.called_in(tenant)?;
        let snapshot = self.snapshot();
        let by = Caller::new(principal, Origin::Http).with(identity.credential.clone());
        let rights = match &identity.tenant {
            None => contracts::access::Rights::everything(),
            Some(_) => snapshot.rights(tenant, &by, now)?,
        };
        Some(Entrance { principal: by.principal, rights })
    }

    fn requests_per_minute(&self, tenant: &Tenant) -> Option<u32> {
        self.snapshot().house(tenant).requests_per_minute()
    }

    fn holder(&self, key: &Hash, now: Timestamp) -> Option<Identity> {
        self.snapshot().holder(key, now)
    }

    fn stands(&self, identity: &Identity, now: Timestamp) -> bool {
        let Some(home) = &identity.tenant else { return true };
        let snapshot = self.snapshot();
        let Some(resident) = snapshot.resident(home, identity.principal.as_str()) else {
            return false;
        };
        let by = Caller::new(identity.principal.clone(), Origin::Http);
        let by = by.with(identity.credential.clone());
        let counts = !matches!(resident.carried(&by, now), Carried::Nothing);
        counts && !resident.access.suspended && !snapshot.house(home).governance.suspended
    }

    fn ensure_moving(
        &self,
        tenant: &Tenant,
        actor: Option<(&Kind, &ActorId)>,
    ) -> Result<(), Refusal> {
        super::gate::ensure_free(&self.snapshot(), tenant, actor)
    }

    fn is_empty(&self) -> bool {
        self.snapshot().principals() == 0
    }

    fn reached(&self, cursor: Cursor) -> Fut<'static, ()> {
        let mut position = self.position.subscribe();
        Box::pin(async move {
            // Who waits no longer has a directory has nothing to wait for either.
            let _ = position.wait_for(|at| *at >= cursor).await;
        })
    }

    fn changed(&self) -> Fut<'static, ()> {
        let mut changes = self.changes.subscribe();
        Box::pin(async move {
            if changes.changed().await.is_err() {
                std::future::pending::<()>().await;
            }
        })
    }
}

/// Whether `tenant` is the system's own.
fn is_system(tenant: &Tenant) -> bool {
    *tenant == SYSTEM
}
