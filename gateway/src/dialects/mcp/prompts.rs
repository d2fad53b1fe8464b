//! Prompts: assistants with their instructions, and a few of our own about an actor's past.

use contracts::access::Capability;
use contracts::kinds::assistant::{self, Define};
use contracts::view::At;
use contracts::{ActorId, Address};
use serde_json::{Map, Value, json};

use super::resources;
use super::rpc::Exchange;
use super::tools::page;
use super::wire::{Members, RpcError};
use crate::dialects::common::assistants;

/// What names of assistants begin with as prompts.
const ASSISTANT: &str = "assistant.";

/// A prompt of ours: about an actor, with what it shows of it and what it asks.
struct Own {
    name: &'static str,
    about: &'static str,
    /// What is embedded, after `cambium://<kind>/<id>`.
    shows: &'static [&'static str],
    asks: &'static str,
}

const OWN: &[Own] = &[
    Own {
        name: "explain",
        about: "Explains how an actor came to be what it is.",
        shows: &["", "/events"],
        asks: "Explain, for somebody who knows nothing of it, what this actor is now and which of \
               its commits made it so. Name revisions. Say what it still waits for.",
    },
    Own {
        name: "investigate",
        about: "Looks for the commit at which an actor went wrong.",
        shows: &["/events"],
        asks: "Something about this actor is not as it should be. Go through its commits, name \
               the first revision that looks wrong and why, and propose from which revision to \
               fork it and what to do there instead.",
    },
];

/// Answers `prompts/list`.
///
/// # Errors
/// `-32602` for a cursor that is none; what the read models refuse with.
pub async fn list(exchange: &Exchange, params: &Members) -> Result<Value, RpcError> {
    let mut told = exchange.shared.edge.extension.prompts();
    told.extend(OWN.iter().map(|own| {
        json!({
            "name": own.name, "description": own.about,
            "arguments": [
                { "name": "kind", "description": "The actor's kind.", "required": true },
                { "name": "id", "description": "The actor's id.", "required": true },
            ],
        })
    }));
    let kind = assistant::KIND;
    for known in assistants::all(&exchange.shared, &exchange.asker).await? {
        if !exchange.may(Capability::read(kind.as_str()), Some(known.id.as_str())) {
            continue;
        }
        let id = &known.id;
        told.push(json!({
            "name": format!("{ASSISTANT}{id}"),
            "description": format!("What the assistant {id} is told, and a question to it."),
            "arguments": [{ "name": "text", "description": "The question.", "required": true }],
        }));
    }
    page("prompts", told, params, exchange.shared.edge.config.mcp.page_items_max)
}

/// Answers `prompts/get`.
///
/// # Errors
/// `-32602` for a prompt that there is not or arguments that are missing; what may not be read.
pub async fn get(exchange: &Exchange, params: &Members) -> Result<Value, RpcError> {
    let name = params.get("name").and_then(Value::as_str);
    let name = name.ok_or_else(|| RpcError::invalid_params("name is a text"))?;
    let arguments = params.get("arguments").and_then(Value::as_object).cloned();
    let arguments = arguments.unwrap_or_else(Map::new);
    if let Some(own) = OWN.iter().find(|own| own.name == name) {
        return about(exchange, own, &arguments).await;
    }
    if let Some(id) = name.strip_prefix(ASSISTANT) {
        return of_assistant(exchange, id, &arguments).await;
    }
    let told = resources::prompt_of_extension(exchange, name, &arguments, params);
    told.unwrap_or_else(|| Err(unknown(name)))
}

fn unknown(name: &str) -> RpcError {
    let shown: String = name.chars().take(128).collect();
    RpcError::invalid_params(format!("Unknown prompt: {shown}"))
}

fn argument<'a>(arguments: &'a Members, name: &str) -> Result<&'a str, RpcError> {
    let text = arguments.get(name).and_then(Value::as_str);
    text.ok_or_else(|| RpcError::invalid_params(format!("the argument {name} is a text")))
}

fn says(content: Value) -> Value {
    json!({ "role": "user", "content": content })
}

async fn about(exchange: &Exchange, own: &Own, arguments: &Members) -> Result<Value, RpcError> {
    let (kind, id) = (argument(arguments, "kind")?, argument(arguments, "id")?);
    let mut messages = Vec::new();
    for more in own.shows {
        let uri = format!("cambium://{kind}/{id}{more}");
        messages.push(says(resources::embedded(exchange, &uri).await?));
    }
    messages.push(says(json!({ "type": "text", "text": own.asks })));
    Ok(json!({ "description": own.about, "messages": messages }))
}

async fn of_assistant(
    exchange: &Exchange,
    id: &str,
    arguments: &Members,
) -> Result<Value, RpcError> {
    let question = argument(arguments, "text")?;
    let known = ActorId::new(id).map_err(|_| unknown(id))?;
    exchange.ensure(Capability::read(assistant::KIND.as_str()), id)?;
    let address = Address::new(exchange.asker.tenant.clone(), assistant::KIND, known);
    let view = exchange.shared.edge.history.state(&address, At::Latest).await?;
    let state = exchange.shown(view.state).await;
    let defined = contracts::read::from_ref::<Define>(&state["definition"]);
    let defined = defined.map_err(|_| unknown(id))?;
    let text = |text: &str| says(json!({ "type": "text", "text": text }));
    let mut messages: Vec<_> = defined.instructions.as_deref().map(text).into_iter().collect();
    messages.push(text(question));
    let about = format!("The assistant {id}, version {}.", state["version"]);
    Ok(json!({ "description": about, "messages": messages }))
}
