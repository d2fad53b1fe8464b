//! Writing down who came with a wrong credential, at a bounded rate: a flood of strangers must not
//! fill the audit trail.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

use contracts::ports::{Audit, AuditRecord};
use contracts::{ActorId, Tenant, Timestamp};
use serde_json::json;

use super::config::Config;
use super::limits::algorithm::State;
use super::limits::{Algorithm, Limit};

/// A request that was refused for want of a right.
pub struct RefusedRoute<'a> {
    /// Its row.
    pub route: &'static str,
    /// In whose house.
    pub tenant: &'a Tenant,
    /// Who asked.
    pub principal: &'a str,
    /// From where.
    pub peer: &'a str,
}

/// What is written of refused credentials and requests.
pub struct Denials {
    audit: Arc<dyn Audit>,
    tenant: Tenant,
    /// How often something is written; `None` = always.
    limit: Option<Limit>,
    written: Mutex<Option<State>>,
    began: Instant,
    unwritten: AtomicU64,
}

impl Denials {
    /// Writes into `audit`, as often as `config` lets it.
    #[must_use]
    pub fn new(audit: Arc<dyn Audit>, config: &Config) -> Self {
        let (most, window) = (config.audit_denials_max, config.audit_denials_window_s);
        let window_ms = window.clamp(1, 86_400) * 1_000;
        let limit = Limit { algorithm: Algorithm::TokenBucket, quota: most, window_ms };
        Self {
            audit,
            tenant: config.tenant.clone(),
            limit: (most > 0).then_some(limit),
            written: Mutex::default(),
            began: Instant::now(),
            unwritten: AtomicU64::new(0),
        }
    }

    /// Writes that `principal`, come from `peer`, was refused `route` of `tenant` for want of a
    /// right, or counts it for the next record.
    pub fn refused(&self, told: &RefusedRoute<'_>, now: Timestamp) {
        let RefusedRoute { route, tenant, principal, peer } = told;
        let details = json!({ "code": "forbidden", "road": "http", "route": route, "peer": peer });
        let record = AuditRecord {
            tenant: (*tenant).clone(),
            class: ActorId::from_static("refused"),
            at: now,
            principal: Some((*principal).to_owned()),
            message: "a request was refused for want of a right".to_owned(),
            details,
        };
        self.keep(record);
    }

    /// Writes that `peer` presented a credential that is nobody's, or counts it for the next
    /// record. Nobody waits for it: a failure to write changes no answer.
    pub fn write(&self, peer: &str, now: Timestamp) {
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
            }),
        };
        self.keep(record);
    }

    fn may_write(&self) -> bool {
        let Some(limit) = self.limit else { return true };
        let now_ms = u64::try_from(self.began.elapsed().as_millis()).unwrap_or(u64::MAX);
        let mut written = self.written.lock().unwrap_or_else(PoisonError::into_inner);
        limit.spend(written.get_or_insert_with(|| limit.fresh(now_ms)), now_ms, 1)
    }

    fn keep(&self, mut record: AuditRecord) {
        if !self.may_write() {
            self.unwritten.fetch_add(1, Ordering::Relaxed);
            return;
        }
        record.details["unwritten_before"] = json!(self.unwritten.swap(0, Ordering::Relaxed));
        let audit = Arc::clone(&self.audit);
        tokio::spawn(async move {
            if let Err(error) = audit.record(record).await {
                tracing::error!(%error, "audit.unwritten");
            }
        });
    }
}
