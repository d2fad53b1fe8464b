//! `/assistants`: assistants, of which each is a graph of one agent and its tools. `graph_id` is
//! `agent`, or the name of a model.

use std::sync::Arc;

use axum::http::StatusCode;
use axum::response::Response;
use contracts::kinds::assistant;
use contracts::view::StateView;
use contracts::{ActorId, Address, Refusal, RefusalClass, Timestamp};
use serde_json::{Map, Value, json};
use uuid::Uuid;

use super::{fits, found, object, page_of, question, rows};
use crate::dialects::common::asker::{Asker, Order};
use crate::dialects::common::fields::{Fields, wrong};
use crate::dialects::common::{models, read, runs};
use crate::dialects::rest::respond;
use crate::edge::call::Call;
use crate::edge::shared::Shared;

/// The graph that there always is.
const AGENT: &str = "agent";

fn address(asker: &Asker, id: ActorId) -> Address {
    Address::new(asker.tenant.clone(), assistant::KIND, id)
}

fn unknown() -> Refusal {
    Refusal::not_found("actor_not_found", "there is no such assistant")
}

/// The assistant, for who may read it; one that is retired is none.
async fn kept(shared: &Shared, asker: &Asker, id: &ActorId) -> Result<StateView, Refusal> {
    asker.ensure(shared, (&assistant::KIND, "read"), Some(id))?;
    let view = shared.kept(&address(asker, id.clone())).await?;
    view.filter(|view| view.state["retired"] != true).ok_or_else(unknown)
}

/// The model that a name of a graph means.
///
/// # Errors
/// `model_not_found`.
pub fn graph(shared: &Shared, named: &str) -> Result<String, Refusal> {
    if named == AGENT {
        return Ok(shared.edge.config.agent_model.clone());
    }
    models::resolve(shared, named)
}

fn told(id: &ActorId, version: &Value, at: Timestamp, definition: &Value) -> Value {
    let notes = &definition["notes"];
    let object = |name: &str| match &notes[name] {
        Value::Object(_) => notes[name].clone(),
        _ => json!({}),
    };
    let metadata = match &notes["metadata"] {
        Value::Object(_) => notes["metadata"].clone(),
        _ => definition["metadata"].as_object().map_or_else(|| json!({}), |it| json!(it)),
    };
    json!({
        "assistant_id": id,
        "graph_id": notes["graph_id"].as_str().or(definition["model"].as_str()),
        "config": object("config"),
        "context": object("context"),
        "metadata": metadata,
        "name": notes["name"].as_str().unwrap_or(id.as_str()),
        "description": notes["description"],
        "version": version,
        "created_at": notes["created_at"].as_str().map_or_else(|| json!(at), |it| json!(it)),
        "updated_at": at,
    })
}

fn of_view(view: &StateView) -> Value {
    told(&view.id, &view.state["version"], view.at, &view.state["definition"])
}

/// What a body says of an assistant, over what was said before.
async fn definition(
    shared: &Shared,
    body: &mut Fields,
    before: Option<&Value>,
) -> Result<Value, Refusal> {
    let mut whole = before.cloned().unwrap_or_else(|| json!({}));
    let mut notes = match whole["notes"].take() {
        Value::Object(notes) => notes,
        _ => Map::new(),
    };
    if before.is_none() {
        notes.insert("created_at".to_owned(), json!(shared.now()));
    }
    for name in ["graph_id", "name", "description"] {
        if let Some(text) = body.text(name)? {
            notes.insert(name.to_owned(), json!(text));
        }
    }
    for name in ["config", "context"] {
        match body.take(name) {
            None => {}
            Some(value @ Value::Object(_)) => drop(notes.insert(name.to_owned(), value)),
            Some(_) => return Err(body.wrong(name, "is an object")),
        }
    }
    match body.take("metadata") {
        None => {}
        Some(Value::Object(more)) => {
            let known = notes.entry("metadata").or_insert_with(|| json!({}));
            if let Value::Object(known) = known {
                known.extend(more);
            }
        }
        Some(_) => return Err(body.wrong("metadata", "is an object")),
    }
    let configured = configured(&notes);
    if let Some(named) = configured.get("model").or(notes.get("graph_id")).and_then(Value::as_str) {
        whole["model"] = json!(graph(shared, named)?);
    }
    for (member, names) in [
        ("instructions", ["instructions", "system_prompt"]),
        ("max_tokens", ["max_tokens", "max_tokens"]),
        ("uses", ["uses", "uses"]),
        ("tools", ["tools", "tools"]),
        ("schema", ["schema", "response_format"]),
    ] {
        if let Some(value) = names.iter().find_map(|name| configured.get(*name)) {
            whole[member] = value.clone();
        }
    }
    if let Some(temperature) = configured.get("temperature") {
        whole["options"]["temperature"] = temperature.clone();
    }
    if let Some(limit) = notes.get("config").and_then(|config| config.get("recursion_limit")) {
        whole["rounds_max"] = limit.clone();
    }
    if whole["options"].is_null()
        && let Some(whole) = whole.as_object_mut()
    {
        whole.remove("options");
    }
    whole["notes"] = notes.into();
    Ok(whole)
}

/// What is set about an assistant: `config.configurable`, and `context` over it.
fn configured(notes: &Map<String, Value>) -> Map<String, Value> {
    let config = notes.get("config").map(|config| config["configurable"].clone());
    let context = notes.get("context").cloned();
    let mut all = Map::new();
    for value in [config, context].into_iter().flatten() {
        if let Value::Object(members) = value {
            all.extend(members);
        }
    }
    all
}

async fn define(
    shared: &Shared,
    asker: &Asker,
    id: ActorId,
    definition: Value,
) -> Result<Value, Refusal> {
    let (kind, key) = (&assistant::KIND, asker.key.clone());
    let order =
        Order { kind, id: Some(id.clone()), command: "define", body: definition, key, wait: None };
    asker.order(shared, order).await?;
    let view = shared.kept(&address(asker, id)).await?.ok_or_else(unknown)?;
    Ok(of_view(&view))
}

/// `POST /assistants`.
pub async fn create(shared: Arc<Shared>, mut call: Call) -> Result<Response, Refusal> {
    let mut body = Fields::new(read(&shared, &mut call).await?, "")?;
    let asker = Asker::of(&call)?;
    drop(call);
    asker.ensure(&shared, (&assistant::KIND, "define"), None)?;
    let named = body.text("assistant_id")?;
    let named = named.unwrap_or_else(|| Uuid::now_v7().to_string());
    let id = ActorId::new(&named).map_err(|it| body.wrong("assistant_id", &it.to_string()))?;
    let exists = body.text("if_exists")?;
    if body.peek("graph_id").is_none() {
        return Err(body.wrong("graph_id", "is needed: `agent`, or the name of a model"));
    }
    let before = shared.kept(&address(&asker, id.clone())).await?;
    if let Some(view) = before.filter(|view| view.state["retired"] != true) {
        if exists.as_deref() == Some("do_nothing") {
            asker.ensure(&shared, (&assistant::KIND, "read"), Some(&id))?;
            return respond::json(StatusCode::OK, &of_view(&view));
        }
        let message = "there is such an assistant";
        return Err(Refusal::new(RefusalClass::Conflict, "actor_exists", message));
    }
    let definition = definition(&shared, &mut body, None).await?;
    body.done()?;
    respond::json(StatusCode::OK, &define(&shared, &asker, id, definition).await?)
}

/// `GET /assistants/{id}`.
pub async fn show(shared: Arc<Shared>, call: Call) -> Result<Response, Refusal> {
    let (asker, id) = (Asker::of(&call)?, call.id()?);
    drop(call);
    respond::json(StatusCode::OK, &of_view(&kept(&shared, &asker, &id).await?))
}

/// `PATCH /assistants/{id}`.
pub async fn update(shared: Arc<Shared>, mut call: Call) -> Result<Response, Refusal> {
    let mut body = Fields::new(read(&shared, &mut call).await?, "")?;
    let (asker, id) = (Asker::of(&call)?, call.id()?);
    drop(call);
    asker.ensure(&shared, (&assistant::KIND, "define"), Some(&id))?;
    let view = kept(&shared, &asker, &id).await?;
    let definition = definition(&shared, &mut body, Some(&view.state["definition"])).await?;
    body.done()?;
    respond::json(StatusCode::OK, &define(&shared, &asker, id, definition).await?)
}

/// `DELETE /assistants/{id}`: nobody can ask it any more; what it was stays in the log.
pub async fn delete(shared: Arc<Shared>, mut call: Call) -> Result<Response, Refusal> {
    read(&shared, &mut call).await?;
    let (asker, id) = (Asker::of(&call)?, call.id()?);
    drop(call);
    let (kind, key) = (&assistant::KIND, asker.key.clone());
    let order = Order { kind, id: Some(id), command: "retire", body: json!({}), key, wait: None };
    asker.order(&shared, order).await?;
    respond::json(StatusCode::OK, &json!({}))
}

/// `POST /assistants/search`.
pub async fn search(shared: Arc<Shared>, call: Call) -> Result<Response, Refusal> {
    let (body, asker) = question(&shared, call).await?;
    let all = matching(&shared, &asker, &body).await?;
    respond::json(StatusCode::OK, &page_of(all, &body, "assistant_id")?)
}

/// `POST /assistants/count`.
pub async fn count(shared: Arc<Shared>, call: Call) -> Result<Response, Refusal> {
    let (body, asker) = question(&shared, call).await?;
    respond::json(StatusCode::OK, &matching(&shared, &asker, &body).await?.len())
}

async fn matching(shared: &Shared, asker: &Asker, body: &Value) -> Result<Vec<Value>, Refusal> {
    let mut all = Vec::new();
    for id in rows(shared, asker, &assistant::KIND).await? {
        let view = match kept(shared, asker, &id).await {
            Ok(view) => view,
            Err(refusal) if refusal.class == RefusalClass::NotFound => continue,
            Err(refusal) => return Err(refusal),
        };
        let told = of_view(&view);
        let named = body["name"].as_str().is_none_or(|name| {
            let known = told["name"].as_str().unwrap_or_default().to_lowercase();
            known.contains(&name.to_lowercase())
        });
        let graph = body["graph_id"].as_str().is_none_or(|graph| told["graph_id"] == graph);
        if named && graph && fits(&told["metadata"], &body["metadata"]) {
            all.push(told);
        }
    }
    Ok(all)
}

/// `POST /assistants/{id}/versions`: the newest first.
pub async fn versions(shared: Arc<Shared>, mut call: Call) -> Result<Response, Refusal> {
    let body = object(read(&shared, &mut call).await?)?;
    let (asker, id) = (Asker::of(&call)?, call.id()?);
    drop(call);
    kept(&shared, &asker, &id).await?;
    let mut all: Vec<_> = defined(&shared, &asker, &id).await?.into_iter().map(|it| it.0).collect();
    all.retain(|told| fits(&told["metadata"], &body["metadata"]));
    all.reverse();
    respond::json(StatusCode::OK, &page_of(all, &body, "version")?)
}

/// Each version as it was told then, with its definition.
async fn defined(
    shared: &Shared,
    asker: &Asker,
    id: &ActorId,
) -> Result<Vec<(Value, Value)>, Refusal> {
    let commits = runs::commits(shared, &address(asker, id.clone())).await?;
    let all = commits.iter().flat_map(|it| it.commit.events.iter().map(move |e| (e, it.commit.at)));
    let all = all.filter(|(event, _)| event.r#type == "Defined").map(|(event, at)| {
        let definition = event.data["definition"].clone();
        (told(id, &event.data["version"], at, &definition), definition)
    });
    Ok(all.collect())
}

/// `POST /assistants/{id}/latest`: an earlier version counts again, as a new one.
pub async fn latest(shared: Arc<Shared>, mut call: Call) -> Result<Response, Refusal> {
    let mut body = Fields::new(read(&shared, &mut call).await?, "")?;
    let (asker, id) = (Asker::of(&call)?, call.id()?);
    drop(call);
    asker.ensure(&shared, (&assistant::KIND, "define"), Some(&id))?;
    let version = body.integer("version", 1, u64::from(u32::MAX))?;
    let version = version.ok_or_else(|| body.wrong("version", "is needed"))?;
    body.done()?;
    kept(&shared, &asker, &id).await?;
    let all = defined(&shared, &asker, &id).await?;
    let meant = all.into_iter().find(|(told, _)| told["version"] == version);
    let (_, definition) =
        meant.ok_or_else(|| wrong("version", "is one that the assistant has had"))?;
    respond::json(StatusCode::OK, &define(&shared, &asker, id, definition).await?)
}

/// `GET /assistants/{id}/schemas`.
pub async fn schemas(shared: Arc<Shared>, call: Call) -> Result<Response, Refusal> {
    let (asker, id) = (Asker::of(&call)?, call.id()?);
    drop(call);
    let view = kept(&shared, &asker, &id).await?;
    let message = json!({ "type": "object", "properties": {
        "type": { "enum": ["human", "ai", "system", "tool"] }, "content": {},
    } });
    let values = json!({
        "type": "object", "required": ["messages"],
        "properties": { "messages": { "type": "array", "items": message } },
    });
    let settings = json!({ "type": "object", "properties": {
        "model": { "type": "string" }, "instructions": { "type": "string" },
        "temperature": { "type": "number" }, "max_tokens": { "type": "integer" },
        "uses": { "type": "array" }, "tools": { "type": "array" }, "schema": { "type": "object" },
    } });
    respond::json(
        StatusCode::OK,
        &json!({
            "graph_id": of_view(&view)["graph_id"], "input_schema": values,
            "output_schema": values, "state_schema": values, "config_schema": settings,
            "context_schema": settings,
        }),
    )
}

/// `GET /assistants/{id}/graph`.
pub async fn drawn(shared: Arc<Shared>, call: Call) -> Result<Response, Refusal> {
    let (asker, id) = (Asker::of(&call)?, call.id()?);
    drop(call);
    kept(&shared, &asker, &id).await?;
    let node = |id: &str| json!({ "id": id, "type": "runnable", "data": { "name": id } });
    let nodes = ["__start__", "agent", "tools", "__end__"].map(node);
    respond::json(
        StatusCode::OK,
        &json!({
            "nodes": nodes,
            "edges": [
                { "source": "__start__", "target": "agent" },
                { "source": "agent", "target": "tools", "conditional": true },
                { "source": "tools", "target": "agent" },
                { "source": "agent", "target": "__end__", "conditional": true },
            ],
        }),
    )
}

/// `GET /assistants/{id}/subgraphs`: there are none.
pub async fn subgraphs(shared: Arc<Shared>, call: Call) -> Result<Response, Refusal> {
    let (asker, id) = (Asker::of(&call)?, call.id()?);
    drop(call);
    kept(&shared, &asker, &id).await?;
    respond::json(StatusCode::OK, &json!({}))
}

/// What answers in a run: the model or assistant that its `assistant_id` means.
///
/// # Errors
/// `actor_not_found` when it means nothing.
pub async fn meant(shared: &Shared, asker: &Asker, named: &str) -> Result<String, Refusal> {
    if let Ok(id) = ActorId::new(named) {
        let view = shared.kept(&address(asker, id.clone())).await?;
        if view.is_some_and(|view| view.state["retired"] != true) {
            return Ok(format!("{}{id}", crate::dialects::common::assistants::PREFIX));
        }
    }
    graph(shared, named).map_err(|_| found("assistant", named))
}
