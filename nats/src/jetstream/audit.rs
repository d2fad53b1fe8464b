use async_nats::HeaderMap;
use bytes::Bytes;
use contracts::Tenant;
use contracts::ports::{Audit, AuditRecord, Fut, PortError};

use super::direct;
use super::publish::port_error;
use crate::connect::Connection;
use crate::streams::AUDIT_TRAIL;
use crate::subjects::{self, AUDIT};

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

    fn read<'a>(
        &'a self,
        tenant: &'a Tenant,
        after: u64,
        limit: usize,
    ) -> Fut<'a, Result<Vec<(u64, AuditRecord)>, PortError>> {
        Box::pin(async move {
            let filter = format!("{AUDIT}.{tenant}.*");
            let read = direct::read(&self.connection, AUDIT_TRAIL, &filter, after, limit).await?;
            let records = read.into_iter().map(|message| {
                let record = serde_json::from_slice(&message.payload);
                let record = record.map_err(|error| PortError::Damaged(error.to_string()))?;
                Ok((message.sequence, record))
            });
            records.collect()
        })
    }
}
