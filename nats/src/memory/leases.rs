use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use contracts::Partition;
use contracts::ports::{Fut, Lease, LeaseError, Leases, PortError};
use tokio::time::Instant;

use super::{World, done, lock};

/// The last lease of each partition, also when it has run out, so that epochs only rise.
#[derive(Default)]
pub(super) struct Kept {
    leases: BTreeMap<Partition, (Lease, Instant)>,
    version: u64,
}

/// The port on a map.
pub(super) struct MemoryLeases(pub(super) Arc<World>);

impl MemoryLeases {
    fn acquire_now(&self, partition: Partition, holder: &str) -> Result<Lease, LeaseError> {
        let mut kept = lock(&self.0.leases);
        let epoch = match kept.leases.get(&partition) {
            Some((lease, until)) if lease.holder != holder && *until > Instant::now() => {
                return Err(LeaseError::Held(lease.holder.clone()));
            }
            Some((lease, _)) if lease.holder == holder => lease.epoch,
            Some((lease, _)) => lease.epoch + 1,
            None => 1,
        };
        Ok(kept.hold(partition, holder, epoch, self.term()))
    }

    fn renew_now(&self, lease: &Lease) -> Result<Lease, LeaseError> {
        let mut kept = lock(&self.0.leases);
        match kept.leases.get(&lease.partition) {
            Some((own, until)) if own == lease && *until > Instant::now() => {
                Ok(kept.hold(lease.partition, &lease.holder, lease.epoch, self.term()))
            }
            _ => Err(LeaseError::Lost),
        }
    }

    fn release_now(&self, lease: &Lease) -> Result<(), LeaseError> {
        match lock(&self.0.leases).leases.get_mut(&lease.partition) {
            Some((own, until)) if own == lease => {
                *until = Instant::now();
                Ok(())
            }
            _ => Err(LeaseError::Lost),
        }
    }

    fn term(&self) -> Duration {
        Duration::from_millis(self.0.config.lease_ttl_ms)
    }
}

impl Kept {
    fn hold(&mut self, partition: Partition, holder: &str, epoch: u64, term: Duration) -> Lease {
        self.version += 1;
        let lease = Lease { partition, holder: holder.to_owned(), epoch, version: self.version };
        self.leases.insert(partition, (lease.clone(), Instant::now() + term));
        lease
    }
}

impl Leases for MemoryLeases {
    fn acquire<'a>(
        &'a self,
        partition: Partition,
        holder: &'a str,
    ) -> Fut<'a, Result<Lease, LeaseError>> {
        done(self.acquire_now(partition, holder))
    }

    fn renew<'a>(&'a self, lease: &'a Lease) -> Fut<'a, Result<Lease, LeaseError>> {
        done(self.renew_now(lease))
    }

    fn release<'a>(&'a self, lease: &'a Lease) -> Fut<'a, Result<(), LeaseError>> {
        done(self.release_now(lease))
    }

    fn held(&self) -> Fut<'_, Result<Vec<Lease>, PortError>> {
        let now = Instant::now();
        let kept = lock(&self.0.leases);
        let held = kept.leases.values().filter(|(_, until)| *until > now);
        done(Ok(held.map(|(lease, _)| lease.clone()).collect()))
    }
}
