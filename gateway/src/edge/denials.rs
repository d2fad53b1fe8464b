//! Writing down who came with a wrong credential, at a bounded rate: a flood of strangers must not
//! fill the audit trail.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

use contracts::ports::{Audit, AuditRecord};
use contracts::{ActorId, Tenant, Timestamp};
use serde_json::json;

use super::config::Config;
use super::rate::Buckets;

/// What is written of refused credentials.
pub struct Denials {
    audit: Arc<dyn Audit>,
    tenant: Tenant,
    records: Buckets,
    unwritten: AtomicU64,
}

impl Denials {
    /// Writes into `audit`, as often as `config` lets it.
    #[must_use]
    pub fn new(audit: Arc<dyn Audit>, config: &Config) -> Self {
        let (most, window) = (config.audit_denials_max, config.audit_denials_window_s);
        let records = Buckets::new(most, window, 1);
        Self { audit, tenant: config.tenant.clone(), records, unwritten: AtomicU64::new(0) }
    }

    /// Writes that `peer` presented a credential that is nobody's, or counts it for the next
    /// record. Nobody waits for it: a failure to write changes no answer.
    pub fn write(&self, peer: &str, now: Timestamp) {
        let verdict = self.records.take("", Instant::now());
        if verdict.is_some_and(|verdict| !verdict.allowed) {
            self.unwritten.fetch_add(1, Ordering::Relaxed);
            return;
        }
        let unwritten = self.unwritten.swap(0, Ordering::Relaxed);
        let record = AuditRecord {
            tenant: self.tenant.clone(),
            class: ActorId::from_static("denied"),
            at: now,
            principal: None,
            message: "a request carried a credential that is nobody's".to_owned(),
            details: json!({
                "code": "unauthenticated",
                "road": "http",
                "peer": peer,
                "unwritten_before": unwritten,
            }),
        };
        let audit = Arc::clone(&self.audit);
        tokio::spawn(async move {
            if let Err(error) = audit.record(record).await {
                tracing::error!(%error, "audit.unwritten");
            }
        });
    }
}
