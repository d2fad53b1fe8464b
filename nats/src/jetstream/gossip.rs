use bytes::Bytes;
use contracts::ports::{Flow, Fut, Gossip, PortError};
use futures_util::StreamExt as _;

use super::away;
use super::subscribe::subscribe;
use crate::connect::Connection;
use crate::subjects;

/// `gos.` on the broker's core.
pub(crate) struct NatsGossip {
    pub(crate) connection: Connection,
}

impl Gossip for NatsGossip {
    fn tell<'a>(&'a self, topic: &'static str, message: Bytes) -> Fut<'a, Result<(), PortError>> {
        let subject = subjects::gossip(topic);
        Box::pin(
            async move { self.connection.client.publish(subject, message).await.map_err(away) },
        )
    }

    fn listen(&self, topic: &'static str) -> Flow<Bytes> {
        let messages = subscribe(&self.connection.client, subjects::gossip(topic), None);
        Box::pin(
            messages.filter_map(|message| std::future::ready(message.ok().map(|it| it.payload))),
        )
    }
}
