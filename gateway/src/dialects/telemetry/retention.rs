//! For how long records are kept.

use std::sync::Arc;

use axum::http::StatusCode;
use axum::response::Response;
use bytes::Bytes;
use contracts::records::{Batch, RecordPlace, Rule};
use contracts::{Refusal, RefusalClass};
use serde_json::json;

use super::super::rest::respond;
use crate::edge::call::Call;
use crate::edge::shared::Shared;

pub(super) async fn tell(shared: Arc<Shared>, call: Call) -> Result<Response, Refusal> {
    let config = &shared.edge.config.records;
    let rules = shared.edge.records.retention(config, &call.tenant).await?;
    respond::json(StatusCode::OK, &json!({ "items": rules }))
}

pub(super) async fn retain(shared: Arc<Shared>, mut call: Call) -> Result<Response, Refusal> {
    let value = call.json(&shared).await?;
    let rule: Rule = contracts::read::located(value).map_err(|fault| {
        let refusal = Refusal::new(RefusalClass::Malformed, "invalid_input", fault.to_string());
        refusal.field(fault.path, fault.error.to_string())
    })?;
    let max = shared.edge.config.records.retention_days_max;
    if rule.days.is_some_and(|days| days == 0 || days > max) {
        let wanted = format!("records are kept for 1 to {max} days");
        let refusal = Refusal::new(RefusalClass::Malformed, "invalid_input", wanted.clone());
        return Err(refusal.field("days", wanted));
    }
    let batch = Batch::ruling(shared.now(), call.caller()?.principal.to_string(), rule);
    let payload = contracts::codec::encode(&batch);
    let payload = payload.map_err(|error| Refusal::internal(error.to_string()))?;
    let place = RecordPlace { tenant: call.tenant.clone(), signal: None };
    let desk = &shared.edge.records;
    let sequence = desk.put(&place, Bytes::from(payload)).await?;
    desk.settled(sequence).await?;
    respond::json(StatusCode::OK, &rule)
}
