//! Writing down who came with a wrong credential, at a bounded rate: a flood of strangers must not
//! fill the audit trail.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

use contracts::audit::{AuditRecord, Outcome, classes};
use contracts::caller::Identity;
use contracts::ports::{Audit, Entrance};
use contracts::{ActorId, Refusal, Tenant, Timestamp};
use serde_json::json;

use super::call::Scene;
use super::config::Config;
use super::limits::algorithm::State;
use super::limits::{Algorithm, Limit};
use super::needs::Needs;
use super::routes::Route;

/// A request that was refused for want of a right.
pub struct RefusedRoute<'a> {
    /// Its row.
    pub route: &'static Route,
    /// Who asked, at home.
    pub identity: &'a Identity,
    /// Who that is in the house.
    pub entrance: &'a Entrance,
    /// In whose house.
    pub tenant: &'a Tenant,
    /// What else is known of it.
    pub scene: &'a Scene,
}

/// What is written of refused credentials and requests.
pub struct Denials {
    audit: Arc<dyn Audit>,
    tenant: Tenant,
    /// How often something is written; `None` = always.
    limit: Option<Limit>,
    written: Mutex<Option<State>>,
    began: Instant,
    unwritten: Arc<AtomicU64>,
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
            unwritten: Arc::default(),
        }
    }

    /// Writes that a request was refused for want of a right, or counts it for the next record.
    pub fn refused(&self, told: &RefusedRoute<'_>, refusal: &Refusal, now: Timestamp) {
        let said = "a request was refused for want of a right";
        let record = of_route(told, classes::REFUSED, now, said);
        self.keep(record.refused(refusal).details(json!({ "route": told.route.name })));
    }

    /// Writes, in its own house, that `identity` wanted into a house that does not know it.
    pub fn stranger(&self, identity: &Identity, named: &Tenant, refusal: &Refusal, now: Timestamp) {
        let home = identity.tenant.as_ref().unwrap_or(&self.tenant).clone();
        let said = "a request was for a tenant that does not know who asked";
        let record = AuditRecord::new(home, classes::REFUSED, now, said);
        self.keep(AuditRecord {
            principal: Some(identity.principal.to_string()),
            credential: identity.credential.clone(),
            road: Some("http".to_owned()),
            action: Some("enter".to_owned()),
            ..record.refused(refusal).details(json!({ "tenant": named }))
        });
    }

    /// Writes that `peer` presented a credential that is nobody's, or counts it for the next
    /// record. Nobody waits for it: a failure to write changes no answer.
    pub fn write(&self, peer: &str, code: &str, now: Timestamp) {
        let said = "a request carried a credential that is nobody's";
        let record = AuditRecord::new(self.tenant.clone(), classes::DENIED, now, said);
        self.keep(AuditRecord {
            road: Some("http".to_owned()),
            peer: (!peer.is_empty()).then(|| peer.to_owned()),
            outcome: Outcome::Refused,
            code: Some(code.to_owned()),
            ..record
        });
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
        let before = self.unwritten.swap(0, Ordering::Relaxed);
        if before > 0 {
            record.add("unwritten_before", json!(before));
        }
        let (audit, unwritten) = (Arc::clone(&self.audit), Arc::clone(&self.unwritten));
        tokio::spawn(async move {
            if let Err(error) = audit.record(record).await {
                // Neither this one nor those before it are forgotten: the next record tells.
                unwritten.fetch_add(before + 1, Ordering::Relaxed);
                tracing::error!(%error, "audit.unwritten");
            }
        });
    }
}

/// What is written of an act that only few may do, before it is done.
pub fn privileged(told: &RefusedRoute<'_>, now: Timestamp) -> AuditRecord {
    let details = json!({ "route": told.route.name, "path": told.scene.instance });
    let said = "something was asked for that only few may do";
    of_route(told, classes::ADMIN, now, said).details(details)
}

/// Who asked for which row, whence.
fn of_route(told: &RefusedRoute<'_>, class: ActorId, now: Timestamp, said: &str) -> AuditRecord {
    let RefusedRoute { route, identity, entrance, tenant, scene } = told;
    AuditRecord {
        principal: Some(entrance.principal.to_string()),
        credential: identity.credential.clone(),
        road: Some("http".to_owned()),
        peer: (!scene.peer.is_empty()).then(|| scene.peer.clone()),
        action: Some(action(route)),
        trace_id: Some(scene.traced.id.clone()),
        ..AuditRecord::new((*tenant).clone(), class, now, said)
    }
}

/// What a row asks of its caller, as a capability where there is one.
fn action(route: &Route) -> String {
    match route.needs {
        Needs::Named(capability) | Needs::Tenant(capability) | Needs::System(capability) => {
            capability.to_string()
        }
        Needs::Kind(verb) => format!("cap:*.{verb}"),
        Needs::Nothing | Needs::Command | Needs::Rows | Needs::Frames => route.name.to_owned(),
    }
}
