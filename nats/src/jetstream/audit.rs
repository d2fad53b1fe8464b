use std::collections::VecDeque;
use std::time::Duration;

use async_nats::{HeaderMap, Subscriber};
use bytes::Bytes;
use contracts::audit::{AuditRecord, ChainName};
use contracts::ports::{Audit, AuditEntry, AuditFilter, Flow, Fut, PortError};
use futures_util::StreamExt as _;

use super::publish::port_error;
use super::{away, direct};
use crate::connect::Connection;
use crate::streams::AUDIT_TRAIL;
use crate::subjects;

/// Records that a follower reads at once.
const PAGE_RECORDS: usize = 500;

/// A follower looks again after so long, whether it was told of a new record or not.
const LOOK_AFTER: Duration = Duration::from_secs(1);

/// A record that was told is not stored yet: the first pause before the next look.
const STORED_AFTER: Duration = Duration::from_millis(2);

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
        let connection = self.connection.clone();
        let follower = Follower { connection, after, read: VecDeque::new(), told: None };
        Box::pin(futures_util::stream::unfold(follower, |mut follower| async move {
            let item = follower.next().await;
            Some((item, follower))
        }))
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
    let entries = read.into_iter().filter_map(|message| {
        let chain = subjects::parse_audit(&message.subject)?;
        Some(AuditEntry { sequence: message.sequence, chain, payload: message.payload })
    });
    Ok(entries.collect())
}

/// Reads on whenever a record is published. What is told by the way is only that there is one:
/// what it says is read from the stream.
struct Follower {
    connection: Connection,
    after: u64,
    read: VecDeque<AuditEntry>,
    told: Option<Subscriber>,
}

impl Follower {
    async fn next(&mut self) -> Result<AuditEntry, PortError> {
        let mut pause = LOOK_AFTER;
        loop {
            if let Some(entry) = self.read.pop_front() {
                self.after = entry.sequence;
                return Ok(entry);
            }
            self.listen().await?;
            let all = AuditFilter::default();
            let page = read(&self.connection, &all, self.after, PAGE_RECORDS).await;
            self.read.extend(self.paused(page).await?);
            if self.read.is_empty() {
                pause = self.wait(pause).await;
            }
        }
    }

    /// Listens before it reads, so that no record falls between.
    async fn listen(&mut self) -> Result<(), PortError> {
        if self.told.is_none() {
            let all = subjects::audit_filter(&AuditFilter::default());
            let told = self.connection.client.subscribe(all).await.map_err(away);
            self.told = Some(self.paused(told).await?);
        }
        Ok(())
    }

    /// An error is told after a pause, since whoever reads asks again at once.
    async fn paused<T>(&self, result: Result<T, PortError>) -> Result<T, PortError> {
        if result.is_err() {
            self.connection.pause_after(5).await;
        }
        result
    }

    /// Waits for word of a record; afterwards for it to be stored, at first for a moment. How long
    /// the next wait is.
    async fn wait(&mut self, pause: Duration) -> Duration {
        let Some(told) = self.told.as_mut() else { return LOOK_AFTER };
        match tokio::time::timeout(pause, told.next()).await {
            Ok(Some(_)) => STORED_AFTER,
            Ok(None) => {
                self.told = None;
                STORED_AFTER
            }
            Err(_) => (pause * 2).min(LOOK_AFTER),
        }
    }
}
