use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use bytes::Bytes;
use contracts::audit::ChainName;
use contracts::ports::{
    AppendError, Audit, AuditEntry, AuditFilter, AuditRecord, Blobs, DeadLetter, DeadLetters, Flow,
    Fut, LetterFilter, Live, LiveItem, PortError, Scheduled, Snapshots, TimerId, Timers, TreeHeads,
};
use contracts::{ActorId, Address, Hash, Kind, Signal, Tenant, Timestamp};

use super::{Chaos, Rates, Wire};
use crate::trace::lock;

macro_rules! ports {
    ($($(#[$doc:meta])* $name:ident: $port:ident,)*) => {$(
        $(#[$doc])*
        pub struct $name {
            /// The port itself.
            pub inner: Arc<dyn $port>,
            /// The way to it.
            pub wire: Wire,
        }
    )*};
}

ports! {
    /// AUDIT as one run of the program meets it.
    SimAudit: Audit,
    /// BLOBS as one run of the program meets it.
    SimBlobs: Blobs,
    /// DEAD as one run of the program meets it.
    SimDead: DeadLetters,
    /// Signals as one run of the program meets them.
    SimLive: Live,
    /// Timers as one run of the program meets them.
    SimTimers: Timers,
    /// TREES as one run of the program meets it.
    SimTrees: TreeHeads,
}

/// SNAPSHOTS as one run of the program meets it.
pub struct SimSnapshots {
    /// The snapshots themselves.
    pub inner: Arc<dyn Snapshots>,
    /// The way to them.
    pub wire: Wire,
    /// The first snapshot ever taken of each actor: what an old copy holds.
    pub first: Arc<Mutex<BTreeMap<Address, Bytes>>>,
}

/// One bit is flipped; half of the time in a digit, which leaves another number.
fn damaged(whole: &Bytes, chaos: &Chaos) -> Bytes {
    let mut bytes = whole.to_vec();
    let digits: Vec<usize> = (0..bytes.len()).filter(|at| bytes[*at].is_ascii_digit()).collect();
    let (at, bit) = if chaos.below(2) == 0 && !digits.is_empty() {
        let nth = usize::try_from(chaos.below(digits.len() as u64)).unwrap_or(0);
        (digits[nth], 0)
    } else {
        (usize::try_from(chaos.below(bytes.len() as u64)).unwrap_or(0), chaos.below(8))
    };
    bytes[at] ^= 1 << bit;
    bytes.into()
}

impl Snapshots for SimSnapshots {
    fn save<'a>(&'a self, address: &'a Address, payload: Bytes) -> Fut<'a, Result<(), PortError>> {
        let call = async move {
            lock(&self.first).entry(address.clone()).or_insert_with(|| payload.clone());
            self.wire.trace.note(format_args!("{} snapshot {address}", self.wire.life.number));
            let chaos = &self.wire.chaos;
            let is_damaged = chaos.strikes(|rates| rates.snapshot_damaged);
            let payload = if is_damaged { damaged(&payload, chaos) } else { payload };
            self.inner.save(address, payload).await
        };
        Box::pin(self.wire.call(|rates| rates.snapshot_failed, call))
    }

    fn load<'a>(&'a self, address: &'a Address) -> Fut<'a, Result<Option<Bytes>, PortError>> {
        let chaos = &self.wire.chaos;
        let call = async move {
            let Some(kept) = self.inner.load(address).await? else { return Ok(None) };
            if chaos.strikes(|rates| rates.snapshot_lost) {
                return Ok(None);
            }
            if chaos.strikes(|rates| rates.snapshot_old) {
                return Ok(lock(&self.first).get(address).cloned());
            }
            if chaos.strikes(|rates| rates.snapshot_foreign) {
                let all = lock(&self.first);
                let other = all.iter().find(|(it, _)| it.kind == address.kind && *it != address);
                return Ok(other.map(|(_, bytes)| bytes.clone()));
            }
            if chaos.strikes(|rates| rates.snapshot_damaged) {
                return Ok(Some(damaged(&kept, chaos)));
            }
            Ok(Some(kept))
        };
        Box::pin(self.wire.call(|rates| rates.snapshot_failed, call))
    }

    fn forget<'a>(&'a self, address: &'a Address) -> Fut<'a, Result<(), PortError>> {
        Box::pin(self.wire.call(|rates| rates.snapshot_failed, self.inner.forget(address)))
    }
}

impl Blobs for SimBlobs {
    fn put<'a>(&'a self, tenant: &'a Tenant, content: Bytes) -> Fut<'a, Result<Hash, PortError>> {
        Box::pin(self.wire.call(|rates| rates.blob_failed, self.inner.put(tenant, content)))
    }

    fn get<'a>(
        &'a self,
        tenant: &'a Tenant,
        hash: Hash,
    ) -> Fut<'a, Result<Option<Bytes>, PortError>> {
        Box::pin(self.wire.call(|rates| rates.blob_failed, self.inner.get(tenant, hash)))
    }
}

impl DeadLetters for SimDead {
    fn bury(&self, letter: DeadLetter) -> Fut<'_, Result<u64, PortError>> {
        let call = async move { self.inner.bury(letter).await };
        Box::pin(self.wire.call(|rates| rates.dead_failed, call))
    }

    fn select(
        &self,
        filter: LetterFilter,
        after: u64,
        limit: usize,
    ) -> Fut<'_, Result<Vec<(u64, DeadLetter)>, PortError>> {
        let call = async move { self.inner.select(filter, after, limit).await };
        Box::pin(self.wire.call(|rates| rates.dead_failed, call))
    }

    fn get(&self, position: u64) -> Fut<'_, Result<Option<DeadLetter>, PortError>> {
        Box::pin(self.wire.call(|rates| rates.dead_failed, self.inner.get(position)))
    }

    fn next_of<'a>(
        &'a self,
        to: &'a Address,
        after: u64,
    ) -> Fut<'a, Result<Option<(u64, DeadLetter)>, PortError>> {
        Box::pin(self.wire.call(|rates| rates.dead_failed, self.inner.next_of(to, after)))
    }

    fn remove(&self, position: u64) -> Fut<'_, Result<bool, PortError>> {
        Box::pin(self.wire.call(|rates| rates.dead_failed, self.inner.remove(position)))
    }
}

impl Audit for SimAudit {
    fn record(&self, record: AuditRecord) -> Fut<'_, Result<(), PortError>> {
        let call = async move { self.inner.record(record).await };
        Box::pin(self.wire.call(|rates| rates.audit_failed, call))
    }

    fn entries<'a>(
        &'a self,
        filter: &'a AuditFilter,
        after: u64,
        limit: usize,
    ) -> Fut<'a, Result<Vec<AuditEntry>, PortError>> {
        let call = self.inner.entries(filter, after, limit);
        Box::pin(self.wire.call(|rates| rates.audit_failed, call))
    }

    fn follow(&self, after: u64) -> Flow<Result<AuditEntry, PortError>> {
        self.inner.follow(after)
    }

    fn head(&self) -> Fut<'_, Result<u64, PortError>> {
        Box::pin(self.wire.call(|rates| rates.audit_failed, self.inner.head()))
    }

    fn purge<'a>(&'a self, chain: &'a ChainName, until: u64) -> Fut<'a, Result<u64, PortError>> {
        Box::pin(self.wire.call(|rates| rates.audit_failed, self.inner.purge(chain, until)))
    }
}

impl Live for SimLive {
    fn publish<'a>(
        &'a self,
        address: &'a Address,
        signal: &'a Signal,
    ) -> Fut<'a, Result<(), PortError>> {
        Box::pin(self.wire.call(|rates| rates.live_failed, self.inner.publish(address, signal)))
    }

    fn listen(&self, tenant: &Tenant, kind: Option<&Kind>, id: Option<&ActorId>) -> Flow<LiveItem> {
        self.inner.listen(tenant, kind, id)
    }
}

impl Timers for SimTimers {
    fn set(
        &self,
        timer: TimerId,
        at: Timestamp,
        headers: Vec<(String, String)>,
        payload: Bytes,
    ) -> Fut<'_, Result<(), PortError>> {
        let call = async move { self.inner.set(timer, at, headers, payload).await };
        let unheard = |rates: &Rates| rates.timer_ack_lost;
        Box::pin(self.wire.call_twice(|rates| rates.timer_failed, unheard, call))
    }

    fn cancel(&self, timer: TimerId) -> Fut<'_, Result<(), PortError>> {
        let call = async move { self.inner.cancel(timer).await };
        Box::pin(self.wire.call(|rates| rates.timer_failed, call))
    }

    fn list(&self) -> Fut<'_, Result<Vec<Scheduled>, PortError>> {
        Box::pin(self.wire.call(|rates| rates.timer_failed, self.inner.list()))
    }
}

impl TreeHeads for SimTrees {
    fn keep(&self, number: u64, head: Bytes) -> Fut<'_, Result<(), AppendError>> {
        Box::pin(async move {
            let killed = |_| AppendError::InDoubt("killed".to_owned());
            self.wire.life.gate().await.map_err(killed)?;
            let kept = self.inner.keep(number, head).await;
            self.wire.life.gate().await.map_err(killed)?;
            kept
        })
    }

    fn get(&self, number: u64) -> Fut<'_, Result<Option<Bytes>, PortError>> {
        Box::pin(self.wire.call(|rates| rates.read_failed, self.inner.get(number)))
    }

    fn last(&self) -> Fut<'_, Result<Option<Bytes>, PortError>> {
        Box::pin(self.wire.call(|rates| rates.read_failed, self.inner.last()))
    }

    fn save<'a>(&'a self, part: &'a str, content: Bytes) -> Fut<'a, Result<(), PortError>> {
        Box::pin(self.wire.call(|rates| rates.read_failed, self.inner.save(part, content)))
    }

    fn load<'a>(&'a self, part: &'a str) -> Fut<'a, Result<Option<Bytes>, PortError>> {
        Box::pin(self.wire.call(|rates| rates.read_failed, self.inner.load(part)))
    }

    fn forget_parts(&self) -> Fut<'_, Result<(), PortError>> {
        Box::pin(self.wire.call(|rates| rates.read_failed, self.inner.forget_parts()))
    }
}
