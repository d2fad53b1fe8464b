//! Personal data of one subject: everything that is known of it, and the end of that.

use std::sync::Arc;

use axum::http::StatusCode;
use axum::response::Response;
use contracts::access::Capability;
use contracts::audit::{AuditRecord, Outcome, classes};
use contracts::kinds::subject;
use contracts::ports::{Counted, Erasure};
use contracts::privacy::AREA;
use contracts::{ActorId, Address, Refusal, RefusalClass};
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Value, json};

use super::archive::{NDJSON, stream};
use super::reads::seen;
use super::respond::{self, JSON};
use crate::edge::access_export;
use crate::edge::call::Call;
use crate::edge::routes::{Access, Method, Needs, Route};
use crate::edge::shared::Shared;
use crate::problem::codes;

/// Getting all that is known of somebody else.
const EXPORT: Capability<'static> = Capability::new(AREA, "export");
/// Erasing it.
const ERASE: Capability<'static> = Capability::new(AREA, "erase");
/// Seeing somebody else's receipts.
const RECEIPTS: Capability<'static> = Capability::new(AREA, "receipts");

/// The rows of personal data.
pub const ROUTES: &[Route] = &[
    Route {
        method: Method::Post,
        path: "/v1/privacy/{id}/export",
        name: "privacy_export",
        about: "Streams everything that is known of a subject, opened, and where each thing \
                stands; one's own without any capability.",
        access: Access::Key,
        needs: Needs::Rows,
        offers: NDJSON,
        query: &[],
        handler: |shared, call| Box::pin(export(shared, call)),
    },
    Route {
        method: Method::Post,
        path: "/v1/privacy/{id}/erase",
        name: "privacy_erase",
        about: "Destroys the key of a subject, so that what is known of it can be read no more, \
                and answers with a signed receipt.",
        access: Access::Key,
        needs: Needs::Named(ERASE),
        offers: JSON,
        query: &[],
        handler: |shared, call| Box::pin(erase(shared, call)),
    },
    Route {
        method: Method::Get,
        path: "/v1/privacy/{id}/receipts",
        name: "privacy_receipts",
        about: "Lists the receipts of a subject's erasures; one's own without any capability.",
        access: Access::Key,
        needs: Needs::Rows,
        offers: JSON,
        query: &[],
        handler: |shared, call| Box::pin(receipts(shared, call)),
    },
];

/// `{reason}`.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct EraseInput {
    /// Why, for people; nothing personal, since it is never erased.
    #[schemars(length(min = 1, max = 1024))]
    reason: String,
}

/// The subject that the path names, when it is the caller's own or the caller has `capability`.
fn own_or(shared: &Shared, call: &Call, capability: Capability<'_>) -> Result<ActorId, Refusal> {
    let (id, caller) = (call.id()?, call.caller()?);
    let own = caller.principal.as_str() == id.as_str();
    if own || call.may(shared, capability, Some(id.as_str())) {
        return Ok(id);
    }
    Err(codes::forbidden_capability(capability, caller.principal.as_str()))
}

async fn export(shared: Arc<Shared>, mut call: Call) -> Result<Response, Refusal> {
    call.json(&shared).await?;
    let subject = own_or(&shared, &call, EXPORT)?;
    let permit = shared.open_stream(&call.tenant)?;
    // The read models tell where things stand: what was written before this is in it.
    let head = shared.edge.feed.head().await?;
    seen(&shared, Some(head)).await?;
    if !access_export::is_known(&shared, &call.tenant, &subject).await? {
        let message = format!("nothing is known of {subject} in {}", call.tenant);
        return Err(Refusal::not_found("actor_not_found", message));
    }
    let said = ("export", "everything known of a subject was exported");
    let record = record(&shared, &call, said, &subject, json!({}))?;
    shared.edge.audit.record(record).await?;
    let lines = access_export::lines(Arc::clone(&shared), call.tenant.clone(), subject);
    Ok(stream(&shared, lines, permit))
}

async fn erase(shared: Arc<Shared>, mut call: Call) -> Result<Response, Refusal> {
    let (subject, by) = (call.id()?, call.caller()?.principal);
    let body = call.json(&shared).await?;
    let EraseInput { reason } = contracts::read::from_value(body).map_err(|error| {
        Refusal::new(RefusalClass::Malformed, "invalid_input", "the input is {reason}")
            .field("input", error.to_string())
    })?;
    let cursor = shared.edge.feed.head().await?;
    seen(&shared, Some(cursor)).await?;
    let values = shared.edge.reading.personal_count(&call.tenant, &subject).await?;
    let erasure = Erasure {
        tenant: call.tenant.clone(),
        subject: subject.clone(),
        by,
        reason,
        counted: Counted { values, cursor },
    };
    let signed = shared.edge.privacy.erase(erasure).await?;
    let told = json!({ "key": signed.receipt.key, "values": signed.receipt.values });
    let said = ("erase", "the key of a subject was destroyed");
    let record = record(&shared, &call, said, &subject, told)?;
    shared.edge.audit.record(record).await?;
    respond::json(StatusCode::OK, &signed)
}

async fn receipts(shared: Arc<Shared>, call: Call) -> Result<Response, Refusal> {
    let subject = own_or(&shared, &call, RECEIPTS)?;
    let to = Address::new(call.tenant.clone(), subject::KIND, subject);
    let kept = shared.kept(&to).await?;
    let items = kept.map_or_else(|| json!([]), |mut view| view.state["receipts"].take());
    respond::json(StatusCode::OK, &json!({ "items": items, "next": null }))
}

/// Who has seen or ended what is known of somebody: written down before it is told.
fn record(
    shared: &Shared,
    call: &Call,
    (action, message): (&str, &str),
    subject: &ActorId,
    details: Value,
) -> Result<AuditRecord, Refusal> {
    let caller = call.caller()?;
    let peer = &call.scene.peer;
    Ok(AuditRecord {
        principal: Some(caller.principal.to_string()),
        credential: caller.credential,
        road: Some("http".to_owned()),
        peer: (!peer.is_empty()).then(|| peer.clone()),
        action: Some(action.to_owned()),
        actor: Some(format!("{}/{subject}", subject::KIND)),
        outcome: Outcome::Done,
        trace_id: Some(call.scene.traced.id.clone()),
        details,
        ..AuditRecord::new(call.tenant.clone(), classes::PRIVACY, shared.now(), message)
    })
}
