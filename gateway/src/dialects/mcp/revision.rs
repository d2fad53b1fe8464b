//! Which revision of MCP a request speaks. 2026-07-28 says so in each request, and its headers say
//! the same; 2025-11-25 agreed on it once, when its session began.

use axum::http::{HeaderMap, StatusCode};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use super::wire::{HEADER_MISMATCH, Request, RpcError, UNSUPPORTED_VERSION};

/// The revision without sessions.
pub const STATELESS: &str = "2026-07-28";

/// The revisions with sessions, the newest first.
pub const STATEFUL: &[&str] = &["2025-11-25", "2025-06-18"];

/// The header that names the revision.
pub const VERSION: &str = "mcp-protocol-version";

/// What a request's `_meta` holds under this prefix is MCP's own.
const META: &str = "io.modelcontextprotocol/";

/// Which sort of revision.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Revision {
    /// 2026-07-28: each request stands for itself.
    Stateless,
    /// 2025-11-25 and before: a session.
    Stateful,
}

/// All revisions, as clients are told.
#[must_use]
pub fn supported() -> Vec<&'static str> {
    std::iter::once(STATELESS).chain(STATEFUL.iter().copied()).collect()
}

/// The name of a member of `_meta` that is MCP's own.
#[must_use]
pub fn meta(name: &str) -> String {
    format!("{META}{name}")
}

/// Which revision a request means to speak.
#[must_use]
pub fn of(headers: &HeaderMap, request: &Request) -> Revision {
    let header = headers.get(VERSION).and_then(|value| value.to_str().ok());
    // Revisions are dates: what comes after those with sessions has none.
    let later = header.is_some_and(|header| header.trim() > STATEFUL[0]);
    let told = request.meta(&meta("protocolVersion")).is_some();
    if later || told || request.method == "server/discover" {
        Revision::Stateless
    } else {
        Revision::Stateful
    }
}

/// That a request of 2026-07-28 says all it has to say, and its headers the same.
///
/// # Errors
/// `-32602`, `-32020`, `-32022`, each with status 400.
pub fn ensure(headers: &HeaderMap, request: &Request) -> Result<(), RpcError> {
    let version = told(headers, VERSION)?;
    for (name, fits) in [
        ("protocolVersion", Value::is_string as fn(&Value) -> bool),
        ("clientCapabilities", Value::is_object),
    ] {
        if !request.meta(&meta(name)).is_some_and(fits) {
            let message = format!("_meta has {META}{name}");
            return Err(RpcError::invalid_params(message).with(StatusCode::BAD_REQUEST));
        }
    }
    let said = request.meta(&meta("protocolVersion")).and_then(Value::as_str).unwrap_or_default();
    if version.as_deref() != Some(said) {
        return Err(mismatch("MCP-Protocol-Version", "_meta"));
    }
    if said != STATELESS {
        return Err(unsupported(said));
    }
    if told(headers, "mcp-method")?.as_deref() != Some(request.method.as_str()) {
        return Err(mismatch("Mcp-Method", "method"));
    }
    if let Some(member) = named(&request.method)
        && let Some(name) = request.params.get(member).and_then(Value::as_str)
        && told(headers, "mcp-name")?.as_deref() != Some(name)
    {
        return Err(mismatch("Mcp-Name", member));
    }
    Ok(())
}

/// That a header of a request with a session names a revision that has sessions. Without it the
/// session's own is meant.
///
/// # Errors
/// `-32022` with status 400.
pub fn ensure_stateful(headers: &HeaderMap) -> Result<(), RpcError> {
    match told(headers, VERSION)? {
        Some(version) if !STATEFUL.contains(&version.as_str()) => Err(unsupported(&version)),
        _ => Ok(()),
    }
}

/// That the arguments which a tool's schema marks with `x-mcp-header` stand in their headers, too.
///
/// # Errors
/// `-32020` with status 400.
pub fn ensure_arguments(
    headers: &HeaderMap,
    schema: &Value,
    arguments: Option<&Value>,
) -> Result<(), RpcError> {
    let Some(properties) = schema["properties"].as_object() else { return Ok(()) };
    for (member, property) in properties {
        let Some(header) = property["x-mcp-header"].as_str() else { continue };
        let said = told(headers, &format!("mcp-param-{}", header.to_ascii_lowercase()))?;
        let meant = arguments.and_then(|it| it.get(member)).map(|value| match value {
            Value::String(text) => text.clone(),
            other => other.to_string(),
        });
        if said != meant {
            return Err(mismatch(&format!("Mcp-Param-{header}"), member));
        }
    }
    Ok(())
}

/// Which member the header `Mcp-Name` repeats.
fn named(method: &str) -> Option<&'static str> {
    match method {
        "tools/call" | "prompts/get" => Some("name"),
        "resources/read" => Some("uri"),
        "tasks/get" | "tasks/update" | "tasks/cancel" => Some("taskId"),
        _ => None,
    }
}

/// A header as text; what headers cannot hold comes as `=?base64?…?=`.
fn told(headers: &HeaderMap, name: &str) -> Result<Option<String>, RpcError> {
    let Some(value) = headers.get(name) else { return Ok(None) };
    let odd = || mismatch(name, "a text");
    let text = value.to_str().map_err(|_| odd())?.trim();
    let coded = text.strip_prefix("=?base64?").and_then(|rest| rest.strip_suffix("?="));
    let Some(coded) = coded else { return Ok(Some(text.to_owned())) };
    let bytes = STANDARD.decode(coded).map_err(|_| odd())?;
    String::from_utf8(bytes).map(Some).map_err(|_| odd())
}

fn mismatch(header: &str, what: &str) -> RpcError {
    let message = format!("Header mismatch: the header {header} says what {what} says");
    RpcError::new(StatusCode::BAD_REQUEST, HEADER_MISMATCH, message)
}

/// A revision that is not spoken.
#[must_use]
pub fn unsupported(requested: &str) -> RpcError {
    let requested: String = requested.chars().take(80).collect();
    let data = json!({ "supported": supported(), "requested": requested });
    let message = "Unsupported protocol version";
    RpcError::new(StatusCode::BAD_REQUEST, UNSUPPORTED_VERSION, message).data(data)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::dialects::mcp::wire::{Message, read};

    fn request(method: &str, version: &str) -> Request {
        let body = json!({ "jsonrpc": "2.0", "id": 1, "method": method, "params": {
            "name": "state",
            "_meta": { meta("protocolVersion"): version, meta("clientCapabilities"): {} },
        } });
        match read(body) {
            Ok(Message::Request(request)) => request,
            other => panic!("{other:?}"),
        }
    }

    fn headers(lines: &[(&'static str, &str)]) -> HeaderMap {
        lines.iter().map(|(name, text)| (name.parse().unwrap(), text.parse().unwrap())).collect()
    }

    #[test]
    fn headers_say_what_the_body_says() {
        let call = request("tools/call", STATELESS);
        let good = [(VERSION, STATELESS), ("mcp-method", "tools/call"), ("mcp-name", "state")];
        assert_eq!(ensure(&headers(&good), &call), Ok(()));
        let coded = [good[0], good[1], ("mcp-name", "=?base64?c3RhdGU=?=")];
        assert_eq!(ensure(&headers(&coded), &call), Ok(()));
        for (bad, code) in [
            (vec![good[0], good[1]], HEADER_MISMATCH),
            (vec![good[0], good[2]], HEADER_MISMATCH),
            (vec![good[1], good[2]], HEADER_MISMATCH),
            (vec![good[0], ("mcp-method", "TOOLS/CALL"), good[2]], HEADER_MISMATCH),
            (vec![good[0], good[1], ("mcp-name", "other")], HEADER_MISMATCH),
            (vec![good[0], good[1], ("mcp-name", "=?base64?c3RhdGU?=")], HEADER_MISMATCH),
            (vec![("mcp-protocol-version", "2025-11-25"), good[1], good[2]], HEADER_MISMATCH),
        ] {
            assert_eq!(ensure(&headers(&bad), &call).unwrap_err().code, code, "{bad:?}");
        }
        let later = request("tools/call", "v999.0.0");
        let said = [(VERSION, "v999.0.0"), good[1], good[2]];
        let error = ensure(&headers(&said), &later).unwrap_err();
        assert_eq!(error.code, UNSUPPORTED_VERSION);
        assert_eq!(error.data.unwrap()["requested"], "v999.0.0");
    }

    #[test]
    fn who_says_nothing_of_2026_has_a_session() {
        let plain = Request {
            id: json!(1),
            method: "ping".into(),
            params: json!({}).as_object().unwrap().clone(),
        };
        assert_eq!(of(&headers(&[]), &plain), Revision::Stateful);
        assert_eq!(of(&headers(&[(VERSION, "2025-11-25")]), &plain), Revision::Stateful);
        assert_eq!(of(&headers(&[(VERSION, STATELESS)]), &plain), Revision::Stateless);
        assert_eq!(of(&headers(&[]), &request("ping", STATELESS)), Revision::Stateless);
    }
}
