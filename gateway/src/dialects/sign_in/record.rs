//! What signing in leaves in the audit trail: class `login`, and never a secret.

use contracts::audit::{AuditRecord, Outcome, classes};
use contracts::{CredentialId, Refusal, Tenant};
use serde_json::{Value, json};

use crate::edge::call::Scene;
use crate::edge::shared::Shared;

/// Something to be written down.
pub(super) struct Told<'a> {
    /// In whose house.
    pub(super) tenant: &'a Tenant,
    /// Who it is about, or claims to be.
    pub(super) principal: &'a str,
    /// One sentence.
    pub(super) message: &'static str,
    /// Facts: `code` of a refusal and `session` have places of their own.
    pub(super) details: Value,
}

fn record(shared: &Shared, scene: &Scene, told: Told<'_>) -> AuditRecord {
    let mut details = told.details;
    let mut taken = |name: &str| {
        let text = details.as_object_mut()?.remove(name)?;
        text.as_str().map(str::to_owned)
    };
    let (code, session) = (taken("code"), taken("session"));
    let outcome = if code.is_some() { Outcome::Refused } else { Outcome::Done };
    let details = if details == json!({}) { Value::Null } else { details };
    AuditRecord {
        principal: Some(told.principal.chars().take(128).collect()),
        credential: session.and_then(|id| CredentialId::new(id).ok()),
        road: Some("http".to_owned()),
        peer: (!scene.peer.is_empty()).then(|| scene.peer.clone()),
        trace_id: Some(scene.traced.id.clone()),
        outcome,
        code,
        details,
        ..AuditRecord::new(told.tenant.clone(), classes::LOGIN, shared.now(), told.message)
    }
}

/// Writes before anything is told.
///
/// # Errors
/// When it cannot be written.
pub(super) async fn written(shared: &Shared, scene: &Scene, told: Told<'_>) -> Result<(), Refusal> {
    shared.edge.audit.record(record(shared, scene, told)).await?;
    Ok(())
}

/// Writes beside the answer: a failure to write changes no refusal. The throttle bounds how many
/// there can be.
pub(super) fn noted(shared: &Shared, scene: &Scene, told: Told<'_>) {
    let (audit, record) = (shared.edge.audit.clone(), record(shared, scene, told));
    tokio::spawn(async move {
        if let Err(error) = audit.record(record).await {
            tracing::error!(%error, "audit.unwritten");
        }
    });
}
