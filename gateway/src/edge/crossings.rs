//! Writing down who enters another's house by the system's own right, and why: once per person,
//! house and reason in a while, and before anything is told.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use contracts::audit::{AuditRecord, Outcome, classes};
use contracts::caller::Identity;
use contracts::ports::Audit;
use contracts::{Refusal, Tenant, Timestamp};

use super::call::Scene;
use super::config::Config;
use crate::problem::codes;

/// The longest reason, in bytes.
const REASON_BYTES_MAX: usize = 256;

/// Who has entered which house, and why, a while ago at most.
pub struct Crossings {
    audit: Arc<dyn Audit>,
    home: Tenant,
    again_after: Duration,
    known_max: usize,
    known: Mutex<HashMap<Crossing, Instant>>,
}

#[derive(PartialEq, Eq, Hash)]
struct Crossing {
    who: String,
    tenant: Tenant,
    reason: Option<String>,
}

impl Crossings {
    /// Writes into `audit`, as `config` says.
    #[must_use]
    pub fn new(audit: Arc<dyn Audit>, config: &Config) -> Self {
        Self {
            audit,
            home: config.tenant.clone(),
            again_after: Duration::from_secs(config.audit_crossings_window_s.into()),
            known_max: config.audit_crossings_max,
            known: Mutex::default(),
        }
    }

    /// Writes that `identity` enters `tenant`, when it is at home in neither.
    ///
    /// # Errors
    /// `reason_needed` to a super admin who says none; the log's, when it cannot be written.
    pub async fn note(
        &self,
        identity: &Identity,
        tenant: &Tenant,
        reason: Option<&str>,
        scene: &Scene,
        now: Timestamp,
    ) -> Result<(), Refusal> {
        // Who holds the admin key is at home where the operator works.
        let at_home = *tenant == self.home;
        if !identity.crosses_into(tenant) || (at_home && identity.tenant.is_none()) {
            return Ok(());
        }
        let reason = reason.filter(|text| !text.is_empty() && text.len() <= REASON_BYTES_MAX);
        // Who holds the admin key is at home on the machine itself.
        if identity.tenant.is_some() && reason.is_none() && !at_home {
            return Err(codes::reason_needed());
        }
        let who = match &identity.tenant {
            Some(home) => format!("{}@{home}", identity.principal),
            None => identity.principal.to_string(),
        };
        let reason = reason.map(str::to_owned);
        let crossing =
            Crossing { who: who.clone(), tenant: tenant.clone(), reason: reason.clone() };
        if self.is_known(&crossing) {
            return Ok(());
        }
        let said = "entered the tenant by a right in the tenant system";
        let record = AuditRecord {
            principal: Some(who),
            credential: identity.credential.clone(),
            road: Some("http".to_owned()),
            peer: (!scene.peer.is_empty()).then(|| scene.peer.clone()),
            action: Some("enter".to_owned()),
            outcome: Outcome::Done,
            trace_id: Some(scene.traced.id.clone()),
            reason,
            ..AuditRecord::new(tenant.clone(), classes::CROSSING, now, said)
        };
        self.audit.record(record).await?;
        self.learn(crossing);
        Ok(())
    }

    fn is_known(&self, crossing: &Crossing) -> bool {
        let known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        known.get(crossing).is_some_and(|since| since.elapsed() < self.again_after)
    }

    fn learn(&self, crossing: Crossing) {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        if known.len() >= self.known_max {
            known.retain(|_, since| since.elapsed() < self.again_after);
        }
        if known.len() < self.known_max {
            known.insert(crossing, Instant::now());
        }
    }
}
