use contracts::ports::{Flow, PortError, WorkCall, WorkCalls};
use futures_util::StreamExt as _;

use super::subscribe::subscribe;
use super::{QUEUE_GROUP, asks, away};
use crate::connect::Connection;
use crate::headers;
use crate::subjects::{self, WORK};

/// `work.` on the broker's core.
pub(crate) struct NatsWork {
    pub(crate) connection: Connection,
}

impl WorkCalls for NatsWork {
    fn serve(&self) -> Flow<Result<WorkCall, PortError>> {
        let connection = self.connection.clone();
        let requests = subscribe(&connection.client, format!("{WORK}.>"), Some(QUEUE_GROUP));
        Box::pin(
            requests.map(move |request| request.map(|one| call(&connection, one)).map_err(away)),
        )
    }
}

fn call(connection: &Connection, request: async_nats::Message) -> WorkCall {
    let subject = request.subject.as_str();
    WorkCall {
        to: subjects::parse_work(subject).ok_or_else(|| subject.to_owned()),
        headers: headers::from_map(request.headers.as_ref()),
        reply_to: request.reply.map(async_nats::Subject::into_string),
        settle: asks::settle(connection),
        payload: request.payload,
    }
}
