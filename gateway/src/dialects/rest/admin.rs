//! The parts of a running system, for operators.

use std::sync::Arc;

use axum::http::StatusCode;
use axum::response::Response;
use contracts::{Refusal, RefusalClass};
use serde::Deserialize;

use super::respond::{self, JSON};
use crate::edge::call::Call;
use crate::edge::routes::{Access, Method, Param, Route};
use crate::edge::shared::Shared;

const fn row(
    path: &'static str,
    name: &'static str,
    about: &'static str,
    query: &'static [Param],
    handler: crate::edge::routes::Handler,
) -> Route {
    Route {
        method: Method::Get,
        path,
        name,
        about,
        access: Access::Key,
        offers: JSON,
        query,
        handler,
    }
}

/// The rows for operators.
pub const ROUTES: &[Route] = &[
    row(
        "/v1/admin/streams",
        "admin_streams",
        "Tells the streams of the log.",
        &[],
        |shared, call| Box::pin(streams(shared, call)),
    ),
    row(
        "/v1/admin/lag",
        "admin_lag",
        "Tells how far each reader is behind.",
        &[],
        |shared, call| Box::pin(lag(shared, call)),
    ),
    row(
        "/v1/admin/partitions",
        "admin_partitions",
        "Tells which node owns which partitions.",
        &[],
        |shared, call| Box::pin(partitions(shared, call)),
    ),
    row("/v1/admin/models", "admin_models", "Tells the read models.", &[], |shared, call| {
        Box::pin(models(shared, call))
    }),
    Route {
        method: Method::Post,
        path: "/v1/admin/rebuild",
        name: "admin_rebuild",
        about: "Builds read models anew and swaps them in; with `check`, only compares.",
        access: Access::Key,
        offers: JSON,
        query: &[],
        handler: |shared, call| Box::pin(rebuild(shared, call)),
    },
];

async fn streams(shared: Arc<Shared>, call: Call) -> Result<Response, Refusal> {
    call.operator()?;
    respond::json(StatusCode::OK, &shared.edge.admin.streams().await?)
}

async fn lag(shared: Arc<Shared>, call: Call) -> Result<Response, Refusal> {
    call.operator()?;
    respond::json(StatusCode::OK, &shared.edge.admin.lag().await?)
}

async fn partitions(shared: Arc<Shared>, call: Call) -> Result<Response, Refusal> {
    call.operator()?;
    respond::json(StatusCode::OK, &shared.edge.admin.partitions().await?)
}

async fn models(shared: Arc<Shared>, call: Call) -> Result<Response, Refusal> {
    call.operator()?;
    respond::json(StatusCode::OK, &shared.edge.admin.models().await?)
}

/// `{models?: [name], check?: bool}`; no models = all.
#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct Rebuild {
    models: Vec<String>,
    check: bool,
}

async fn rebuild(shared: Arc<Shared>, mut call: Call) -> Result<Response, Refusal> {
    call.operator()?;
    let body = call.json(&shared).await?;
    let Rebuild { models, check } = serde_json::from_value(body).map_err(|error| {
        let message = "the input of rebuild is {models?, check?}";
        Refusal::new(RefusalClass::Malformed, "invalid_input", message)
            .field("input", error.to_string())
    })?;
    respond::json(StatusCode::OK, &shared.edge.admin.rebuild(models, check).await?)
}
