//! Tools: every command that the caller may send, time travel, and what an extension adds.

mod answer;
mod catalog;
mod commands;
mod follow;
mod history;

use std::collections::BTreeSet;

use axum::http::HeaderMap;
use contracts::Timestamp;
use contracts::access::{Act, Capability, Rights};
use contracts::caller::Origin;
use serde_json::{Map, Value, json};

pub use self::answer::of as result;
pub use self::catalog::Catalog;
use self::catalog::Tool;
pub use self::commands::{cancel, run_of, take_back, told as outcome};
pub use self::follow::until;
use super::extension::Asked;
use super::revision::{self, Revision};
use super::rpc::Exchange;
use super::tasks::{self, Wanted};
use super::wire::{Members, RpcError};
use crate::edge::shared::Shared;

/// The names of the tools that somebody with these rights may call, beside those of an extension.
#[must_use]
pub fn allowed(shared: &Shared, rights: &Rights, now: Timestamp) -> BTreeSet<String> {
    let ever = |capability: Capability<'_>| {
        rights.may_ever(&Act { capability, id: None, road: Origin::Http, now })
    };
    let commands = shared.mcp.catalog().iter().filter(|tool| ever(tool.capability()));
    let names = commands.map(|tool| tool.name.clone());
    let reads = |verb: &str| {
        let mut pages = shared.edge.pages.iter();
        pages.any(|page| ever(Capability::new(page.kind.as_str(), verb)))
    };
    let history = history::TOOLS.iter().filter(|tool| tool.verb.is_none_or(reads));
    names.chain(history.map(|tool| tool.name.to_owned())).collect()
}

/// Answers `tools/list`: an extension's first, then time travel, then commands by name.
///
/// # Errors
/// `-32602` for a cursor that is none.
pub fn list(exchange: &Exchange, params: &Members) -> Result<Value, RpcError> {
    let shared = &exchange.shared;
    let allowed = allowed(shared, &exchange.asker.entrance.rights, shared.now());
    let mut tools = shared.edge.extension.tools();
    let own = history::TOOLS.iter().filter(|tool| allowed.contains(tool.name));
    tools.extend(own.map(|tool| tool.shown(&shared.edge.pages)));
    let commands = shared.mcp.catalog().iter().filter(|tool| allowed.contains(&tool.name));
    let stateless = exchange.peer.revision == Revision::Stateless;
    tools.extend(commands.map(|tool| {
        let mut shown = tool.shown.clone();
        // Later revisions let the server decide what becomes a task.
        if let (true, Some(members)) = (stateless, shown.as_object_mut()) {
            members.remove("execution");
        }
        shown
    }));
    page("tools", tools, params, shared.edge.config.mcp.page_items_max)
}

/// A page of a list that is the same from one request to the next.
///
/// # Errors
/// `-32602` for a cursor that is none.
pub fn page(
    name: &str,
    items: Vec<Value>,
    params: &Members,
    most: usize,
) -> Result<Value, RpcError> {
    let from = match params.get("cursor") {
        None | Some(Value::Null) => 0,
        Some(cursor) => {
            let place = cursor.as_str().and_then(|text| text.parse::<usize>().ok());
            let place = place.filter(|place| *place <= items.len());
            place.ok_or_else(|| RpcError::invalid_params("cursor is one that an answer gave"))?
        }
    };
    let until = from.saturating_add(most.max(1));
    let more = until < items.len();
    let items: Vec<_> = items.into_iter().skip(from).take(most.max(1)).collect();
    let mut told = json!({ name: items });
    if more {
        told["nextCursor"] = json!(until.to_string());
    }
    Ok(told)
}

/// That arguments which stand in headers, too, say the same there.
///
/// # Errors
/// `-32020`.
pub fn ensure_headers(
    shared: &Shared,
    headers: &HeaderMap,
    params: &Members,
) -> Result<(), RpcError> {
    let name = params.get("name").and_then(Value::as_str).unwrap_or_default();
    let tools = shared.edge.extension.tools();
    let Some(tool) = tools.iter().find(|tool| tool["name"] == name) else { return Ok(()) };
    revision::ensure_arguments(headers, &tool["inputSchema"], params.get("arguments"))
}

/// Calls a tool that is a command; what is wanted as a task is answered as one.
async fn command(
    exchange: &Exchange,
    tool: &Tool,
    mut arguments: Members,
    wanted: Wanted,
) -> Result<Value, RpcError> {
    if wanted == Wanted::Always && !arguments.contains_key("wait_s") {
        arguments.insert("wait_s".to_owned(), json!(0));
    }
    let told = commands::call(exchange, tool, arguments).await;
    match &told {
        // What was never accepted is no task.
        Err(refusal) if wanted == Wanted::Always => Err(refusal.clone().into()),
        Ok(value) if wanted == Wanted::Always || late(value, wanted) => {
            tasks::begun(exchange, &value["command"]).await
        }
        _ => Ok(answer::of(exchange, told).await),
    }
}

fn late(told: &Value, wanted: Wanted) -> bool {
    wanted == Wanted::Late && told["status"] == "accepted"
}

/// Answers `tools/call`.
///
/// # Errors
/// `-32602` for a tool that there is not, or parameters that are none; what an extension says.
pub async fn call(exchange: &Exchange, params: &Members) -> Result<Value, RpcError> {
    let name = params.get("name").and_then(Value::as_str);
    let name = name.ok_or_else(|| RpcError::invalid_params("name is a text"))?;
    let arguments = match params.get("arguments") {
        None | Some(Value::Null) => Map::new(),
        Some(Value::Object(arguments)) => arguments.clone(),
        Some(_) => return Err(RpcError::invalid_params("arguments is an object")),
    };
    if let Some(tool) = exchange.shared.mcp.catalog().get(name) {
        return command(exchange, tool, arguments, tasks::wanted(&exchange.peer, params)).await;
    }
    if let Some(tool) = history::TOOLS.iter().find(|tool| tool.name == name) {
        let told = tool.call(exchange, arguments).await;
        return Ok(answer::of(exchange, told).await);
    }
    let (arguments, peer) = (&arguments, &exchange.peer);
    let asked = Asked { name, arguments, params, peer };
    match exchange.shared.edge.extension.call(asked).await {
        Some(told) => told,
        None => {
            let shown: String = name.chars().take(128).collect();
            Err(RpcError::invalid_params(format!("Unknown tool: {shown}")))
        }
    }
}
