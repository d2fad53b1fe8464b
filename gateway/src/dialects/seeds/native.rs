//! Asking a row of our own dialects what a client of another says in its words.

use std::sync::Arc;

use axum::body::{Body, to_bytes};
use axum::http::{HeaderValue, header};
use contracts::Refusal;
use serde_json::Value;

use crate::edge::call::Call;
use crate::edge::routes;
use crate::edge::shared::Shared;

/// The answer of the row `name` to `body`, asked by the caller of `call`. What the row needs of the
/// caller's rights, the caller's own row needs, too.
///
/// # Errors
/// As that row's.
pub async fn ask(
    shared: &Arc<Shared>,
    call: Call,
    name: &str,
    body: &Value,
) -> Result<Value, Refusal> {
    let route = routes::all().find(|route| route.name == name);
    let route = route.ok_or_else(|| Refusal::internal(format!("there is no row {name}")))?;
    let Call { params, query, identity, entrance, guard, tenant, scene, mut parts, .. } = call;
    let json = HeaderValue::from_static("application/json");
    parts.headers.insert(header::CONTENT_TYPE, json);
    parts.headers.remove(header::CONTENT_LENGTH);
    let body = Body::from(body.to_string());
    let media = "application/json";
    let call =
        Call { route, params, query, identity, entrance, guard, tenant, scene, media, parts, body };
    let told = (route.handler)(Arc::clone(shared), call).await?;
    let most = shared.edge.config.body_bytes_max;
    let bytes = to_bytes(told.into_body(), most).await;
    let bytes = bytes.map_err(|error| Refusal::internal(error.to_string()))?;
    if bytes.is_empty() {
        return Ok(Value::Null);
    }
    contracts::read::from_slice(&bytes).map_err(|error| Refusal::internal(error.to_string()))
}

/// As [`ask`], of a row whose own body says nothing; one that cannot be read is refused all the
/// same.
///
/// # Errors
/// As [`ask`].
pub async fn ask_plain(
    shared: &Arc<Shared>,
    mut call: Call,
    name: &str,
    body: &Value,
) -> Result<Value, Refusal> {
    call.json(shared).await?;
    ask(shared, call, name, body).await
}
