use std::sync::Arc;

use bytes::Bytes;
use contracts::ports::{Asks, CommandQueue, Flow, Fut, Inbound, PortError, Settle};
use contracts::{Address, Partition};
use futures_util::StreamExt as _;

use super::Wire;

/// COMMANDS as one run of the program meets it.
pub struct SimQueue {
    /// The queue itself.
    pub inner: Arc<dyn CommandQueue>,
    /// The way to it.
    pub wire: Wire,
}

/// `ask.` as one run of the program meets it.
pub struct SimAsks {
    /// The requests themselves.
    pub inner: Arc<dyn Asks>,
    /// The way to them.
    pub wire: Wire,
}

struct SimSettle {
    inner: Box<dyn Settle>,
    wire: Wire,
}

/// Hands a flow of messages to a run of the program, and nothing to a killed one.
fn handed(flow: Flow<Result<Inbound, PortError>>, wire: &Wire) -> Flow<Result<Inbound, PortError>> {
    let wire = wire.clone();
    Box::pin(flow.then(move |item| {
        let wire = wire.clone();
        async move {
            wire.chaos.take_time().await;
            if wire.life.gate().await.is_err() {
                std::future::pending::<()>().await;
            }
            item.map(|mut inbound| {
                let Inbound { road, to, sequence, delivery, .. } = &inbound;
                wire.trace.note(format_args!(
                    "{} gets {road:?} {to:?} #{sequence}/{delivery}",
                    wire.life.number
                ));
                inbound.settle = Box::new(SimSettle { inner: inbound.settle, wire });
                inbound
            })
        }
    }))
}

impl CommandQueue for SimQueue {
    fn enqueue<'a>(
        &'a self,
        to: &'a Address,
        headers: Vec<(String, String)>,
        payload: Bytes,
    ) -> Fut<'a, Result<u64, PortError>> {
        let call = async move { self.inner.enqueue(to, headers, payload).await };
        let (failed, unheard) = (
            |rates: &super::Rates| rates.enqueue_failed,
            |rates: &super::Rates| rates.enqueue_ack_lost,
        );
        Box::pin(self.wire.call_twice(failed, unheard, call))
    }

    fn consume(&self, partition: Partition) -> Flow<Result<Inbound, PortError>> {
        handed(self.inner.consume(partition), &self.wire)
    }
}

impl Asks for SimAsks {
    fn serve(&self, partition: Partition) -> Flow<Result<Inbound, PortError>> {
        handed(self.inner.serve(partition), &self.wire)
    }
}

impl Settle for SimSettle {
    fn ack(&self) -> Fut<'_, Result<(), PortError>> {
        let call = async move { self.inner.ack().await };
        Box::pin(self.wire.call(|rates| rates.settle_lost, call))
    }

    fn retry(&self, delay_ms: u64) -> Fut<'_, Result<(), PortError>> {
        let call = async move { self.inner.retry(delay_ms).await };
        Box::pin(self.wire.call(|rates| rates.settle_lost, call))
    }

    fn working(&self) -> Fut<'_, Result<(), PortError>> {
        let call = async move { self.inner.working().await };
        Box::pin(self.wire.call(|rates| rates.settle_lost, call))
    }

    fn reply<'a>(&'a self, subject: &'a str, payload: Bytes) -> Fut<'a, Result<(), PortError>> {
        let call = async move { self.inner.reply(subject, payload).await };
        Box::pin(self.wire.call(|rates| rates.live_failed, call))
    }
}
