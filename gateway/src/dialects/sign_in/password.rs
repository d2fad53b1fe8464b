//! Changing one's password: `/v1/auth/password`.

use std::sync::Arc;

use axum::http::StatusCode;
use axum::response::Response;
use contracts::{Refusal, Secret};
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::json;

use super::attempt::Attempt;
use super::login::at_home;
use super::record::{self, Told};
use super::session::{self, Word};
use super::{input, row};
use crate::auth::codes;
use crate::edge::call::Call;
use crate::edge::routes::{Access, Method, Needs, Route};
use crate::edge::shared::Shared;

/// The rows of passwords.
pub const ROUTES: &[Route] = &[row(
    (Method::Post, "/v1/auth/password"),
    "password",
    "Changes the caller's password; all sessions end, and a new one begins for the caller.",
    (Access::Key, Needs::Nothing),
    |shared, call| Box::pin(change(shared, call)),
)];

/// `{old, new}`.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PasswordInput {
    /// The password until now.
    #[schemars(length(min = 1, max = 512))]
    old: Secret,
    /// The password from now on.
    #[schemars(length(min = 1, max = 512))]
    new: Secret,
}

async fn change(shared: Arc<Shared>, mut call: Call) -> Result<Response, Refusal> {
    let PasswordInput { old, new } = input(call.json(&shared).await?)?;
    let identity = call.identity()?.clone();
    let (tenant, name) = at_home(&identity).ok_or_else(codes::no_password)?;
    let sign_in = &shared.edge.sign_in;
    let whom = (tenant, name.as_str());
    // Whoever has somebody's token must not guess his password faster than a stranger.
    let attempt = Attempt::begin(&shared, whom, &call.scene.peer)?;
    sign_in.hasher.ensure_fit(name.as_str(), new.reveal())?;
    if session::proved(&shared, whom, old.reveal()).await?.is_none() {
        let message = "a password was not changed: the old one is another";
        let details = json!({ "code": "login_failed" });
        let told = Told { tenant, principal: name.as_str(), message, details };
        record::noted(&shared, &call.scene, told);
        return Err(codes::login_failed());
    }
    attempt.succeeded(&shared);
    let sealed = sign_in.hasher.sealed(whom, new.reveal()).await?;
    let body = ("set_password", json!({ "hash": sealed }));
    session::order(&shared, &call.scene, (tenant, name), body, Word::Own).await?;
    let message = "a password was changed by whom it is of; all sessions ended";
    let details = json!({ "by": "password" });
    let told = Told { tenant, principal: name.as_str(), message, details };
    record::written(&shared, &call.scene, told).await?;
    let pair = session::begin(&shared, &call.scene, (tenant, name), None).await?;
    session::secret(StatusCode::OK, &pair.to_json(&shared))
}
