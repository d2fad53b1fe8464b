//! `GET /v1/models`: what may be named as `model`.

use std::sync::Arc;

use axum::http::StatusCode;
use axum::response::Response;
use contracts::Refusal;
use contracts::model::ModelView;
use serde_json::{Value, json};

use super::asker::Asker;
use super::assistants;
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
    data.extend(assistants::all(&shared, &asker).await?);
    respond::json(StatusCode::OK, &json!({ "object": "list", "data": data }))
}

async fn show(shared: Arc<Shared>, call: Call) -> Result<Response, Refusal> {
    let asker = Asker::of(&call)?;
    drop(call);
    if let Some(assistant) = assistants::named(&asker.id) {
        let found = assistants::show(&shared, &asker, assistant).await?;
        return respond::json(StatusCode::OK, &found.ok_or_else(|| unknown(&asker.id))?);
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

/// The model that a caller means: `provider/model`, or the model alone where one provider only has
/// it. That the provider has none of that name is for the provider to say.
///
/// # Errors
/// `model_not_found`.
pub fn resolve(shared: &Shared, named: &str) -> Result<String, Refusal> {
    if named.contains('/') {
        return Ok(named.to_owned());
    }
    let all = shared.edge.models.list();
    let mut fits = all.iter().filter(|it| it.id.split_once('/').is_some_and(|it| it.1 == named));
    match (fits.next(), fits.next()) {
        (Some(one), None) => Ok(one.id.clone()),
        (Some(_), Some(_)) => {
            let message = format!("several providers have {named}: say provider/{named}");
            Err(Refusal::not_found("model_not_found", message).field("model", "names a provider"))
        }
        (None, _) => Err(unknown(named)),
    }
}

fn unknown(named: &str) -> Refusal {
    let message = format!("there is no model {named}; GET /v1/models lists those there are");
    Refusal::not_found("model_not_found", message).field("model", "is none that there is")
}
