//! `/v1/files`: files that were uploaded, each an actor, their contents in the tenant's blobs.

pub mod multipart;

use std::sync::Arc;

use axum::body::Body;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use contracts::access::Capability;
use contracts::kinds::file::{self, Upload};
use contracts::{ActorId, Address, Refusal, Timestamp};
use serde::Deserialize;
use serde_json::{Value, json};

use self::multipart::Part;
use super::pages::{AFTER, LIMIT, ORDER};
use crate::dialects::common::asker::{Asker, Order as Sent};
use crate::dialects::common::fields::{Fields, wrong};
use crate::dialects::common::{read, runs};
use crate::dialects::rest::respond::{self, JSON};
use crate::edge::body;
use crate::edge::call::Call;
use crate::edge::reading::{HeadsQuery, Order};
use crate::edge::routes::{Access, Handler, Method, Needs, Param, Route};
use crate::edge::shared::Shared;
use crate::problem::codes;

/// For what purpose.
const PURPOSE: Param = Param { name: "purpose", about: "Only files of this purpose." };
/// How many files a list holds at most.
const FILES_MAX: usize = 1_000;

/// The rows of files.
pub const ROUTES: &[Route] = &[
    row(
        (Method::Post, "/v1/files"),
        ("files_upload", "Uploads a file as `multipart/form-data`: `file` and `purpose`."),
        (Needs::Command, &[]),
        JSON,
        |shared, call| Box::pin(upload(shared, call)),
    ),
    row(
        (Method::Get, "/v1/files"),
        ("files", "Lists the files that were uploaded."),
        (Needs::Rows, &[AFTER, LIMIT, ORDER, PURPOSE]),
        JSON,
        |shared, call| Box::pin(list(shared, call)),
    ),
    row(
        (Method::Get, "/v1/files/{id}"),
        ("files_show", "Shows a file."),
        (Needs::Rows, &[]),
        JSON,
        |shared, call| Box::pin(show(shared, call)),
    ),
    row(
        (Method::Get, "/v1/files/{id}/content"),
        ("files_content", "Gives back what a file holds."),
        (Needs::Rows, &[]),
        &["application/octet-stream", "application/binary"],
        |shared, call| Box::pin(content(shared, call)),
    ),
    row(
        (Method::Delete, "/v1/files/{id}"),
        ("files_delete", "Takes a file out of sight."),
        (Needs::Command, &[]),
        JSON,
        |shared, call| Box::pin(delete(shared, call)),
    ),
];

const fn row(
    (method, path): (Method, &'static str),
    (name, about): (&'static str, &'static str),
    (needs, query): (Needs, &'static [Param]),
    offers: &'static [&'static str],
    handler: Handler,
) -> Route {
    let access = Access::Key;
    Route { method, path, name, about, access, needs, offers, query, handler }
}

/// Reads a form.
///
/// # Errors
/// `unsupported_media_type`, `body_too_large`, `body_unreadable`, `invalid_input`.
pub async fn form(shared: &Shared, call: &mut Call) -> Result<Vec<Part>, Refusal> {
    let headers = &call.parts.headers;
    let media = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
    let boundary = multipart::boundary(media.unwrap_or_default())?;
    let body = std::mem::take(&mut call.body);
    let config = &shared.edge.config;
    let bytes = body::whole(headers, body, config.upload_bytes_max, config).await?;
    multipart::read(&bytes, &boundary)
}

async fn upload(shared: Arc<Shared>, mut call: Call) -> Result<Response, Refusal> {
    let (mut file, mut purpose) = (None, None);
    for part in form(&shared, &mut call).await? {
        match part.name.as_str() {
            "file" => file = Some(part),
            "purpose" => purpose = std::str::from_utf8(&part.content).ok().map(str::to_owned),
            "expires_after[anchor]" | "expires_after[seconds]" => {
                return Err(codes::unsupported_parameter("expires_after"));
            }
            name => return Err(codes::unknown_parameter(name)),
        }
    }
    let file = file.ok_or_else(|| wrong("file", "is needed"))?;
    let purpose = purpose.ok_or_else(|| wrong("purpose", "is needed"))?;
    let asker = Asker::of(&call)?;
    drop(call);
    asker.ensure(&shared, (&file::KIND, "upload"), None)?;
    let bytes = file.content.len() as u64;
    let blob = shared.edge.blobs.put(&asker.tenant, file.content).await?;
    let upload = Upload {
        filename: file.filename.unwrap_or_else(|| "upload".to_owned()),
        purpose,
        media_type: file.media_type.unwrap_or_else(|| "application/octet-stream".to_owned()),
        bytes,
        blob,
    };
    let answer = order(&shared, &asker, None, ("upload", json!(upload))).await?;
    let told = told(&answer.address.id, &upload, answer.at);
    respond::json(StatusCode::OK, &told)
}

async fn order(
    shared: &Shared,
    asker: &Asker,
    id: Option<ActorId>,
    (command, body): (&str, Value),
) -> Result<contracts::view::Answer, Refusal> {
    let key = asker.key.clone();
    let order = Sent { kind: &file::KIND, id, command, body, key, wait: None };
    asker.order(shared, order).await
}

fn told(id: &ActorId, file: &Upload, at: Timestamp) -> Value {
    json!({
        "id": format!("file-{id}"), "object": "file", "bytes": file.bytes,
        "created_at": runs::seconds(at), "filename": file.filename, "purpose": file.purpose,
        "status": "processed", "status_details": null, "expires_at": null,
    })
}

fn id(asker: &Asker) -> Result<ActorId, Refusal> {
    let id = asker.id.strip_prefix("file-").and_then(|id| ActorId::new(id).ok());
    id.ok_or_else(|| wrong("id", "is the id of a file: file-…"))
}

/// What a file is, as its state is read.
#[derive(Deserialize)]
struct Kept {
    file: Upload,
    at: Timestamp,
    deleted: bool,
}

/// The file, for who may read it.
async fn kept(shared: &Shared, asker: &Asker, id: &ActorId) -> Result<Kept, Refusal> {
    asker.ensure(shared, (&file::KIND, Capability::READ), Some(id))?;
    let address = Address::new(asker.tenant.clone(), file::KIND, id.clone());
    let kept =
        shared.kept(&address).await?.map(|view| contracts::read::from_value::<Kept>(view.state));
    let kept = kept.transpose().map_err(|error| Refusal::internal(error.to_string()))?;
    let missing = || Refusal::not_found("actor_not_found", format!("there is no file file-{id}"));
    kept.filter(|kept| !kept.deleted).ok_or_else(missing)
}

async fn show(shared: Arc<Shared>, call: Call) -> Result<Response, Refusal> {
    let asker = Asker::of(&call)?;
    drop(call);
    let id = id(&asker)?;
    let kept = kept(&shared, &asker, &id).await?;
    respond::json(StatusCode::OK, &told(&id, &kept.file, kept.at))
}

async fn content(shared: Arc<Shared>, call: Call) -> Result<Response, Refusal> {
    let asker = Asker::of(&call)?;
    drop(call);
    let id = id(&asker)?;
    let kept = kept(&shared, &asker, &id).await?;
    let content = shared.edge.blobs.get(&asker.tenant, kept.file.blob).await?;
    let missing = || Refusal::not_found("actor_not_found", "what the file holds is not kept here");
    let mut response = Body::from(content.ok_or_else(missing)?).into_response();
    let headers = response.headers_mut();
    // Whatever was uploaded, no browser is to take it for a page of ours.
    for (name, value) in [
        (header::CONTENT_TYPE, "application/octet-stream"),
        (header::CONTENT_DISPOSITION, "attachment"),
        (header::CACHE_CONTROL, "private, no-cache"),
    ] {
        headers.insert(name, HeaderValue::from_static(value));
    }
    Ok(response)
}

async fn delete(shared: Arc<Shared>, mut call: Call) -> Result<Response, Refusal> {
    Fields::new(read(&shared, &mut call).await?, "")?.done()?;
    let asker = Asker::of(&call)?;
    drop(call);
    let id = id(&asker)?;
    order(&shared, &asker, Some(id.clone()), ("delete", json!({}))).await?;
    let told = json!({ "id": format!("file-{id}"), "object": "file", "deleted": true });
    respond::json(StatusCode::OK, &told)
}

async fn list(shared: Arc<Shared>, call: Call) -> Result<Response, Refusal> {
    let asker = Asker::of(&call)?;
    drop(call);
    let mut all = Vec::new();
    let mut after = None;
    let wanted = asker.query.text("purpose");
    loop {
        let query = HeadsQuery {
            tenant: asker.tenant.clone(),
            kind: Some(file::KIND),
            id_prefix: None,
            text: None,
            status: None,
            after,
            limit: shared.edge.config.page_items_max,
            order: Order::Id,
        };
        let page = shared.edge.reading.heads(query).await?;
        for row in &page.items {
            let (summary, name) = (&row["summary"], row["id"].as_str().unwrap_or_default());
            let fits = summary["status"] == "uploaded"
                && wanted.is_none_or(|wanted| summary["purpose"] == wanted)
                && asker.reads(&shared, &file::KIND, name);
            if fits {
                all.push(row_told(name, row));
            }
        }
        after = page.next;
        if after.is_none() || all.len() >= FILES_MAX {
            break;
        }
    }
    all.sort_by_key(|file| file["created_at"].as_i64());
    respond::json(StatusCode::OK, &super::pages::of(all, &asker.query)?)
}

fn row_told(id: &str, row: &Value) -> Value {
    let summary = &row["summary"];
    let at = row["at"].as_str().and_then(|text| text.parse::<Timestamp>().ok());
    json!({
        "id": format!("file-{id}"), "object": "file", "bytes": summary["bytes"],
        "created_at": at.map(runs::seconds), "filename": summary["filename"],
        "purpose": summary["purpose"], "status": "processed", "status_details": null,
        "expires_at": null,
    })
}
