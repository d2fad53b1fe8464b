//! `/ok` and `/info`: what clients ask before anything else.

use std::sync::Arc;

use axum::http::StatusCode;
use axum::response::Response;
use contracts::Refusal;
use serde_json::json;

use crate::dialects::rest::respond;
use crate::edge::call::Call;
use crate::edge::shared::Shared;

/// `GET /ok`.
pub async fn ok(_: Arc<Shared>, _: Call) -> Result<Response, Refusal> {
    respond::json(StatusCode::OK, &json!({ "ok": true }))
}

/// `GET /info`: what of the platform is served here.
pub async fn info(_: Arc<Shared>, _: Call) -> Result<Response, Refusal> {
    let told = json!({
        "version": env!("CARGO_PKG_VERSION"),
        "flags": { "assistants": true, "crons": true, "langsmith": false },
        "host": { "kind": "cambium" },
    });
    respond::json(StatusCode::OK, &told)
}
