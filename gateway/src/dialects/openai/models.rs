//! `GET /v1/models`: what may be named as `model`.

use std::sync::Arc;

use axum::http::StatusCode;
use axum::response::Response;
use contracts::Refusal;
use contracts::model::ModelView;
use serde_json::{Value, json};

use crate::dialects::common::asker::Asker;
use crate::dialects::common::assistants::{self, Addressed};
use crate::dialects::common::models::{resolve, unknown};
use crate::dialects::common::runs;
use crate::dialects::rest::respond::{self, JSON};
use crate::edge::call::Call;
use crate::edge::routes::{Access, Method, Needs, Route};
use crate::edge::shared::Shared;

/// The rows of models.
pub const ROUTES: &[Route] = &[
    Route {
        method: Method::Get,
        path: "/v1/models",
        name: "models",
        about: "Lists the models that may be asked, as OpenAI does.",
        access: Access::Key,
        needs: Needs::Nothing,
        offers: JSON,
        query: &[],
        handler: |shared, call| Box::pin(list(shared, call)),
    },
    Route {
        method: Method::Get,
        path: "/v1/models/{*id}",
        name: "model",
        about: "Shows a model, as OpenAI does; its id holds slashes, escaped or not.",
        access: Access::Key,
        needs: Needs::Nothing,
        offers: JSON,
        query: &[],
        handler: |shared, call| Box::pin(show(shared, call)),
    },
];

async fn list(shared: Arc<Shared>, call: Call) -> Result<Response, Refusal> {
    let asker = Asker::of(&call)?;
    drop(call);
    let mut data: Vec<_> = shared.edge.models.list().iter().map(told).collect();
    data.extend(assistants::all(&shared, &asker).await?.iter().map(addressed));
    respond::json(StatusCode::OK, &json!({ "object": "list", "data": data }))
}

async fn show(shared: Arc<Shared>, call: Call) -> Result<Response, Refusal> {
    let asker = Asker::of(&call)?;
    drop(call);
    if let Some(assistant) = assistants::named(&asker.id) {
        let found = assistants::show(&shared, &asker, assistant).await?;
        let found = found.ok_or_else(|| unknown(&asker.id))?;
        return respond::json(StatusCode::OK, &addressed(&found));
    }
    let id = resolve(&shared, &asker.id)?;
    let all = shared.edge.models.list();
    let found = all.iter().find(|model| model.id == id).ok_or_else(|| unknown(&id))?;
    respond::json(StatusCode::OK, &told(found))
}

/// When a model was made nobody tells; clients want a number.
fn told(model: &ModelView) -> Value {
    json!({
        "id": model.id, "object": "model", "created": 0, "owned_by": model.provider,
        "can": model.can,
    })
}

/// An assistant that is asked as a model.
fn addressed(assistant: &Addressed) -> Value {
    json!({
        "id": assistant.name(), "object": "model", "owned_by": "cambium",
        "created": assistant.at.map_or(0, runs::seconds),
    })
}
