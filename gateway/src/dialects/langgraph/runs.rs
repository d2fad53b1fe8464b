//! `/threads/{id}/runs` and `/runs`: runs, begun, waited for, watched, joined again, cancelled.

use std::sync::Arc;

use axum::http::StatusCode;
use axum::response::Response;
use contracts::kinds::run::{self, Status};
use contracts::kinds::thread;
use contracts::view::At;
use contracts::{ActorId, Address, CommandId, Refusal, RefusalClass, Timestamp};
use futures_util::StreamExt as _;
use serde_json::{Value, json};

use super::begin::{ASSISTANT, Going, METADATA, STRATEGY, begin};
use super::modes::{Mode, Place};
use super::state::{self, Ran};
use super::stream::{self, Watched};
use super::threads;
use crate::dialects::common::asker::{Asker, Order};
use crate::dialects::common::{read, runs as shared_runs};
use crate::dialects::rest::respond;
use crate::edge::call::Call;
use crate::edge::headers;
use crate::edge::shared::Shared;
use crate::edge::sse;
use crate::edge::watch::{self, Seen};
use crate::problem::codes;

/// A run as it is told.
///
/// # Errors
/// `actor_not_found`.
pub async fn told(
    shared: &Shared,
    asker: &Asker,
    thread: &ActorId,
    run: &ActorId,
) -> Result<Value, Refusal> {
    let address = Address::new(asker.tenant.clone(), run::KIND, run.clone());
    let view = shared.kept(&address).await?.ok_or_else(unknown)?;
    let ran: Ran = contracts::read::from_value(view.state)
        .map_err(|error| Refusal::internal(error.to_string()))?;
    let notes = ran.run.as_ref().map(|start| &start.metadata);
    let note = |name: &str| notes.and_then(|notes| notes.get(name)).cloned();
    let metadata = note(METADATA).and_then(|text| serde_json::from_str::<Value>(&text).ok());
    let of = ran.run.as_ref().and_then(|start| start.of.as_ref());
    let named = note(ASSISTANT).or_else(|| of.map(|of| of.assistant.to_string()));
    let named = named.or_else(|| ran.run.as_ref().map(|start| start.model.clone()));
    Ok(json!({
        "run_id": run, "thread_id": thread, "assistant_id": named,
        "created_at": begun(&view.at, run),
        "updated_at": view.at, "status": status(&ran), "metadata": metadata.unwrap_or(json!({})),
        "multitask_strategy": note(STRATEGY).unwrap_or_else(|| "reject".to_owned()),
        "kwargs": {},
    }))
}

/// When a run was begun: its name says it where it is a UUID of time.
fn begun(at: &Timestamp, run: &ActorId) -> Timestamp {
    let last = run.as_str().rsplit(':').next().unwrap_or_default();
    let made = last.parse::<CommandId>().ok().and_then(|id| id.made_at_ms());
    made.map_or(*at, Timestamp::from_millis)
}

fn unknown() -> Refusal {
    Refusal::not_found("actor_not_found", "there is no such run")
}

/// How LangGraph calls where a run stands.
#[must_use]
pub fn status(ran: &Ran) -> &'static str {
    match ran.status {
        Status::New | Status::Queued => "pending",
        Status::Running => "running",
        Status::Waiting | Status::Cancelled => "interrupted",
        Status::Completed => "success",
        Status::Failed if ran.code.as_deref() == Some("run_timeout") => "timeout",
        Status::Failed => "error",
    }
}

/// `POST …/runs`.
pub async fn create(shared: Arc<Shared>, mut call: Call) -> Result<Response, Refusal> {
    let body = read(&shared, &mut call).await?;
    let mut asker = Asker::of(&call)?;
    drop(call);
    let going = begin(&shared, &mut asker, body).await?;
    let told = told(&shared, &asker, &going.thread, &going.run).await?;
    Ok(going.named(respond::json(StatusCode::OK, &told)?, "join"))
}

/// `POST …/runs/wait`.
pub async fn wait(shared: Arc<Shared>, mut call: Call) -> Result<Response, Refusal> {
    let body = read(&shared, &mut call).await?;
    let mut asker = Asker::of(&call)?;
    drop(call);
    let going = begin(&shared, &mut asker, body).await?;
    settled(&shared, &asker, &going.run, going.from).await?;
    let values = values(&shared, &asker, &going.thread, &going.run).await?;
    Ok(going.named(respond::json(StatusCode::OK, &values)?, "join"))
}

/// The values of the thread once a run has settled; why it failed, and what it waits for.
async fn values(
    shared: &Shared,
    asker: &Asker,
    thread: &ActorId,
    run: &ActorId,
) -> Result<Value, Refusal> {
    let snapshot = state::snapshot(shared, asker, thread, At::Latest).await?;
    let mut values = snapshot.values();
    if let Some(ran) = state::run(shared, asker, run).await? {
        if ran.status == Status::Failed {
            values["__error__"] = json!({ "error": ran.code, "message": ran.reason });
        }
        if ran.status == Status::Waiting {
            values["__interrupt__"] = json!(ran.interrupts());
        }
    }
    Ok(values)
}

/// Resolves when the run is over or waits, or patience ends.
async fn settled(shared: &Shared, asker: &Asker, run: &ActorId, from: u64) -> Result<(), Refusal> {
    let address = Address::new(asker.tenant.clone(), run::KIND, run.clone());
    let mut seen = watch::actor(shared, address).await?;
    let until = tokio::time::Instant::now() + asker.patience(shared);
    let ends = ["Completed", "Failed", "Cancelled", "WaitsForTools"];
    loop {
        match tokio::time::timeout_at(until, seen.next()).await {
            Ok(Some(next)) => {
                let Seen::Commit(recorded) = next? else { continue };
                let commit = &recorded.commit;
                let ended = commit.events.iter().any(|it| ends.contains(&it.r#type.as_str()));
                if ended && commit.revision.0 >= from {
                    return Ok(());
                }
            }
            Ok(None) => return Err(codes::unanswered()),
            Err(_) => {
                let message = format!("run/{run} goes on and has not answered yet");
                return Err(Refusal::new(RefusalClass::Timeout, "timeout", message));
            }
        }
    }
}

/// `POST …/runs/stream`.
pub async fn stream(shared: Arc<Shared>, mut call: Call) -> Result<Response, Refusal> {
    let body = read(&shared, &mut call).await?;
    let (mut asker, permit) = (Asker::of(&call)?, call.open_stream(&shared)?);
    let reader = call.reader(&shared)?;
    drop(call);
    let going = begin(&shared, &mut asker, body).await?;
    let events = stream::events(&shared, &asker, watched(&going, None)).await?;
    let events = sse::shown(events, reader);
    let response = sse::response(&shared, events, permit, Arc::clone(&asker.scene));
    Ok(going.named(response, "stream"))
}

fn watched(going: &Going, after: Option<Place>) -> Watched {
    Watched {
        thread: going.thread.clone(),
        run: going.run.clone(),
        from: going.from,
        modes: going.modes.clone(),
        after,
    }
}

/// The run that a path names, in its thread, for who may read both.
async fn named(shared: &Shared, asker: &Asker, call: &str) -> Result<(ActorId, ActorId), Refusal> {
    let run = ActorId::new(call).map_err(|_| unknown())?;
    asker.ensure(shared, (&run::KIND, "read"), Some(&run))?;
    let thread = ActorId::new(&asker.id).map_err(|_| state::unknown())?;
    let (_, kept) = state::view(shared, asker, &thread, At::Latest).await?;
    let there = kept.runs().any(|known| *known == run) && !kept.hides(&run);
    if there { Ok((thread, run)) } else { Err(unknown()) }
}

/// `GET …/runs/{run}`.
pub async fn show(shared: Arc<Shared>, call: Call) -> Result<Response, Refusal> {
    let (asker, name) = (Asker::of(&call)?, call.param("run").to_owned());
    drop(call);
    let (thread, run) = named(&shared, &asker, &name).await?;
    respond::json(StatusCode::OK, &told(&shared, &asker, &thread, &run).await?)
}

/// `GET …/runs`: the newest first.
pub async fn list(shared: Arc<Shared>, call: Call) -> Result<Response, Refusal> {
    let (asker, thread) = (Asker::of(&call)?, call.id()?);
    drop(call);
    asker.ensure(&shared, (&thread::KIND, "read"), Some(&thread))?;
    let limit = asker.query.limit(10, 1_000)?;
    let offset = asker.query.parsed::<usize>("offset", "is a whole number")?.unwrap_or(0);
    let (_, kept) = state::view(&shared, &asker, &thread, At::Latest).await?;
    let mut all = Vec::new();
    for run in kept.runs().rev() {
        if kept.hides(run) || !asker.reads(&shared, &run::KIND, run.as_str()) {
            continue;
        }
        match told(&shared, &asker, &thread, run).await {
            Ok(told) => all.push(told),
            Err(refusal) if refusal.class == RefusalClass::NotFound => {}
            Err(refusal) => return Err(refusal),
        }
    }
    if let Some(status) = asker.query.text("status") {
        all.retain(|run| run["status"] == status);
    }
    let page: Vec<_> = all.into_iter().skip(offset).take(limit).collect();
    respond::json(StatusCode::OK, &page)
}

/// `DELETE …/runs/{run}`: this interface knows it no more; what was said in it stays.
pub async fn delete(shared: Arc<Shared>, mut call: Call) -> Result<Response, Refusal> {
    read(&shared, &mut call).await?;
    let (asker, name) = (Asker::of(&call)?, call.param("run").to_owned());
    drop(call);
    let id = ActorId::new(&asker.id).map_err(|_| state::unknown())?;
    asker.ensure(&shared, (&thread::KIND, "note"), Some(&id))?;
    let (thread, run) = named(&shared, &asker, &name).await?;
    let ran = state::run(&shared, &asker, &run).await?.ok_or_else(unknown)?;
    if matches!(ran.status, Status::Running | Status::Queued) {
        let message = "a run that goes on cannot be deleted: cancel it";
        return Err(Refusal::new(RefusalClass::Conflict, "conversation_locked", message));
    }
    threads::hide_run(&shared, &asker, &thread, &run).await?;
    respond::json(StatusCode::OK, &json!({}))
}

/// `POST …/runs/{run}/cancel`.
pub async fn cancel(shared: Arc<Shared>, mut call: Call) -> Result<Response, Refusal> {
    read(&shared, &mut call).await?;
    let (asker, name) = (Asker::of(&call)?, call.param("run").to_owned());
    drop(call);
    if asker.query.text("action").is_some_and(|action| action != "interrupt") {
        return Err(codes::unsupported_parameter("action"));
    }
    end(&shared, &asker, &name).await?;
    respond::json(StatusCode::OK, &json!({}))
}

/// Cancels a run of the asker's thread.
///
/// # Errors
/// `actor_not_found`, `forbidden`, `run_ended`.
pub async fn end(shared: &Shared, asker: &Asker, name: &str) -> Result<(), Refusal> {
    let run = ActorId::new(name).map_err(|_| unknown())?;
    asker.ensure(shared, (&run::KIND, "cancel"), Some(&run))?;
    let (_, run) = named(shared, asker, name).await?;
    let (kind, key) = (&run::KIND, asker.key.clone());
    let order = Order { kind, id: Some(run), command: "cancel", body: json!({}), key, wait: None };
    asker.order(shared, order).await.map(drop)
}

fn ensure_stays(asker: &Asker) -> Result<(), Refusal> {
    let said = asker.query.text("cancel_on_disconnect");
    if said.is_some_and(|said| !["false", "False", "0"].contains(&said)) {
        return Err(codes::unsupported_parameter("cancel_on_disconnect"));
    }
    Ok(())
}

/// `GET …/runs/{run}/join`.
pub async fn join(shared: Arc<Shared>, call: Call) -> Result<Response, Refusal> {
    let (asker, name) = (Asker::of(&call)?, call.param("run").to_owned());
    drop(call);
    let (thread, run) = named(&shared, &asker, &name).await?;
    ensure_stays(&asker)?;
    let ran = state::run(&shared, &asker, &run).await?.ok_or_else(unknown)?;
    if matches!(ran.status, Status::Running | Status::Queued) {
        // It ends after what it has come to now.
        settled(&shared, &asker, &run, latest(&shared, &asker, &run).await?).await?;
    }
    respond::json(StatusCode::OK, &values(&shared, &asker, &thread, &run).await?)
}

/// Behind the last answer that a run waited for, the revision.
async fn latest(shared: &Shared, asker: &Asker, run: &ActorId) -> Result<u64, Refusal> {
    let address = Address::new(asker.tenant.clone(), run::KIND, run.clone());
    let commits = shared_runs::commits(shared, &address).await?;
    let resumed = |it: &contracts::Commit| it.events.iter().any(|e| e.r#type == "Resumed");
    let last = commits.iter().rev().find(|it| resumed(&it.commit));
    Ok(last.map_or(1, |it| it.commit.revision.0))
}

/// The modes of one parameter: a name, or, as the client of JavaScript writes several, a list.
fn modes(said: &str) -> Vec<Value> {
    match serde_json::from_str(said) {
        Ok(Value::Array(modes)) => modes,
        _ if said.is_empty() => Vec::new(),
        _ => vec![json!(said)],
    }
}

/// `GET …/runs/{run}/stream`.
pub async fn join_stream(shared: Arc<Shared>, call: Call) -> Result<Response, Refusal> {
    let (asker, name) = (Asker::of(&call)?, call.param("run").to_owned());
    let after = headers::text(&call.parts.headers, "last-event-id")?.and_then(Place::read);
    let (permit, reader) = (call.open_stream(&shared)?, call.reader(&shared)?);
    drop(call);
    let (thread, run) = named(&shared, &asker, &name).await?;
    ensure_stays(&asker)?;
    let said: Vec<_> = asker.query.all("stream_mode").flat_map(modes).collect();
    let modes = Mode::read(Some(json!(said)).filter(|_| !said.is_empty()))?;
    let from = latest(&shared, &asker, &run).await?;
    let going = Going { thread, run, from, modes };
    let events = stream::events(&shared, &asker, watched(&going, after)).await?;
    let events = sse::shown(events, reader);
    let response = sse::response(&shared, events, permit, Arc::clone(&asker.scene));
    Ok(going.named(response, "stream"))
}
