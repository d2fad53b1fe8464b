//! `completion/complete`: kinds and ids while a person types them.

use contracts::access::Capability;
use contracts::kinds::assistant;
use serde_json::{Value, json};

use super::rpc::Exchange;
use super::wire::{Members, RpcError};
use crate::edge::reading::{HeadsQuery, Order};

/// Values of an answer, at most: MCP's own limit.
const VALUES_MAX: usize = 100;

/// Answers `completion/complete`.
///
/// # Errors
/// `-32602`; what the read models refuse.
pub async fn complete(exchange: &Exchange, params: &Members) -> Result<Value, RpcError> {
    let argument = params.get("argument").and_then(Value::as_object);
    let text = |name: &str| argument.and_then(|it| it.get(name)).and_then(Value::as_str);
    let (Some(name), Some(begun)) = (text("name"), text("value")) else {
        return Err(RpcError::invalid_params("argument has name and value"));
    };
    let about = params.get("ref").and_then(Value::as_object);
    let about = about.ok_or_else(|| RpcError::invalid_params("ref is an object"))?;
    let known =
        matches!(about.get("type").and_then(Value::as_str), Some("ref/prompt" | "ref/resource"));
    if !known {
        return Err(RpcError::invalid_params("ref.type is ref/prompt or ref/resource"));
    }
    let values = match name {
        "kind" => kinds(exchange, begun),
        "id" => {
            let context = params.get("context").and_then(|it| it.get("arguments"));
            let kind = context.and_then(|it| it.get("kind")).and_then(Value::as_str);
            ids(exchange, kind, begun).await?
        }
        _ => Vec::new(),
    };
    let more = values.len() > VALUES_MAX;
    let values: Vec<_> = values.into_iter().take(VALUES_MAX).collect();
    Ok(json!({ "completion": { "values": values, "hasMore": more } }))
}

fn kinds(exchange: &Exchange, begun: &str) -> Vec<String> {
    let pages = exchange.shared.edge.pages.iter();
    let names = pages.map(|page| page.kind.to_string());
    let begins = names.filter(|name| name.starts_with(begun));
    begins.filter(|name| exchange.may(Capability::read(name), None)).collect()
}

/// The ids of a kind; of prompts that name none, those of assistants.
async fn ids(
    exchange: &Exchange,
    kind: Option<&str>,
    begun: &str,
) -> Result<Vec<String>, RpcError> {
    let kind = match kind {
        Some(name) => {
            let kind = name.parse().ok();
            kind.filter(|kind| exchange.shared.edge.pages.get(kind).is_some())
        }
        None => Some(assistant::KIND),
    };
    let Some(kind) = kind else { return Ok(Vec::new()) };
    let query = HeadsQuery {
        tenant: exchange.asker.tenant.clone(),
        kind: Some(kind.clone()),
        id_prefix: Some(begun.to_owned()).filter(|it| !it.is_empty()),
        text: None,
        status: None,
        after: None,
        limit: VALUES_MAX + 1,
        order: Order::Id,
    };
    let rows = exchange.shared.edge.reading.heads(query).await?;
    let ids = rows.items.iter().filter_map(|row| row["id"].as_str());
    let read = ids.filter(|id| exchange.may(Capability::read(kind.as_str()), Some(id)));
    Ok(read.map(str::to_owned).collect())
}
