//! Models: answers while they grow, and how the providers stand.

use std::sync::Arc;

use axum::http::StatusCode;
use axum::response::Response;
use contracts::access::Capability;
use contracts::{Kind, Refusal, RefusalClass};
use serde_json::{Value, json};

use super::effects::{Nothing, body};
use super::respond::{self, JSON};
use super::work::effect;
use crate::edge::call::Call;
use crate::edge::needs::reads;
use crate::edge::routes::{Access, Method, Needs, Route};
use crate::edge::shared::Shared;
use crate::problem::codes;

/// The rows of models.
pub const ROUTES: &[Route] = &[
    Route {
        method: Method::Get,
        path: "/v1/effects/{id}/text",
        name: "effect_text",
        about: "Shows how far a model's answer has come, for a watcher that has missed a piece.",
        access: Access::Key,
        needs: Needs::Tenant(Capability::read("effects")),
        offers: JSON,
        query: &[],
        handler: |shared, call| Box::pin(peek(shared, call)),
    },
    Route {
        method: Method::Get,
        path: "/v1/models/circuits",
        name: "model_circuits",
        about: "Lists how the providers of models stand on this node.",
        access: Access::Key,
        needs: Needs::System(Capability::new("admin", "read")),
        offers: JSON,
        query: &[],
        handler: |shared, call| Box::pin(circuits(shared, call)),
    },
    Route {
        method: Method::Post,
        path: "/v1/models/circuits/{id}/reset",
        name: "model_circuit_reset",
        about: "Lets a provider be asked again that is left alone on this node.",
        access: Access::Key,
        needs: Needs::System(Capability::new("admin", "reset")),
        offers: JSON,
        query: &[],
        handler: |shared, call| Box::pin(reset(shared, call)),
    },
];

/// `{id, status, offset, text}`: `offset` counts the bytes of the text that has come, which is
/// where the next piece begins; both are null when nothing grows here, and `status` says why.
async fn peek(shared: Arc<Shared>, call: Call) -> Result<Response, Refusal> {
    let id = effect(&call)?;
    let unknown = || Refusal::not_found("effect_not_found", format!("there is no effect {id}"));
    let view = shared.edge.effects.get(id).filter(|view| view.address.tenant == call.tenant);
    // Looked at before the row, so that what ends meanwhile is seen as ended.
    let growing = match &view {
        Some(_) => shared.edge.effects.peek(id).await,
        None => None,
    };
    let (kind, actor, status) = match &view {
        Some(view) => (view.address.kind.clone(), view.address.id.clone(), json!(view.status)),
        None => {
            let row = shared.edge.reading.effect(&call.tenant, id).await?.ok_or_else(unknown)?;
            (row.kind, row.actor, json!(row.status))
        }
    };
    readable(&shared, &call, &kind, actor.as_str())?;
    let (offset, text) = growing.map(|it| (it.offset, it.text)).unzip();
    let told = json!({ "id": id, "status": status, "offset": offset, "text": text });
    respond::json(StatusCode::OK, &told)
}

/// What an actor is told is for those who may read it.
fn readable(shared: &Shared, call: &Call, kind: &Kind, actor: &str) -> Result<(), Refusal> {
    let entrance = call.entrance.as_ref();
    let may = entrance.is_some_and(|it| reads(it, kind, Some(actor), shared.now()));
    if may { Ok(()) } else { Err(codes::forbidden()) }
}

async fn circuits(shared: Arc<Shared>, _: Call) -> Result<Response, Refusal> {
    let items: Vec<Value> = shared.edge.models.circuits().iter().map(|it| json!(it)).collect();
    respond::json(StatusCode::OK, &json!({ "items": items }))
}

async fn reset(shared: Arc<Shared>, mut call: Call) -> Result<Response, Refusal> {
    let Nothing {} = body(&shared, &mut call, "{}").await?;
    let provider = call.param("id");
    let view = shared.edge.models.reset_circuit(provider).ok_or_else(|| {
        let message = format!("there is no provider {provider} that has a circuit");
        Refusal::new(RefusalClass::Rejected, "model_unknown", message)
    })?;
    respond::json(StatusCode::OK, &json!(view))
}
