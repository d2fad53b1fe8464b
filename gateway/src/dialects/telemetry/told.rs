//! Records told: in pages, as they come, whole, as numbers, as trees.

use std::collections::VecDeque;
use std::sync::Arc;

use axum::http::StatusCode;
use axum::response::Response;
use bytes::Bytes;
use contracts::ports::Flow;
use contracts::records::{RecordQuery, RecordRow, Signal, is_trace_id};
use contracts::{Cursor, Refusal};
use futures_util::{StreamExt as _, stream};
use projections::RecordRows;
use serde_json::json;

use super::super::rest::{archive, csv as spreadsheet, respond};
use super::intake::signal;
use super::{READ, ask, csv};
use crate::edge::call::Call;
use crate::edge::shared::Shared;
use crate::edge::sse;

pub(super) async fn totals(shared: Arc<Shared>, call: Call) -> Result<Response, Refusal> {
    let totals = shared.edge.records.rows()?.totals(&call.tenant).await?;
    let bytes: u64 = totals.iter().map(|it| it.bytes).sum();
    let max = shared.edge.config.records.tenant_bytes_max;
    let max = (max > 0).then_some(max);
    respond::json(StatusCode::OK, &json!({ "items": totals, "bytes": bytes, "bytes_max": max }))
}

/// Waits for what the caller has told before.
pub(super) async fn seen(shared: &Shared, cursor: Option<Cursor>) -> Result<(), Refusal> {
    match cursor {
        Some(cursor) => shared.edge.records.settled(RecordRows::sequence_of(cursor)).await,
        None => Ok(()),
    }
}

pub(super) async fn list(shared: Arc<Shared>, call: Call) -> Result<Response, Refusal> {
    let query = ask::page(&shared, &call, signal(&call)?)?;
    seen(&shared, call.query.cursor("min_cursor")?).await?;
    let rows = shared.edge.records.rows()?.clone();
    match call.media {
        sse::CONTENT_TYPE => followed(&shared, call, rows, query),
        csv::CONTENT_TYPE => {
            let permit = call.open_stream(&shared)?;
            let lines = all(rows, query).map(|row| row.map(|row| Bytes::from(csv::line(&row))));
            let first = stream::iter([Ok(Bytes::from_static(csv::HEADER.as_bytes()))]);
            Ok(spreadsheet::stream(&shared, "telemetry.csv", Box::pin(first.chain(lines)), permit))
        }
        media if media == archive::NDJSON[0] => {
            let permit = call.open_stream(&shared)?;
            let lines =
                all(rows, query).map(|row| row.map(|row| Bytes::from(json!(row).to_string())));
            Ok(archive::stream(&shared, Box::pin(lines), permit))
        }
        _ => respond::json(StatusCode::OK, &rows.list(&query).await?),
    }
}

/// What of the rows was read and not told yet.
struct Reading {
    rows: RecordRows,
    query: RecordQuery,
    ready: VecDeque<RecordRow>,
    follow: bool,
    ended: bool,
}

impl Reading {
    async fn next(&mut self) -> Option<Result<RecordRow, Refusal>> {
        loop {
            if let Some(row) = self.ready.pop_front() {
                return Some(Ok(row));
            }
            if self.ended {
                return None;
            }
            // Known before it is looked: what is read into the rows meanwhile is not missed.
            let position = self.rows.position();
            let page = match self.rows.list(&self.query).await {
                Ok(page) => page,
                Err(refusal) => {
                    self.ended = true;
                    return Some(Err(refusal));
                }
            };
            let next = page.next.as_deref().and_then(|next| next.parse().ok());
            let last = page.items.last().map(|row| row.cursor);
            self.ready.extend(page.items);
            if let Some(after) = next.or(last) {
                self.query.after = Some(after);
            }
            if next.is_none() {
                self.wait(position, last).await;
            }
        }
    }

    /// Waits behind the last row, or ends there.
    async fn wait(&mut self, position: u64, last: Option<Cursor>) {
        if !self.follow {
            self.ended = true;
        } else if last.is_none() {
            // None of those up to here fits: they need not be looked at again.
            let read = RecordRows::cursor_at(position);
            let read = if position == 0 { Cursor::ZERO } else { read };
            let after = self.query.after.unwrap_or(Cursor::ZERO).max(read);
            self.query.after = Some(after);
            let mut positions = self.rows.positions();
            self.ended = positions.wait_for(|at| *at > position).await.is_err();
        }
    }
}

fn flow(rows: RecordRows, query: RecordQuery, follow: bool) -> Flow<Result<RecordRow, Refusal>> {
    let reading = Reading { rows, query, ready: VecDeque::new(), follow, ended: false };
    Box::pin(stream::unfold(reading, |mut reading| async move {
        let item = reading.next().await?;
        Some((item, reading))
    }))
}

/// All that fit, in the order that was asked.
fn all(rows: RecordRows, query: RecordQuery) -> Flow<Result<RecordRow, Refusal>> {
    flow(rows, RecordQuery { items_max: usize::MAX, ..query }, false)
}

/// What comes, the oldest first, for as long as the caller may read it.
fn followed(
    shared: &Arc<Shared>,
    call: Call,
    rows: RecordRows,
    query: RecordQuery,
) -> Result<Response, Refusal> {
    let permit = call.open_stream(shared)?;
    let after = Some(query.after.unwrap_or_else(|| rows.cursor()));
    let query = RecordQuery { after, newest_first: false, items_max: usize::MAX, ..query };
    let reader = call.reader(shared)?;
    let scene = call.scene.clone();
    let rows = flow(rows, query, true).take_while(move |_| std::future::ready(reader.may(READ)));
    let told = scene.clone();
    let events = rows.map(move |row| match row {
        Ok(row) => {
            let id = Some(row.cursor.to_string());
            sse::Event { id, name: None, data: json!(row).into() }
        }
        Err(refusal) => sse::of_refusal(&refusal, &told),
    });
    Ok(sse::response(shared, Box::pin(events), permit, scene))
}

pub(super) async fn aggregate(shared: Arc<Shared>, call: Call) -> Result<Response, Refusal> {
    let query = ask::aggregate(&shared, &call, signal(&call)?)?;
    seen(&shared, call.query.cursor("min_cursor")?).await?;
    let series = shared.edge.records.rows()?.aggregate(&query).await?;
    respond::json(StatusCode::OK, &json!({ "items": series }))
}

pub(super) async fn services(shared: Arc<Shared>, call: Call) -> Result<Response, Refusal> {
    let query = ask::query(&shared, &call, Signal::Traces)?;
    seen(&shared, call.query.cursor("min_cursor")?).await?;
    respond::json(StatusCode::OK, &shared.edge.records.rows()?.services(&query).await?)
}

pub(super) async fn trace(shared: Arc<Shared>, call: Call) -> Result<Response, Refusal> {
    let unknown = || Refusal::not_found("trace_not_found", "nothing is known of such a trace");
    let id = call.param("id").to_owned();
    if !is_trace_id(&id) {
        return Err(unknown());
    }
    seen(&shared, call.query.cursor("min_cursor")?).await?;
    let tree = shared.edge.records.rows()?.trace(&call.tenant, &id).await?;
    respond::json(StatusCode::OK, &tree.ok_or_else(unknown)?)
}
