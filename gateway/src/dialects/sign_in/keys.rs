//! The keys that tokens are signed with, as operators see them.

use std::sync::Arc;

use axum::http::StatusCode;
use axum::response::Response;
use contracts::Refusal;
use contracts::access::Capability;
use serde_json::json;

use super::record::{self, Told};
use super::{Nothing, input, row, session};
use crate::edge::call::Call;
use crate::edge::routes::{Access, Method, Needs, Route};
use crate::edge::shared::Shared;

/// The rows of signing keys.
pub const ROUTES: &[Route] = &[
    row(
        (Method::Get, "/v1/admin/signing-keys"),
        "signing_keys",
        "Lists the keys that tokens are signed with, without the keys themselves.",
        (Access::Key, Needs::System(Capability::new("admin", "read"))),
        |shared, call| Box::pin(list(shared, call)),
    ),
    row(
        (Method::Post, "/v1/admin/signing-keys/rotate"),
        "signing_keys_rotate",
        "Puts another key in the place of the one that signs; tokens of the old one stay good.",
        (Access::Key, Needs::System(Capability::new("admin", "rotate"))),
        |shared, call| Box::pin(rotate(shared, call)),
    ),
];

async fn list(shared: Arc<Shared>, _: Call) -> Result<Response, Refusal> {
    let keys = &shared.edge.sign_in.tokens.keys;
    session::secret(StatusCode::OK, &keys.ring().shown(keys.algorithm(), shared.now()))
}

async fn rotate(shared: Arc<Shared>, mut call: Call) -> Result<Response, Refusal> {
    let Nothing {} = input(call.json(&shared).await?)?;
    let keys = &shared.edge.sign_in.tokens.keys;
    let ring = keys.rotate(shared.now()).await?;
    let shown = ring.shown(keys.algorithm(), shared.now());
    let by = call.caller()?.principal;
    let newest = ring.keys.last().map(|key| key.kid.clone());
    let (message, details) = ("the key that signs tokens was changed", json!({ "key": newest }));
    let told = Told { tenant: &call.tenant, principal: by.as_str(), message, details };
    record::written(&shared, &call.scene, told).await?;
    session::secret(StatusCode::OK, &shown)
}
