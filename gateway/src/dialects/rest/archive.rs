//! The log as a whole: exported, imported, verified.

use std::sync::Arc;

use axum::body::Body;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use bytes::{BufMut as _, Bytes, BytesMut};
use contracts::access::Capability;
use contracts::archive::Selection;
use contracts::ports::Flow;
use contracts::{Cursor, Refusal, Timestamp};
use futures_util::StreamExt as _;
use serde_json::json;

use super::params::{ALL_TENANTS, KIND};
use super::respond::{self, JSON};
use crate::edge::body;
use crate::edge::call::Call;
use crate::edge::routes::{Access, Method, Needs, Param, Route};
use crate::edge::shared::{Shared, StreamPermit};
use crate::problem::codes;

/// Lines of JSON, one value each.
pub const NDJSON: &[&str] = &["application/x-ndjson"];

/// Lines that leave together.
const LINES_TOGETHER: usize = 64;

const fn param(name: &'static str, about: &'static str) -> Param {
    Param { name, about }
}

/// Taking a copy of a tenant's log.
const EXPORT: Capability<'static> = Capability::new("archive", "export");
/// Bringing in another's.
const IMPORT: Capability<'static> = Capability::new("archive", "import");
/// Checking every chain.
const VERIFY: Capability<'static> = Capability::new("archive", "verify");

/// The rows of the archive.
pub const ROUTES: &[Route] = &[
    Route {
        method: Method::Get,
        path: "/v1/export",
        name: "export",
        about: "Streams commits with their stored bytes as lines, sealed by a last one.",
        access: Access::Key,
        needs: Needs::Tenant(EXPORT),
        offers: NDJSON,
        query: &[
            ALL_TENANTS,
            KIND,
            param("id", "Only this actor and those it was forked from; needs `kind`."),
            param("after", "Only what stands after this cursor."),
            param("until", "Only what stands at this cursor or before it."),
            param("from", "From this RFC 3339 instant on."),
            param("to", "Until before this RFC 3339 instant."),
        ],
        handler: |shared, call| Box::pin(export(shared, call)),
    },
    Route {
        method: Method::Post,
        path: "/v1/import",
        name: "import",
        about: "Stores lines of an export, byte for byte; for operators. May be sent again.",
        access: Access::Key,
        needs: Needs::System(IMPORT),
        offers: JSON,
        query: &[],
        handler: |shared, call| Box::pin(import(shared, call)),
    },
    Route {
        method: Method::Get,
        path: "/v1/verify",
        name: "verify_log",
        about: "Walks the log and checks every chain; of all tenants, every tree head too.",
        access: Access::Key,
        needs: Needs::Tenant(VERIFY),
        offers: NDJSON,
        query: &[ALL_TENANTS, param("states", "1 = also derives every actor's state.")],
        handler: |shared, call| Box::pin(verify(shared, call)),
    },
];

async fn export(shared: Arc<Shared>, call: Call) -> Result<Response, Refusal> {
    let all = call.query.flag("all_tenants")?;
    if all {
        call.operator(&shared)?;
    }
    let instant = |name: &str| call.query.parsed::<Timestamp>(name, "is a time as RFC 3339");
    let id = call.query.text("id").map(|text| {
        text.parse().map_err(|error: contracts::ids::InvalidId| codes::invalid_id("id", &error))
    });
    let selection = Selection {
        tenant: (!all).then(|| call.tenant.clone()),
        kind: call.kind_wanted(&shared)?,
        id: id.transpose()?,
        after: call.query.cursor("after")?.unwrap_or(Cursor::ZERO),
        until: call.query.cursor("until")?,
        from: instant("from")?,
        to: instant("to")?,
    };
    if selection.id.is_some() && (selection.kind.is_none() || all) {
        return Err(codes::query_invalid("id", "needs `kind`, and one tenant"));
    }
    let permit = call.open_stream(&shared)?;
    let mut lines = shared.edge.archive.export(selection);
    // What cannot even begin is an answer of its own; what breaks later cuts the stream, which
    // then has no trailer.
    let first = lines.next().await.transpose()?;
    let first = futures_util::stream::iter(first.map(Ok));
    Ok(stream(&shared, Box::pin(first.chain(lines)), permit))
}

async fn import(shared: Arc<Shared>, mut call: Call) -> Result<Response, Refusal> {
    call.operator(&shared)?;
    let by = call.caller()?;
    let config = &shared.edge.config;
    let content = std::mem::take(&mut call.body);
    let max = config.import_chunk_bytes_max;
    let lines = body::lines(&call.parts.headers, content, max, config).await?;
    let done = shared.edge.archive.import(lines, by).await?;
    respond::json(StatusCode::OK, &done)
}

async fn verify(shared: Arc<Shared>, call: Call) -> Result<Response, Refusal> {
    let all = call.query.flag("all_tenants")?;
    if all {
        call.operator(&shared)?;
    }
    let states = call.query.flag("states")?;
    let permit = call.open_stream(&shared)?;
    let steps = shared.edge.archive.verify_log((!all).then(|| call.tenant.clone()), states);
    let lines = steps.map(|step| Ok(Bytes::from(json!(step).to_string())));
    Ok(stream(&shared, Box::pin(lines), permit))
}

/// Streams lines until they end, the client leaves or the program ends. A refusal cuts it.
pub fn stream(
    shared: &Shared,
    lines: Flow<Result<Bytes, Refusal>>,
    permit: StreamPermit,
) -> Response {
    let shutdown = shared.edge.shutdown.clone().cancelled_owned();
    let chunks = lines.ready_chunks(LINES_TOGETHER).map(move |lines| {
        let _held = &permit;
        let mut chunk = BytesMut::new();
        for line in lines {
            match line {
                Ok(line) => {
                    chunk.extend_from_slice(&line);
                    chunk.put_u8(b'\n');
                }
                Err(refusal) => {
                    tracing::warn!(%refusal, "stream.cut");
                    return Err(refusal);
                }
            }
        }
        Ok(chunk.freeze())
    });
    let chunks = chunks.take_until(Box::pin(shutdown));
    let mut response = Body::from_stream(chunks).into_response();
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(NDJSON[0]));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}
