//! In and out: `/v1/auth/login`, `/v1/auth/refresh`, `/v1/auth/logout`, `/v1/auth/me`.

use std::sync::Arc;

use axum::http::StatusCode;
use axum::response::Response;
use contracts::access::SYSTEM;
use contracts::caller::Identity;
use contracts::kinds::principal;
use contracts::{CredentialId, Principal, Refusal, Secret, Tenant};
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Value, json};

use super::attempt::Attempt;
use super::record::{self, Told};
use super::session::{self, Pair, Word};
use super::{input, row};
use crate::auth::codes;
use crate::edge::call::{Call, Scene};
use crate::edge::routes::{Access, Method, Needs, Route};
use crate::edge::shared::Shared;

/// The rows of sessions.
pub const ROUTES: &[Route] = &[
    row(
        (Method::Post, "/v1/auth/login"),
        "login",
        "Begins a session by name and password; answers with an access and a refresh token.",
        (Access::Open, Needs::Nothing),
        |shared, call| Box::pin(login(shared, call)),
    ),
    row(
        (Method::Post, "/v1/auth/refresh"),
        "refresh",
        "Takes a refresh token, which counts once, for the next two tokens.",
        (Access::Open, Needs::Nothing),
        |shared, call| Box::pin(refresh(shared, call)),
    ),
    row(
        (Method::Post, "/v1/auth/logout"),
        "logout",
        "Ends the session of the token that comes with it, or all sessions.",
        (Access::Key, Needs::Nothing),
        |shared, call| Box::pin(logout(shared, call)),
    ),
    row(
        (Method::Get, "/v1/auth/me"),
        "me",
        "Tells who the caller is, and with what it came.",
        (Access::Key, Needs::Nothing),
        |shared, call| Box::pin(me(shared, call)),
    ),
];

/// `{name, password, tenant?, device?}`.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct LoginInput {
    /// Who.
    #[schemars(length(min = 1, max = 128))]
    pub(super) name: String,
    /// The password.
    #[schemars(length(min = 1, max = 512))]
    pub(super) password: Secret,
    /// Where he is at home; the tenant of requests that name none when left out, or `system`.
    #[serde(default)]
    pub(super) tenant: Option<Tenant>,
    /// On which device, for the list of sessions.
    #[serde(default)]
    #[schemars(length(max = 256))]
    pub(super) device: Option<String>,
}

/// `{refresh_token}`.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RefreshInput {
    /// The token.
    #[schemars(length(min = 1, max = 8192))]
    refresh_token: String,
}

/// `{all?}`.
#[derive(Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct LogoutInput {
    /// All sessions of the caller, and not only this one.
    all: bool,
}

async fn login(shared: Arc<Shared>, mut call: Call) -> Result<Response, Refusal> {
    let wanted: LoginInput = input(call.json(&shared).await?)?;
    let pair = by_password(&shared, &call.scene, &wanted).await?;
    session::secret(StatusCode::OK, &pair.to_json(&shared))
}

/// A session for a name and a password.
///
/// # Errors
/// `login_throttled`, `login_failed`, `overloaded`, `sessions_exceeded`.
pub(super) async fn by_password(
    shared: &Shared,
    scene: &Scene,
    wanted: &LoginInput,
) -> Result<Pair, Refusal> {
    let name = wanted.name.as_str();
    let tenant = home(shared, wanted).await?;
    let attempt = Attempt::begin(shared, (&tenant, name), &scene.peer)?;
    let Some(principal) =
        session::proved(shared, (&tenant, name), wanted.password.reveal()).await?
    else {
        let message = "a name came with a password that is not its own";
        let details = json!({ "code": "login_failed" });
        record::noted(shared, scene, Told { tenant: &tenant, principal: name, message, details });
        return Err(codes::login_failed());
    };
    attempt.succeeded(shared);
    let device = wanted.device.as_deref();
    let pair = session::begin(shared, scene, (&tenant, &principal), device).await?;
    let details = json!({ "session": pair.subject.credential, "by": "password" });
    let message = "a session began";
    let told = Told { tenant: &tenant, principal: name, message, details };
    record::written(shared, scene, told).await?;
    Ok(pair)
}

/// Where a name is looked for that comes without a tenant: in the usual one, and where it is nobody
/// there, among those who see to the system.
async fn home(shared: &Shared, wanted: &LoginInput) -> Result<Tenant, Refusal> {
    if let Some(tenant) = &wanted.tenant {
        return Ok(tenant.clone());
    }
    let usual = &shared.edge.config.tenant;
    let Ok(principal) = Principal::new(wanted.name.as_str()) else { return Ok(usual.clone()) };
    let here = session::state(shared, usual, &principal).await?;
    let above = session::state(shared, &SYSTEM, &principal).await?;
    Ok(if here.is_none() && above.is_some() { SYSTEM } else { usual.clone() })
}

async fn refresh(shared: Arc<Shared>, mut call: Call) -> Result<Response, Refusal> {
    let RefreshInput { refresh_token } = input(call.json(&shared).await?)?;
    let pair = session::go_on(&shared, &call.scene, &refresh_token).await?;
    session::secret(StatusCode::OK, &pair.to_json(&shared))
}

/// The caller where it is at home, when it is a principal.
pub(super) fn at_home(identity: &Identity) -> Option<(&Tenant, &Principal)> {
    identity.tenant.as_ref().map(|tenant| (tenant, &identity.principal))
}

async fn logout(shared: Arc<Shared>, mut call: Call) -> Result<Response, Refusal> {
    let LogoutInput { all } = input(call.json(&shared).await?)?;
    let identity = call.identity()?.clone();
    let Some((tenant, name)) = at_home(&identity) else { return ended(0) };
    let before = sessions(&shared, tenant, name).await?;
    let ends = |family: &CredentialId| all || identity.credential.as_ref() == Some(family);
    let count = before.iter().filter(|family| ends(family)).count();
    if count > 0 {
        let own = json!({ "family": identity.credential });
        let body = if all { ("end_sessions", json!({})) } else { ("end_session", own) };
        let done = session::order(&shared, &call.scene, (tenant, name), body, Word::Own).await;
        match done {
            // Somebody else was faster.
            Err(refusal) if refusal.code == "session_unknown" => {}
            other => drop(other?),
        }
        let details = json!({ "session": identity.credential, "all": all });
        let message = "a session was ended by whom it is of";
        let told = Told { tenant, principal: name.as_str(), message, details };
        record::written(&shared, &call.scene, told).await?;
    }
    ended(count)
}

fn ended(count: usize) -> Result<Response, Refusal> {
    session::secret(StatusCode::OK, &json!({ "ended": count }))
}

async fn sessions(
    shared: &Shared,
    tenant: &Tenant,
    name: &Principal,
) -> Result<Vec<CredentialId>, Refusal> {
    let state = session::state(shared, tenant, name).await?.unwrap_or_default();
    let all = state["access"]["sessions"].as_array().cloned().unwrap_or_default();
    let families = all.iter().filter_map(|it| it["family"].as_str()?.parse().ok());
    Ok(families.collect())
}

async fn me(shared: Arc<Shared>, call: Call) -> Result<Response, Refusal> {
    let identity = call.identity()?;
    let called = call.entrance.as_ref().map(|entrance| entrance.principal.clone());
    let mut told = json!({
        "sub": identity.principal,
        "principal": identity.principal,
        "tenant": identity.tenant,
        "credential": identity.credential,
        "here": { "tenant": call.tenant, "called": called },
    });
    if let Some((tenant, name)) = at_home(identity) {
        let state = session::state(&shared, tenant, name).await?.unwrap_or_default();
        told["sort"] = state["access"]["sort"].clone();
        told["profile"] = state["profile"].clone();
        told["roles"] = state["access"]["roles"].clone();
        told["has_password"] = json!(state["password"].is_string());
        told["sessions"] = Value::Array(shown(&state, identity.credential.as_ref()));
        told["kind"] = json!(principal::KIND);
    }
    session::secret(StatusCode::OK, &told)
}

/// Sessions without the hashes of their tokens.
fn shown(state: &Value, own: Option<&CredentialId>) -> Vec<Value> {
    let all = state["access"]["sessions"].as_array().cloned().unwrap_or_default();
    let told = all.into_iter().map(|mut session| {
        let this = session["family"].as_str() == own.map(CredentialId::as_str);
        if let Some(members) = session.as_object_mut() {
            members.remove("token_hash");
        }
        session["this"] = json!(this);
        session
    });
    told.collect()
}
