use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use bytes::Bytes;
use contracts::ports::{Flow, PortError, WorkCall, WorkCalls};
use futures_util::StreamExt as _;
use tokio::sync::mpsc;
use tokio_stream::wrappers::UnboundedReceiverStream;

use super::asks::{self, Request};
use super::wire::Published;
use super::{World, lock};
use crate::headers;
use crate::subjects::{self, WORK};

/// The port on the world's servers of work.
pub(super) struct MemoryWork(pub(super) Arc<World>);

/// Who serves, and how inboxes are named.
#[derive(Default)]
pub(super) struct Servers {
    listeners: std::sync::Mutex<Vec<mpsc::UnboundedSender<Request>>>,
    requests: AtomicU64,
}

impl WorkCalls for MemoryWork {
    fn serve(&self) -> Flow<Result<WorkCall, PortError>> {
        let (sender, receiver) = mpsc::unbounded_channel();
        lock(&self.0.workers.listeners).push(sender);
        let world = Arc::clone(&self.0);
        Box::pin(UnboundedReceiverStream::new(receiver).map(move |ask| Ok(call(&world, ask))))
    }
}

impl World {
    /// Hands a request to one of those who serve work, in turn; `None` = nobody does. The answer
    /// arrives at the returned inbox.
    pub(super) fn ask_for_work(
        &self,
        subject: &str,
        headers: Vec<(String, String)>,
        payload: Bytes,
    ) -> Option<mpsc::UnboundedReceiver<Published>> {
        let tenant = subject.strip_prefix(WORK)?.strip_prefix('.')?.split('.').next()?;
        let mut listeners = lock(&self.workers.listeners);
        listeners.retain(|listener| !listener.is_closed());
        let number = self.workers.requests.fetch_add(1, Ordering::Relaxed);
        let turn = usize::try_from(number).unwrap_or(0) % listeners.len().max(1);
        let listener = listeners.get(turn)?;
        // As a well-behaved client of the tenant.
        let inbox = format!("_INBOX_{tenant}.work-{number}");
        let answers = self.wire.listen(&inbox);
        listener.send(Request { subject: subject.to_owned(), headers, payload, inbox }).ok()?;
        Some(answers)
    }
}

fn call(world: &Arc<World>, ask: Request) -> WorkCall {
    let Request { subject, headers, payload, inbox } = ask;
    WorkCall {
        to: subjects::parse_work(&subject).ok_or(subject),
        headers: headers::seen(headers),
        payload,
        settle: asks::settle(world, &inbox),
        reply_to: Some(inbox),
    }
}
