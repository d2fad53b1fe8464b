use std::sync::Arc;

use bytes::Bytes;
use contracts::ports::{Flow, Fut, Gossip, PortError};
use futures_util::StreamExt as _;
use tokio_stream::wrappers::UnboundedReceiverStream;

use super::{World, done};
use crate::subjects;

/// The port on the wire.
pub(super) struct MemoryGossip(pub(super) Arc<World>);

impl Gossip for MemoryGossip {
    fn tell<'a>(&'a self, topic: &'static str, message: Bytes) -> Fut<'a, Result<(), PortError>> {
        self.0.wire.publish(&subjects::gossip(topic), &message);
        done(Ok(()))
    }

    fn listen(&self, topic: &'static str) -> Flow<Bytes> {
        let messages = self.0.wire.listen(&subjects::gossip(topic));
        Box::pin(UnboundedReceiverStream::new(messages).map(|(_, payload)| payload))
    }
}
