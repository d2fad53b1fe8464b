//! The binding to plain HTTP: a route for each operation, parameters in the path, the query and
//! the body.

use std::sync::Arc;

use actors::a2a::MEDIA;
use axum::http::StatusCode;
use axum::response::Response;
use contracts::Refusal;
use contracts::ports::Flow;
use futures_util::StreamExt as _;
use serde_json::{Value, json};

use super::desk::{Desk, Op, Told, version};
use super::faults::{self, Reason};
use crate::dialects::common::asker::Asker;
use crate::dialects::common::fields::wrong;
use crate::dialects::common::read;
use crate::dialects::rest::respond;
use crate::edge::call::Call;
use crate::edge::query::Query;
use crate::edge::routes::{Method, Param};
use crate::edge::shared::Shared;
use crate::edge::sse::{self, Event};
use crate::problem::{self, codes};

/// The house, as A2A names it.
pub const TENANT: Param = Param { name: "tenant", about: "The caller's own tenant, or nothing." };
/// How much of what was said is told.
pub const HISTORY: Param =
    Param { name: "historyLength", about: "How many of the last messages are told, at most." };
/// Of which context.
pub const CONTEXT: Param = Param { name: "contextId", about: "Tasks of this context alone." };
/// In which state.
pub const STATUS: Param =
    Param { name: "status", about: "Tasks in this state alone, such as TASK_STATE_WORKING." };
/// How many.
pub const SIZE: Param = Param { name: "pageSize", about: "How many tasks, at most: 1 to 100." };
/// Which page.
pub const TOKEN: Param =
    Param { name: "pageToken", about: "The `nextPageToken` of an earlier answer." };
/// Since when.
pub const AFTER: Param =
    Param { name: "statusTimestampAfter", about: "Tasks that have changed after this time alone." };
/// With what they made.
pub const ARTIFACTS: Param =
    Param { name: "includeArtifacts", about: "Whether artifacts are told: true or false." };

/// Which operation a row is for.
fn op(call: &Call) -> Result<Op, Refusal> {
    let name = call.route.name;
    Ok(match name {
        "a2a_send" => Op::Send,
        "a2a_stream" => Op::SendStreaming,
        "a2a_tasks" => Op::List,
        "a2a_push_create" => Op::PushCreate,
        "a2a_push_list" => Op::PushList,
        "a2a_push" => Op::PushGet,
        "a2a_push_delete" => Op::PushDelete,
        "a2a_card_extended" => Op::Card,
        // `{id}`, `{id}:subscribe`, `{id}:cancel`: one segment for the router.
        _ => match (call.param("id").rsplit_once(':'), call.route.method) {
            (Some((_, "subscribe")), _) => Op::Subscribe,
            (Some((_, "cancel")), Method::Post) => Op::Cancel,
            (_, Method::Get) => Op::Get,
            _ => return Err(codes::unknown_route()),
        },
    })
}

/// Answers any row of this binding.
///
/// # Errors
/// What is no matter of A2A.
pub async fn answer(shared: Arc<Shared>, call: Call) -> Result<Response, Refusal> {
    asked(shared, call).await.or_else(|refusal| {
        let Some(reason) = Reason::of(&refusal) else { return Err(refusal) };
        let status = StatusCode::from_u16(reason.status().0).unwrap_or(StatusCode::BAD_REQUEST);
        let mut response = typed(status, &faults::http(reason, &refusal))?;
        // It is told in words of its own.
        response.extensions_mut().insert(problem::Spoken);
        Ok(response)
    })
}

fn typed(status: StatusCode, told: &Value) -> Result<Response, Refusal> {
    let text = serde_json::to_string(told).map_err(|it| Refusal::internal(it.to_string()))?;
    Ok(respond::typed(status, MEDIA, text))
}

async fn asked(shared: Arc<Shared>, mut call: Call) -> Result<Response, Refusal> {
    let op = op(&call)?;
    let mut params = match call.route.method {
        Method::Post => read(&shared, &mut call).await?,
        _ => of_query(&call.query)?,
    };
    of_path(op, &call, &mut params)?;
    let asker = Asker::of(&call)?;
    let permit = op.streams().then(|| call.open_stream(&shared)).transpose()?;
    let (shown, version) = (call.reader(&shared)?, version(&call.parts.headers)?);
    drop(call);
    let scene = Arc::clone(&asker.scene);
    let desk = Desk { shared: Arc::clone(&shared), asker, assistant: None, version };
    match (desk.perform(op, params).await?, permit) {
        (Told::Flow(flow), Some(permit)) => {
            let events = sse::shown(events(flow), shown);
            Ok(sse::response(&shared, events, permit, scene))
        }
        (Told::Value(told), _) => typed(StatusCode::OK, &told),
        (Told::Flow(_), None) => Err(codes::fault()),
    }
}

/// The parameters of the path count, whatever the body says.
fn of_path(op: Op, call: &Call, params: &mut Value) -> Result<(), Refusal> {
    let Some(params) = params.as_object_mut() else { return Err(wrong("body", "is an object")) };
    let (id, config) = (call.param("id"), call.param("config"));
    match op {
        Op::Get => {
            params.insert("id".to_owned(), json!(id));
        }
        Op::Subscribe | Op::Cancel => {
            let task = id.rsplit_once(':').map_or(id, |(task, _)| task);
            params.insert("id".to_owned(), json!(task));
        }
        Op::PushCreate | Op::PushList => {
            params.insert("taskId".to_owned(), json!(id));
        }
        Op::PushGet | Op::PushDelete => {
            params.insert("taskId".to_owned(), json!(id));
            params.insert("id".to_owned(), json!(config));
        }
        Op::Send | Op::SendStreaming | Op::List | Op::Card => {}
    }
    Ok(())
}

/// The parameters of a query, as JSON has them.
fn of_query(query: &Query) -> Result<Value, Refusal> {
    let mut params = json!({});
    for name in ["tenant", "contextId", "status", "pageToken", "statusTimestampAfter"] {
        if let Some(text) = query.text(name).filter(|it| !it.is_empty()) {
            params[name] = json!(text);
        }
    }
    for name in ["historyLength", "pageSize"] {
        if let Some(number) = query.parsed::<u64>(name, "is a whole number")? {
            params[name] = json!(number);
        }
    }
    if query.text("includeArtifacts").is_some() {
        params["includeArtifacts"] = json!(query.flag("includeArtifacts")?);
    }
    Ok(params)
}

fn events(flow: Flow<Result<Value, Refusal>>) -> Flow<Event> {
    Box::pin(flow.map(|told| match told {
        Ok(value) => Event { id: None, name: None, data: value.into() },
        Err(refusal) => {
            let reason = Reason::of(&refusal).unwrap_or(Reason::Internal);
            let data = faults::http(reason, &refusal).into();
            Event { id: None, name: Some("error"), data }
        }
    }))
}
