//! The binding to JSON-RPC 2.0: one route, one request at a time.

use std::sync::Arc;

use axum::http::StatusCode;
use axum::response::Response;
use contracts::Refusal;
use contracts::ports::Flow;
use futures_util::StreamExt as _;
use serde_json::{Value, json};

use super::desk::{Desk, Op, Told, version};
use super::faults::{self, Reason};
use crate::dialects::common::asker::Asker;
use crate::dialects::common::read;
use crate::dialects::rest::respond;
use crate::edge::call::Call;
use crate::edge::shared::Shared;
use crate::edge::sse::{self, Event};
use crate::problem::codes;

/// `POST /a2a`.
///
/// # Errors
/// What is no matter of A2A.
pub async fn own(shared: Arc<Shared>, call: Call) -> Result<Response, Refusal> {
    answer(shared, call, false).await
}

/// `POST /a2a/assistants/{id}`.
///
/// # Errors
/// As [`own`].
pub async fn of_assistant(shared: Arc<Shared>, call: Call) -> Result<Response, Refusal> {
    answer(shared, call, true).await
}

async fn answer(shared: Arc<Shared>, mut call: Call, named: bool) -> Result<Response, Refusal> {
    let body = match read(&shared, &mut call).await {
        Ok(body) => body,
        Err(refusal) => return failed(&Value::Null, refusal),
    };
    let id = body.get("id").filter(|id| id.is_string() || id.is_number()).cloned();
    let id = id.unwrap_or_default();
    match asked(shared, call, named, body, &id).await {
        Ok(response) => Ok(response),
        Err(refusal) => failed(&id, refusal),
    }
}

async fn asked(
    shared: Arc<Shared>,
    call: Call,
    named: bool,
    mut body: Value,
    id: &Value,
) -> Result<Response, Refusal> {
    let method = body["method"].as_str().filter(|_| body["jsonrpc"] == "2.0");
    let method = method.ok_or_else(|| {
        codes::invalid_message("the body is one request of JSON-RPC 2.0: {jsonrpc, id, method}")
    })?;
    if id.is_null() {
        return Err(codes::invalid_message("a request has an id: a text or a number"));
    }
    let op = Op::named(method).ok_or_else(|| {
        Refusal::not_found("unknown_route", format!("A2A 1.0 has no method {method}"))
    })?;
    let params = match body["params"].take() {
        Value::Null => json!({}),
        params => params,
    };
    let asker = Asker::of(&call)?;
    let assistant = if named { Some(call.id()?) } else { None };
    let permit = op.streams().then(|| call.open_stream(&shared)).transpose()?;
    let (shown, version) = (call.reader(&shared)?, version(&call.parts.headers)?);
    drop(call);
    let scene = Arc::clone(&asker.scene);
    let desk = Desk { shared: Arc::clone(&shared), asker, assistant, version };
    match (desk.perform(op, params).await?, permit) {
        (Told::Flow(flow), Some(permit)) => {
            let events = sse::shown(events(flow, id.clone()), shown);
            Ok(sse::response(&shared, events, permit, scene))
        }
        (Told::Value(result), _) => {
            let told = json!({ "jsonrpc": "2.0", "id": id, "result": result });
            respond::json(StatusCode::OK, &told)
        }
        (Told::Flow(_), None) => Err(codes::fault()),
    }
}

fn events(flow: Flow<Result<Value, Refusal>>, id: Value) -> Flow<Event> {
    Box::pin(flow.map(move |told| {
        let data = match told {
            Ok(result) => json!({ "jsonrpc": "2.0", "id": id, "result": result }),
            Err(refusal) => {
                let reason = Reason::of(&refusal).unwrap_or(Reason::Internal);
                let error = faults::rpc(reason, &refusal);
                json!({ "jsonrpc": "2.0", "id": id, "error": error })
            }
        };
        Event { id: None, name: None, data: data.into() }
    }))
}

fn failed(id: &Value, refusal: Refusal) -> Result<Response, Refusal> {
    let Some(reason) = Reason::of(&refusal) else { return Err(refusal) };
    let error = faults::rpc(reason, &refusal);
    respond::json(StatusCode::OK, &json!({ "jsonrpc": "2.0", "id": id, "error": error }))
}
