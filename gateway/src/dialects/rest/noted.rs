//! What is written down of an operator's act.

use contracts::Refusal;
use contracts::audit::{AuditRecord, Outcome, classes};
use serde_json::Value;

use crate::edge::call::Call;
use crate::edge::shared::Shared;

/// A record that the caller has done what its row is for, about `details`.
///
/// # Errors
/// `unauthenticated` on a route that lets strangers in.
pub fn done(
    shared: &Shared,
    call: &Call,
    said: &str,
    details: Value,
) -> Result<AuditRecord, Refusal> {
    let record = AuditRecord::new(call.tenant.clone(), classes::ADMIN, shared.now(), said);
    let record = record.by(&call.caller()?).outcome(Outcome::Done).action(call.route.name);
    let peer = Some(call.scene.peer.clone()).filter(|peer| !peer.is_empty());
    let trace_id = Some(call.scene.traced.id.clone());
    Ok(AuditRecord { peer, trace_id, ..record }.details(details))
}
