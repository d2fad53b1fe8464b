//! Sealed secrets of a tenant: given, listed without their values, erased. No row tells a value.

use std::sync::Arc;

use axum::http::StatusCode;
use axum::response::Response;
use contracts::access::Capability;
use contracts::{Refusal, RefusalClass};
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::json;

use super::noted;
use super::respond;
use crate::edge::call::Call;
use crate::edge::routes::{Method, Needs, Route};
use crate::edge::shared::Shared;
use crate::vault::{SECRET_BYTES_MAX, name_of, rotate};

const fn own(verb: &'static str) -> Needs {
    Needs::Tenant(Capability::new("secrets", verb))
}

/// The rows of secrets.
pub const ROUTES: &[Route] = &[
    Route::known(
        (Method::Get, "/v1/secrets"),
        "secrets",
        "Lists the tenant's secrets: names, versions and times, never a value.",
        own("list"),
        |shared, call| Box::pin(list(shared, call)),
    ),
    Route::known(
        (Method::Put, "/v1/secrets/{id}"),
        "secret_put",
        "Gives a secret of the tenant a value, which nothing ever tells.",
        own("put"),
        |shared, call| Box::pin(put(shared, call)),
    ),
    Route::known(
        (Method::Post, "/v1/secrets/{id}/delete"),
        "secret_delete",
        "Erases a secret of the tenant.",
        own("delete"),
        |shared, call| Box::pin(delete(shared, call)),
    ),
    Route::known(
        (Method::Post, "/v1/admin/secrets/rotate"),
        "secrets_rotate",
        "Makes a new version of the master key and puts it over everything that is sealed.",
        Needs::System(Capability::new("secrets", "rotate")),
        |shared, call| Box::pin(rotate_all(shared, call)),
    ),
];

/// `{value}`.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SecretInput {
    /// The value. It is sealed at once and told to nobody.
    #[schemars(length(min = 1, max = 65_536))]
    value: String,
}

/// What a tenant's secrets are called in the vault.
fn folder(call: &Call) -> String {
    name_of(&call.tenant, "")
}

async fn list(shared: Arc<Shared>, call: Call) -> Result<Response, Refusal> {
    let items = shared.edge.vault.list(&folder(&call)).await?;
    respond::json(StatusCode::OK, &json!({ "items": items }))
}

async fn put(shared: Arc<Shared>, mut call: Call) -> Result<Response, Refusal> {
    let name = call.id()?;
    let body = call.json(&shared).await?;
    // What the parser says of a body might repeat it.
    let invalid = || {
        let message = format!("the input is {{value}}: 1 to {SECRET_BYTES_MAX} bytes of text");
        Refusal::new(RefusalClass::Malformed, "invalid_input", message)
    };
    let SecretInput { value } = contracts::read::from_value(body).map_err(|_| invalid())?;
    if value.is_empty() || value.len() > SECRET_BYTES_MAX {
        return Err(invalid());
    }
    let by = call.caller()?.principal;
    let at = name_of(&call.tenant, name.as_str());
    let mut info = shared.edge.vault.seal(&at, value.as_bytes(), by.as_str(), shared.now()).await?;
    info.name = name.to_string();
    let record = noted::done(&shared, &call, "a secret got a value", json!({ "name": name }))?;
    shared.edge.audit.record(record).await?;
    let status = if info.version == 1 { StatusCode::CREATED } else { StatusCode::OK };
    respond::secret(status, &info)
}

async fn delete(shared: Arc<Shared>, mut call: Call) -> Result<Response, Refusal> {
    let name = call.id()?;
    call.json(&shared).await?;
    if !shared.edge.vault.delete(&name_of(&call.tenant, name.as_str())).await? {
        let message = "the tenant has no secret of that name";
        return Err(Refusal::not_found("secret_not_found", message));
    }
    let record = noted::done(&shared, &call, "a secret was erased", json!({ "name": name }))?;
    shared.edge.audit.record(record).await?;
    respond::json(StatusCode::OK, &json!({ "name": name }))
}

async fn rotate_all(shared: Arc<Shared>, mut call: Call) -> Result<Response, Refusal> {
    call.json(&shared).await?;
    let key = shared.edge.vault.master_key();
    let version = key.renew()?;
    let (mut items, mut unreadable) = (Vec::new(), 0);
    for (name, store) in &shared.edge.sealed {
        let rotated = rotate(key, &**store).await?;
        unreadable += rotated.unreadable;
        items.push(json!({
            "store": name, "wrapped": rotated.wrapped, "current": rotated.current,
            "unreadable": rotated.unreadable,
        }));
    }
    if unreadable == 0 {
        key.forget_old()?;
    }
    let said = "a new version of the master key lies over all secrets";
    let record = noted::done(&shared, &call, said, json!({ "version": version }))?;
    shared.edge.audit.record(record).await?;
    respond::json(StatusCode::OK, &json!({ "version": version, "items": items }))
}
