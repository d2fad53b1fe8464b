//! Files that a chaperone made, downloaded by whoever may read both it and what they were made of.

use std::ops::Range;
use std::sync::Arc;

use axum::body::Body;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use contracts::access::Capability;
use contracts::effect::Converted;
use contracts::kinds::chaperone::{self, Export};
use contracts::kinds::file;
use contracts::{ActorId, Address, Refusal};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde::Deserialize;

use crate::dialects::common::asker::Asker;
use crate::edge::call::Call;
use crate::edge::routes::{Access, Method, Needs, Route};
use crate::edge::shared::Shared;

/// The row of files that were made.
pub const ROUTES: &[Route] = &[Route {
    method: Method::Get,
    path: "/v1/chaperone/{id}/jobs/{job}/content",
    name: "chaperone_content",
    about: "Gives the file that a job has made; whole, or a range of its bytes.",
    access: Access::Key,
    needs: Needs::Rows,
    offers: &["application/octet-stream", "application/binary"],
    query: &[],
    handler: |shared, call| Box::pin(content(shared, call)),
}];

/// What is read of a chaperone.
#[derive(Deserialize)]
struct Kept {
    jobs: Vec<Job>,
}

#[derive(Deserialize)]
struct Job {
    job: String,
    task: Task,
    #[serde(default)]
    converted: Option<Converted>,
}

#[derive(Deserialize)]
#[serde(rename_all = "snake_case")]
enum Task {
    Import {},
    Export(Export),
    Convert {
        #[serde(default)]
        file: Option<ActorId>,
    },
}

async fn content(shared: Arc<Shared>, call: Call) -> Result<Response, Refusal> {
    let asker = Asker::of(&call)?;
    let (wanted, headers) = (call.param("job").to_owned(), call.parts.headers.clone());
    drop(call);
    let missing = || Refusal::not_found("job_not_found", format!("no file was made by {wanted}"));
    let id = ActorId::new(asker.id.as_str()).map_err(|_| missing())?;
    asker.ensure(&shared, (&chaperone::KIND, Capability::READ), Some(&id))?;
    let address = Address::new(asker.tenant.clone(), chaperone::KIND, id);
    let view = shared.kept(&address).await?.ok_or_else(missing)?;
    let kept = contracts::read::from_value::<Kept>(view.state);
    let kept = kept.map_err(|error| Refusal::internal(error.to_string()))?;
    let job = kept.jobs.into_iter().find(|job| job.job == wanted).ok_or_else(missing)?;
    let Some(converted) = job.converted else { return Err(missing()) };
    let of = match job.task {
        Task::Import {} => return Err(missing()),
        Task::Export(export) => Some((export.kind.kind(), export.id)),
        Task::Convert { file } => file.map(|id| (file::KIND, id)),
    };
    if let Some((kind, id)) = of {
        asker.ensure(&shared, (&kind, Capability::READ), Some(&id))?;
    }
    let tag = format!("\"{}\"", converted.hash);
    let known = headers.get(header::IF_NONE_MATCH).and_then(|value| value.to_str().ok());
    if known.is_some_and(|known| known.split(',').any(|it| it.trim() == tag)) {
        return answer(StatusCode::NOT_MODIFIED, Body::empty(), &converted, &tag);
    }
    let content = shared.edge.blobs.get(&asker.tenant, converted.hash).await?;
    let content = content.ok_or_else(missing)?;
    let Some(range) = range(&headers, content.len(), &tag) else {
        return answer(StatusCode::OK, Body::from(content), &converted, &tag);
    };
    let told = format!("bytes {}-{}/{}", range.start, range.end - 1, content.len());
    let part = Body::from(content.slice(range));
    let mut response = answer(StatusCode::PARTIAL_CONTENT, part, &converted, &tag)?;
    response.headers_mut().insert(header::CONTENT_RANGE, value(&told)?);
    Ok(response)
}

/// The bytes that a request asks for; `None` = all, also when it asks in a manner that nobody needs
/// to understand (RFC 9110), or for a part of another file.
fn range(headers: &HeaderMap, length: usize, tag: &str) -> Option<Range<usize>> {
    let text = |name| headers.get(name).and_then(|value: &HeaderValue| value.to_str().ok());
    if text(header::IF_RANGE).is_some_and(|wanted| wanted != tag) {
        return None;
    }
    let (first, last) = text(header::RANGE)?.strip_prefix("bytes=")?.split_once('-')?;
    let range = if first.is_empty() {
        length.saturating_sub(last.parse().ok()?)..length
    } else {
        let end = if last.is_empty() { length } else { last.parse::<usize>().ok()? + 1 };
        first.parse().ok()?..end.min(length)
    };
    (range.start < range.end).then_some(range)
}

fn value(text: &str) -> Result<HeaderValue, Refusal> {
    HeaderValue::from_str(text).map_err(|error| Refusal::internal(error.to_string()))
}

fn answer(
    status: StatusCode,
    body: Body,
    file: &Converted,
    tag: &str,
) -> Result<Response, Refusal> {
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_' | ' ');
    let ascii = file.filename.chars().map(|c| if plain(c) { c } else { '_' });
    let encoded = utf8_percent_encode(&file.filename, NON_ALPHANUMERIC);
    let ascii: String = ascii.collect();
    let named = format!("attachment; filename=\"{ascii}\"; filename*=UTF-8''{encoded}");
    let mut response = (status, body).into_response();
    let headers = response.headers_mut();
    // Whatever is in it, no browser is to take it for a page of ours.
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/octet-stream"));
    headers.insert(header::CONTENT_DISPOSITION, value(&named)?);
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("private, no-cache"));
    headers.insert(header::ACCEPT_RANGES, HeaderValue::from_static("bytes"));
    headers.insert(header::ETAG, value(tag)?);
    Ok(response)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_range_is_understood_or_left_alone() {
        let asked = |text: &'static str| {
            let mut headers = HeaderMap::new();
            headers.insert(header::RANGE, HeaderValue::from_static(text));
            range(&headers, 10, "\"a\"")
        };
        assert_eq!(asked("bytes=0-3"), Some(0..4));
        assert_eq!(asked("bytes=8-"), Some(8..10));
        assert_eq!(asked("bytes=-3"), Some(7..10));
        assert_eq!(asked("bytes=5-99"), Some(5..10));
        for odd in ["bytes=10-", "bytes=3-1", "bytes=0-1,4-5", "lines=1-2", "bytes=-0", "bytes=-"] {
            assert_eq!(asked(odd), None, "{odd}");
        }
        let mut headers = HeaderMap::new();
        headers.insert(header::RANGE, HeaderValue::from_static("bytes=0-3"));
        headers.insert(header::IF_RANGE, HeaderValue::from_static("\"b\""));
        assert_eq!(range(&headers, 10, "\"a\""), None);
    }
}
