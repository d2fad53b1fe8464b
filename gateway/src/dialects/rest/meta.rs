//! Operations and self-description.

use std::sync::Arc;

use axum::http::StatusCode;
use axum::response::Response;
use contracts::Refusal;
use contracts::access::Capability;
use serde_json::json;

use super::respond::{self, JSON, TEXT};
use crate::edge::call::Call;
use crate::edge::health::{Part, PartState};
use crate::edge::metrics;
use crate::edge::routes::{Access, Method, Needs, Route};
use crate::edge::shared::Shared;
use crate::problem::pages;

const METRICS: &[&str] = &["application/openmetrics-text", "text/plain"];
const OPENAPI: &[&str] = &["application/json", "application/vnd.oai.openapi+json"];
const MARKDOWN: &[&str] = &["text/markdown", "text/plain"];

/// Who sees what metrics tell by tenant of all of them.
const READ: Capability<'static> = Capability::new("admin", "read");

/// The rows of operations and self-description.
pub const ROUTES: &[Route] = &[
    Route {
        method: Method::Get,
        path: "/livez",
        name: "livez",
        about: "Says that the program answers.",
        access: Access::Probe,
        needs: Needs::Nothing,
        offers: JSON,
        query: &[],
        handler: |shared, call| Box::pin(livez(shared, call)),
    },
    Route {
        method: Method::Get,
        path: "/readyz",
        name: "readyz",
        about: "Says whether all parts do their work.",
        access: Access::Probe,
        needs: Needs::Nothing,
        offers: JSON,
        query: &[],
        handler: |shared, call| Box::pin(readyz(shared, call)),
    },
    Route {
        method: Method::Get,
        path: "/metrics",
        name: "metrics",
        about: "Tells the metrics as OpenMetrics text.",
        access: Access::Metrics,
        needs: Needs::Nothing,
        offers: METRICS,
        query: &[],
        handler: |shared, call| Box::pin(metrics(shared, call)),
    },
    Route {
        method: Method::Get,
        path: "/openapi.json",
        name: "openapi",
        about: "Describes the HTTP interface as OpenAPI 3.1.",
        access: Access::Metadata,
        needs: Needs::Nothing,
        offers: OPENAPI,
        query: &[],
        handler: |shared, call| Box::pin(openapi(shared, call)),
    },
    Route {
        method: Method::Get,
        path: "/asyncapi.json",
        name: "asyncapi",
        about: "Describes subjects and sockets as AsyncAPI 3.0.",
        access: Access::Metadata,
        needs: Needs::Nothing,
        offers: JSON,
        query: &[],
        handler: |shared, call| Box::pin(asyncapi(shared, call)),
    },
    Route {
        method: Method::Get,
        path: "/llms.txt",
        name: "llms",
        about: "Tells agents in a few lines how to use this.",
        access: Access::Metadata,
        needs: Needs::Nothing,
        offers: TEXT,
        query: &[],
        handler: |shared, call| Box::pin(llms(shared, call)),
    },
    Route {
        method: Method::Get,
        path: "/docs/errors/{code}",
        name: "error_page",
        about: "Explains an error code.",
        access: Access::Open,
        needs: Needs::Nothing,
        offers: MARKDOWN,
        query: &[],
        handler: |shared, call| Box::pin(error_page(shared, call)),
    },
];

async fn livez(_: Arc<Shared>, _: Call) -> Result<Response, Refusal> {
    let version = env!("CARGO_PKG_VERSION");
    respond::json(StatusCode::OK, &json!({ "status": "ok", "version": version }))
}

async fn readyz(shared: Arc<Shared>, _: Call) -> Result<Response, Refusal> {
    let mut parts = shared.edge.health.parts().await;
    if shared.edge.shutdown.is_cancelled() {
        parts.push(Part::new("edge", PartState::Stopping));
    }
    if parts.iter().all(|part| part.state.is_ready()) {
        let whole = parts.iter().all(|part| part.state == PartState::Ready);
        let status = if whole { "ready" } else { "degraded" };
        return respond::json(StatusCode::OK, &json!({ "status": status, "parts": parts }));
    }
    let late: Vec<_> = parts.iter().filter(|part| !part.state.is_ready()).collect();
    let names: Vec<_> = late.iter().map(|part| part.name.as_str()).collect();
    let message = format!("not ready: {}", names.join(", "));
    Err(Refusal::unavailable("not_ready", message).details(json!({ "parts": parts })))
}

async fn metrics(shared: Arc<Shared>, call: Call) -> Result<Response, Refusal> {
    let text = match call.is_above(&shared, READ) {
        true => shared.edge.metrics.text(),
        false => shared.edge.metrics.text_for(call.entrance.as_ref().map(|_| &call.tenant)),
    };
    Ok(respond::typed(StatusCode::OK, metrics::CONTENT_TYPE, text))
}

async fn openapi(shared: Arc<Shared>, call: Call) -> Result<Response, Refusal> {
    Ok(respond::typed(StatusCode::OK, call.media, shared.openapi.clone()))
}

async fn asyncapi(shared: Arc<Shared>, call: Call) -> Result<Response, Refusal> {
    Ok(respond::typed(StatusCode::OK, call.media, shared.asyncapi.clone()))
}

async fn llms(shared: Arc<Shared>, _: Call) -> Result<Response, Refusal> {
    Ok(respond::typed(StatusCode::OK, "text/plain; charset=utf-8", shared.llms.clone()))
}

async fn error_page(_: Arc<Shared>, call: Call) -> Result<Response, Refusal> {
    let code = call.param("code");
    let page = pages::page(code.strip_suffix(".md").unwrap_or(code))
        .ok_or_else(|| Refusal::not_found("error_unknown", "there is no error with such a code"))?;
    Ok(respond::typed(StatusCode::OK, "text/markdown; charset=utf-8", page.to_owned()))
}
