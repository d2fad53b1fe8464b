//! Writing down what was refused for want of a right: at a bounded rate, since a flood of what is
//! refused must not fill the trail. What is left out is counted, and told with the next record.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use contracts::audit::{AuditRecord, classes};
use contracts::caller::Origin;
use contracts::{Envelope, Refusal, RefusalClass};
use serde_json::json;
use tokio::time::Instant;

use crate::runtime::inbox::{Passage, Work};
use crate::runtime::shared::Shared;

/// Codes that are written down though they are of another class than `Forbidden`.
const ALSO: &[&str] = &["quota_exceeded", "kill_switch_engaged"];

/// What is written of refusals.
#[derive(Default)]
pub struct Refused {
    window: Mutex<Option<(Instant, u32)>>,
    unwritten: AtomicU64,
}

impl Refused {
    /// Answers `work` with `refusal` and writes that down, once, now that nothing will be decided
    /// again. A stored message is written down by its road, which goes on only when that is
    /// durable; what an operator does with a letter is told with what he did, and what comes out
    /// of DEAD with its letter.
    pub fn answer(shared: &Arc<Shared>, work: Work, refusal: Refusal) {
        if work.passage == Passage::Interactive {
            Self::write(shared, &work.envelope, &refusal);
        }
        work.answer(Err(refusal));
    }

    /// Writes that `envelope` was refused, when that was for want of a right or a quota. Nobody
    /// waits for it: a failure to write changes no answer.
    pub fn write(shared: &Arc<Shared>, envelope: &Envelope, refusal: &Refusal) {
        if is_told(refusal) {
            Self::keep(shared, record(shared, envelope, refusal));
        }
    }

    /// Writes a record of something refused, or counts it for the next one.
    pub fn keep(shared: &Arc<Shared>, mut record: AuditRecord) {
        let config = &shared.config;
        let within = Duration::from_secs(config.audit_refusals_window_s);
        let refused = &shared.refused;
        if !refused.takes(config.audit_refusals_max, within) {
            refused.unwritten.fetch_add(1, Ordering::Relaxed);
            return;
        }
        let before = refused.unwritten.swap(0, Ordering::Relaxed);
        if before > 0 {
            record.add("unwritten_before", json!(before));
        }
        let writing = shared.clone();
        shared.tasks.spawn(async move {
            if let Err(error) = writing.world.audit.record(record).await {
                // Neither this one nor those before it are forgotten: the next record tells.
                writing.refused.unwritten.fetch_add(before + 1, Ordering::Relaxed);
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

/// Whether a refusal is one that somebody may have to answer for.
pub fn is_told(refusal: &Refusal) -> bool {
    refusal.class == RefusalClass::Forbidden || ALSO.contains(&&*refusal.code)
}

fn record(shared: &Shared, envelope: &Envelope, refusal: &Refusal) -> AuditRecord {
    let Envelope { to, by, name, id, .. } = envelope;
    let (now, said) = (shared.world.clock.now(), refusal.message.clone());
    let mut record = AuditRecord::new(to.tenant.clone(), classes::REFUSED, now, said)
        .by(by)
        .refused(refusal)
        .action(format!("{}.{name}", to.kind))
        .details(json!({ "command_id": id }));
    if by.origin == Origin::Nats {
        record.road = Some("ask".to_owned());
    }
    record.actor = Some(format!("{}/{}", to.kind, to.id));
    record.policy = Some(shared.gate.digest(&to.tenant));
    record.as_of = Some(shared.directory.as_of());
    record.trace_id = envelope.trace.as_ref().and_then(|trace| trace.id());
    record
}
