//! What happened to the read models and somebody may have to answer for: into the audit trail and
//! the metrics.

use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use contracts::audit::AuditRecord;
use contracts::ports::Audit;
use contracts::{ActorId, Tenant, Timestamp};
use projections::{Models, Notice};
use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use serde_json::{Value, json};

use crate::edge::Metrics;

/// The class of the records.
const CLASS: ActorId = ActorId::from_static("read_model");

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Labels {
    model: String,
}

/// Takes the notices of the read models, again and again.
#[derive(Clone)]
pub struct Reporter {
    models: Models,
    audit: Arc<dyn Audit>,
    /// In whose house it is written down when it concerns no single tenant.
    tenant: Tenant,
    stopped: Family<Labels, Gauge>,
    refused: Gauge,
    interval: Duration,
}

/// The time by this machine's clock.
pub fn now() -> Timestamp {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    Timestamp::from_millis(i64::try_from(since.as_millis()).unwrap_or(i64::MAX))
}

impl Reporter {
    /// A reporter whose metrics stand in `metrics`; it looks every `interval`.
    #[must_use]
    pub fn new(
        models: &Models,
        audit: Arc<dyn Audit>,
        tenant: &Tenant,
        metrics: &Metrics,
        interval: Duration,
    ) -> Self {
        let (stopped, refused) = (Family::<Labels, Gauge>::default(), Gauge::default());
        metrics.register(|registry| {
            let help = "Whether a read model stands still at a commit that it cannot apply";
            registry.register("cambium_read_model_stopped", help, stopped.clone());
            let help = "Commits that no read model applies since they break their actor's chain";
            registry.register("cambium_read_models_refused", help, refused.clone());
        });
        let (models, tenant) = (models.clone(), tenant.clone());
        Self { models, audit, tenant, stopped, refused, interval }
    }

    /// Looks again and again.
    pub async fn run(self) {
        loop {
            self.look().await;
            tokio::time::sleep(self.interval).await;
        }
    }

    async fn look(&self) {
        for notice in self.models.notices() {
            self.write(&notice).await;
        }
        let refused = i64::try_from(self.models.refused_count()).unwrap_or(i64::MAX);
        self.refused.set(refused);
        let Ok(faults) = self.models.faults().await else { return };
        for (model, _) in self.models.marks().await {
            let stands = faults.iter().any(|(stopped, _)| *stopped == model);
            self.stopped.get_or_create(&Labels { model }).set(i64::from(stands));
        }
    }

    async fn write(&self, notice: &Notice) {
        let (message, actor, details) = told(notice);
        let tenant = actor.and_then(|actor| actor.split('/').next()?.parse().ok());
        let tenant = tenant.unwrap_or_else(|| self.tenant.clone());
        let record = AuditRecord::new(tenant, CLASS, now(), message).details(details);
        if let Err(error) = self.audit.record(record).await {
            tracing::error!(%error, ?notice, "audit.unwritten");
        }
    }
}

fn told(notice: &Notice) -> (&'static str, Option<&str>, Value) {
    match notice {
        Notice::Stopped { model, fault } => (
            "a read model stands still at a commit that it cannot apply",
            fault.actor.as_deref(),
            json!({ "model": model, "fault": fault }),
        ),
        Notice::Refused(refused) => (
            "no read model applies a message that does not continue its actor's chain",
            Some(&refused.actor),
            json!({ "refused": refused }),
        ),
    }
}
