use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use bytes::Bytes;
use contracts::Partition;
use contracts::ports::{Asks, Flow, Fut, Inbound, PortError, Road, Settle};
use futures_util::StreamExt as _;
use tokio::sync::mpsc;
use tokio_stream::wrappers::UnboundedReceiverStream;

use super::wire::Published;
use super::{World, done};
use crate::headers;
use crate::subjects::{self, ASK};

/// The port on the world's servers of requests.
pub(super) struct MemoryAsks(pub(super) Arc<World>);

/// Who serves which partition, and how inboxes are named.
#[derive(Default)]
pub(super) struct Servers {
    listeners: std::sync::Mutex<Vec<(Partition, mpsc::UnboundedSender<Request>)>>,
    requests: AtomicU64,
}

/// A request and where its answer goes.
pub(super) struct Request {
    pub(super) subject: String,
    pub(super) headers: Vec<(String, String)>,
    pub(super) payload: Bytes,
    pub(super) inbox: String,
}

impl Asks for MemoryAsks {
    fn serve(&self, partition: Partition) -> Flow<Result<Inbound, PortError>> {
        let (sender, receiver) = mpsc::unbounded_channel();
        super::lock(&self.0.servers.listeners).push((partition, sender));
        let world = Arc::clone(&self.0);
        Box::pin(UnboundedReceiverStream::new(receiver).map(move |ask| Ok(inbound(&world, ask))))
    }
}

impl World {
    /// Hands a request to one of those who serve its partition, in turn; `None` = nobody does.
    /// The answer arrives at the returned inbox.
    pub(super) fn ask(
        &self,
        subject: &str,
        headers: Vec<(String, String)>,
        payload: Bytes,
    ) -> Option<mpsc::UnboundedReceiver<Published>> {
        let tokens: Vec<&str> = subject.strip_prefix("ask.")?.split('.').collect();
        let (partition, stored) = match tokens[..] {
            [tenant, kind, id] => {
                let partition = Partition::of_tokens([tenant, kind, id]);
                (partition, format!("{ASK}.{partition}.{tenant}.{kind}.{id}"))
            }
            [number, _, _, _] => (Partition::new(number.parse().ok()?)?, subject.to_owned()),
            _ => return None,
        };
        let mut listeners = super::lock(&self.servers.listeners);
        listeners.retain(|(_, listener)| !listener.is_closed());
        let number = self.servers.requests.fetch_add(1, Ordering::Relaxed);
        let serving: Vec<_> = listeners.iter().filter(|(own, _)| *own == partition).collect();
        let turn = usize::try_from(number).unwrap_or(0) % serving.len().max(1);
        let (_, listener) = serving.get(turn)?;
        // As a well-behaved client of the tenant: `ask[.<partition>].<tenant>.<kind>.<id>`.
        let tenant = tokens[tokens.len() - 3];
        let inbox = format!("_INBOX_{tenant}.{number}");
        let answers = self.wire.listen(&inbox);
        listener.send(Request { subject: stored, headers, payload, inbox }).ok()?;
        Some(answers)
    }
}

fn inbound(world: &Arc<World>, ask: Request) -> Inbound {
    let Request { subject, headers, payload, inbox } = ask;
    let headers = headers::seen(headers);
    Inbound {
        road: Road::Interactive,
        to: subjects::parse_stored(ASK, &subject).ok_or(subject),
        headers,
        payload,
        sequence: 0,
        stored_ns: 0,
        delivery: 1,
        reply_to: Some(inbox.clone()),
        settle: settle(world, &inbox),
    }
}

/// How a request is answered at its inbox.
pub(super) fn settle(world: &Arc<World>, inbox: &str) -> Box<dyn Settle> {
    Box::new(Answer { world: Arc::clone(world), inbox: inbox.to_owned() })
}

struct Answer {
    world: Arc<World>,
    inbox: String,
}

impl Drop for Answer {
    /// Nobody answers any more: who still waits is told that there is no answer.
    fn drop(&mut self) {
        self.world.wire.close(&self.inbox);
    }
}

impl Settle for Answer {
    fn ack(&self) -> Fut<'_, Result<(), PortError>> {
        done(Ok(()))
    }

    fn retry(&self, _delay_ms: u64) -> Fut<'_, Result<(), PortError>> {
        done(Ok(()))
    }

    fn working(&self) -> Fut<'_, Result<(), PortError>> {
        done(Ok(()))
    }

    fn reply<'a>(&'a self, subject: &'a str, payload: Bytes) -> Fut<'a, Result<(), PortError>> {
        let checked = subjects::check_reply(subject);
        done(checked.map(|()| self.world.wire.publish(subject, &payload)))
    }
}
