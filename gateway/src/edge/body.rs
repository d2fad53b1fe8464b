//! A request's body as a JSON value.

use std::time::Duration;

use axum::body::Body;
use axum::http::{HeaderMap, header};
use bytes::{Bytes, BytesMut};
use contracts::canonical::{self, CanonicalError};
use contracts::{Refusal, codec, input};
use futures_util::StreamExt as _;
use serde_json::Value;

use super::config::Config;
use crate::problem::codes;

#[derive(Clone, Copy, PartialEq, Eq)]
enum Media {
    Json,
    MessagePack,
}

/// Reads the whole body and checks everything that holds for inputs of every kind. An empty body
/// is an empty object.
///
/// # Errors
/// `unsupported_media_type`, `body_too_large`, `body_unreadable`, `invalid_utf8`, `invalid_json`,
/// `invalid_msgpack`, `number_imprecise`, `string_too_long`, `input_too_deep`.
pub async fn read(headers: &HeaderMap, body: Body, config: &Config) -> Result<Value, Refusal> {
    let value = value(headers, body, config).await?;
    input::check(&value)?;
    Ok(value)
}

/// As [`read`], without what holds for inputs: whoever takes it checks what becomes one.
///
/// # Errors
/// As [`read`], but `string_too_long` and `input_too_deep`.
pub async fn value(headers: &HeaderMap, body: Body, config: &Config) -> Result<Value, Refusal> {
    let media = media(headers)?;
    let bytes = collect(headers, body, config.body_bytes_max, config).await?;
    if bytes.is_empty() {
        return Ok(Value::Object(serde_json::Map::new()));
    }
    match media {
        Media::Json => json(&bytes),
        Media::MessagePack => {
            codec::decode_json(&bytes).map_err(|error| codes::invalid_msgpack(&error.to_string()))
        }
    }
}

/// Reads the whole body as it is.
///
/// # Errors
/// `body_too_large`, `body_unreadable`, `unsupported_media_type` for one that is compressed.
pub async fn bytes(headers: &HeaderMap, body: Body, config: &Config) -> Result<Bytes, Refusal> {
    if headers.contains_key(header::CONTENT_ENCODING) {
        return Err(codes::unsupported_media_type());
    }
    collect(headers, body, config.body_bytes_max, config).await
}

/// Reads a whole body of at most `max` bytes as it is; whoever reads it knows its media type.
///
/// # Errors
/// As [`bytes`].
pub async fn whole(
    headers: &HeaderMap,
    body: Body,
    max: usize,
    config: &Config,
) -> Result<Bytes, Refusal> {
    if headers.contains_key(header::CONTENT_ENCODING) {
        return Err(codes::unsupported_media_type());
    }
    collect(headers, body, max, config).await
}

/// Parses JSON text of a stranger.
///
/// # Errors
/// `invalid_utf8`, `invalid_json`, `number_imprecise`.
pub fn json(bytes: &[u8]) -> Result<Value, Refusal> {
    std::str::from_utf8(bytes).map_err(|_| codes::invalid_utf8())?;
    canonical::parse_exact(bytes).map_err(|error| match &error {
        CanonicalError::Imprecise(_) => codes::number_imprecise(&error),
        CanonicalError::Syntax(syntax) => codes::invalid_json(syntax),
    })
}

/// Reads lines of JSON as they are, at most `max` bytes; whoever reads the lines checks them.
///
/// # Errors
/// `unsupported_media_type`, `body_too_large`, `body_unreadable`.
pub async fn lines(
    headers: &HeaderMap,
    body: Body,
    max: usize,
    config: &Config,
) -> Result<Bytes, Refusal> {
    let media = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
    let coded = headers.contains_key(header::CONTENT_ENCODING);
    let name = media.unwrap_or_default().split(';').next().unwrap_or_default().trim();
    if coded || !name.eq_ignore_ascii_case("application/x-ndjson") {
        return Err(codes::unsupported_media_type());
    }
    collect(headers, body, max, config).await
}

fn media(headers: &HeaderMap) -> Result<Media, Refusal> {
    let coded = headers.get(header::CONTENT_ENCODING);
    if coded.is_some_and(|coding| !coding.as_bytes().eq_ignore_ascii_case(b"identity")) {
        return Err(codes::unsupported_media_type());
    }
    let Some(value) = headers.get(header::CONTENT_TYPE) else { return Ok(Media::Json) };
    let text = value.to_str().map_err(|_| codes::unsupported_media_type())?;
    let mut parts = text.split(';').map(str::trim);
    let name = parts.next().unwrap_or_default().to_ascii_lowercase();
    let utf8 = parts.filter_map(|part| part.split_once('=')).all(|(key, charset)| {
        !key.eq_ignore_ascii_case("charset")
            || charset.trim_matches('"').eq_ignore_ascii_case("utf-8")
    });
    match name.as_str() {
        // curl -d says so of whatever it sends; a form is no JSON and is refused as such.
        "application/json" | "application/a2a+json" | "application/x-www-form-urlencoded"
            if utf8 =>
        {
            Ok(Media::Json)
        }
        "application/msgpack" | "application/x-msgpack" | "application/vnd.msgpack" => {
            Ok(Media::MessagePack)
        }
        _ => Err(codes::unsupported_media_type()),
    }
}

async fn collect(
    headers: &HeaderMap,
    body: Body,
    max: usize,
    config: &Config,
) -> Result<Bytes, Refusal> {
    let told = headers.get(header::CONTENT_LENGTH).and_then(|value| value.to_str().ok());
    if told.and_then(|text| text.parse::<u64>().ok()).is_some_and(|length| length > max as u64) {
        return Err(codes::body_too_large(max));
    }
    let reading = async {
        let mut chunks = body.into_data_stream();
        let mut bytes = BytesMut::new();
        while let Some(chunk) = chunks.next().await {
            let chunk = chunk.map_err(|_| codes::body_unreadable())?;
            if bytes.len() + chunk.len() > max {
                return Err(codes::body_too_large(max));
            }
            bytes.extend_from_slice(&chunk);
        }
        Ok(bytes.freeze())
    };
    let limit = Duration::from_millis(config.body_timeout_ms);
    tokio::time::timeout(limit, reading).await.unwrap_or_else(|_| Err(codes::body_unreadable()))
}
