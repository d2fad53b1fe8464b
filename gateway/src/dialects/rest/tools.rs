//! The tools that runs may use.

use std::sync::Arc;

use axum::http::StatusCode;
use axum::response::Response;
use contracts::Refusal;
use serde_json::json;

use super::respond::{self, JSON};
use crate::edge::call::Call;
use crate::edge::routes::{Access, Method, Needs, Route};
use crate::edge::shared::Shared;

/// The row of tools.
pub const ROUTES: &[Route] = &[Route {
    method: Method::Get,
    path: "/v1/tools",
    name: "tools",
    about: "Lists the tools that runs and assistants may use, with the schemas of their arguments.",
    access: Access::Key,
    needs: Needs::Nothing,
    offers: JSON,
    query: &[],
    handler: |shared, call| Box::pin(async move { list(&shared, &call) }),
}];

fn list(shared: &Arc<Shared>, call: &Call) -> Result<Response, Refusal> {
    let items = shared.edge.tools.tools(&call.tenant, &call.caller()?);
    respond::json(StatusCode::OK, &json!({ "items": items, "next": null }))
}
