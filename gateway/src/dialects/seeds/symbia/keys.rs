//! `/api/api-keys` of Symbia.

use std::sync::Arc;

use axum::http::StatusCode;
use axum::response::Response;
use contracts::kinds::principal;
use contracts::view::At;
use contracts::{ActorId, Address, Hash, Refusal};
use serde_json::{Value, json};

use crate::dialects::rest::respond;
use crate::dialects::seeds::{native, text};
use crate::edge::call::Call;
use crate::edge::routes::{Method, Needs, Route};
use crate::edge::shared::Shared;
use crate::problem::codes;

/// The rows.
pub const ROUTES: &[Route] = &[
    Route::known(
        (Method::Get, "/seeds/symbia/api/api-keys"),
        "symbia_keys",
        "Lists the caller's keys.",
        Needs::Rows,
        |shared, call| Box::pin(list(shared, call)),
    ),
    Route::known(
        (Method::Post, "/seeds/symbia/api/api-keys"),
        "symbia_key_issue",
        "Gives the caller a key, shown once.",
        Needs::Command,
        |shared, call| Box::pin(issue(shared, call)),
    ),
    Route::known(
        (Method::Post, "/seeds/symbia/api/api-keys/{id}/rotate"),
        "symbia_key_rotate",
        "Puts a new key in a key's place, shown once.",
        Needs::Command,
        |shared, call| Box::pin(rotate(shared, call)),
    ),
    Route::known(
        (Method::Post, "/seeds/symbia/api/api-keys/{id}/revoke"),
        "symbia_key_revoke",
        "Ends a key.",
        Needs::Command,
        |shared, call| Box::pin(revoke(shared, call)),
    ),
    Route::known(
        (Method::Delete, "/seeds/symbia/api/api-keys/{id}"),
        "symbia_key_delete",
        "Ends a key.",
        Needs::Command,
        |shared, call| Box::pin(revoke(shared, call)),
    ),
    Route::known(
        (Method::Post, "/seeds/symbia/api/auth/verify-api-key"),
        "symbia_key_verify",
        "Tells whether a key counts and whose it is, when it is of the caller's organization.",
        Needs::Nothing,
        |shared, call| Box::pin(verify(shared, call)),
    ),
];

fn shown(key: &Value) -> Value {
    json!({
        "id": key["id"], "name": key["label"], "prefix": format!("ck_{}", key["id"].as_str().unwrap_or_default()),
        "scopes": key["scope"], "expiresAt": key["expires_at"], "revokedAt": key["revoked_at"],
        "createdAt": key["issued_at"],
    })
}

async fn list(shared: Arc<Shared>, call: Call) -> Result<Response, Refusal> {
    let told = native::ask(&shared, call, "keys", &json!({})).await?;
    let keys: Vec<_> = told["items"].as_array().into_iter().flatten().map(shown).collect();
    respond::secret(StatusCode::OK, &json!(keys))
}

async fn issue(shared: Arc<Shared>, mut call: Call) -> Result<Response, Refusal> {
    let body = call.json(&shared).await?;
    let mut wanted = json!({ "label": text(&body, "name")? });
    if !body["orgId"].is_null() && body["orgId"] != call.tenant.as_str() {
        return Err(codes::unknown_tenant());
    }
    for (theirs, ours) in [("scopes", "scope"), ("expiresAt", "expires_at")] {
        if !body[theirs].is_null() {
            wanted[ours] = body[theirs].clone();
        }
    }
    let told = native::ask(&shared, call, "key_issue", &wanted).await?;
    let told = json!({
        "id": told["id"], "name": body["name"], "key": told["key"], "scopes": body["scopes"],
        "expiresAt": body["expiresAt"],
    });
    respond::secret(StatusCode::CREATED, &told)
}

async fn rotate(shared: Arc<Shared>, call: Call) -> Result<Response, Refusal> {
    let told = native::ask_plain(&shared, call, "key_rotate", &json!({})).await?;
    respond::secret(StatusCode::CREATED, &json!({ "id": told["id"], "key": told["key"] }))
}

async fn revoke(shared: Arc<Shared>, call: Call) -> Result<Response, Refusal> {
    let told = native::ask_plain(&shared, call, "key_revoke", &json!({})).await?;
    respond::secret(StatusCode::OK, &json!({ "success": true, "id": told["id"] }))
}

async fn verify(shared: Arc<Shared>, mut call: Call) -> Result<Response, Refusal> {
    let body = call.json(&shared).await?;
    let hash = Hash::of(text(&body, "apiKey")?.as_bytes());
    let own = call.identity()?.tenant.clone();
    let holder = shared.edge.guard.holder(&hash, shared.now());
    let holder = holder.filter(|holder| own.is_none() || holder.tenant == own);
    let known =
        holder.and_then(|holder| Some((holder.tenant?, holder.principal, holder.credential?)));
    let Some((tenant, name, credential)) = known else {
        return respond::secret(StatusCode::OK, &json!({ "valid": false, "error": "unknown" }));
    };
    let id = ActorId::new(name.as_str()).map_err(|error| codes::invalid_id("name", &error))?;
    let to = Address::new(tenant.clone(), principal::KIND, id);
    let state = shared.edge.history.state(&to, At::Latest).await?.state;
    let mut keys = state["access"]["keys"].as_array().into_iter().flatten();
    let key = keys.find(|key| key["id"] == json!(credential)).cloned().unwrap_or_default();
    let told = json!({
        "valid": true, "keyId": credential, "name": key["label"], "orgId": tenant,
        "scopes": key["scope"], "createdBy": name, "creator": { "id": name },
    });
    respond::secret(StatusCode::OK, &told)
}
