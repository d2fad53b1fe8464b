use async_nats::HeaderMap;
use async_nats::jetstream::message::StreamMessage;
use bytes::Bytes;
use contracts::ports::{Flow, Fut, PortError, RecordEntry, Records};
use contracts::records::RecordPlace;

use super::publish::port_error;
use super::{away, direct, listened};
use crate::connect::Connection;
use crate::streams::RECORDS;
use crate::subjects;

/// TELEMETRY on JetStream.
pub(crate) struct NatsRecords {
    pub(crate) connection: Connection,
}

impl Records for NatsRecords {
    fn put<'a>(
        &'a self,
        place: &'a RecordPlace,
        payload: Bytes,
    ) -> Fut<'a, Result<u64, PortError>> {
        Box::pin(async move {
            let subject = subjects::records(place);
            let stored = self.connection.publish(subject, HeaderMap::new(), payload);
            stored.await.map_err(port_error)
        })
    }

    fn entries(&self, after: u64, limit: usize) -> Fut<'_, Result<Vec<RecordEntry>, PortError>> {
        Box::pin(async move {
            let all = subjects::records_all();
            let read = direct::read(&self.connection, RECORDS, &all, after, limit).await?;
            Ok(read.into_iter().filter_map(entry).collect())
        })
    }

    fn follow(&self, after: u64) -> Flow<Result<RecordEntry, PortError>> {
        let all = subjects::records_all();
        listened::follow(&self.connection, (RECORDS, all), after, entry)
    }

    fn head(&self) -> Fut<'_, Result<u64, PortError>> {
        Box::pin(self.connection.whole(async {
            let stream = self.connection.context.get_stream(RECORDS).await.map_err(away)?;
            Ok(stream.cached_info().state.last_sequence)
        }))
    }

    fn purge<'a>(&'a self, place: &'a RecordPlace, until: u64) -> Fut<'a, Result<u64, PortError>> {
        Box::pin(self.connection.whole(async move {
            let context = &self.connection.context;
            let stream = context.get_stream_no_info(RECORDS).await.map_err(away)?;
            let subject = subjects::records(place);
            // The broker keeps the message at the position that it is told.
            let purge = stream.purge().filter(subject).sequence(until.saturating_add(1));
            Ok(purge.await.map_err(away)?.purged)
        }))
    }
}

fn entry(message: StreamMessage) -> Option<RecordEntry> {
    let place = subjects::parse_records(&message.subject)?;
    Some(RecordEntry { sequence: message.sequence, place, payload: message.payload })
}
