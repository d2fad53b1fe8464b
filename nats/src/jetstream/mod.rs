//! The ports on JetStream, a file each.

pub(crate) mod appender;
pub(crate) mod asks;
pub(crate) mod audit;
pub(crate) mod blobs;
pub(crate) mod checkpoints;
pub(crate) mod commands;
pub(crate) mod dead;
pub(crate) mod direct;
mod follow;
pub(crate) mod forward;
pub(crate) mod gossip;
pub(crate) mod hub;
mod kinds;
mod lease_age;
pub(crate) mod leases;
mod listened;
pub(crate) mod live;
pub(crate) mod log;
pub(crate) mod peers;
mod publish;
pub(crate) mod records;
pub(crate) mod restore;
pub(crate) mod snapshots;
pub(crate) mod status;
pub(crate) mod store;
mod store_name;
mod store_watch;
mod subscribe;
pub(crate) mod timers;
pub(crate) mod trees;
mod unbroken;
pub(crate) mod work;

use async_nats::client::PublishErrorKind;
use bytes::Bytes;
use contracts::ports::PortError;

use crate::connect::Connection;
use crate::subjects;

/// The broker's queue group: of several nodes, one gets each request.
const QUEUE_GROUP: &str = "cambium";

/// A part of the broker's interface that did not answer; trying again may help.
pub(crate) fn away(error: impl std::fmt::Display) -> PortError {
    PortError::Unavailable(error.to_string())
}

/// Publishes an answer. A subject that is none is refused; it came from whoever asked.
async fn answer(connection: &Connection, subject: &str, payload: Bytes) -> Result<(), PortError> {
    subjects::check_reply(subject)?;
    connection.client.publish(subject.to_owned(), payload).await.map_err(|error| {
        match error.kind() {
            PublishErrorKind::MaxPayloadExceeded | PublishErrorKind::InvalidSubject => {
                PortError::Refused(error.to_string())
            }
            _ => away(error),
        }
    })
}
