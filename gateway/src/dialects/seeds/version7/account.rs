//! Users of Version_7. Its cookie is not given: an answer holds the token, which goes into
//! `Authorization`, so that no other site can act in a user's name.

use std::sync::Arc;

use axum::http::StatusCode;
use axum::response::Response;
use contracts::kinds::principal;
use contracts::view::At;
use contracts::{ActorId, Address, Refusal, Tenant};
use serde_json::{Value, json};

use crate::dialects::rest::respond;
use crate::dialects::seeds::{native, open, people, text};
use crate::edge::call::Call;
use crate::edge::routes::{Method, Needs, Route};
use crate::edge::shared::Shared;
use crate::edge::submit::{Submission, submit};
use crate::problem::codes;

/// The rows.
pub const ROUTES: &[Route] = &[
    open(
        (Method::Post, "/seeds/version7/auth/register"),
        "version7_register",
        "Registers by e-mail address and password.",
        |shared, call| Box::pin(enter(shared, call, "register")),
    ),
    open(
        (Method::Post, "/seeds/version7/auth/login"),
        "version7_login",
        "Begins a session by e-mail address and password.",
        |shared, call| Box::pin(enter(shared, call, "login")),
    ),
    Route::known(
        (Method::Post, "/seeds/version7/auth/logout"),
        "version7_logout",
        "Ends the session.",
        Needs::Nothing,
        |shared, call| Box::pin(logout(shared, call)),
    ),
    Route::known(
        (Method::Get, "/seeds/version7/me"),
        "version7_me",
        "Tells who the caller is.",
        Needs::Nothing,
        |shared, call| Box::pin(me(shared, call)),
    ),
    Route::known(
        (Method::Get, "/seeds/version7/me/settings"),
        "version7_settings",
        "Tells the caller's settings.",
        Needs::Nothing,
        |shared, call| Box::pin(settings(shared, call)),
    ),
    Route::known(
        (Method::Patch, "/seeds/version7/me/settings"),
        "version7_set_settings",
        "Changes the caller's settings; `role` among them is how it wants to be shown, no right.",
        Needs::Command,
        |shared, call| Box::pin(set_settings(shared, call)),
    ),
];

async fn enter(
    shared: Arc<Shared>,
    mut call: Call,
    row: &'static str,
) -> Result<Response, Refusal> {
    let body = call.json(&shared).await?;
    let (email, password) = (text(&body, "email")?, text(&body, "password")?);
    let wanted = if row == "register" {
        people::registration(email, password, None)
    } else {
        json!({ "name": people::name(email), "password": password })
    };
    let pair = native::ask(&shared, call, row, &wanted).await?;
    let told = json!({
        "status": "ok", "session_id": pair["access_token"], "refresh_token": pair["refresh_token"],
        "expires_in": pair["expires_in"],
        "user": { "id": pair["principal"], "email": email },
    });
    respond::secret(StatusCode::OK, &told)
}

async fn logout(shared: Arc<Shared>, call: Call) -> Result<Response, Refusal> {
    native::ask_plain(&shared, call, "logout", &json!({})).await?;
    respond::json(StatusCode::OK, &json!({ "status": "ok" }))
}

async fn me(shared: Arc<Shared>, call: Call) -> Result<Response, Refusal> {
    let me = people::me(&shared, call).await?;
    respond::secret(StatusCode::OK, &people::user(&me, None))
}

/// The caller as an actor of its home.
fn own(call: &Call) -> Result<(Tenant, ActorId), Refusal> {
    let identity = call.identity()?;
    let tenant = identity.tenant.clone().ok_or_else(|| {
        let message = "whoever holds the admin key is no principal and has no settings";
        Refusal::not_found("actor_not_found", message)
    })?;
    let id = ActorId::new(identity.principal.as_str());
    Ok((tenant, id.map_err(|error| codes::invalid_id("principal", &error))?))
}

async fn kept(shared: &Shared, (tenant, id): (Tenant, ActorId)) -> Result<Value, Refusal> {
    let to = Address::new(tenant, principal::KIND, id);
    let view = shared.edge.history.state(&to, At::Latest).await?;
    Ok(view.state["settings"].clone())
}

async fn settings(shared: Arc<Shared>, call: Call) -> Result<Response, Refusal> {
    let own = own(&call)?;
    respond::secret(StatusCode::OK, &kept(&shared, own).await?)
}

async fn set_settings(shared: Arc<Shared>, mut call: Call) -> Result<Response, Refusal> {
    let body = call.json(&shared).await?;
    let (tenant, id) = own(&call)?;
    let to = (&principal::KIND, tenant.clone(), id.clone());
    let asked = Submission::of(&shared, &call, to, "settings", json!({ "settings": body }))?;
    submit(&shared, asked).await?;
    respond::secret(StatusCode::OK, &kept(&shared, (tenant, id)).await?)
}
