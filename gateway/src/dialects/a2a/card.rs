//! Agent cards: what the program, or one of its assistants, can do as an agent, and where.

use std::sync::Arc;

use axum::http::{HeaderValue, StatusCode, header};
use axum::response::Response;
use contracts::kinds::assistant;
use contracts::{ActorId, Address, Refusal};
use serde_json::{Value, json};

use super::desk::{Desk, VERSION};
use super::message::PICTURES;
use crate::dialects::common::asker::Asker;
use crate::dialects::common::assistants;
use crate::dialects::rest::respond;
use crate::edge::call::Call;
use crate::edge::shared::Shared;

/// How long the open card may be kept by whoever asks, in seconds.
const KEEP: &str = "public, max-age=60";

/// What all cards say.
fn plain(shared: &Shared, (name, about): (&str, &str), path: &str, http: bool) -> Value {
    let base = &shared.edge.sign_in.base;
    let bindings: &[&str] = if http { &["JSONRPC", "HTTP+JSON"] } else { &["JSONRPC"] };
    let interfaces = bindings.iter().map(|binding| {
        json!({
            "url": format!("{base}{path}"), "protocolBinding": binding, "protocolVersion": VERSION,
        })
    });
    let modes = ["text/plain", "application/json"];
    let taken: Vec<_> = modes.iter().chain(PICTURES).collect();
    json!({
        "name": name,
        "description": about,
        "version": env!("CARGO_PKG_VERSION"),
        "supportedInterfaces": interfaces.collect::<Vec<_>>(),
        "provider": { "organization": "Cambium", "url": base },
        "documentationUrl": format!("{base}/llms.txt"),
        "capabilities": {
            "streaming": true, "pushNotifications": true, "extendedAgentCard": true,
        },
        "securitySchemes": {
            "bearer": { "httpAuthSecurityScheme": {
                "scheme": "Bearer", "description": "A key or a token of this server.",
            } },
            "key": { "apiKeySecurityScheme": { "location": "header", "name": "X-API-Key" } },
        },
        "securityRequirements": [
            { "schemes": { "bearer": { "list": [] } } }, { "schemes": { "key": { "list": [] } } },
        ],
        "defaultInputModes": taken,
        "defaultOutputModes": modes,
    })
}

/// What the program itself can do.
fn own(shared: &Shared) -> Value {
    let about = "Answers with a model and its tools. Each task is a run that is kept, and can be \
                 replayed, forked, compared and verified.";
    let mut card = plain(shared, ("Cambium", about), "/a2a", true);
    card["skills"] = json!([{
        "id": "answer",
        "name": "Answer",
        "description": "Answers what it is told. `metadata.model` of the message names a model, \
                        such as provider/model or cambium/assistant/ID.",
        "tags": ["chat", "tools", "replay"],
        "examples": ["What is 6 times 7?"],
    }]);
    card
}

/// `GET /.well-known/agent-card.json`: for everybody, so that it says nothing of any tenant.
///
/// # Errors
/// None that a caller causes.
pub async fn open(shared: Arc<Shared>, _: Call) -> Result<Response, Refusal> {
    let mut response = respond::json(StatusCode::OK, &own(&shared))?;
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static(KEEP));
    Ok(response)
}

/// The card of an assistant, for who may ask it.
///
/// # Errors
/// `actor_not_found`, `forbidden`, `invalid_id`.
pub async fn of_assistant(shared: Arc<Shared>, call: Call) -> Result<Response, Refusal> {
    let asker = Asker::of(&call)?;
    let id = call.id()?;
    drop(call);
    respond::json(StatusCode::OK, &assistant(&shared, &asker, id).await?)
}

async fn assistant(shared: &Shared, asker: &Asker, id: ActorId) -> Result<Value, Refusal> {
    asker.ensure(shared, (&assistant::KIND, "ask"), Some(&id))?;
    let address = Address::new(asker.tenant.clone(), assistant::KIND, id);
    let view = shared.kept(&address).await?.filter(|view| view.state["retired"] != true);
    let view =
        view.ok_or_else(|| Refusal::not_found("actor_not_found", "there is no such assistant"))?;
    let id = &address.id;
    let definition = &view.state["definition"];
    // What it is told to be is its owner's; what may be said of it stands in its notes.
    let about = definition["metadata"]["description"].as_str();
    let about = about.unwrap_or("An assistant that answers what it is told.");
    let name = definition["metadata"]["name"].as_str().unwrap_or(id.as_str());
    let mut card = plain(shared, (name, about), &format!("/a2a/assistants/{id}"), false);
    card["version"] = json!(view.state["version"].as_u64().unwrap_or_default().to_string());
    card["skills"] = json!([skill(id, name, about)]);
    Ok(card)
}

fn skill(id: &ActorId, name: &str, about: &str) -> Value {
    json!({ "id": id, "name": name, "description": about, "tags": ["assistant"] })
}

/// `GetExtendedAgentCard`: with the assistants that the caller may ask, each a skill.
///
/// # Errors
/// When the read models are away.
pub async fn extended(desk: &Desk) -> Result<Value, Refusal> {
    if let Some(id) = &desk.assistant {
        return assistant(&desk.shared, &desk.asker, id.clone()).await;
    }
    let mut card = own(&desk.shared);
    let all = assistants::all(&desk.shared, &desk.asker).await?;
    let skills = all.iter().map(|it| {
        let about = format!("Asked as the model {}, or as an agent of its own.", it.name());
        skill(&it.id, it.id.as_str(), &about)
    });
    let first = card["skills"].as_array().cloned().unwrap_or_default();
    card["skills"] = first.into_iter().chain(skills).collect();
    Ok(card)
}
