use async_nats::header::{HeaderValue, NATS_SCHEDULE, NATS_SCHEDULE_TARGET};
use async_nats::jetstream::message::StreamMessage;
use bytes::Bytes;
use contracts::Timestamp;
use contracts::ports::{Fut, PortError, Scheduled, TimerId, Timers};

use super::publish::port_error;
use super::{away, direct};
use crate::connect::Connection;
use crate::headers;
use crate::streams::COMMANDS;
use crate::subjects::{self, COMMAND, TIMER};

/// One-shot message schedules (ADR-51) in COMMANDS. A schedule stands on its timer's own subject,
/// so setting it again replaces it and purging the subject cancels it.
pub(crate) struct NatsTimers {
    pub(crate) connection: Connection,
}

impl Timers for NatsTimers {
    fn set(
        &self,
        timer: TimerId,
        at: Timestamp,
        headers: Vec<(String, String)>,
        payload: Bytes,
    ) -> Fut<'_, Result<(), PortError>> {
        Box::pin(async move {
            let mut headers = headers::to_map(headers)?;
            let target = subjects::stored(COMMAND, &timer.address);
            headers.insert(NATS_SCHEDULE, HeaderValue::from(format!("@at {at}")));
            headers.insert(NATS_SCHEDULE_TARGET, HeaderValue::from(target));
            let subject = subjects::timer(&timer);
            self.connection.publish(subject, headers, payload).await.map_err(port_error)?;
            Ok(())
        })
    }

    fn cancel(&self, timer: TimerId) -> Fut<'_, Result<(), PortError>> {
        Box::pin(self.connection.whole(async move {
            let context = &self.connection.context;
            let stream = context.get_stream_no_info(COMMANDS).await.map_err(away)?;
            stream.purge().filter(subjects::timer(&timer)).await.map_err(away)?;
            Ok(())
        }))
    }

    fn list(&self) -> Fut<'_, Result<Vec<Scheduled>, PortError>> {
        Box::pin(async move {
            let filter = format!("{TIMER}.>");
            let found = direct::read(&self.connection, COMMANDS, &filter, 0, usize::MAX).await?;
            Ok(found.into_iter().map(scheduled).collect())
        })
    }
}

fn scheduled(message: StreamMessage) -> Scheduled {
    let subject = message.subject.as_str();
    let at = message.headers.get(NATS_SCHEDULE).map(HeaderValue::as_str);
    let at = at.and_then(|schedule| schedule.strip_prefix("@at ")?.parse().ok());
    Scheduled {
        timer: subjects::parse_timer(subject).ok_or_else(|| subject.to_owned()),
        at,
        headers: headers::from_map(Some(&message.headers)),
    }
}
