//! Saying what is held and for how long records are kept: each is a record of the trail itself.

use std::sync::Arc;

use axum::http::StatusCode;
use axum::response::Response;
use contracts::audit::{AuditRecord, HoldChange, Outcome, Retention, classes};
use contracts::{ActorId, Refusal, RefusalClass};
use schemars::JsonSchema;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use super::super::respond;
use super::{HOLD, RETAIN};
use crate::edge::call::Call;
use crate::edge::shared::Shared;
use crate::problem::codes;

/// The longest reason, in bytes.
const REASON_BYTES_MAX: usize = 1_024;

/// The most days that a class is kept: a hundred years.
const DAYS_MAX: u32 = 36_500;

/// Which records are held, and why.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct HoldInput {
    /// Why, for whoever asks later.
    pub reason: String,
    /// Of which class; left out = of all.
    #[serde(default)]
    pub class: Option<ActorId>,
    /// About whom; left out = about everybody.
    #[serde(default)]
    pub principal: Option<String>,
}

/// Which hold holds no longer, and why.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ReleaseInput {
    /// Its id, from the list.
    pub hold: String,
    /// Why.
    pub reason: String,
}

async fn body<T: DeserializeOwned>(shared: &Shared, call: &mut Call) -> Result<T, Refusal> {
    let body = call.json(shared).await?;
    contracts::read::from_value(body).map_err(|error| {
        Refusal::new(RefusalClass::Malformed, "invalid_input", "the body is not of its shape")
            .field("input", error.to_string())
    })
}

fn sound(reason: &str) -> Result<(), Refusal> {
    if reason.trim().is_empty() || reason.len() > REASON_BYTES_MAX {
        let wanted = format!("a reason has 1 to {REASON_BYTES_MAX} bytes");
        return Err(Refusal::new(RefusalClass::Malformed, "invalid_input", wanted.clone())
            .field("reason", wanted));
    }
    Ok(())
}

/// The record of a word that rules over the trail.
fn ruling(call: &Call, record: AuditRecord, details: Value) -> Result<AuditRecord, Refusal> {
    let record = record.by(&call.caller()?).outcome(Outcome::Done).details(details);
    let peer = Some(call.scene.peer.clone()).filter(|peer| !peer.is_empty());
    let trace_id = Some(call.scene.traced.id.clone());
    Ok(AuditRecord { peer, trace_id, ..record })
}

/// Writes it, and waits until the rows have read it.
async fn write(shared: &Shared, record: AuditRecord) -> Result<(), Refusal> {
    shared.edge.audit.record(record).await?;
    shared.edge.trail.settled().await.map(drop)
}

pub(super) async fn sign(shared: Arc<Shared>, mut call: Call) -> Result<Response, Refusal> {
    call.json(&shared).await?;
    let head = shared.edge.trail.head(call.tenant.clone()).await?;
    respond::json(StatusCode::OK, &head)
}

pub(super) async fn hold(shared: Arc<Shared>, mut call: Call) -> Result<Response, Refusal> {
    let HoldInput { reason, class, principal } = body(&shared, &mut call).await?;
    sound(&reason)?;
    let said = "records are held: nobody purges them";
    let record = AuditRecord::new(call.tenant.clone(), classes::HOLD, shared.now(), said);
    let record = AuditRecord { reason: Some(reason.clone()), ..record.action(HOLD.to_string()) };
    let at = record.at;
    let change = HoldChange::Hold { class: class.clone(), principal: principal.clone() };
    let record = ruling(&call, record, json!(change))?;
    write(&shared, record).await?;
    let holds = shared.edge.trail.holds(Some(call.tenant.clone()), false).await?;
    let own = holds.into_iter().map(|(hold, _)| hold).rfind(|hold| {
        hold.at == at
            && (&hold.reason, &hold.class, &hold.principal) == (&reason, &class, &principal)
    });
    let own = own.ok_or_else(|| Refusal::unavailable("log_unavailable", "ask for the holds"))?;
    respond::json(StatusCode::OK, &own)
}

pub(super) async fn release(shared: Arc<Shared>, mut call: Call) -> Result<Response, Refusal> {
    let ReleaseInput { hold, reason } = body(&shared, &mut call).await?;
    sound(&reason)?;
    shared.edge.trail.settled().await?;
    let holds = shared.edge.trail.holds(Some(call.tenant.clone()), false).await?;
    if !holds.iter().any(|(known, _)| known.id == hold) {
        return Err(codes::hold_not_found());
    }
    let said = "a hold holds no longer";
    let record = AuditRecord::new(call.tenant.clone(), classes::HOLD, shared.now(), said);
    let record = AuditRecord { reason: Some(reason), ..record.action(HOLD.to_string()) };
    let change = HoldChange::Release { hold: hold.clone() };
    let record = ruling(&call, record, json!(change))?;
    write(&shared, record).await?;
    respond::json(StatusCode::OK, &json!({ "hold": hold, "released": true }))
}

pub(super) async fn retain(shared: Arc<Shared>, mut call: Call) -> Result<Response, Refusal> {
    let retention: Retention = body(&shared, &mut call).await?;
    let kept = classes::KEPT.contains(&retention.class);
    if kept || retention.days.is_some_and(|days| days == 0 || days > DAYS_MAX) {
        let wanted = format!("heads, holds and anchors stay; others 1 to {DAYS_MAX} days");
        return Err(Refusal::new(RefusalClass::Malformed, "invalid_input", wanted.clone())
            .field(if kept { "class" } else { "days" }, wanted));
    }
    let said = "records of a class are kept for so long";
    let record = AuditRecord::new(call.tenant.clone(), classes::RETENTION, shared.now(), said);
    let record = ruling(&call, record.action(RETAIN.to_string()), json!(retention))?;
    write(&shared, record).await?;
    respond::json(StatusCode::OK, &retention)
}
