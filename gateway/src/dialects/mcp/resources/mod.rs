//! Resources: actors and what read models tell of them, as JSON.

mod uri;

use std::time::Duration;

use contracts::access::Capability;
use contracts::view::{At, CommandView, Status};
use contracts::{ActorId, Address, CommandId, Kind, Refusal, RefusalClass};
use serde_json::{Value, json};

pub use self::uri::{Uri, touched};
use super::extension::Asked;
use super::rpc::Exchange;
use super::wire::{Members, RpcError};
use crate::edge::reading::{HeadsQuery, Order, TimelineQuery};
use crate::edge::stream::{self, Place};
use crate::problem::codes;

/// The media type of all of ours.
const JSON: &str = "application/json";

/// What a cursor of the list begins with once an extension's resources were told.
const ROWS: &str = "rows:";

/// Answers `resources/list`: an extension's resources and the lists first, then actors, the last
/// changed first.
///
/// # Errors
/// `-32602` for a cursor that is none.
pub async fn list(exchange: &Exchange, params: &Members) -> Result<Value, RpcError> {
    let cursor = params.get("cursor").and_then(Value::as_str);
    let wrong = || RpcError::invalid_params("cursor is one that an answer gave");
    let after = match cursor {
        None => None,
        Some(cursor) => Some(cursor.strip_prefix(ROWS).ok_or_else(wrong)?.to_owned()),
    };
    let mut told = Vec::new();
    if after.is_none() {
        told.extend(exchange.shared.edge.extension.resources());
        told.push(json!({
            "uri": "cambium://timeline", "name": "timeline", "mimeType": JSON,
            "description": "What happened in the tenant, an event a line, the newest first.",
        }));
        let kinds = exchange.shared.edge.pages.iter();
        let read = kinds.filter(|page| exchange.may(Capability::read(page.kind.as_str()), None));
        told.extend(read.map(|page| {
            json!({
                "uri": format!("cambium://{}", page.kind), "name": page.kind, "mimeType": JSON,
                "description": format!("The actors of a kind: {}", page.about),
            })
        }));
    }
    let rows = actors(exchange, None, None, after, None).await?;
    for row in rows["items"].as_array().into_iter().flatten() {
        let (kind, id) = (&row["kind"], &row["id"]);
        let (Some(kind), Some(id)) = (kind.as_str(), id.as_str()) else { continue };
        told.push(json!({
            "uri": format!("cambium://{kind}/{id}"),
            "name": format!("{kind}/{id}"),
            "description": format!("The state of {kind}/{id}."),
            "mimeType": JSON,
            "annotations": { "lastModified": row["at"] },
        }));
    }
    let mut whole = json!({ "resources": told });
    if let Some(next) = rows["next"].as_str() {
        whole["nextCursor"] = json!(format!("{ROWS}{next}"));
    }
    Ok(whole)
}

/// Answers `resources/templates/list`.
#[must_use]
pub fn templates(exchange: &Exchange) -> Value {
    let mut told = exchange.shared.edge.extension.templates();
    for (template, name, about) in [
        ("cambium://{kind}", "actors", "The actors of a kind with their summaries."),
        ("cambium://{kind}/{id}", "actor", "An actor's state."),
        ("cambium://{kind}/{id}?at={at}", "actor_at", "An actor's state at a revision or time."),
        ("cambium://{kind}/{id}/events", "events", "What happened to an actor."),
        ("cambium://commands/{command}", "command", "Where a command stands, and its answer."),
    ] {
        told.push(json!({
            "uriTemplate": template, "name": name, "description": about, "mimeType": JSON,
        }));
    }
    json!({ "resourceTemplates": told })
}

/// Answers `resources/read`.
///
/// # Errors
/// `-32602`; that there is no such resource; what the caller may not read.
pub async fn read(exchange: &Exchange, params: &Members) -> Result<Value, RpcError> {
    let uri = params.get("uri").and_then(Value::as_str);
    let uri = uri.ok_or_else(|| RpcError::invalid_params("uri is a text"))?;
    if let Some(contents) = exchange.shared.edge.extension.read(uri) {
        return Ok(json!({ "contents": contents }));
    }
    let read: Uri = uri.parse().map_err(|()| RpcError::resource_not_found(uri))?;
    let value = match value(exchange, read).await {
        Ok(value) => exchange.shown(value).await,
        Err(refusal) if refusal.class == RefusalClass::NotFound => {
            return Err(RpcError::resource_not_found(uri));
        }
        Err(refusal) => return Err(refusal.into()),
    };
    Ok(json!({ "contents": [{ "uri": uri, "mimeType": JSON, "text": value.to_string() }] }))
}

/// A resource of an actor as a prompt embeds it.
///
/// # Errors
/// As [`read`].
pub async fn embedded(exchange: &Exchange, uri: &str) -> Result<Value, RpcError> {
    let params = json!({ "uri": uri });
    let params = params.as_object().cloned().unwrap_or_default();
    let mut read = read(exchange, &params).await?;
    Ok(json!({ "type": "resource", "resource": read["contents"][0].take() }))
}

async fn value(exchange: &Exchange, uri: Uri) -> Result<Value, Refusal> {
    let known = |kind: &Kind| match exchange.shared.edge.pages.get(kind) {
        Some(_) => Ok(()),
        None => Err(codes::unknown_kind()),
    };
    let address = |kind: Kind, id: ActorId| {
        known(&kind)?;
        exchange.ensure(Capability::read(kind.as_str()), id.as_str())?;
        Ok::<_, Refusal>(Address::new(exchange.asker.tenant.clone(), kind, id))
    };
    match uri {
        Uri::Timeline => timeline(exchange).await,
        Uri::Command(id) => Ok(json!(command(exchange, id).await?)),
        Uri::Kind(kind) => {
            known(&kind)?;
            actors(exchange, Some(kind), None, None, None).await
        }
        Uri::Actor(kind, id, at) => {
            let address = address(kind, id)?;
            Ok(json!(exchange.shared.edge.history.state(&address, at.unwrap_or(At::Latest)).await?))
        }
        Uri::Events(kind, id) => {
            let address = address(kind, id)?;
            // An actor that there is not has no events, and is no resource.
            exchange.shared.edge.history.state(&address, At::Latest).await?;
            events(exchange, &address, None, None).await
        }
    }
}

/// A page of the actors of a kind, or of all, that the caller may read.
///
/// # Errors
/// `query_invalid` for a token that is none.
pub async fn actors(
    exchange: &Exchange,
    kind: Option<Kind>,
    text: Option<String>,
    after: Option<String>,
    limit: Option<usize>,
) -> Result<Value, Refusal> {
    let config = &exchange.shared.edge.config;
    let query = HeadsQuery {
        tenant: exchange.asker.tenant.clone(),
        kind,
        id_prefix: None,
        text,
        status: None,
        after,
        limit: limit.unwrap_or(config.page_items_default),
        order: Order::Newest,
    };
    let mut rows = exchange.shared.edge.reading.heads(query).await?;
    rows.items.retain(|row| may_read(exchange, row));
    Ok(json!(rows))
}

fn may_read(exchange: &Exchange, row: &Value) -> bool {
    let kind = row["kind"].as_str().unwrap_or_default();
    row["id"].as_str().is_some_and(|id| exchange.may(Capability::read(kind), Some(id)))
}

async fn timeline(exchange: &Exchange) -> Result<Value, Refusal> {
    let query = TimelineQuery {
        tenant: exchange.asker.tenant.clone(),
        kind: None,
        id: None,
        r#type: None,
        principal: None,
        correlation: None,
        trace: None,
        from: None,
        to: None,
        after: None,
        limit: exchange.shared.edge.config.page_items_default,
    };
    let mut told = exchange.shared.edge.reading.timeline(query).await?;
    told.items.retain(|row| may_read(exchange, row));
    Ok(json!(told))
}

/// A page of an actor's commits.
///
/// # Errors
/// `query_invalid`; what the past refuses with.
pub async fn events(
    exchange: &Exchange,
    address: &Address,
    after: Option<&str>,
    limit: Option<usize>,
) -> Result<Value, Refusal> {
    let wrong = |_| codes::query_invalid("after", "is what a page gave as next");
    let after = after.map(|text| text.parse::<Place>().map_err(wrong)).transpose()?;
    let limit = limit.unwrap_or(exchange.shared.edge.config.page_items_default);
    let history = exchange.shared.edge.history.as_ref();
    let (items, next) = stream::page(history, address, after.unwrap_or_default(), limit).await?;
    let items: Vec<_> = items.iter().map(|recorded| recorded.to_json(false)).collect();
    Ok(json!({ "items": items, "next": next.map(|next| next.to_string()) }))
}

/// Where a command stands, for who may read its actor or send such a command.
///
/// # Errors
/// `unknown_command_id`.
pub async fn command(exchange: &Exchange, id: CommandId) -> Result<CommandView, Refusal> {
    let (edge, tenant) = (&exchange.shared.edge, &exchange.asker.tenant);
    let mut found = edge.reading.command(tenant, id).await?;
    let settled = |view: &CommandView| !matches!(view.status, Status::Queued | Status::Accepted);
    // What came of it may stand in the log, and not in the rows yet.
    if !found.as_ref().is_some_and(settled) {
        let head = edge.feed.head().await?;
        let limit = Duration::from_millis(edge.config.read_wait_ms);
        let reached = tokio::time::timeout(limit, edge.reading.reached(head)).await;
        if reached.is_err() && found.is_none() {
            return Err(codes::cursor_not_reached());
        }
        found = edge.reading.command(tenant, id).await?;
    }
    let known = found.filter(|view| {
        let (kind, actor) = (view.kind.as_str(), Some(view.actor.as_str()));
        exchange.may(Capability::read(kind), actor)
            || exchange.may(Capability::new(kind, view.name.as_str()), actor)
    });
    known.ok_or_else(|| {
        Refusal::not_found("unknown_command_id", "nothing is known of such a command")
    })
}

/// A prompt of an extension; `None` = it has none of that name.
#[must_use]
pub fn prompt_of_extension(
    exchange: &Exchange,
    name: &str,
    arguments: &Members,
    params: &Members,
) -> Option<Result<Value, RpcError>> {
    let peer = &exchange.peer;
    exchange.shared.edge.extension.prompt(&Asked { name, arguments, params, peer })
}
