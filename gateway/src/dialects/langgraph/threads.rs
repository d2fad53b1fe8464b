//! `/threads`: threads, their states now and then, and copies, which are forks.

use std::sync::Arc;

use axum::http::StatusCode;
use axum::response::Response;
use contracts::kinds::thread;
use contracts::view::At;
use contracts::{ActorId, Address, Refusal, RefusalClass, Revision};
use serde_json::{Value, json};
use uuid::Uuid;

use super::state::{self, Snapshot};
use super::{LISTED_MAX, back, fits, messages, object, page_of, question, rows};
use crate::dialects::common::asker::{Asker, Order};
use crate::dialects::common::fields::{Fields, wrong};
use crate::dialects::common::read;
use crate::dialects::rest::respond;
use crate::edge::call::Call;
use crate::edge::shared::Shared;

/// Checkpoints of one answer, at most.
const HISTORY_MAX: u64 = 100;

/// Sends a command to a thread in the name of the caller.
async fn order(
    shared: &Shared,
    asker: &Asker,
    (id, command): (ActorId, &str),
    body: Value,
) -> Result<(), Refusal> {
    let (kind, key) = (&thread::KIND, asker.key.clone());
    let order = Order { kind, id: Some(id), command, body, key, wait: None };
    asker.order(shared, order).await.map(drop)
}

async fn whole(shared: &Shared, asker: &Asker, id: &ActorId) -> Result<Snapshot, Refusal> {
    state::snapshot(shared, asker, id, At::Latest).await
}

/// Begins a thread with `metadata`.
///
/// # Errors
/// `actor_exists`, `forbidden`.
pub async fn open(
    shared: &Shared,
    asker: &Asker,
    id: ActorId,
    metadata: Value,
) -> Result<(), Refusal> {
    order(shared, asker, (id, "open"), json!({ "notes": { "metadata": metadata } })).await
}

/// `POST /threads`.
pub async fn create(shared: Arc<Shared>, mut call: Call) -> Result<Response, Refusal> {
    let mut body = Fields::new(read(&shared, &mut call).await?, "")?;
    let asker = Asker::of(&call)?;
    drop(call);
    let named = body.text("thread_id")?.unwrap_or_else(|| Uuid::now_v7().to_string());
    let id = ActorId::new(&named).map_err(|it| body.wrong("thread_id", &it.to_string()))?;
    let exists = body.text("if_exists")?;
    let metadata = body.take("metadata").unwrap_or_else(|| json!({}));
    if !metadata.is_object() {
        return Err(body.wrong("metadata", "is an object"));
    }
    body.unsupported(&["supersteps", "ttl"])?;
    body.done()?;
    match open(&shared, &asker, id.clone(), metadata).await {
        Ok(()) => {}
        Err(refusal)
            if refusal.code == "actor_exists" && exists.as_deref() == Some("do_nothing") => {}
        Err(refusal) => return Err(refusal),
    }
    respond::json(StatusCode::OK, &whole(&shared, &asker, &id).await?.thread())
}

/// `GET /threads/{id}`.
pub async fn show(shared: Arc<Shared>, call: Call) -> Result<Response, Refusal> {
    let (asker, id) = (Asker::of(&call)?, call.id()?);
    drop(call);
    respond::json(StatusCode::OK, &whole(&shared, &asker, &id).await?.thread())
}

/// Replaces what is kept with a thread.
async fn note(
    shared: &Shared,
    asker: &Asker,
    thread: &Snapshot,
    change: impl FnOnce(&mut Value),
) -> Result<(), Refusal> {
    let mut notes = thread.kept.notes.clone().unwrap_or_else(|| json!({}));
    change(&mut notes);
    let metadata = match &thread.kept.metadata {
        Value::Null => json!({}),
        metadata => metadata.clone(),
    };
    let body = json!({ "metadata": metadata, "notes": notes });
    order(shared, asker, (thread.id.clone(), "note"), body).await
}

/// `PATCH /threads/{id}`: what is said of its metadata counts from now on.
pub async fn update(shared: Arc<Shared>, mut call: Call) -> Result<Response, Refusal> {
    let mut body = Fields::new(read(&shared, &mut call).await?, "")?;
    let (asker, id) = (Asker::of(&call)?, call.id()?);
    drop(call);
    asker.ensure(&shared, (&thread::KIND, "note"), Some(&id))?;
    let Value::Object(more) = body.take("metadata").unwrap_or_else(|| json!({})) else {
        return Err(body.wrong("metadata", "is an object"));
    };
    body.unsupported(&["ttl"])?;
    body.done()?;
    let thread = whole(&shared, &asker, &id).await?;
    let mut metadata = thread.metadata();
    if let Value::Object(known) = &mut metadata {
        known.extend(more);
    }
    note(&shared, &asker, &thread, |notes| notes["metadata"] = metadata).await?;
    respond::json(StatusCode::OK, &whole(&shared, &asker, &id).await?.thread())
}

/// `DELETE /threads/{id}`: this interface knows it no more; what was said stays in the log.
pub async fn delete(shared: Arc<Shared>, mut call: Call) -> Result<Response, Refusal> {
    read(&shared, &mut call).await?;
    let (asker, id) = (Asker::of(&call)?, call.id()?);
    drop(call);
    asker.ensure(&shared, (&thread::KIND, "note"), Some(&id))?;
    hide(&shared, &asker, &id).await?;
    respond::json(StatusCode::OK, &json!({}))
}

async fn hide(shared: &Shared, asker: &Asker, id: &ActorId) -> Result<(), Refusal> {
    let thread = whole(shared, asker, id).await?;
    note(shared, asker, &thread, |notes| notes["deleted"] = json!(true)).await
}

/// Lets this interface know a run of a thread no more.
///
/// # Errors
/// The thread's.
pub async fn hide_run(
    shared: &Shared,
    asker: &Asker,
    id: &ActorId,
    run: &ActorId,
) -> Result<(), Refusal> {
    let thread = whole(shared, asker, id).await?;
    let hide = |notes: &mut Value| {
        let mut hidden = notes["runs_deleted"].as_array().cloned().unwrap_or_default();
        hidden.push(json!(run));
        notes["runs_deleted"] = hidden.into();
    };
    note(shared, asker, &thread, hide).await
}

/// `POST /threads/prune`: hides many.
pub async fn prune(shared: Arc<Shared>, mut call: Call) -> Result<Response, Refusal> {
    let mut body = Fields::new(read(&shared, &mut call).await?, "")?;
    let asker = Asker::of(&call)?;
    drop(call);
    asker.ensure(&shared, (&thread::KIND, "note"), None)?;
    body.only("strategy", &[json!("delete")])?;
    let ids = body.list("thread_ids")?.unwrap_or_default();
    if ids.len() > LISTED_MAX {
        return Err(body.wrong("thread_ids", &format!("names at most {LISTED_MAX}")));
    }
    body.done()?;
    let mut pruned = 0_u64;
    // The key of the request is of one command; these are many, and each may be said again.
    let asker = asker.keyless();
    for id in ids {
        let id = id.as_str().and_then(|id| ActorId::new(id).ok());
        let id = id.ok_or_else(|| wrong("thread_ids", "is a list of names of threads"))?;
        match hide(&shared, &asker, &id).await {
            Ok(()) => pruned += 1,
            Err(refusal) if refusal.class == RefusalClass::NotFound => {}
            Err(refusal) => return Err(refusal),
        }
    }
    respond::json(StatusCode::OK, &json!({ "pruned_count": pruned }))
}

/// `POST /threads/{id}/copy`: a fork, which goes on by itself: of what the thread is, or was at a
/// checkpoint.
pub async fn copy(shared: Arc<Shared>, mut call: Call) -> Result<Response, Refusal> {
    let body = object(read(&shared, &mut call).await?)?;
    let (asker, id, by) = (Asker::of(&call)?, call.id()?, call.caller()?);
    drop(call);
    asker.ensure(&shared, (&thread::KIND, "fork"), Some(&id))?;
    let at = match asker.query.text("checkpoint_id").or(checkpoint_of(&body)) {
        Some(text) => At::Revision(back::revision(text)?),
        None => At::Latest,
    };
    state::view(&shared, &asker, &id, at).await?;
    let parent = Address::new(asker.tenant.clone(), thread::KIND, id);
    let child = ActorId::new(Uuid::now_v7().to_string()).map_err(|_| state::unknown())?;
    shared.edge.history.fork(&parent, at, child.clone(), true, by).await?;
    respond::json(StatusCode::OK, &whole(&shared, &asker, &child).await?.thread())
}

async fn matching(shared: &Shared, asker: &Asker, body: &Value) -> Result<Vec<Value>, Refusal> {
    let wanted: Option<Vec<&str>> =
        body["ids"].as_array().map(|ids| ids.iter().filter_map(Value::as_str).collect());
    let mut all = Vec::new();
    for id in rows(shared, asker, &thread::KIND).await? {
        if wanted.as_ref().is_some_and(|wanted| !wanted.contains(&id.as_str())) {
            continue;
        }
        let told = match whole(shared, asker, &id).await {
            Ok(thread) => thread.thread(),
            Err(refusal) if refusal.class == RefusalClass::NotFound => continue,
            Err(refusal) => return Err(refusal),
        };
        let status = body["status"].as_str().is_none_or(|status| told["status"] == status);
        let values = fits(&told["values"], &body["values"]);
        if status && values && fits(&told["metadata"], &body["metadata"]) {
            all.push(told);
        }
    }
    Ok(all)
}

/// `POST /threads/search`.
pub async fn search(shared: Arc<Shared>, call: Call) -> Result<Response, Refusal> {
    let (body, asker) = question(&shared, call).await?;
    let all = matching(&shared, &asker, &body).await?;
    respond::json(StatusCode::OK, &page_of(all, &body, "thread_id")?)
}

/// `POST /threads/count`.
pub async fn count(shared: Arc<Shared>, call: Call) -> Result<Response, Refusal> {
    let (body, asker) = question(&shared, call).await?;
    respond::json(StatusCode::OK, &matching(&shared, &asker, &body).await?.len())
}

/// The checkpoint that a body names.
fn checkpoint_of(body: &Value) -> Option<&str> {
    body["checkpoint_id"].as_str().or(body["checkpoint"]["checkpoint_id"].as_str())
}

/// `GET /threads/{id}/state`.
pub async fn now(shared: Arc<Shared>, call: Call) -> Result<Response, Refusal> {
    let (asker, id) = (Asker::of(&call)?, call.id()?);
    drop(call);
    respond::json(StatusCode::OK, &whole(&shared, &asker, &id).await?.state())
}

/// `GET /threads/{id}/state/{checkpoint}`.
pub async fn then(shared: Arc<Shared>, call: Call) -> Result<Response, Refusal> {
    let (asker, id) = (Asker::of(&call)?, call.id()?);
    let at = At::Revision(back::revision(call.param("checkpoint"))?);
    drop(call);
    let snapshot = state::snapshot(&shared, &asker, &id, at).await?;
    respond::json(StatusCode::OK, &snapshot.state())
}

/// `POST /threads/{id}/state/checkpoint`.
pub async fn at(shared: Arc<Shared>, mut call: Call) -> Result<Response, Refusal> {
    let body = object(read(&shared, &mut call).await?)?;
    let (asker, id) = (Asker::of(&call)?, call.id()?);
    drop(call);
    let at = match checkpoint_of(&body) {
        Some(text) => At::Revision(back::revision(text)?),
        None => At::Latest,
    };
    let snapshot = state::snapshot(&shared, &asker, &id, at).await?;
    respond::json(StatusCode::OK, &snapshot.state())
}

/// `POST /threads/{id}/state`: more is said in the thread.
pub async fn change(shared: Arc<Shared>, mut call: Call) -> Result<Response, Refusal> {
    let mut body = Fields::new(read(&shared, &mut call).await?, "")?;
    let (asker, id) = (Asker::of(&call)?, call.id()?);
    drop(call);
    asker.ensure(&shared, (&thread::KIND, "append"), Some(&id))?;
    let values = body.take("values");
    body.ignore(&["as_node"]);
    let checkpoint = back::checkpoint(&mut body, None)?;
    body.done()?;
    let thread = whole(&shared, &asker, &id).await?;
    if thread.status() == "busy" {
        let message = "a run of the thread goes on";
        return Err(Refusal::new(RefusalClass::Conflict, "conversation_locked", message));
    }
    let turns = match values {
        Some(values) => messages::input(values, "values")?,
        None => Vec::new(),
    };
    let back = match checkpoint {
        Some(checkpoint) => Some(back::to(&shared, &asker, &id, checkpoint).await?),
        None => None,
    };
    let silent = turns.is_empty();
    if !silent {
        let body = json!(thread::Append { turns, back });
        order(&shared, &asker, (id.clone(), "append"), body).await?;
    }
    // Where nothing is said the thread stays, and a run may begin where it was.
    let at = checkpoint.filter(|_| silent).map_or(At::Latest, At::Revision);
    let state = state::snapshot(&shared, &asker, &id, at).await?.state();
    let checkpoint = &state["checkpoint"];
    let told = json!({ "checkpoint": checkpoint, "checkpoint_id": checkpoint["checkpoint_id"],
        "configurable": checkpoint });
    respond::json(StatusCode::OK, &told)
}

/// `GET` and `POST /threads/{id}/history`: the newest first.
pub async fn history(shared: Arc<Shared>, mut call: Call) -> Result<Response, Refusal> {
    let mut body = Fields::new(read(&shared, &mut call).await?, "")?;
    let (asker, id) = (Asker::of(&call)?, call.id()?);
    drop(call);
    let limit = body.integer("limit", 1, HISTORY_MAX)?.unwrap_or(10);
    let before = match body.take("before") {
        None => None,
        Some(Value::String(text)) => Some(back::revision(&text)?),
        Some(named) => named["checkpoint_id"]
            .as_str()
            .or(named["configurable"]["checkpoint_id"].as_str())
            .map(back::revision)
            .transpose()?,
    };
    body.unsupported(&["metadata"])?;
    body.ignore(&["checkpoint", "select"]);
    body.done()?;
    let last = whole(&shared, &asker, &id).await?.view.0;
    let newest = before.map_or(last, |before| last.min(before.0.saturating_sub(1)));
    let mut told = Vec::new();
    for number in (1..=newest).rev().take(usize::try_from(limit).unwrap_or(usize::MAX)) {
        match state::snapshot(&shared, &asker, &id, At::Revision(Revision(number))).await {
            Ok(snapshot) => told.push(snapshot.state()),
            Err(refusal) if refusal.class == RefusalClass::NotFound => break,
            Err(refusal) => return Err(refusal),
        }
    }
    respond::json(StatusCode::OK, &told)
}
