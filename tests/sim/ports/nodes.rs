use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use contracts::ports::{
    Flow, Fut, Lease, LeaseError, Leases, PeerAnswer, PeerCall, PeerError, PeerName, Peers,
    PortError, Store, StoreChange, Versioned,
};
use contracts::{NodeId, Partition};
use futures_util::StreamExt as _;

use super::{Rates, Wire, gone};

/// How often a word between nodes is lost.
const fn lost(rates: &Rates) -> u16 {
    rates.live_failed
}

/// LEASES as one run of the program meets it.
pub struct SimLeases {
    /// The leases themselves.
    pub inner: Arc<dyn Leases>,
    /// The way to them.
    pub wire: Wire,
}

/// NODES as one run of the program meets it.
pub struct SimNodes {
    /// The rows themselves.
    pub inner: Arc<dyn Store>,
    /// The way to them.
    pub wire: Wire,
}

/// `peer.` as one run of the program meets it.
pub struct SimPeers {
    /// The peers themselves.
    pub inner: Arc<dyn Peers>,
    /// Who there is.
    pub nodes: Arc<dyn Store>,
    /// The way to them.
    pub wire: Wire,
}

impl SimLeases {
    async fn call(
        &self,
        call: impl Future<Output = Result<Lease, LeaseError>>,
    ) -> Result<Lease, LeaseError> {
        self.wire.call_twice(lost, lost, async { Ok(call.await) }).await?
    }
}

impl Leases for SimLeases {
    fn acquire<'a>(
        &'a self,
        partition: Partition,
        holder: &'a str,
    ) -> Fut<'a, Result<Lease, LeaseError>> {
        Box::pin(self.call(self.inner.acquire(partition, holder)))
    }

    fn renew<'a>(&'a self, lease: &'a Lease) -> Fut<'a, Result<Lease, LeaseError>> {
        Box::pin(self.call(self.inner.renew(lease)))
    }

    fn release<'a>(&'a self, lease: &'a Lease) -> Fut<'a, Result<(), LeaseError>> {
        let call = async move { Ok(self.inner.release(lease).await) };
        Box::pin(async move { self.wire.call(lost, call).await? })
    }

    fn held(&self) -> Fut<'_, Result<Vec<Lease>, PortError>> {
        Box::pin(self.wire.call(lost, self.inner.held()))
    }
}

impl Store for SimNodes {
    fn get<'a>(&'a self, name: &'a str) -> Fut<'a, Result<Option<Versioned>, PortError>> {
        Box::pin(self.wire.call(lost, self.inner.get(name)))
    }

    fn create<'a>(
        &'a self,
        name: &'a str,
        value: Vec<u8>,
        ttl_ms: Option<u64>,
    ) -> Fut<'a, Result<Option<u64>, PortError>> {
        Box::pin(self.wire.call_twice(lost, lost, self.inner.create(name, value, ttl_ms)))
    }

    fn update<'a>(
        &'a self,
        name: &'a str,
        value: Vec<u8>,
        revision: u64,
    ) -> Fut<'a, Result<Option<u64>, PortError>> {
        Box::pin(self.wire.call_twice(lost, lost, self.inner.update(name, value, revision)))
    }

    fn delete<'a>(&'a self, name: &'a str, revision: u64) -> Fut<'a, Result<bool, PortError>> {
        Box::pin(self.wire.call(lost, self.inner.delete(name, revision)))
    }

    fn names<'a>(&'a self, prefix: &'a str) -> Fut<'a, Result<Vec<String>, PortError>> {
        Box::pin(self.wire.call(lost, self.inner.names(prefix)))
    }

    fn watch(&self) -> Flow<Result<StoreChange, PortError>> {
        self.inner.watch()
    }
}

struct SimAnswer {
    inner: Box<dyn PeerAnswer>,
    wire: Wire,
}

impl PeerAnswer for SimAnswer {
    fn send(&self, payload: Bytes) -> Fut<'_, Result<(), PortError>> {
        Box::pin(async move { self.wire.call(lost, self.inner.send(payload)).await })
    }
}

impl SimPeers {
    /// Any node, be it the one that asks.
    async fn other(&self) -> Option<PeerName> {
        let names = self.nodes.names("").await.unwrap_or_default();
        let place = self.wire.chaos.below(names.len().max(1) as u64);
        let name = names.get(usize::try_from(place).ok()?)?;
        NodeId::new(name.as_str()).ok().map(PeerName::Node)
    }
}

impl Peers for SimPeers {
    fn serve(&self, name: PeerName) -> Flow<Result<PeerCall, PortError>> {
        let wire = self.wire.clone();
        Box::pin(self.inner.serve(name).then(move |call| {
            let wire = wire.clone();
            async move {
                wire.chaos.take_time().await;
                if wire.life.gate().await.is_err() {
                    std::future::pending::<()>().await;
                }
                call.map(|PeerCall { payload, answer }| {
                    let answer = Box::new(SimAnswer { inner: answer, wire });
                    PeerCall { payload, answer }
                })
            }
        }))
    }

    fn call(
        &self,
        name: PeerName,
        payload: Bytes,
        timeout: Duration,
    ) -> Fut<'_, Result<Bytes, PeerError>> {
        Box::pin(async move {
            self.wire.life.gate().await.map_err(|_| gone())?;
            self.wire.chaos.take_time().await;
            if self.wire.chaos.strikes(lost) {
                return Err(PeerError::Silent);
            }
            let other = match &name {
                PeerName::Owner(_) if self.wire.chaos.strikes(|rates| rates.heard_twice) => {
                    self.other().await
                }
                _ => None,
            };
            // Both hear it, and whose answer is heard chance says.
            let asked = self.inner.call(name, payload.clone(), timeout);
            let asked = match other.map(|other| self.inner.call(other, payload, timeout)) {
                Some(other) if self.wire.chaos.below(2) == 0 => other,
                _ => asked,
            };
            let answer = asked.await;
            self.wire.life.gate().await.map_err(|_| gone())?;
            answer
        })
    }
}
