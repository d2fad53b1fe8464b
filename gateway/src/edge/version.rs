//! Versions of the interface in the path: `/v1/…`, `/api/v1/…`, and none.

use contracts::{Pages, Refusal};

use crate::dialects::telemetry;
use crate::problem::codes;

/// When the paths without a version were declared deprecated, as RFC 9745 wants it: the day of the
/// first release, 2026-11-21.
pub const DEPRECATED_SINCE: &str = "@1795219200";

/// Until when they answer at least, as RFC 8594 wants it: two years from that day.
pub const SUNSET: &str = "Tue, 21 Nov 2028 00:00:00 GMT";

/// First segments of routes below `/v1` that are no kind.
const WORDS: &[&str] = &[
    "admin",
    "agui",
    "audio",
    "auth",
    "chat",
    "commands",
    "connectors",
    "conversations",
    "dead",
    "effects",
    "embeddings",
    "events",
    "files",
    "limits",
    "messages",
    "models",
    "responses",
    "suite",
    "timeline",
    "tools",
    "usage",
    "ws",
];

/// Where a path really leads.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Resolved {
    /// The path with its version.
    pub path: String,
    /// Whether the caller left the version out.
    pub deprecated: bool,
}

/// Finds the version in a path.
///
/// # Errors
/// `unsupported_version`.
pub fn resolve(path: &str, pages: &Pages) -> Result<Resolved, Refusal> {
    let (api, inner) = match path.strip_prefix("/api/") {
        Some(rest) => (true, format!("/{rest}")),
        None => (false, path.to_owned()),
    };
    let first = inner.trim_start_matches('/').split('/').next().unwrap_or_default();
    if is_version(first) {
        return if first == "v1" {
            Ok(Resolved { path: inner, deprecated: false })
        } else {
            Err(codes::unsupported_version(first))
        };
    }
    if let Some((_, path)) = telemetry::SERVICES.iter().find(|(service, _)| *service == path) {
        return Ok(Resolved { path: (*path).to_owned(), deprecated: false });
    }
    // A path of another protocol, which has versions of its own.
    let foreign = inner == crate::dialects::mcp::PATH;
    let is_kind = || first.parse().is_ok_and(|kind| pages.get(&kind).is_some());
    let known = !foreign && (WORDS.contains(&first) || is_kind());
    if known {
        return Ok(Resolved { path: format!("/v1{inner}"), deprecated: true });
    }
    let path = if api { path.to_owned() } else { inner };
    Ok(Resolved { path, deprecated: false })
}

/// `v` and digits.
fn is_version(segment: &str) -> bool {
    segment.strip_prefix('v').is_some_and(|rest| {
        !rest.is_empty() && rest.len() <= 6 && rest.bytes().all(|byte| byte.is_ascii_digit())
    })
}

#[cfg(test)]
mod tests {
    use contracts::Pages;

    use super::{Resolved, resolve};

    #[test]
    fn the_version_may_stand_first_after_api_or_nowhere() {
        let pages = Pages::standard();
        let of = |path: &str| {
            let Resolved { path, deprecated } = resolve(path, &pages).unwrap();
            (path, deprecated)
        };
        assert_eq!(of("/v1/counter/a"), ("/v1/counter/a".into(), false));
        assert_eq!(of("/api/v1/counter/a"), ("/v1/counter/a".into(), false));
        assert_eq!(of("/counter/a"), ("/v1/counter/a".into(), true));
        assert_eq!(of("/api/events"), ("/v1/events".into(), true));
        let spans = "/opentelemetry.proto.collector.trace.v1.TraceService/Export";
        assert_eq!(of(spans), ("/v1/traces".into(), false));
        for elsewhere in ["/livez", "/openapi.json", "/nothing/here", "/", "/api/nothing"] {
            assert_eq!(of(elsewhere), (elsewhere.into(), false));
        }
        for wrong in ["/v2/counter/a", "/v0/x", "/api/v12/counter"] {
            assert_eq!(resolve(wrong, &pages).unwrap_err().code, "unsupported_version", "{wrong}");
        }
    }
}
