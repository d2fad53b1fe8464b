use bytes::Bytes;
use contracts::Partition;
use contracts::ports::{Asks, Flow, Fut, Inbound, PortError, Road, Settle};
use futures_util::StreamExt as _;

use super::subscribe::subscribe;
use super::{QUEUE_GROUP, away};
use crate::connect::Connection;
use crate::headers;
use crate::subjects::{self, ASK};

/// `ask.` on the broker's core.
pub(crate) struct NatsAsks {
    pub(crate) connection: Connection,
}

impl Asks for NatsAsks {
    fn serve(&self, partition: Partition) -> Flow<Result<Inbound, PortError>> {
        let connection = self.connection.clone();
        let subject = subjects::of_partition(ASK, partition);
        let requests = subscribe(&connection.client, subject, Some(QUEUE_GROUP));
        Box::pin(
            requests.map(move |request| {
                request.map(|request| inbound(&connection, request)).map_err(away)
            }),
        )
    }
}

fn inbound(connection: &Connection, request: async_nats::Message) -> Inbound {
    let subject = request.subject.as_str();
    Inbound {
        road: Road::Interactive,
        to: subjects::parse_stored(ASK, subject).ok_or_else(|| subject.to_owned()),
        headers: headers::from_map(request.headers.as_ref()),
        sequence: 0,
        stored_ns: 0,
        delivery: 1,
        reply_to: request.reply.map(async_nats::Subject::into_string),
        settle: settle(connection),
        payload: request.payload,
    }
}

/// How a request on the broker's core is answered.
pub(super) fn settle(connection: &Connection) -> Box<dyn Settle> {
    Box::new(Answer { connection: connection.clone() })
}

struct Answer {
    connection: Connection,
}

impl Settle for Answer {
    fn ack(&self) -> Fut<'_, Result<(), PortError>> {
        Box::pin(std::future::ready(Ok(())))
    }

    fn retry(&self, _delay_ms: u64) -> Fut<'_, Result<(), PortError>> {
        Box::pin(std::future::ready(Ok(())))
    }

    fn working(&self) -> Fut<'_, Result<(), PortError>> {
        Box::pin(std::future::ready(Ok(())))
    }

    fn reply<'a>(&'a self, subject: &'a str, payload: Bytes) -> Fut<'a, Result<(), PortError>> {
        Box::pin(super::answer(&self.connection, subject, payload))
    }
}
