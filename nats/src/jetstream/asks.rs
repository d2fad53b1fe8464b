use bytes::Bytes;
use contracts::Partition;
use contracts::ports::{Asks, Flow, Fut, Inbound, PortError, Road, Settle};
use futures_util::{StreamExt as _, TryStreamExt as _};

use super::{QUEUE_GROUP, away, headers};
use crate::connect::Connection;
use crate::subjects::{self, ASK};

/// `ask.` on the broker's core.
pub(crate) struct NatsAsks {
    pub(crate) connection: Connection,
}

impl Asks for NatsAsks {
    fn serve(&self, partition: Partition) -> Flow<Result<Inbound, PortError>> {
        let connection = self.connection.clone();
        let subscribed = async move {
            let subject = subjects::of_partition(ASK, partition);
            let client = &connection.client;
            let requests = client.queue_subscribe(subject, QUEUE_GROUP.to_owned()).await;
            let requests = requests.map_err(away)?;
            Ok(requests.map(move |request| Ok(inbound(&connection, request))))
        };
        Box::pin(futures_util::stream::once(subscribed).try_flatten())
    }
}

fn inbound(connection: &Connection, request: async_nats::Message) -> Inbound {
    let subject = request.subject.as_str();
    Inbound {
        road: Road::Interactive,
        to: subjects::parse_stored(ASK, subject).ok_or_else(|| subject.to_owned()),
        headers: headers::from_map(request.headers.as_ref()),
        sequence: 0,
        delivery: 1,
        reply_to: request.reply.map(async_nats::Subject::into_string),
        settle: Box::new(Answer { connection: connection.clone() }),
        payload: request.payload,
    }
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
