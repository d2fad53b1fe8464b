//! `GET /v1/models`: what may be named as `model`, in OpenAI's words, or in Anthropic's for whoever
//! says `anthropic-version`.

use std::sync::Arc;

use axum::http::StatusCode;
use axum::response::Response;
use contracts::Refusal;
use contracts::model::ModelView;
use serde_json::{Value, json};

use crate::dialects::anthropic::models as anthropic;
use crate::dialects::common::asker::Asker;
use crate::dialects::common::assistants::{self, Addressed};
use crate::dialects::common::models::{resolve, unknown};
use crate::dialects::common::runs;
use crate::dialects::rest::respond::{self, JSON};
use crate::edge::call::Call;
use crate::edge::routes::{Access, Method, Needs, Route};
use crate::edge::shared::Shared;
use crate::problem::Words;

/// The rows of models.
pub const ROUTES: &[Route] = &[
    Route {
        method: Method::Get,
        path: "/v1/models",
        name: "models",
        about: "Lists the models that may be asked, as OpenAI does; with `anthropic-version`, in \
                pages as Anthropic does.",
        access: Access::Key,
        needs: Needs::Nothing,
        offers: JSON,
        query: &[anthropic::AFTER, anthropic::BEFORE, anthropic::LIMIT],
        handler: |shared, call| Box::pin(list(shared, call)),
    },
    Route {
        method: Method::Get,
        path: "/v1/models/{*id}",
        name: "model",
        about: "Shows a model, as OpenAI or Anthropic does; its id holds slashes, escaped or not.",
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
    let (models, assistants) = (shared.edge.models.list(), assistants::all(&shared, &asker).await?);
    if asker.scene.words == Words::Anthropic {
        let mut all: Vec<_> = models.iter().map(anthropic::told).collect();
        all.extend(assistants.iter().map(anthropic::addressed));
        return respond::json(StatusCode::OK, &anthropic::page(all, &asker.query)?);
    }
    let mut data: Vec<_> = models.iter().map(told).collect();
    data.extend(assistants.iter().map(addressed));
    // OpenAI tells them all; who asks for fewer is told fewer.
    if asker.query.text("limit").is_some() {
        data.truncate(anthropic::limit(&asker.query)?);
    }
    respond::json(StatusCode::OK, &json!({ "object": "list", "data": data }))
}

async fn show(shared: Arc<Shared>, call: Call) -> Result<Response, Refusal> {
    let asker = Asker::of(&call)?;
    drop(call);
    let speaks_anthropic = asker.scene.words == Words::Anthropic;
    if let Some(assistant) = assistants::named(&asker.id) {
        let found = assistants::show(&shared, &asker, assistant).await?;
        let found = found.ok_or_else(|| unknown(&asker.id))?;
        let told = if speaks_anthropic { anthropic::addressed } else { addressed };
        return respond::json(StatusCode::OK, &told(&found));
    }
    let id = resolve(&shared, &asker.id)?;
    let all = shared.edge.models.list();
    let found = all.iter().find(|model| model.id == id).ok_or_else(|| unknown(&id))?;
    let told = if speaks_anthropic { anthropic::told } else { told };
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
