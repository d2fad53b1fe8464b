use std::time::Duration;

use async_nats::jetstream::message::StreamMessage;
use async_nats::jetstream::stream::{
    DirectGetErrorKind, LastRawMessageErrorKind, RawMessageBuilder, Stream,
};
use contracts::entry::{Stored, Unowned};
use contracts::ports::{Append, AppendError, Flow, Fut, Log, Look, PortError};
use contracts::{Address, Cursor, Kind};

use super::appender::{Appender, Appends, Item, MARGIN_BYTES};
use super::{away, direct, follow, kinds, restore};
use crate::connect::Connection;
use crate::monitor::Sync;
use crate::run;
use crate::streams::EVENTS;
use crate::subjects::{self, EVENT};

/// EVENTS on JetStream.
pub(crate) struct NatsLog {
    connection: Connection,
    stream: Stream<()>,
    appender: Appender,
}

impl NatsLog {
    pub(crate) async fn new(connection: Connection, sync: Sync) -> Result<Self, PortError> {
        let stream = connection.context.get_stream_no_info(EVENTS).await.map_err(away)?;
        let appender = Appender::start(connection.clone(), EVENTS, sync);
        Ok(Self { connection, stream, appender })
    }

    /// Batches cost less from now on: the broker stages them in memory.
    pub(crate) fn stages_in_memory(&self) {
        self.appender.stages_in_memory();
    }

    /// What was appended, and how.
    pub(crate) fn appends(&self) -> Appends {
        self.appender.appends()
    }

    /// For how long nothing has been acknowledged, when that is too long.
    pub(crate) fn stands_still(&self) -> Option<Duration> {
        self.appender.stands_still()
    }

    /// Asks the leader, whose answer is the truth of this moment.
    async fn leader(&self, request: RawMessageBuilder) -> Result<Option<Stored>, PortError> {
        let answer = async {
            match request.send().await {
                Ok(message) => Ok(stored(message)),
                Err(error) if error.kind() == LastRawMessageErrorKind::NoMessageFound => Ok(None),
                Err(error) => Err(away(error)),
            }
        };
        self.connection.whole(answer).await
    }
}

/// A message as the port gives it; `None` when its subject is no actor's.
fn stored(message: StreamMessage) -> Option<Stored> {
    let address = subjects::parse_stored(EVENT, &message.subject)?;
    let imported = restore::is_imported(Some(&message.headers));
    Some(Stored { cursor: Cursor(message.sequence), address, payload: message.payload, imported })
}

impl Log for NatsLog {
    fn append(&self, append: Append) -> Fut<'_, Result<Vec<Cursor>, AppendError>> {
        Box::pin(async move {
            let max = self.connection.client.max_payload();
            let run = append.payloads.len() > 1;
            run::check(&append, if run { max.saturating_sub(MARGIN_BYTES) } else { max })?;
            let messages = append.payloads.len() as u64;
            let item = Item {
                subject: subjects::stored(EVENT, &append.address).into(),
                headers: None,
                payloads: append.payloads,
                expected: Some(append.expected.0),
            };
            let last = self.appender.append(item).await?;
            Ok((last + 1 - messages..=last).map(Cursor).collect())
        })
    }

    fn read<'a>(
        &'a self,
        address: &'a Address,
        after: Cursor,
        limit: usize,
    ) -> Fut<'a, Result<Vec<Stored>, PortError>> {
        Box::pin(async move {
            let subject = subjects::stored(EVENT, address);
            let read = direct::read(&self.connection, EVENTS, &subject, after.0, limit).await?;
            Ok(read.into_iter().filter_map(stored).collect())
        })
    }

    fn look<'a>(
        &'a self,
        address: &'a Address,
        limit: usize,
        _: usize,
    ) -> Fut<'a, Result<Look, PortError>> {
        Box::pin(async move {
            let subject = subjects::stored(EVENT, address);
            let page = direct::first(&self.connection, EVENTS, &subject, limit).await?;
            let more = usize::try_from(page.left).unwrap_or(usize::MAX);
            Ok(Look { first: page.messages.into_iter().filter_map(stored).collect(), more })
        })
    }

    fn newest<'a>(&'a self, address: &'a Address) -> Fut<'a, Result<Option<Stored>, PortError>> {
        let subject = subjects::stored(EVENT, address);
        Box::pin(self.connection.whole(async move {
            match self.stream.direct_get_last_for_subject(subject).await {
                Ok(message) => Ok(stored(message)),
                Err(error) if error.kind() == DirectGetErrorKind::NotFound => Ok(None),
                Err(error) => Err(away(error)),
            }
        }))
    }

    fn first_after<'a>(
        &'a self,
        address: &'a Address,
        after: Cursor,
    ) -> Fut<'a, Result<Option<Stored>, PortError>> {
        let request = self.stream.raw_message_builder().sequence(after.0 + 1);
        Box::pin(self.leader(request.next_by_subject(subjects::stored(EVENT, address))))
    }

    fn last<'a>(&'a self, address: &'a Address) -> Fut<'a, Result<Option<Stored>, PortError>> {
        let request = self.stream.raw_message_builder();
        Box::pin(self.leader(request.last_by_subject(subjects::stored(EVENT, address))))
    }

    fn get(&self, cursor: Cursor) -> Fut<'_, Result<Option<Stored>, PortError>> {
        if cursor == Cursor::ZERO {
            return Box::pin(std::future::ready(Ok(None)));
        }
        Box::pin(self.leader(self.stream.raw_message_builder().sequence(cursor.0)))
    }

    fn head(&self) -> Fut<'_, Result<Cursor, PortError>> {
        Box::pin(self.connection.whole(async {
            let state = self.stream.get_info().await.map_err(away)?.state;
            if state.messages == 0 {
                return Ok(Cursor::ZERO);
            }
            // The number of the last message that was written is no place to wait for when that
            // message has been deleted: nobody ever reads it.
            if state.deleted_count.unwrap_or_default() == 0 {
                return Ok(Cursor(state.last_sequence));
            }
            match self.stream.raw_message_builder().last_by_subject(">").send().await {
                Ok(last) => Ok(Cursor(last.sequence)),
                Err(error) if error.kind() == LastRawMessageErrorKind::NoMessageFound => {
                    Ok(Cursor::ZERO)
                }
                Err(error) => Err(away(error)),
            }
        }))
    }

    fn follow(&self, after: Cursor) -> Flow<Result<Result<Stored, Unowned>, PortError>> {
        follow::follow(self.connection.clone(), after)
    }

    fn read_kinds(
        &self,
        kinds: &[Kind],
        after: Cursor,
        upto: Cursor,
    ) -> Flow<Result<Stored, PortError>> {
        kinds::read(self.connection.clone(), kinds, after, upto)
    }
}
