//! Reading the trail. Whoever reads it is written down, once a request.

use std::sync::Arc;

use axum::http::StatusCode;
use axum::response::Response;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use contracts::audit::{AuditQuery, AuditRecord, AuditRow, Outcome, classes};
use contracts::ports::{AuditEntry, AuditFilter, Flow};
use contracts::{Cursor, Refusal, Timestamp};
use futures_util::{StreamExt as _, stream};
use serde_json::{Value, json};

use super::super::archive;
use super::super::csv as spreadsheet;
use super::super::respond;
use super::{READ, csv};
use crate::edge::call::Call;
use crate::edge::shared::Shared;
use crate::edge::{headers, sse};
use crate::problem::codes;

/// The tenant that is meant: one's own, or with `all_tenants` none in particular.
fn whose(shared: &Shared, call: &Call) -> Result<Option<contracts::Tenant>, Refusal> {
    if call.query.flag("all_tenants")? {
        call.operator(shared)?;
        return Ok(None);
    }
    Ok(Some(call.tenant.clone()))
}

/// What is written of somebody who reads the trail. Without it nothing is told.
fn reading(shared: &Shared, call: &Call, details: Value) -> Result<AuditRecord, Refusal> {
    let said = "the audit trail was read";
    let record = AuditRecord::new(call.tenant.clone(), classes::READ, shared.now(), said)
        .by(&call.caller()?)
        .outcome(Outcome::Done)
        .action(READ.to_string())
        .details(details);
    let peer = Some(call.scene.peer.clone()).filter(|peer| !peer.is_empty());
    let trace_id = Some(call.scene.traced.id.clone());
    Ok(AuditRecord { peer, trace_id, ..record })
}

fn query(shared: &Shared, call: &Call) -> Result<AuditQuery, Refusal> {
    let config = &shared.edge.config;
    let instant = |name: &str| call.query.parsed::<Timestamp>(name, "is a time as RFC 3339");
    let outcome = call.query.text("outcome").map(|text| {
        let wanted = "is done, refused, failed or noted";
        Outcome::named(text).ok_or_else(|| codes::query_invalid("outcome", wanted))
    });
    let newest_first = match call.query.text("order") {
        None | Some("newest") => true,
        Some("oldest") => false,
        Some(_) => return Err(codes::query_invalid("order", "is newest or oldest")),
    };
    Ok(AuditQuery {
        tenant: whose(shared, call)?,
        class: call.query.parsed("class", "is a class of records")?,
        principal: call.query.owned("principal"),
        actor: call.query.owned("actor"),
        code: call.query.owned("code"),
        outcome: outcome.transpose()?,
        from: instant("from")?,
        until: instant("to")?,
        text: call.query.owned("text"),
        after: after(shared, call)?,
        items_max: call.query.limit(config.page_items_default, config.page_items_max)?,
        newest_first,
    })
}

/// Where a stream goes on, or a page.
fn after(shared: &Shared, call: &Call) -> Result<Option<Cursor>, Refusal> {
    if let Some(id) = headers::text(&call.parts.headers, "last-event-id")? {
        let parsed = id.parse().map(Some);
        return parsed.map_err(|_| codes::header_invalid("Last-Event-ID", "is a cursor"));
    }
    if call.query.text("after") == Some("now") {
        return Ok(Some(Cursor(shared.edge.trail.position())));
    }
    call.query.cursor("after")
}

pub(super) async fn list(shared: Arc<Shared>, call: Call) -> Result<Response, Refusal> {
    let (query, raw) = (query(&shared, &call)?, call.query.flag("raw")?);
    let asked: serde_json::Map<String, Value> = super::FILTERS
        .iter()
        .filter_map(|known| Some((known.name.to_owned(), json!(call.query.text(known.name)?))))
        .collect();
    let record = reading(&shared, &call, json!({ "asked": asked, "media": call.media }))?;
    shared.edge.audit.record(record).await?;
    if call.media != sse::CONTENT_TYPE {
        shared.edge.trail.settled().await?;
    }
    match call.media {
        sse::CONTENT_TYPE => followed(&shared, call, query),
        spreadsheet::CONTENT_TYPE => {
            let rows = shared.edge.trail.rows(query, false);
            let lines = rows.map(|row| row.map(|row| Bytes::from(csv::line(&row))));
            let first = stream::iter([Ok(Bytes::from_static(csv::HEADER.as_bytes()))]);
            let permit = call.open_stream(&shared)?;
            Ok(spreadsheet::stream(&shared, "audit.csv", Box::pin(first.chain(lines)), permit))
        }
        media if media == archive::NDJSON[0] => lines(&shared, &call, query, raw),
        _ => {
            let page = shared.edge.trail.list(query).await?;
            respond::json(StatusCode::OK, &page)
        }
    }
}

/// Lines of JSON; with `raw` as they are stored, so that the chain can be checked elsewhere.
fn lines(shared: &Shared, call: &Call, query: AuditQuery, raw: bool) -> Result<Response, Refusal> {
    let lines: Flow<Result<Bytes, Refusal>> = if raw {
        let partial = [
            query.principal.is_some(),
            query.actor.is_some(),
            query.code.is_some(),
            query.outcome.is_some(),
            query.from.is_some(),
            query.until.is_some(),
            query.text.is_some(),
        ];
        if partial.contains(&true) {
            let message = "what is to be checked is exported whole, or by class";
            return Err(codes::query_invalid("raw", message));
        }
        let filter = AuditFilter { tenant: query.tenant, class: query.class };
        let after = query.after.map_or(0, |cursor| cursor.0);
        let entries = shared.edge.trail.stored(filter, after);
        Box::pin(entries.map(|entry| entry.map(|entry| Bytes::from(stored(&entry).to_string()))))
    } else {
        let rows = shared.edge.trail.rows(query, false);
        Box::pin(rows.map(|row| row.map(|row| Bytes::from(json!(row).to_string()))))
    };
    let permit = call.open_stream(shared)?;
    Ok(archive::stream(shared, lines, permit))
}

/// `{cursor, tenant, class, raw}`.
fn stored(entry: &AuditEntry) -> Value {
    json!({
        "cursor": Cursor(entry.sequence),
        "tenant": entry.chain.tenant,
        "class": entry.chain.class,
        "raw": STANDARD.encode(&entry.payload),
    })
}

/// What comes, for as long as the caller may read it.
fn followed(shared: &Arc<Shared>, call: Call, query: AuditQuery) -> Result<Response, Refusal> {
    let permit = call.open_stream(shared)?;
    let given = query.after.unwrap_or(Cursor(shared.edge.trail.position()));
    let rows = shared.edge.trail.rows(AuditQuery { after: Some(given), ..query }, true);
    let reader = call.reader(shared)?;
    let scene = call.scene.clone();
    let rows = rows.take_while(move |_| std::future::ready(reader.may(READ)));
    let events = rows.map(|row: Result<AuditRow, Refusal>| match row {
        Ok(row) => {
            let id = Some(row.cursor.to_string());
            sse::Event { id, name: None, data: json!(row).into() }
        }
        Err(refusal) => sse::Event {
            id: None,
            name: Some("error"),
            data: json!({ "code": refusal.code, "message": refusal.message }).into(),
        },
    });
    Ok(sse::response(shared, Box::pin(events), permit, scene))
}

pub(super) async fn verify(shared: Arc<Shared>, call: Call) -> Result<Response, Refusal> {
    let tenant = whose(&shared, &call)?;
    let details = json!({ "verify": true, "all_tenants": tenant.is_none() });
    let record = reading(&shared, &call, details)?;
    shared.edge.audit.record(record).await?;
    respond::json(StatusCode::OK, &shared.edge.trail.verify(tenant).await?)
}

pub(super) async fn holds(shared: Arc<Shared>, call: Call) -> Result<Response, Refusal> {
    let (tenant, released) = (whose(&shared, &call)?, call.query.flag("released")?);
    shared.edge.trail.settled().await?;
    let holds = shared.edge.trail.holds(tenant, released).await?;
    let items = holds.into_iter().map(|(hold, released_at)| {
        let mut told = json!(hold);
        told["released_at"] = json!(released_at);
        told
    });
    respond::json(StatusCode::OK, &json!({ "items": items.collect::<Vec<_>>() }))
}

pub(super) async fn retention(shared: Arc<Shared>, call: Call) -> Result<Response, Refusal> {
    shared.edge.trail.settled().await?;
    let (set, own) = shared.edge.trail.retention(call.tenant.clone()).await?;
    respond::json(StatusCode::OK, &json!({ "settings": set, "tenant": own }))
}
