//! Writing down what was refused for want of a right: at a bounded rate, since a flood of what is
//! refused must not fill the trail. What is left out is counted, and told with the next record.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use contracts::ports::AuditRecord;
use contracts::{ActorId, Envelope, Refusal, RefusalClass};
use serde_json::json;
use tokio::time::Instant;

use crate::runtime::shared::Shared;

/// What is written of refusals.
#[derive(Default)]
pub struct Refused {
    window: Mutex<Option<(Instant, u32)>>,
    unwritten: AtomicU64,
}

impl Refused {
    /// Writes that `envelope` was refused, when that was for want of a right or a quota. Nobody
    /// waits for it: a failure to write changes no answer.
    pub fn write(shared: &Arc<Shared>, envelope: &Envelope, refusal: &Refusal) {
        let quota = refusal.code == "quota_exceeded";
        if refusal.class != RefusalClass::Forbidden && !quota {
            return;
        }
        let config = &shared.config;
        let within = Duration::from_secs(config.audit_refusals_window_s);
        if !shared.refused.takes(config.audit_refusals_max, within) {
            shared.refused.unwritten.fetch_add(1, Ordering::Relaxed);
            return;
        }
        let unwritten = shared.refused.unwritten.swap(0, Ordering::Relaxed);
        let record = record(shared, envelope, refusal, unwritten);
        let writing = shared.clone();
        shared.tasks.spawn(async move {
            if let Err(error) = writing.world.audit.record(record).await {
                tracing::error!(%error, "audit.unwritten");
            }
        });
    }

    fn takes(&self, most: u32, within: Duration) -> bool {
        let mut window = self.window.lock().unwrap_or_else(PoisonError::into_inner);
        let now = Instant::now();
        match &mut *window {
            Some((begun, count)) if now.duration_since(*begun) < within => {
                *count += 1;
                *count <= most
            }
            _ => {
                *window = Some((now, 1));
                most > 0
            }
        }
    }
}

fn record(shared: &Shared, envelope: &Envelope, refusal: &Refusal, unwritten: u64) -> AuditRecord {
    let Envelope { to, by, name, id, .. } = envelope;
    AuditRecord {
        tenant: to.tenant.clone(),
        class: ActorId::from_static("refused"),
        at: shared.world.clock.now(),
        principal: Some(by.principal.to_string()),
        message: refusal.message.clone(),
        details: json!({
            "code": refusal.code, "kind": to.kind, "id": to.id,
            "command": name, "command_id": id, "road": by.origin, "credential": by.credential,
            "policy": shared.gate.policy(), "as_of": shared.directory.as_of(),
            "unwritten_before": unwritten,
        }),
    }
}
