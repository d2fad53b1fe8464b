//! `POST /mcp`, `GET /mcp`, `DELETE /mcp`: from HTTP to a request and back, in both revisions.

use std::sync::Arc;
use std::time::Duration;

use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use contracts::ports::Flow;
use contracts::{Principal, Refusal, Tenant};
use futures_util::StreamExt as _;
use serde_json::{Value, json};

use super::outbox::Outbox;
use super::peer::{Level, Peer};
use super::revision::{self, Revision};
use super::rpc::{self, Exchange};
use super::session::Session;
use super::wire::{self, Message, Request, RpcError, response};
use super::{listen, stream, tools, watch};
use crate::dialects::rest::respond;
use crate::edge::call::Call;
use crate::edge::shared::Shared;
use crate::edge::sse::{CONTENT_TYPE, Event};
use crate::edge::{body, headers};
use crate::problem::{Spoken, codes};

/// The header that names a session.
pub const SESSION: &str = "mcp-session-id";

/// Whose a session is.
pub type Owner = (Tenant, Principal);

/// Takes a message.
///
/// # Errors
/// What the edge refuses; what is wrong with the message is an answer.
pub async fn post(shared: Arc<Shared>, mut call: Call) -> Result<Response, Refusal> {
    shared.safety.socket(&call.parts.headers)?;
    let taken = std::mem::take(&mut call.body);
    let value = body::value(&call.parts.headers, taken, &shared.edge.config).await;
    let message = match value {
        Err(refusal) if refusal.class == contracts::RefusalClass::Malformed => {
            return Ok(failed(&RpcError::parse(refusal.message)));
        }
        value => wire::read(value?),
    };
    match message {
        Err(error) => Ok(failed(&error)),
        Ok(Message::Request(request)) => match requested(&shared, call, &request).await {
            Ok(response) => Ok(response),
            Err(No::Refused(refusal)) => Err(refusal),
            Err(No::Wrong(error)) => Ok(failed(&error.of(request.id))),
        },
        Ok(Message::Notification(note)) => noted(&shared, &call, &note),
        Ok(Message::Response { id, answer }) => {
            let session = found(&shared, &call)?;
            session.answered(&id, answer);
            Ok(StatusCode::ACCEPTED.into_response())
        }
    }
}

/// Why there is no answer of a method.
pub enum No {
    /// The edge refuses.
    Refused(Refusal),
    /// The message is wrong.
    Wrong(RpcError),
}

impl From<Refusal> for No {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(refusal)
    }
}

impl From<RpcError> for No {
    fn from(error: RpcError) -> Self {
        Self::Wrong(error)
    }
}

async fn requested(shared: &Arc<Shared>, call: Call, request: &Request) -> Result<Response, No> {
    let from = &call.parts.headers;
    match revision::of(from, request) {
        Revision::Stateless => {
            revision::ensure(from, request)?;
            if request.method == "tools/call" {
                tools::ensure_headers(shared, from, &request.params)?;
            }
            if request.method == "subscriptions/listen" {
                return listen::listen(shared, &call, request);
            }
            stateless(shared, call, request).await
        }
        Revision::Stateful => {
            if request.method == "initialize" {
                return begun(shared, &call, request);
            }
            revision::ensure_stateful(from)?;
            let session = found(shared, &call)?;
            if let Some(answered) = of_session(shared, &call, &session, request) {
                let result = answered?;
                return Ok(whole(StatusCode::OK, &response(&request.id, &result)));
            }
            stateful(shared, call, session, request).await
        }
    }
}

/// The caller of a session.
pub fn owner(call: &Call) -> Result<Owner, Refusal> {
    let entrance = call.entrance.as_ref().ok_or_else(codes::unauthenticated)?;
    Ok((call.tenant.clone(), entrance.principal.clone()))
}

/// The session that the request names.
fn found(shared: &Shared, call: &Call) -> Result<Arc<Session>, Refusal> {
    let id = headers::text(&call.parts.headers, SESSION)?;
    let id = id.ok_or_else(|| codes::header_invalid("Mcp-Session-Id", "is needed"))?;
    let session = shared.mcp.sessions.find(id, &owner(call)?);
    session.ok_or_else(codes::session_not_found)
}

/// Begins a session.
fn begun(shared: &Shared, call: &Call, request: &Request) -> Result<Response, No> {
    let asked = request.params.get("protocolVersion").and_then(Value::as_str);
    let asked = asked.ok_or_else(|| RpcError::invalid_params("protocolVersion is needed"))?;
    let known = revision::STATEFUL.iter().find(|known| **known == asked);
    let version = known.copied().unwrap_or(revision::STATEFUL[0]);
    let capabilities = request.params.get("capabilities").and_then(Value::as_object).cloned();
    let capabilities =
        capabilities.ok_or_else(|| RpcError::invalid_params("capabilities is an object"))?;
    let session = shared.mcp.sessions.begin(owner(call)?, capabilities)?;
    let told = whole(StatusCode::OK, &response(&request.id, &rpc::initialized(version)));
    Ok(respond::with(told, HeaderName::from_static(SESSION), &session.id))
}

/// The methods that are about a session itself; `None` = it is another method.
fn of_session(
    shared: &Arc<Shared>,
    call: &Call,
    session: &Arc<Session>,
    request: &Request,
) -> Option<Result<Value, No>> {
    let text = |name: &str| request.params.get(name).and_then(Value::as_str);
    let wrong = |message: &str| No::Wrong(RpcError::invalid_params(message));
    let done = match request.method.as_str() {
        "logging/setLevel" => match text("level").and_then(Level::named) {
            Some(level) => {
                session.set_level(level);
                Ok(())
            }
            None => Err(wrong("level is the name of a level")),
        },
        "resources/subscribe" => match text("uri") {
            Some(uri) if session.watch(uri, shared.edge.config.mcp.subscriptions_max) => {
                watch::begin(shared, call, session).map_err(No::Refused)
            }
            Some(_) => Err(wrong("too many resources are watched")),
            None => Err(wrong("uri is a text")),
        },
        "resources/unsubscribe" => match text("uri") {
            Some(uri) => {
                session.unwatch(uri);
                Ok(())
            }
            None => Err(wrong("uri is a text")),
        },
        _ => return None,
    };
    Some(done.map(|()| json!({})))
}

/// What a client of 2025 tells and wants no answer for.
fn noted(shared: &Shared, call: &Call, note: &Request) -> Result<Response, Refusal> {
    if revision::of(&call.parts.headers, note) == Revision::Stateful {
        let session = found(shared, call)?;
        if let ("notifications/cancelled", Some(id)) =
            (note.method.as_str(), note.params.get("requestId"))
        {
            session.cancel(id);
        }
    }
    Ok(StatusCode::ACCEPTED.into_response())
}

/// Answers a request that stands for itself. Whoever closes its stream takes it back.
async fn stateless(shared: &Arc<Shared>, call: Call, request: &Request) -> Result<Response, No> {
    let outbox = Outbox::new(shared.edge.config.mcp.stream_messages_max);
    let peer = Peer::of(request, None, Arc::clone(&outbox), patience(shared));
    let exchange = Exchange::of(shared, &call, request, peer)?;
    let (asked, writes) = (request.clone(), Arc::clone(&outbox));
    let task = tokio::spawn(async move { perform(&exchange, &asked, &writes).await });
    let task = stream::Aborted(task);
    told(shared, call, stream::Reading { outbox, number: None, _task: Some(task) }).await
}

/// Answers a request of a session. It goes on when the connection is lost, and its stream can be
/// resumed.
async fn stateful(
    shared: &Arc<Shared>,
    call: Call,
    session: Arc<Session>,
    request: &Request,
) -> Result<Response, No> {
    let opened = session.open(&shared.edge.config.mcp);
    let (number, outbox) = opened.ok_or_else(codes::overloaded)?;
    let peer = Peer::of(request, Some(Arc::clone(&session)), Arc::clone(&outbox), patience(shared));
    let exchange = match Exchange::of(shared, &call, request, peer) {
        Ok(exchange) => exchange,
        Err(refusal) => {
            session.close(number);
            return Err(refusal.into());
        }
    };
    let (asked, writes) = (request.clone(), Arc::clone(&outbox));
    let (running, taken_back) = (Arc::clone(&session), session.run(&request.id));
    tokio::spawn(async move {
        let _end = stream::Ending(Arc::clone(&writes));
        let performing = perform(&exchange, &asked, &writes);
        let done = taken_back.run_until_cancelled(performing).await;
        // Nobody wants the answer of what was taken back. The end of a session takes back nothing.
        if done.is_none() && !running.over.is_cancelled() {
            tools::take_back(&exchange).await;
        }
        running.ran(&asked.id);
    });
    let reading = stream::Reading { outbox, number: Some(number), _task: None };
    let response = told(shared, call, reading).await?;
    if !stream::is_stream(&response) {
        session.close(number);
    }
    Ok(response)
}

fn patience(shared: &Shared) -> Duration {
    Duration::from_millis(shared.edge.config.mcp.client_answer_ms_max)
}

/// Performs a request and puts its answer at the end of its stream.
async fn perform(exchange: &Exchange, request: &Request, outbox: &Arc<Outbox>) {
    let _end = stream::Ending(Arc::clone(outbox));
    let config = &exchange.shared.edge.config;
    let limit = config.history_timeout_ms.saturating_add(config.wait_max_ms);
    let answering = rpc::answer(exchange, request);
    let answered = tokio::time::timeout(Duration::from_millis(limit), answering).await;
    match answered.unwrap_or_else(|_| Err(codes::timeout().into())) {
        Ok(result) => outbox.answer(response(&request.id, &result), StatusCode::OK),
        Err(error) => {
            let error = error.of(request.id.clone());
            outbox.answer(error.to_json(), error.status);
        }
    }
}

/// The answer as one body when it is the first that is said, and soon; else as a stream.
async fn told(shared: &Arc<Shared>, call: Call, reading: stream::Reading) -> Result<Response, No> {
    let accepted = call.parts.headers.get_all(header::ACCEPT).iter();
    let streams =
        accepted.filter_map(|line| line.to_str().ok()).any(|it| it.contains(CONTENT_TYPE));
    let soon = Duration::from_millis(shared.edge.config.mcp.stream_after_ms);
    let mut number = 0;
    loop {
        let next = reading.outbox.next(number);
        let next = if streams { tokio::time::timeout(soon, next).await } else { Ok(next.await) };
        match next {
            Ok(Some((at, message))) if message.get("method").is_some() && !streams => number = at,
            Ok(Some((_, message))) if message.get("method").is_none() => {
                return Ok(whole(reading.outbox.status(), &message));
            }
            Ok(None) => return Err(RpcError::internal().into()),
            Ok(Some(_)) | Err(_) => break,
        }
    }
    let permit = call.open_stream(shared)?;
    let events = stream::events(reading);
    Ok(stream::response(shared, &call, events, permit)?)
}

/// `GET`: what a session is told outside of requests, or the rest of a stream that was lost.
///
/// # Errors
/// `session_not_found`, `header_invalid`, `rate_limited`.
pub async fn get(shared: Arc<Shared>, call: Call) -> Result<Response, Refusal> {
    shared.safety.socket(&call.parts.headers)?;
    let session = found(&shared, &call)?;
    let wanted = || codes::header_invalid("Last-Event-ID", "is an id as an event gave it");
    let place = match headers::text(&call.parts.headers, "last-event-id")? {
        None => (0, None),
        Some(text) => {
            let (number, after) = stream::place(text).ok_or_else(wanted)?;
            (number, Some(after))
        }
    };
    let (number, after) = place;
    let outbox = session.stream(number).ok_or_else(codes::session_not_found)?;
    let permit = call.open_stream(&shared)?;
    watch::begin(&shared, &call, &session)?;
    let (over, reads) = (session.over.clone(), session.read());
    let events: Flow<Event> = match after {
        Some(after) => stream::resumed(&outbox, number, after),
        None => stream::events(stream::Reading { outbox, number: Some(number), _task: None }),
    };
    let events = events.take_until(async move {
        let _reads = reads;
        over.cancelled().await;
    });
    stream::response(&shared, &call, Box::pin(events), permit)
}

/// `DELETE`: ends a session.
///
/// # Errors
/// `session_not_found`.
pub fn delete(shared: &Shared, call: &Call) -> Result<Response, Refusal> {
    shared.safety.socket(&call.parts.headers)?;
    let session = found(shared, call)?;
    shared.mcp.sessions.end(&session);
    Ok(StatusCode::NO_CONTENT.into_response())
}

/// A JSON-RPC message as the whole answer.
pub fn whole(status: StatusCode, message: &Value) -> Response {
    let mut response = respond::typed(status, "application/json", message.to_string());
    response.extensions_mut().insert(Spoken);
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

fn failed(error: &RpcError) -> Response {
    whole(error.status, &error.to_json())
}
