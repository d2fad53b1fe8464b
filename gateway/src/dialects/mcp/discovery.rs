//! Where a client without a credential learns how to get one (RFC 9728).

use std::sync::Arc;

use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::Response;
use contracts::Refusal;
use serde_json::json;

use super::PATH;
use crate::dialects::rest::respond::{self, JSON};
use crate::edge::call::Call;
use crate::edge::routes::{Access, Method, Needs, Route};
use crate::edge::safety::Arrival;
use crate::edge::shared::Shared;

/// Where the metadata stand; for a resource with a path, the path follows.
const METADATA: &str = "/.well-known/oauth-protected-resource";

const fn row(path: &'static str, name: &'static str) -> Route {
    Route {
        method: Method::Get,
        path,
        name,
        about: "Who gives credentials for MCP, as OAuth tells it (RFC 9728).",
        access: Access::Open,
        needs: Needs::Nothing,
        offers: JSON,
        query: &[],
        handler: |shared, call| Box::pin(metadata(shared, call)),
    }
}

/// The rows of discovery.
pub const ROUTES: &[Route] = &[
    row(METADATA, "oauth_protected_resource"),
    row("/.well-known/oauth-protected-resource/mcp", "oauth_protected_resource_mcp"),
];

async fn metadata(shared: Arc<Shared>, call: Call) -> Result<Response, Refusal> {
    let base = base(&shared, &call.parts.headers, call.parts.extensions.get::<Arrival>());
    let sign_in = &shared.edge.sign_in;
    let outside = sign_in.config.issuers.iter().map(|it| it.issuer.clone());
    let servers: Vec<_> = std::iter::once(sign_in.base.clone()).chain(outside).collect();
    let told = json!({
        "resource": format!("{base}{PATH}"),
        "resource_name": "Cambium",
        "authorization_servers": servers,
        "bearer_methods_supported": ["header"],
        "resource_documentation": format!("{base}/llms.txt"),
    });
    let mut response = respond::json(StatusCode::OK, &told)?;
    let kept = HeaderValue::from_static("public, max-age=15");
    response.headers_mut().insert(header::CACHE_CONTROL, kept);
    response.headers_mut().insert(header::VARY, HeaderValue::from_static("host"));
    Ok(response)
}

/// Under which address the caller reaches this server: a client compares it with its own. The name
/// was let in by the edge; where there is none, the one that tokens are told under.
fn base(shared: &Shared, headers: &HeaderMap, arrival: Option<&Arrival>) -> String {
    let host = headers.get(header::HOST).and_then(|value| value.to_str().ok());
    let sender = shared.safety.sender(arrival, headers);
    match host {
        Some(host) => {
            let encrypted = sender.is_some_and(|sender| sender.encrypted);
            format!("{}://{host}", if encrypted { "https" } else { "http" })
        }
        None => shared.edge.sign_in.base.clone(),
    }
}

/// What a request of MCP without a valid credential is told: where to learn how to get one.
#[must_use]
pub fn challenge(
    shared: &Shared,
    headers: &HeaderMap,
    arrival: Option<&Arrival>,
) -> Option<HeaderValue> {
    let base = base(shared, headers, arrival);
    let text = format!(r#"Bearer realm="cambium", resource_metadata="{base}{METADATA}{PATH}""#);
    HeaderValue::try_from(text).ok()
}
