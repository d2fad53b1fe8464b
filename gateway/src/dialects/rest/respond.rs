//! Bodies and headers of answers.

use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use contracts::Refusal;
use serde::Serialize;

/// What most rows offer.
pub const JSON: &[&str] = &["application/json"];
/// What rows offer that can be read or followed.
pub const JSON_OR_SSE: &[&str] = &["application/json", crate::edge::sse::CONTENT_TYPE];
/// What rows offer that can be waited for or watched.
pub const JSON_OR_NDJSON: &[&str] = &["application/json", super::archive::NDJSON[0]];
/// What rows offer that can only be followed.
pub const SSE: &[&str] = &[crate::edge::sse::CONTENT_TYPE];
/// What rows offer that are read by people and agents.
pub const TEXT: &[&str] = &["text/plain", "text/markdown"];

/// A JSON answer.
///
/// # Errors
/// `internal` when the value has no JSON form.
pub fn json(status: StatusCode, value: &impl Serialize) -> Result<Response, Refusal> {
    let text =
        serde_json::to_string(value).map_err(|error| Refusal::internal(error.to_string()))?;
    Ok(typed(status, "application/json", text))
}

/// An answer of a media type.
#[must_use]
pub fn typed(status: StatusCode, media: &'static str, text: String) -> Response {
    let mut response = (status, text).into_response();
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(media));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("private, no-cache"));
    response
}

/// An answer that nobody on the way may keep: a secret stands in it.
///
/// # Errors
/// As [`json`].
pub fn secret(status: StatusCode, value: &impl Serialize) -> Result<Response, Refusal> {
    let mut response = json(status, value)?;
    let headers = response.headers_mut();
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    Ok(response)
}

/// Sets a header whose value is known to be visible ASCII.
#[must_use]
pub fn with(mut response: Response, name: HeaderName, value: &str) -> Response {
    if let Ok(value) = HeaderValue::try_from(value) {
        response.headers_mut().insert(name, value);
    }
    response
}

/// Whether the caller wants a stream.
#[must_use]
pub fn wants_stream(media: &str) -> bool {
    media == crate::edge::sse::CONTENT_TYPE
}
