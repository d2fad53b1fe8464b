//! Commits: as pages, or followed as server-sent events; and live signals.

use std::sync::Arc;

use axum::http::StatusCode;
use axum::response::Response;
use contracts::access::Capability;
use contracts::ports::LiveItem;
use contracts::{Cursor, Recorded, Refusal};
use futures_util::StreamExt as _;
use serde_json::{Value, json};

use super::params::{AFTER, KIND, LIMIT, RAW};
use super::respond::{self, JSON_OR_SSE, SSE, wants_stream};
use crate::edge::call::Call;
use crate::edge::headers;
use crate::edge::routes::{Access, Method, Needs, Route};
use crate::edge::shared::Shared;
use crate::edge::sse::{self, Event};
use crate::edge::standing;
use crate::edge::stream::{self, Filter, Place};
use crate::edge::tickets::TICKET;
use crate::problem::codes;

/// The verb of looking at actors.
const READ: &str = Capability::READ;

/// The rows of events.
pub const ROUTES: &[Route] = &[
    Route {
        method: Method::Get,
        path: "/v1/events",
        name: "events",
        about: "Reads or follows the commits of the tenant, oldest first.",
        access: Access::Key,
        needs: Needs::Rows,
        offers: JSON_OR_SSE,
        query: &[AFTER, LIMIT, KIND, RAW, TICKET],
        handler: |shared, call| Box::pin(of_tenant(shared, call)),
    },
    Route {
        method: Method::Get,
        path: "/v1/{kind}/{id}/events",
        name: "actor_events",
        about: "Reads or follows the commits of an actor, a fork's ancestors' first.",
        access: Access::Key,
        needs: Needs::Kind(READ),
        offers: JSON_OR_SSE,
        query: &[AFTER, LIMIT, RAW, TICKET],
        handler: |shared, call| Box::pin(of_actor(shared, call)),
    },
    Route {
        method: Method::Get,
        path: "/v1/{kind}/{id}/live",
        name: "live",
        about: "Follows what an actor shows and nobody keeps: typing, growing answers.",
        access: Access::Key,
        needs: Needs::Kind(READ),
        offers: SSE,
        query: &[TICKET],
        handler: |shared, call| Box::pin(live(shared, call)),
    },
];

async fn of_tenant(shared: Arc<Shared>, call: Call) -> Result<Response, Refusal> {
    let (after, raw) = (after(&shared, &call)?.cursor, call.query.flag("raw")?);
    let filter = Filter { tenant: call.tenant.clone(), kind: call.kind_wanted(&shared)? };
    let (feed, config) = (&shared.edge.feed, &shared.edge.config);
    if wants_stream(call.media) {
        let permit = call.open_stream(&shared)?;
        let commits = stream::of_tenant(feed.as_ref(), filter, after);
        let reader = call.reader(&shared)?;
        let commits = stream::readable(commits, reader.clone(), false);
        let commits = standing::while_standing(commits, &shared, call.identity()?, Err);
        let events = sse::of_commits(commits, raw, Arc::clone(&call.scene));
        let events = sse::shown(events, reader);
        return Ok(sse::response(&shared, events, permit, call.scene));
    }
    let limit = call.query.limit(config.page_items_default, config.page_items_max)?;
    let scanned = stream::scan(feed.as_ref(), &filter, after, limit, config.page_scan_max).await?;
    let mut items = scanned.items;
    items.retain(|it| call.reads(&shared, &it.commit.kind, Some(it.commit.id.as_str())));
    respond::json(StatusCode::OK, &page(&items, scanned.next.as_ref(), raw))
}

async fn of_actor(shared: Arc<Shared>, call: Call) -> Result<Response, Refusal> {
    let (address, raw) = (call.address(&shared)?, call.query.flag("raw")?);
    let (after, config) = (after(&shared, &call)?, &shared.edge.config);
    if wants_stream(call.media) {
        let permit = call.open_stream(&shared)?;
        let (history, feed) = (Arc::clone(&shared.edge.history), Arc::clone(&shared.edge.feed));
        let commits = stream::of_actor(history, feed, address, after).await?;
        let reader = call.reader(&shared)?;
        let commits = stream::readable(commits, reader.clone(), true);
        let commits = standing::while_standing(commits, &shared, call.identity()?, Err);
        let events = sse::of_commits(commits, raw, Arc::clone(&call.scene));
        let events = sse::shown(events, reader);
        return Ok(sse::response(&shared, events, permit, call.scene));
    }
    let limit = call.query.limit(config.page_items_default, config.page_items_max)?;
    let history = shared.edge.history.as_ref();
    let (items, next) = stream::page(history, &address, after, limit).await?;
    let next = next.as_ref().map(Place::to_string);
    respond::json(StatusCode::OK, &page(&items, next.as_ref(), raw))
}

async fn live(shared: Arc<Shared>, call: Call) -> Result<Response, Refusal> {
    let address = call.address(&shared)?;
    let permit = call.open_stream(&shared)?;
    let (kind, id) = (Some(&address.kind), Some(&address.id));
    let signals = shared.edge.live.listen(&address.tenant, kind, id);
    let reader = call.reader(&shared)?;
    let seeing = reader.clone();
    let signals = signals.take_while(move |item| {
        let reads = reader.reads(&item.address.kind, Some(item.address.id.as_str()));
        std::future::ready(reads)
    });
    let events = signals.map(|item| Event { id: None, name: None, data: signal(&item).into() });
    let scene = Arc::clone(&call.scene);
    let last = move |refusal| sse::of_refusal(&refusal, &scene);
    let identity = call.identity()?;
    let events = standing::while_standing(Box::pin(events), &shared, identity, last);
    let events = sse::shown(events, seeing);
    Ok(sse::response(&shared, events, permit, call.scene))
}

/// `{kind, id, signal: {type, data}}`.
fn signal(item: &LiveItem) -> Value {
    json!({ "kind": item.address.kind, "id": item.address.id, "signal": item.signal })
}

fn page<N: serde::Serialize>(items: &[Arc<Recorded>], next: Option<&N>, raw: bool) -> Value {
    let items: Vec<_> = items.iter().map(|recorded| recorded.to_json(raw)).collect();
    json!({ "items": items, "next": next })
}

/// Where to go on: the header of a client that comes again counts more than the address that it
/// came with first.
fn after(shared: &Shared, call: &Call) -> Result<Place, Refusal> {
    let wanted = "is a cursor as an answer gave it";
    if let Some(id) = headers::text(&call.parts.headers, "last-event-id")? {
        return id.parse().map_err(|_| codes::header_invalid("Last-Event-ID", wanted));
    }
    match call.query.text("after") {
        None => Ok(Place::default()),
        Some("now") => Ok(now(shared.edge.feed.position())),
        Some(text) => text.parse().map_err(|_| codes::query_invalid("after", wanted)),
    }
}

const fn now(cursor: Cursor) -> Place {
    Place { cursor, revision: None }
}
