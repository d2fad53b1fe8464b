//! Reads: an actor's state, listings, a command's fate, the timeline, messages.

use std::sync::Arc;
use std::time::Duration;

use axum::http::{StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use contracts::access::Capability;
use contracts::{CommandId, Cursor, Refusal, RefusalClass};

use super::params::{AFTER, AT, KIND, LIMIT, MIN_CURSOR, TEXT};
use super::respond::{self, JSON};
use crate::edge::call::Call;
use crate::edge::headers;
use crate::edge::reading::{HeadsQuery, MessagesQuery, Order, TimelineQuery};
use crate::edge::routes::{Access, Method, Needs, Param, Route};
use crate::edge::shared::Shared;
use crate::edge::submit::tag;
use crate::problem::codes;

/// The verb of looking at actors.
const READ: &str = Capability::READ;

/// The one kind whose messages are a read model.
const CONVERSATION: &str = "conversation";

const fn param(name: &'static str, about: &'static str) -> Param {
    Param { name, about }
}

/// The rows of reads.
pub const ROUTES: &[Route] = &[
    Route {
        method: Method::Get,
        path: "/v1/{kind}",
        name: "list",
        about: "Lists the actors of a kind.",
        access: Access::Key,
        needs: Needs::Kind(READ),
        offers: JSON,
        query: &[
            AFTER,
            LIMIT,
            TEXT,
            MIN_CURSOR,
            param("id_prefix", "Only those whose id begins so."),
            param("order", "`newest` (default) or `id`."),
            param("status", "Only those whose summary has this `status`, such as `pending`."),
        ],
        handler: |shared, call| Box::pin(list(shared, call)),
    },
    Route {
        method: Method::Get,
        path: "/v1/{kind}/{id}",
        name: "state",
        about: "Reads an actor's state, also as of a revision or a time.",
        access: Access::Key,
        needs: Needs::Kind(READ),
        offers: JSON,
        query: &[AT, MIN_CURSOR],
        handler: |shared, call| Box::pin(state(shared, call)),
    },
    Route {
        method: Method::Get,
        path: "/v1/{kind}/{id}/messages",
        name: "messages",
        about: "Lists the messages of a conversation.",
        access: Access::Key,
        needs: Needs::Kind(READ),
        offers: JSON,
        query: &[AFTER, LIMIT, TEXT, MIN_CURSOR, param("before", "Goes back from this token.")],
        handler: |shared, call| Box::pin(messages(shared, call)),
    },
    Route {
        method: Method::Get,
        path: "/v1/commands/{id}",
        name: "command_status",
        about: "Tells where a command stands, and its answer.",
        access: Access::Key,
        needs: Needs::Rows,
        offers: JSON,
        query: &[MIN_CURSOR],
        handler: |shared, call| Box::pin(command(shared, call)),
    },
    Route {
        method: Method::Get,
        path: "/v1/timeline",
        name: "timeline",
        about: "Lists what happened in the tenant, an event a line, the newest first.",
        access: Access::Key,
        needs: Needs::Rows,
        offers: JSON,
        query: &[
            AFTER,
            LIMIT,
            MIN_CURSOR,
            KIND,
            param("id", "Only of this actor."),
            param("type", "Only events of this type."),
            param("principal", "Only what this one caused."),
            param("correlation", "Only of this errand."),
            param("trace", "Only of this trace: 32 hexadecimal digits."),
            param("from", "From this RFC 3339 instant on."),
            param("to", "Until before this RFC 3339 instant."),
        ],
        handler: |shared, call| Box::pin(timeline(shared, call)),
    },
];

async fn state(shared: Arc<Shared>, call: Call) -> Result<Response, Refusal> {
    let (address, at) = (call.address(&shared)?, call.query.at("at")?);
    if let Some(cursor) = call.query.cursor("min_cursor")? {
        within(&shared, shared.edge.feed.reached(cursor)).await?;
    }
    let view = shared.edge.history.state(&address, at).await?;
    let tag = tag(view.revision);
    let response = if headers::not_modified(&call.parts.headers, &tag) {
        StatusCode::NOT_MODIFIED.into_response()
    } else {
        respond::json(StatusCode::OK, &view)?
    };
    Ok(respond::with(response, header::ETAG, &tag))
}

async fn list(shared: Arc<Shared>, call: Call) -> Result<Response, Refusal> {
    let page = call.page(&shared)?;
    let order = match call.query.text("order") {
        None | Some("newest") => Order::Newest,
        Some("id") => Order::Id,
        Some(_) => return Err(codes::query_invalid("order", "is newest or id")),
    };
    let query = HeadsQuery {
        tenant: call.tenant.clone(),
        kind: Some(page.kind.clone()),
        id_prefix: call.query.owned("id_prefix"),
        text: call.query.owned("text"),
        status: call.query.owned("status"),
        after: call.query.owned("after"),
        limit: limit(&shared, &call)?,
        order,
    };
    seen(&shared, min_cursor(&call)?).await?;
    respond::json(StatusCode::OK, &shared.edge.reading.heads(query).await?)
}

async fn messages(shared: Arc<Shared>, call: Call) -> Result<Response, Refusal> {
    let address = call.address(&shared)?;
    if address.kind.as_str() != CONVERSATION {
        return Err(codes::unknown_route());
    }
    let query = MessagesQuery {
        tenant: address.tenant,
        conversation: address.id,
        before: call.query.owned("before"),
        after: call.query.owned("after"),
        limit: limit(&shared, &call)?,
        text: call.query.owned("text"),
    };
    seen(&shared, min_cursor(&call)?).await?;
    respond::json(StatusCode::OK, &shared.edge.reading.messages(query).await?)
}

async fn timeline(shared: Arc<Shared>, call: Call) -> Result<Response, Refusal> {
    let (query, token, time) = (&call.query, "is one token", "is a time as RFC 3339");
    let kind = call.kind_wanted(&shared)?;
    let query = TimelineQuery {
        tenant: call.tenant.clone(),
        id: query.parsed("id", token)?,
        r#type: call.event_type_wanted(&shared, kind.as_ref())?,
        kind,
        principal: query.parsed("principal", token)?,
        correlation: query.parsed("correlation", token)?,
        trace: trace(query.owned("trace"))?,
        from: query.parsed("from", time)?,
        to: query.parsed("to", time)?,
        after: query.owned("after"),
        limit: limit(&shared, &call)?,
    };
    seen(&shared, min_cursor(&call)?).await?;
    let mut told = shared.edge.reading.timeline(query).await?;
    told.items.retain(|item| {
        let kind = item["kind"].as_str().and_then(|kind| kind.parse().ok());
        kind.is_some_and(|kind| call.reads(&shared, &kind, item["id"].as_str()))
    });
    respond::json(StatusCode::OK, &told)
}

/// The id of a trace.
fn trace(text: Option<String>) -> Result<Option<String>, Refusal> {
    let sound = |id: &String| id.len() == 32 && id.bytes().all(|byte| byte.is_ascii_hexdigit());
    match text {
        Some(id) if !sound(&id) => Err(codes::query_invalid("trace", "is 32 hexadecimal digits")),
        id => Ok(id.map(|id| id.to_ascii_lowercase())),
    }
}

/// A command that was just sent may not have come to the read model yet: before it is called
/// unknown, the model is given time to come to where the log stood.
async fn command(shared: Arc<Shared>, call: Call) -> Result<Response, Refusal> {
    let id = call.param("id").parse::<CommandId>().map_err(|_| {
        Refusal::new(RefusalClass::Malformed, "invalid_id", "a command id is a UUID")
            .field("id", "is a UUID")
    })?;
    seen(&shared, min_cursor(&call)?).await?;
    let reading = &shared.edge.reading;
    let mut found = reading.command(&call.tenant, id).await?;
    if found.is_none() {
        within(&shared, reading.reached(shared.edge.feed.head().await?)).await?;
        found = reading.command(&call.tenant, id).await?;
    }
    // Who may send such a command may know what came of one.
    let known = found.filter(|view| {
        let capability = Capability::new(view.kind.as_str(), view.name.as_str());
        let id = Some(view.actor.as_str());
        call.reads(&shared, &view.kind, id) || call.may(&shared, capability, id)
    });
    let view = known.ok_or_else(|| {
        Refusal::not_found("unknown_command_id", "nothing is known of such a command")
    })?;
    respond::json(StatusCode::OK, &view)
}

pub(super) fn limit(shared: &Shared, call: &Call) -> Result<usize, Refusal> {
    let config = &shared.edge.config;
    call.query.limit(config.page_items_default, config.page_items_max)
}

pub(super) fn min_cursor(call: &Call) -> Result<Option<Cursor>, Refusal> {
    call.query.cursor("min_cursor")
}

/// Waits until the read models have seen `cursor`.
pub(super) async fn seen(shared: &Shared, cursor: Option<Cursor>) -> Result<(), Refusal> {
    match cursor {
        Some(cursor) => within(shared, shared.edge.reading.reached(cursor)).await,
        None => Ok(()),
    }
}

async fn within(shared: &Shared, reached: impl Future<Output = ()>) -> Result<(), Refusal> {
    let limit = Duration::from_millis(shared.edge.config.read_wait_ms);
    tokio::time::timeout(limit, reached).await.map_err(|_| codes::cursor_not_reached())
}
