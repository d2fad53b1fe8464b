//! NATS users of a tenant.

use std::sync::Arc;

use axum::http::StatusCode;
use axum::response::Response;
use contracts::access::Capability;
use contracts::{ActorId, Refusal, RefusalClass};
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::json;

use super::noted;
use super::respond;
use crate::edge::call::Call;
use crate::edge::routes::{Method, Needs, Route};
use crate::edge::shared::Shared;

const fn own(verb: &'static str) -> Needs {
    Needs::Tenant(Capability::new("nats_users", verb))
}

/// The rows of NATS users.
pub const ROUTES: &[Route] = &[
    Route::known(
        (Method::Get, "/v1/nats-users"),
        "nats_users",
        "Lists the tenant's users of the broker, without their passwords.",
        own("read"),
        |shared, call| Box::pin(list(shared, call)),
    ),
    Route::known(
        (Method::Post, "/v1/nats-users"),
        "nats_user_add",
        "Makes a user of the broker for the tenant; the password is shown once.",
        own("manage"),
        |shared, call| Box::pin(add(shared, call)),
    ),
    Route::known(
        (Method::Post, "/v1/nats-users/{id}/revoke"),
        "nats_user_revoke",
        "Ends a user of the broker and closes its connections.",
        own("manage"),
        |shared, call| Box::pin(revoke(shared, call)),
    ),
];

/// `{name}`.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct NatsUserInput {
    /// What it is called in the tenant.
    name: ActorId,
}

async fn list(shared: Arc<Shared>, call: Call) -> Result<Response, Refusal> {
    let users = shared.edge.nats_users.list(call.tenant.clone()).await?;
    respond::json(StatusCode::OK, &users)
}

async fn add(shared: Arc<Shared>, mut call: Call) -> Result<Response, Refusal> {
    let body = call.json(&shared).await?;
    let NatsUserInput { name } = contracts::read::from_value(body).map_err(|error| {
        Refusal::new(RefusalClass::Malformed, "invalid_input", "the input is {name}")
            .field("input", error.to_string())
    })?;
    let record = noted::done(&shared, &call, "a NATS user was made", json!({ "name": name }))?;
    let user = shared.edge.nats_users.add(call.tenant.clone(), name).await?;
    shared.edge.audit.record(record).await?;
    respond::secret(StatusCode::CREATED, &user)
}

async fn revoke(shared: Arc<Shared>, mut call: Call) -> Result<Response, Refusal> {
    call.json(&shared).await?;
    let name = call.id()?;
    let record = noted::done(&shared, &call, "a NATS user was ended", json!({ "name": name }))?;
    let ended = shared.edge.nats_users.revoke(call.tenant.clone(), name).await?;
    shared.edge.audit.record(record).await?;
    respond::json(StatusCode::OK, &ended)
}
