//! What can be asked about an actor's past: fork, diff, verify, replay, waiting.

use std::sync::Arc;

use axum::http::{StatusCode, header};
use axum::response::Response;
use bytes::Bytes;
use contracts::access::Capability;
use contracts::ports::Flow;
use contracts::view::{At, ReplayMode, Replayed};
use contracts::{ActorId, Address, Refusal, RefusalClass, Revision};
use futures_util::stream;
use serde_json::{Value, json};
use tokio::sync::mpsc;

use super::archive::{self, NDJSON};
use super::params::AT;
use super::respond::{self, JSON, JSON_OR_NDJSON};
use crate::edge::call::Call;
use crate::edge::headers;
use crate::edge::query::parse_at;
use crate::edge::routes::{Access, Method, Needs, Param, Route};
use crate::edge::shared::Shared;
use crate::edge::submit::{Submitted, made};
use crate::problem::{self, codes};

/// Lines of a replay that wait for a slow reader.
const REPLAY_LINES_MAX: usize = 16;

/// The verb of looking at actors.
const READ: &str = Capability::READ;
/// The verb of making a fork.
const FORK: &str = Capability::FORK;

/// The rows of history.
pub const ROUTES: &[Route] = &[
    Route {
        method: Method::Post,
        path: "/v1/{kind}/{id}/fork",
        name: "fork",
        about: "Begins another actor as a continuation of this one: `{id?, at?, unmuted?}`.",
        access: Access::Key,
        needs: Needs::Kind(FORK),
        offers: JSON,
        query: &[],
        handler: |shared, call| Box::pin(fork(shared, call)),
    },
    Route {
        method: Method::Post,
        path: "/v1/{kind}/{id}/unmute",
        name: "unmute",
        about: "Lets the effects of a fork, or of imported history, out into the world.",
        access: Access::Key,
        needs: Needs::Kind("unmute"),
        offers: JSON,
        query: &[],
        handler: |shared, call| Box::pin(unmute(shared, call)),
    },
    Route {
        method: Method::Get,
        path: "/v1/{kind}/{id}/diff",
        name: "diff",
        about: "Compares an actor with another, or with itself at another time.",
        access: Access::Key,
        needs: Needs::Kind(READ),
        offers: JSON,
        query: &[
            AT,
            Param { name: "with", about: "The other actor; absent = the same one." },
            Param { name: "with_at", about: "The other's revision or RFC 3339 instant." },
            Param { name: "parent", about: "1 = compares a fork's parent with the fork." },
        ],
        handler: |shared, call| Box::pin(diff(shared, call)),
    },
    Route {
        method: Method::Get,
        path: "/v1/{kind}/{id}/verify",
        name: "verify",
        about: "Checks an actor's chain of hashes and that its state can be derived.",
        access: Access::Key,
        needs: Needs::Kind(READ),
        offers: JSON,
        query: &[],
        handler: |shared, call| Box::pin(verify(shared, call)),
    },
    Route {
        method: Method::Get,
        path: "/v1/{kind}/{id}/replay",
        name: "replay",
        about: "Folds an actor again from its first commit; calls nobody.",
        access: Access::Key,
        needs: Needs::Kind(READ),
        offers: JSON_OR_NDJSON,
        query: &[AT, Param { name: "decide", about: "1 = decides the commands again, too." }],
        handler: |shared, call| Box::pin(replay(shared, call)),
    },
    Route {
        method: Method::Get,
        path: "/v1/{kind}/{id}/waiting",
        name: "waiting",
        about: "Lists the effects and commands of an actor that are still open.",
        access: Access::Key,
        needs: Needs::Kind(READ),
        offers: JSON,
        query: &[],
        handler: |shared, call| Box::pin(waiting(shared, call)),
    },
];

async fn fork(shared: Arc<Shared>, mut call: Call) -> Result<Response, Refusal> {
    let (page, parent, by) = (call.page(&shared)?, call.address(&shared)?, call.caller()?);
    let key = headers::key(&call.parts.headers)?;
    let body = call.json(&shared).await?;
    let ForkInput { id, at, muted } = fork_input(&body)?;
    let child = id.unwrap_or_else(|| made(page, &call.tenant, &by, key.as_ref()));
    let answer = shared.edge.history.fork(&parent, at, child, muted, by).await?;
    let done = Submitted { answer, message_id: None };
    let location = format!("/v1/{}/{}", done.answer.address.kind, done.answer.address.id);
    let response = respond::json(StatusCode::CREATED, &done.to_json()?)?;
    let response = respond::with(response, header::LOCATION, &location);
    Ok(respond::with(response, header::ETAG, &done.tag()))
}

async fn unmute(shared: Arc<Shared>, mut call: Call) -> Result<Response, Refusal> {
    let (address, by) = (call.address(&shared)?, call.caller()?);
    call.json(&shared).await?;
    let answer = shared.edge.history.unmute(&address, by).await?;
    let done = Submitted { answer, message_id: None };
    let response = respond::json(StatusCode::OK, &done.to_json()?)?;
    Ok(respond::with(response, header::ETAG, &done.tag()))
}

/// What a fork is asked for.
struct ForkInput {
    id: Option<ActorId>,
    at: At,
    muted: bool,
}

/// `{id?, at?, unmuted?}`; `at` is a revision or an RFC 3339 instant.
fn fork_input(body: &Value) -> Result<ForkInput, Refusal> {
    let wrong = |field: &str, wanted: &str| {
        Refusal::new(
            RefusalClass::Malformed,
            "invalid_input",
            "the input of fork is {id?, at?, unmuted?}",
        )
        .field(format!("input.{field}"), wanted)
    };
    let members = body.as_object().ok_or_else(|| wrong("", "is an object"))?;
    if let Some(other) = members.keys().find(|key| !matches!(key.as_str(), "id" | "at" | "unmuted"))
    {
        return Err(wrong(other, "is unknown"));
    }
    let id = match members.get("id") {
        None | Some(Value::Null) => None,
        Some(Value::String(text)) => {
            Some(ActorId::new(text.as_str()).map_err(|error| codes::invalid_id("id", &error))?)
        }
        Some(_) => return Err(wrong("id", "is an id")),
    };
    let wanted = "is a revision from 1, or a time as RFC 3339";
    let at = match members.get("at") {
        None | Some(Value::Null) => At::Latest,
        Some(Value::String(text)) => parse_at("at", text).map_err(|_| wrong("at", wanted))?,
        Some(value) => {
            let revision = value.as_u64().filter(|revision| *revision > 0);
            At::Revision(Revision(revision.ok_or_else(|| wrong("at", wanted))?))
        }
    };
    let muted = match members.get("unmuted") {
        None | Some(Value::Null) => true,
        Some(Value::Bool(unmuted)) => !unmuted,
        Some(_) => return Err(wrong("unmuted", "is true or false")),
    };
    Ok(ForkInput { id, at, muted })
}

async fn diff(shared: Arc<Shared>, call: Call) -> Result<Response, Refusal> {
    let left = call.address(&shared)?;
    let id = match call.query.text("with") {
        None => left.id.clone(),
        Some(text) => ActorId::new(text).map_err(|error| codes::invalid_id("with", &error))?,
    };
    let right = Address::new(left.tenant.clone(), left.kind.clone(), id);
    let (at, with_at) = (call.query.at("at")?, call.query.at("with_at")?);
    if call.query.flag("parent")? {
        let parent = shared.edge.history.parent(&left).await?.ok_or_else(|| {
            let message = format!("{} is no fork: it has no parent", left.id);
            Refusal::new(RefusalClass::Conflict, "not_a_fork", message)
        })?;
        let above = Address { id: parent.id, ..left.clone() };
        let diff = shared.edge.history.diff((&above, with_at), (&left, at)).await?;
        return respond::json(StatusCode::OK, &diff);
    }
    let diff = shared.edge.history.diff((&left, at), (&right, with_at)).await?;
    respond::json(StatusCode::OK, &diff)
}

async fn verify(shared: Arc<Shared>, call: Call) -> Result<Response, Refusal> {
    let address = call.address(&shared)?;
    respond::json(StatusCode::OK, &shared.edge.history.verify(&address).await?)
}

async fn replay(shared: Arc<Shared>, call: Call) -> Result<Response, Refusal> {
    let (address, at) = (call.address(&shared)?, call.query.at("at")?);
    let decide = call.query.flag("decide")?;
    let mode = if decide { ReplayMode::Decide } else { ReplayMode::Fold };
    if call.media == NDJSON[0] {
        let permit = call.open_stream(&shared)?;
        let lines = replaying(&shared, &call, address, at, mode);
        return Ok(archive::stream(&shared, lines, permit));
    }
    respond::json(StatusCode::OK, &shared.edge.history.replay(&address, at, mode).await?)
}

/// `{progress: {commits, revision, deciding}}` now and then, at last `{replay: …}` or
/// `{problem: …}`.
fn replaying(
    shared: &Shared,
    call: &Call,
    address: Address,
    at: At,
    mode: ReplayMode,
) -> Flow<Result<Bytes, Refusal>> {
    let (tell, lines) = mpsc::channel(REPLAY_LINES_MAX);
    let (history, scene) = (Arc::clone(&shared.edge.history), Arc::clone(&call.scene));
    tokio::spawn(async move {
        let progress = tell.clone();
        // A reader that is slow misses some of the progress, and nothing else.
        let told = move |replayed: Replayed| {
            let _ = progress.try_send(json!({ "progress": replayed }));
        };
        let replayed = tokio::select! {
            replayed = history.replay_told(&address, at, mode, &told) => replayed,
            () = tell.closed() => return,
        };
        let last = match replayed {
            Ok(replay) => json!({ "replay": replay }),
            Err(refusal) => {
                json!({ "problem": problem::body(&refusal, scene.told()) })
            }
        };
        let _ = tell.send(last).await;
    });
    Box::pin(stream::unfold(lines, |mut lines| async move {
        let line = lines.recv().await?;
        Some((Ok(Bytes::from(line.to_string())), lines))
    }))
}

async fn waiting(shared: Arc<Shared>, call: Call) -> Result<Response, Refusal> {
    let address = call.address(&shared)?;
    let items = shared.edge.history.waiting(&address).await?;
    respond::json(StatusCode::OK, &json!({ "items": items }))
}
