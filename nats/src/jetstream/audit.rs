use async_nats::HeaderMap;
use async_nats::jetstream::message::StreamMessage;
use bytes::Bytes;
use contracts::audit::{AuditRecord, ChainName};
use contracts::ports::{Audit, AuditEntry, AuditFilter, Flow, Fut, PortError};

use super::publish::port_error;
use super::{away, direct, listened};
use crate::connect::Connection;
use crate::streams::AUDIT_TRAIL;
use crate::subjects;

/// AUDIT on JetStream, in JSON, so that an auditor needs none of our programs.
pub(crate) struct NatsAudit {
    pub(crate) connection: Connection,
}

impl Audit for NatsAudit {
    fn record(&self, record: AuditRecord) -> Fut<'_, Result<(), PortError>> {
        Box::pin(async move {
            let json = serde_json::to_vec(&record);
            let json = json.map_err(|error| PortError::Refused(error.to_string()))?;
            let subject = subjects::audit(&record.tenant, &record.class);
            let stored = self.connection.publish(subject, HeaderMap::new(), Bytes::from(json));
            stored.await.map(|_sequence| ()).map_err(port_error)
        })
    }

    fn entries<'a>(
        &'a self,
        filter: &'a AuditFilter,
        after: u64,
        limit: usize,
    ) -> Fut<'a, Result<Vec<AuditEntry>, PortError>> {
        Box::pin(read(&self.connection, filter, after, limit))
    }

    fn follow(&self, after: u64) -> Flow<Result<AuditEntry, PortError>> {
        let all = subjects::audit_filter(&AuditFilter::default());
        listened::follow(&self.connection, (AUDIT_TRAIL, all), after, entry)
    }

    fn head(&self) -> Fut<'_, Result<u64, PortError>> {
        Box::pin(self.connection.whole(async {
            let stream = self.connection.context.get_stream(AUDIT_TRAIL).await.map_err(away)?;
            Ok(stream.cached_info().state.last_sequence)
        }))
    }

    fn purge<'a>(&'a self, chain: &'a ChainName, until: u64) -> Fut<'a, Result<u64, PortError>> {
        Box::pin(self.connection.whole(async move {
            let context = &self.connection.context;
            let stream = context.get_stream_no_info(AUDIT_TRAIL).await.map_err(away)?;
            let subject = subjects::audit(&chain.tenant, &chain.class);
            // The broker keeps the message at the position that it is told.
            let purge = stream.purge().filter(subject).sequence(until.saturating_add(1));
            Ok(purge.await.map_err(away)?.purged)
        }))
    }
}

async fn read(
    connection: &Connection,
    filter: &AuditFilter,
    after: u64,
    limit: usize,
) -> Result<Vec<AuditEntry>, PortError> {
    let subject = subjects::audit_filter(filter);
    let read = direct::read(connection, AUDIT_TRAIL, &subject, after, limit).await?;
    Ok(read.into_iter().filter_map(entry).collect())
}

fn entry(message: StreamMessage) -> Option<AuditEntry> {
    let chain = subjects::parse_audit(&message.subject)?;
    Some(AuditEntry { sequence: message.sequence, chain, payload: message.payload })
}
