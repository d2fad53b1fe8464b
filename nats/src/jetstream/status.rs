//! What an operator wants to know of the streams.

use async_nats::jetstream::consumer;
use async_nats::jetstream::stream::{ClusterInfo, Stream};
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
    /// Each of them, the leader first; of a single server its own name, where it has one.
    pub peers: Vec<PeerStatus>,
    /// Who reads it by a durable consumer, by name.
    pub consumers: Vec<ConsumerStatus>,
}

/// One server that keeps a stream.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct PeerStatus {
    /// Its name.
    pub server: String,
    /// Whether it decides what stands in the stream.
    pub leads: bool,
    /// Whether it has all that the leader has.
    pub current: bool,
    /// Whether the others take it for gone.
    pub offline: bool,
    /// How many changes it is behind.
    pub behind: u64,
    /// For how long the leader has not heard of it, in milliseconds.
    pub silent_ms: u64,
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
        peers: info.cluster.as_ref().map(peers).unwrap_or_default(),
        consumers,
    })
}

fn peers(cluster: &ClusterInfo) -> Vec<PeerStatus> {
    let leader = cluster.leader.iter().filter(|name| !name.is_empty()).map(|name| PeerStatus {
        server: name.clone(),
        leads: true,
        current: true,
        offline: false,
        behind: 0,
        silent_ms: 0,
    });
    let others = cluster.replicas.iter().map(|peer| PeerStatus {
        server: peer.name.clone(),
        leads: false,
        current: peer.current,
        offline: peer.offline,
        behind: peer.lag.unwrap_or_default(),
        silent_ms: u64::try_from(peer.active.as_millis()).unwrap_or(u64::MAX),
    });
    leader.chain(others).collect()
}
