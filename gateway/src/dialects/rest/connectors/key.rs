//! A key comes in.

use std::sync::Arc;

use axum::http::StatusCode;
use axum::response::Response;
use contracts::kinds::connector::secret_of;
use contracts::{Hash, Refusal, RefusalClass, Secret};
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::json;

use super::super::{noted, respond};
use super::{Word, standing};
use crate::chance;
use crate::edge::call::Call;
use crate::edge::shared::Shared;
use crate::vault::name_of;

/// The longest key, in bytes.
const KEY_BYTES_MAX: usize = 16 * 1_024;

/// `{value}`.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ConnectorKeyInput {
    /// The key. It is sealed at once and told to nobody.
    #[schemars(length(min = 1, max = KEY_BYTES_MAX), regex(pattern = "^ *[!-z|}~][ -~]*$"))]
    value: Secret,
}

pub(super) async fn put(shared: Arc<Shared>, mut call: Call) -> Result<Response, Refusal> {
    let id = call.id()?;
    let body = call.json(&shared).await?;
    // What the parser says of a body might repeat it.
    let invalid = || {
        let message = "the input is {value}: a key of one line, of at most 16384 visible signs";
        Refusal::new(RefusalClass::Malformed, "invalid_input", message)
    };
    let ConnectorKeyInput { value } = contracts::read::from_value(body).map_err(|_| invalid())?;
    let text = value.reveal();
    let visible = text.bytes().all(|byte| byte.is_ascii_graphic() || byte == b' ');
    // What begins so would be read as tokens.
    if text.trim().is_empty() || text.len() > KEY_BYTES_MAX || !visible || text.starts_with('{') {
        return Err(invalid());
    }
    let scene = call.scene.clone();
    let (word, secret) = (Word::of(&call)?, secret_of(&id, &Hash(chance::bytes()?)));
    let at = name_of(&call.tenant, secret.as_str());
    let (vault, now) = (&shared.edge.vault, shared.now());
    vault.seal(&at, text.as_bytes(), word.principal().as_str(), now).await?;
    let told = ("seal", json!({ "secret": secret }));
    let done = word.tell(&shared, &scene, (&id, &secret), told).await?;
    let record = noted::done(&shared, &call, "a connector got a key", json!({ "connector": id }))?;
    shared.edge.audit.record(record).await?;
    respond::json(StatusCode::OK, &standing(&id, &done))
}
