//! What an operator wants to know of the streams.

use async_nats::jetstream::consumer;
use async_nats::jetstream::stream::Stream;
use contracts::ports::PortError;
use futures_util::TryStreamExt as _;
use serde::Serialize;

use super::away;
use crate::connect::Connection;
use crate::streams;

/// The state of the broker.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Status {
    /// The broker's version.
    pub version: String,
    /// How often the connection was lost since the start.
    pub disconnections: u64,
    /// How often messages were dropped because a subscription was too slow.
    pub slow_consumers: u64,
    /// Each stream.
    pub streams: Vec<StreamStatus>,
}

/// One stream.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct StreamStatus {
    /// Its name.
    pub name: String,
    /// Messages in it.
    pub messages: u64,
    /// Bytes in it.
    pub bytes: u64,
    /// The sequence of its first message.
    pub first: u64,
    /// The sequence of its last message.
    pub last: u64,
    /// Servers that keep it.
    pub replicas: usize,
    /// Who reads it by a durable consumer, by name.
    pub consumers: Vec<ConsumerStatus>,
}

/// One durable consumer, such as `p07` of partition 7.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ConsumerStatus {
    /// Its name.
    pub name: String,
    /// Messages that were not delivered yet.
    pub pending: u64,
    /// Messages that were delivered and are not settled.
    pub unsettled: usize,
    /// Of those, messages that were delivered more than once.
    pub redelivered: usize,
    /// Requests for messages that wait at the broker: none means that nobody reads.
    pub waiting: usize,
}

pub(crate) async fn read(connection: &Connection) -> Result<Status, PortError> {
    let mut found = Vec::new();
    for wanted in streams::all(&connection.config) {
        let stream = connection.context.get_stream(&wanted.name).await.map_err(away)?;
        found.push(of_stream(&stream).await?);
    }
    Ok(Status {
        version: connection.client.server_info().version,
        disconnections: connection.counters.disconnections(),
        slow_consumers: connection.counters.slow_consumers(),
        streams: found,
    })
}

async fn of_stream(stream: &Stream) -> Result<StreamStatus, PortError> {
    let info = stream.cached_info();
    let consumers: Vec<consumer::Info> = if info.state.consumer_count > 0 {
        stream.consumers().try_collect().await.map_err(away)?
    } else {
        Vec::new()
    };
    let mut consumers: Vec<ConsumerStatus> = consumers
        .into_iter()
        .filter(|consumer| consumer.config.durable_name.is_some())
        .map(|consumer| ConsumerStatus {
            name: consumer.name,
            pending: consumer.num_pending,
            unsettled: consumer.num_ack_pending,
            redelivered: consumer.num_redelivered,
            waiting: consumer.num_waiting,
        })
        .collect();
    consumers.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(StreamStatus {
        name: info.config.name.clone(),
        messages: info.state.messages,
        bytes: info.state.bytes,
        first: info.state.first_sequence,
        last: info.state.last_sequence,
        replicas: info.config.num_replicas,
        consumers,
    })
}
