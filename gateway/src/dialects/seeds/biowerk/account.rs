//! BIOwerk's accounts: its auth service.

use std::sync::Arc;

use axum::http::StatusCode;
use axum::response::Response;
use contracts::{Refusal, RefusalClass};
use serde_json::{Value, json};

use super::super::{native, nothing, open, people, text};
use crate::dialects::rest::respond;
use crate::dialects::sign_in::form::parameters;
use crate::edge::body;
use crate::edge::call::Call;
use crate::edge::routes::{Method, Needs, Route};
use crate::edge::shared::Shared;

/// A day, in milliseconds.
const DAY_MS: i64 = 86_400_000;
/// The longest life of a key, in days.
const KEY_DAYS_MAX: i64 = 365;

/// The rows.
pub const ROUTES: &[Route] = &[
    open(
        (Method::Post, "/seeds/biowerk/register"),
        "biowerk_register",
        "Registers a person.",
        |shared, call| Box::pin(register(shared, call)),
    ),
    open(
        (Method::Post, "/seeds/biowerk/login"),
        "biowerk_login",
        "Begins a session; the body is a form, as OAuth's password grant has it, or JSON.",
        |shared, call| Box::pin(login(shared, call)),
    ),
    open(
        (Method::Post, "/seeds/biowerk/refresh"),
        "biowerk_refresh",
        "Takes a refresh token, which counts once, for the next two tokens.",
        |shared, call| Box::pin(refresh(shared, call)),
    ),
    Route::known(
        (Method::Post, "/seeds/biowerk/logout"),
        "biowerk_logout",
        "Ends all sessions of the caller.",
        Needs::Nothing,
        |shared, call| Box::pin(logout(shared, call)),
    ),
    Route::known(
        (Method::Post, "/seeds/biowerk/change-password"),
        "biowerk_password",
        "Changes the caller's password; all sessions end.",
        Needs::Nothing,
        |shared, call| Box::pin(password(shared, call)),
    ),
    Route::known(
        (Method::Get, "/seeds/biowerk/me"),
        "biowerk_me",
        "Tells who the caller is.",
        Needs::Nothing,
        |shared, call| Box::pin(me(shared, call)),
    ),
    Route::known(
        (Method::Get, "/seeds/biowerk/api-keys"),
        "biowerk_keys",
        "Lists the caller's keys.",
        Needs::Rows,
        |shared, call| Box::pin(keys(shared, call)),
    ),
    Route::known(
        (Method::Post, "/seeds/biowerk/api-keys"),
        "biowerk_key_issue",
        "Gives the caller a key, shown once.",
        Needs::Command,
        |shared, call| Box::pin(issue(shared, call)),
    ),
    Route::known(
        (Method::Delete, "/seeds/biowerk/api-keys/{id}"),
        "biowerk_key_revoke",
        "Ends a key.",
        Needs::Command,
        |shared, call| Box::pin(revoke(shared, call)),
    ),
];

async fn register(shared: Arc<Shared>, mut call: Call) -> Result<Response, Refusal> {
    let body = call.json(&shared).await?;
    let (email, username) = (text(&body, "email")?, text(&body, "username")?);
    let mut wanted = people::registration(username, text(&body, "password")?, None);
    wanted["email"] = json!(email);
    let pair = native::ask(&shared, call, "register", &wanted).await?;
    let told = json!({
        "id": pair["principal"], "email": email, "username": username, "auth_provider": "local",
        "is_active": true, "is_admin": pair["tenant"] == "system", "created_at": shared.now(),
    });
    respond::secret(StatusCode::CREATED, &told)
}

/// The members of a form or of a JSON object.
async fn form(shared: &Shared, call: &mut Call) -> Result<Value, Refusal> {
    let media = call.parts.headers.get("content-type").and_then(|value| value.to_str().ok());
    let is_form = media.is_some_and(|media| media.starts_with("application/x-www-form-urlencoded"));
    if !is_form {
        return call.json(shared).await;
    }
    let taken = std::mem::take(&mut call.body);
    let bytes = body::bytes(&call.parts.headers, taken, &shared.edge.config).await?;
    Ok(parameters(&bytes).into_iter().map(|(name, value)| (name, json!(value))).collect())
}

async fn login(shared: Arc<Shared>, mut call: Call) -> Result<Response, Refusal> {
    let body = form(&shared, &mut call).await?;
    let who = text(&body, "username")?;
    let wanted = json!({ "name": people::name(who), "password": text(&body, "password")? });
    let pair = native::ask(&shared, call, "login", &wanted).await?;
    let mut told = people::tokens(&pair);
    told["user"] = json!({
        "id": pair["principal"], "username": pair["principal"], "auth_provider": "local",
        "is_active": true,
    });
    respond::secret(StatusCode::OK, &told)
}

async fn refresh(shared: Arc<Shared>, mut call: Call) -> Result<Response, Refusal> {
    let body = call.json(&shared).await?;
    let wanted = json!({ "refresh_token": text(&body, "refresh_token")? });
    let pair = native::ask(&shared, call, "refresh", &wanted).await?;
    respond::secret(StatusCode::OK, &people::tokens(&pair))
}

async fn logout(shared: Arc<Shared>, call: Call) -> Result<Response, Refusal> {
    native::ask_plain(&shared, call, "logout", &json!({ "all": true })).await?;
    Ok(nothing())
}

async fn password(shared: Arc<Shared>, mut call: Call) -> Result<Response, Refusal> {
    let body = call.json(&shared).await?;
    let wanted =
        json!({ "old": text(&body, "current_password")?, "new": text(&body, "new_password")? });
    native::ask(&shared, call, "password", &wanted).await?;
    Ok(nothing())
}

async fn me(shared: Arc<Shared>, call: Call) -> Result<Response, Refusal> {
    let me = people::me(&shared, call).await?;
    respond::secret(StatusCode::OK, &people::user(&me, None))
}

async fn keys(shared: Arc<Shared>, call: Call) -> Result<Response, Refusal> {
    let told = native::ask(&shared, call, "keys", &json!({})).await?;
    let all = told["items"].as_array().into_iter().flatten();
    let keys: Vec<_> = all
        .map(|key| {
            json!({
                "id": key["id"], "name": key["label"], "scopes": key["scope"],
                "expires_at": key["expires_at"], "is_active": key["revoked_at"].is_null(),
            })
        })
        .collect();
    respond::secret(StatusCode::OK, &json!(keys))
}

async fn issue(shared: Arc<Shared>, mut call: Call) -> Result<Response, Refusal> {
    let body = call.json(&shared).await?;
    let mut wanted = json!({ "label": text(&body, "name")? });
    if !body["scopes"].is_null() {
        wanted["scope"] = body["scopes"].clone();
    }
    if !body["expires_in_days"].is_null() {
        let days = body["expires_in_days"].as_i64().filter(|it| (1..=KEY_DAYS_MAX).contains(it));
        let days = days.ok_or_else(|| {
            let message = "a key lasts a whole number of days, 1 to 365";
            Refusal::new(RefusalClass::Malformed, "invalid_input", message)
                .field("input.expires_in_days", message)
        })?;
        wanted["expires_at"] = json!(shared.now().plus_millis(days * DAY_MS));
    }
    let expires_at = wanted["expires_at"].clone();
    let told = native::ask(&shared, call, "key_issue", &wanted).await?;
    let told = json!({
        "id": told["id"], "name": body["name"], "key": told["key"], "scopes": body["scopes"],
        "expires_at": expires_at,
    });
    respond::secret(StatusCode::CREATED, &told)
}

async fn revoke(shared: Arc<Shared>, call: Call) -> Result<Response, Refusal> {
    native::ask_plain(&shared, call, "key_revoke", &json!({})).await?;
    Ok(nothing())
}
