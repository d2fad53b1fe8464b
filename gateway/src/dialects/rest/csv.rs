//! Lines that a spreadsheet reads, and that it takes for no formula.

use axum::body::Body;
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse as _, Response};
use bytes::Bytes;
use contracts::Refusal;
use contracts::ports::Flow;
use futures_util::StreamExt as _;

use crate::edge::shared::{Shared, StreamPermit};

/// The media type.
pub const CONTENT_TYPE: &str = "text/csv";

/// Streams lines of any number, to be saved as `file`. A refusal on the way cuts it.
#[must_use]
pub fn stream(
    shared: &Shared,
    file: &'static str,
    lines: Flow<Result<Bytes, Refusal>>,
    permit: StreamPermit,
) -> Response {
    let shutdown = shared.edge.shutdown.clone().cancelled_owned();
    let lines = lines.inspect(move |line| {
        let _held = &permit;
        if let Err(refusal) = line {
            tracing::warn!(%refusal, "stream.cut");
        }
    });
    let lines = lines.take_until(Box::pin(shutdown));
    let mut response = Body::from_stream(lines).into_response();
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("text/csv; charset=utf-8"));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    if let Ok(value) = HeaderValue::try_from(format!("attachment; filename=\"{file}\"")) {
        headers.insert(header::CONTENT_DISPOSITION, value);
    }
    response
}

/// A cell (RFC 4180). What a spreadsheet would take for a formula gets an apostrophe before it.
#[must_use]
pub fn cell(text: &str) -> String {
    let risky = text.starts_with(['=', '+', '-', '@', '\t', '\r', '\n']);
    let text = if risky { format!("'{text}") } else { text.to_owned() };
    if text.contains([',', '"', '\r', '\n']) {
        return format!("\"{}\"", text.replace('"', "\"\""));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::cell;

    #[test]
    fn no_cell_is_a_formula() {
        for risky in ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1"] {
            let cell = cell(risky);
            assert!(cell.trim_start_matches('"').starts_with('\''), "{risky:?} → {cell:?}");
        }
        assert_eq!(cell("a \"b\", c"), "\"a \"\"b\"\", c\"");
        assert_eq!(cell("plain"), "plain");
    }
}
