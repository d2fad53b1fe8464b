use bytes::Bytes;

use super::{Flow, Fut, PortError};
use crate::address::Address;
use crate::partition::Partition;

/// By which of the broker's roads a message came.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Road {
    /// `cmd.`: stored in COMMANDS, acknowledged after its commit.
    Durable,
    /// `ask.`: request and reply, stored nowhere.
    Interactive,
}

/// The header line that says of a command in COMMANDS where it stood, and since when, in the broker
/// whose backup it was restored from: `<sequence> <nanoseconds since 1970>`. Commands without an id
/// of their own get theirs from that, so one that was dealt with before the restore is known.
pub const FORMER_PLACE: &str = "cambium-stored";

/// A message that came from the broker, before anybody has looked into it.
pub struct Inbound {
    /// By which road.
    pub road: Road,
    /// Whom the subject addresses; `Err` = the subject as it was, when it is no actor's.
    pub to: Result<Address, String>,
    /// Header lines, names in lower case, in order.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub payload: Bytes,
    /// Its position in COMMANDS; 0 on the interactive road.
    pub sequence: u64,
    /// When the broker stored it, in nanoseconds since 1970, the same at each delivery. With
    /// `sequence` it names this message among all that ever were, also when the queue was deleted
    /// and made again, which begins to count anew. 0 where no queue is ever made again.
    pub stored_ns: i64,
    /// The how-manyeth delivery, from 1.
    pub delivery: u32,
    /// Where an answer goes: the broker's reply subject, or the header `cambium-reply-to`.
    pub reply_to: Option<String>,
    /// How it is settled.
    pub settle: Box<dyn Settle>,
}

impl Inbound {
    /// The first header line called `name` (lower case).
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }
}

impl std::fmt::Debug for Inbound {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Inbound")
            .field("road", &self.road)
            .field("to", &self.to)
            .field("bytes", &self.payload.len())
            .field("sequence", &self.sequence)
            .field("delivery", &self.delivery)
            .finish_non_exhaustive()
    }
}

/// How a message from the broker is settled. On the interactive road `ack` and `retry` do nothing.
pub trait Settle: Send + Sync {
    /// The message is dealt with and leaves COMMANDS.
    fn ack(&self) -> Fut<'_, Result<(), PortError>>;

    /// As [`Settle::ack`], for a message with personal data in it: its bytes are overwritten where
    /// the broker kept them. Where nothing is kept it is the same.
    fn erase(&self) -> Fut<'_, Result<(), PortError>> {
        self.ack()
    }

    /// The message comes again after `delay_ms`.
    fn retry(&self, delay_ms: u64) -> Fut<'_, Result<(), PortError>>;

    /// Still at it: the message does not come again yet.
    fn working(&self) -> Fut<'_, Result<(), PortError>>;

    /// Publishes an answer.
    fn reply<'a>(&'a self, subject: &'a str, payload: Bytes) -> Fut<'a, Result<(), PortError>>;
}

/// COMMANDS: a durable work queue in 64 partitions.
pub trait CommandQueue: Send + Sync {
    /// Stores a message for an actor; resolves once it is durable.
    fn enqueue<'a>(
        &'a self,
        to: &'a Address,
        headers: Vec<(String, String)>,
        payload: Bytes,
    ) -> Fut<'a, Result<u64, PortError>>;

    /// The messages of a partition, from the oldest unsettled one on, without end.
    fn consume(&self, partition: Partition) -> Flow<Result<Inbound, PortError>>;
}

/// `ask.`: requests of NATS clients.
pub trait Asks: Send + Sync {
    /// The requests of a partition, without end. Of several listeners each request reaches one.
    fn serve(&self, partition: Partition) -> Flow<Result<Inbound, PortError>>;
}
