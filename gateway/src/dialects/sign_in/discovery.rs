//! What strangers need to check our tokens and to find our endpoints. Only what is true.

use std::sync::Arc;

use axum::http::{HeaderValue, StatusCode, header};
use axum::response::Response;
use contracts::Refusal;
use serde_json::{Value, json};

use super::row;
use crate::auth::SignIn;
use crate::dialects::rest::respond;
use crate::edge::call::Call;
use crate::edge::routes::{Access, Method, Needs, Route};
use crate::edge::shared::Shared;

/// The rows of discovery.
pub const ROUTES: &[Route] = &[
    row(
        (Method::Get, "/.well-known/jwks.json"),
        "jwks",
        "The public keys that tokens are signed with (RFC 7517).",
        (Access::Open, Needs::Nothing),
        |shared, call| Box::pin(jwks(shared, call)),
    ),
    row(
        (Method::Get, "/.well-known/openid-configuration"),
        "openid_configuration",
        "Where the endpoints are and what they can do, as OpenID Connect tells it.",
        (Access::Open, Needs::Nothing),
        |shared, call| Box::pin(openid(shared, call)),
    ),
    row(
        (Method::Get, "/.well-known/oauth-authorization-server"),
        "oauth_authorization_server",
        "Where the endpoints are and what they can do (RFC 8414).",
        (Access::Open, Needs::Nothing),
        |shared, call| Box::pin(oauth(shared, call)),
    ),
];

/// How long an answer may be kept by whoever asks, in seconds: shorter than a new key is published
/// before it signs.
const KEEP: &str = "public, max-age=15";

fn kept(body: &Value) -> Result<Response, Refusal> {
    let mut response = respond::json(StatusCode::OK, body)?;
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static(KEEP));
    Ok(response)
}

async fn jwks(shared: Arc<Shared>, _: Call) -> Result<Response, Refusal> {
    kept(&shared.edge.sign_in.tokens.keys.ring().jwks())
}

async fn oauth(shared: Arc<Shared>, _: Call) -> Result<Response, Refusal> {
    kept(&described(&shared))
}

async fn openid(shared: Arc<Shared>, _: Call) -> Result<Response, Refusal> {
    let mut told = described(&shared);
    told["userinfo_endpoint"] = json!(format!("{}/v1/auth/me", shared.edge.sign_in.base));
    told["subject_types_supported"] = json!(["public"]);
    told["claims_supported"] =
        json!(["iss", "aud", "sub", "tenant", "sid", "jti", "iat", "nbf", "exp"]);
    // There are no ID tokens: nobody logs in elsewhere with an account of this system.
    told["id_token_signing_alg_values_supported"] = json!([]);
    kept(&told)
}

fn described(shared: &Shared) -> Value {
    let SignIn { tokens, base, .. } = &*shared.edge.sign_in;
    let at = |path: &str| format!("{base}{path}");
    json!({
        "issuer": tokens.issuer(),
        "jwks_uri": at("/.well-known/jwks.json"),
        "token_endpoint": at("/v1/auth/token"),
        "introspection_endpoint": at("/v1/auth/introspect"),
        "revocation_endpoint": at("/v1/auth/revoke"),
        "grant_types_supported": ["password", "refresh_token", "client_credentials"],
        "response_types_supported": [],
        "token_endpoint_auth_methods_supported":
            ["none", "client_secret_basic", "client_secret_post"],
        "access_token_signing_alg_values_supported": [tokens.keys.algorithm().name()],
        "service_documentation": at("/llms.txt"),
    })
}
