//! Codex-32: `/api/v1/auth/login` and `/api/v1/auth/refresh`.

use std::sync::Arc;

use axum::http::StatusCode;
use axum::response::Response;
use contracts::Refusal;
use serde_json::json;

use super::{native, open, people, text};
use crate::auth::{Credential, credential};
use crate::dialects::rest::respond;
use crate::edge::call::Call;
use crate::edge::routes::{Method, Route};
use crate::edge::shared::Shared;
use crate::problem::codes;

/// The rows.
pub const ROUTES: &[Route] = &[
    open(
        (Method::Post, "/seeds/codex32/api/v1/auth/login"),
        "codex32_login",
        "Begins a session by username and password.",
        |shared, call| Box::pin(login(shared, call)),
    ),
    open(
        (Method::Post, "/seeds/codex32/api/v1/auth/refresh"),
        "codex32_refresh",
        "Takes the refresh token that comes as bearer for the next two tokens.",
        |shared, call| Box::pin(refresh(shared, call)),
    ),
];

async fn login(shared: Arc<Shared>, mut call: Call) -> Result<Response, Refusal> {
    let body = call.json(&shared).await?;
    let wanted = json!({
        "name": people::name(text(&body, "username")?), "password": text(&body, "password")?,
    });
    let pair = native::ask(&shared, call, "login", &wanted).await?;
    respond::secret(StatusCode::OK, &people::tokens(&pair))
}

async fn refresh(shared: Arc<Shared>, mut call: Call) -> Result<Response, Refusal> {
    call.json(&shared).await?;
    let Credential::Presented(token) = credential(&call.parts.headers) else {
        return Err(codes::unauthenticated());
    };
    let wanted = json!({ "refresh_token": token });
    let pair = native::ask(&shared, call, "refresh", &wanted).await?;
    respond::secret(StatusCode::OK, &people::tokens(&pair))
}
