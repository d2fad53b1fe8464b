use std::sync::{Arc, Mutex};
use std::time::Duration;

use bytes::Bytes;
use contracts::ports::{Flow, Fut, PeerAnswer, PeerCall, PeerError, PeerName, Peers, PortError};
use futures_util::StreamExt as _;
use tokio::sync::mpsc::{UnboundedSender, unbounded_channel};
use tokio_stream::wrappers::UnboundedReceiverStream;

use super::{World, check_size, done, lock};

/// The port on the world's peers.
pub(super) struct MemoryPeers(pub(super) Arc<World>);

/// Who serves which name.
#[derive(Default)]
pub(super) struct Served {
    listeners: Mutex<Vec<(PeerName, UnboundedSender<Call>)>>,
}

type Call = (Bytes, UnboundedSender<Bytes>);

struct Answer(UnboundedSender<Bytes>);

impl PeerAnswer for Answer {
    fn send(&self, payload: Bytes) -> Fut<'_, Result<(), PortError>> {
        done(check_size(&payload).map(|()| {
            // Who asked may have gone.
            let _ = self.0.send(payload);
        }))
    }
}

impl Peers for MemoryPeers {
    fn serve(&self, name: PeerName) -> Flow<Result<PeerCall, PortError>> {
        let (sender, calls) = unbounded_channel::<Call>();
        lock(&self.0.peers.listeners).push((name, sender));
        Box::pin(
            UnboundedReceiverStream::new(calls).map(|(payload, answer)| {
                Ok(PeerCall { payload, answer: Box::new(Answer(answer)) })
            }),
        )
    }

    fn call(
        &self,
        name: PeerName,
        payload: Bytes,
        timeout: Duration,
    ) -> Fut<'_, Result<Bytes, PeerError>> {
        if let Err(error) = check_size(&payload) {
            return done(Err(error.into()));
        }
        let (sender, mut answers) = unbounded_channel();
        let mut listeners = lock(&self.0.peers.listeners);
        listeners.retain(|(_, listener)| !listener.is_closed());
        let named = listeners.iter().filter(|(own, _)| *own == name);
        let told = named.filter(|(_, it)| it.send((payload.clone(), sender.clone())).is_ok());
        let nobody = told.count() == 0;
        drop((listeners, sender));
        if nobody {
            return done(Err(PeerError::Nobody));
        }
        Box::pin(async move {
            let answer = tokio::time::timeout(timeout, answers.recv()).await;
            answer.ok().flatten().ok_or(PeerError::Silent)
        })
    }
}
