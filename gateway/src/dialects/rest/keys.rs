//! Keys of principals. They are made here, shown once, and go to the actors as their hash.

use std::sync::Arc;

use axum::http::StatusCode;
use axum::response::Response;
use contracts::access::{Capability, Pattern};
use contracts::kinds::principal;
use contracts::view::At;
use contracts::{
    ActorId, Address, CredentialId, Kind, Principal, Refusal, RefusalClass, Tenant, Timestamp,
};
use schemars::JsonSchema;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use super::params::param;
use super::respond::{self, JSON};
use crate::auth::FreshKey;
use crate::edge::call::Call;
use crate::edge::routes::{Access, Handler, Method, Needs, Param, Route};
use crate::edge::shared::Shared;
use crate::edge::submit::{Submission, Submitted, submit};
use crate::problem::codes;

const fn row(
    (method, path): (Method, &'static str),
    name: &'static str,
    about: &'static str,
    (needs, query): (Needs, &'static [Param]),
    handler: Handler,
) -> Route {
    Route { method, path, name, about, access: Access::Key, needs, offers: JSON, query, handler }
}

/// The rows of keys.
pub const ROUTES: &[Route] = &[
    row(
        (Method::Get, "/v1/keys"),
        "keys",
        "Lists a principal's keys, without the keys themselves.",
        (Needs::Rows, &[param("principal", "Whose; one's own when left out.")]),
        |shared, call| Box::pin(list(shared, call)),
    ),
    row(
        (Method::Post, "/v1/keys"),
        "key_issue",
        "Gives a principal a key, which is shown in this answer and never again.",
        (Needs::Command, &[]),
        |shared, call| Box::pin(issue(shared, call)),
    ),
    row(
        (Method::Post, "/v1/keys/{id}/rotate"),
        "key_rotate",
        "Puts a new key of the same label and scope in a key's place, and shows it once.",
        (Needs::Command, &[]),
        |shared, call| Box::pin(rotate(shared, call)),
    ),
    row(
        (Method::Post, "/v1/keys/{id}/revoke"),
        "key_revoke",
        "Ends a key.",
        (Needs::Command, &[]),
        |shared, call| Box::pin(revoke(shared, call)),
    ),
];

/// `{label, principal?, scope?, expires_at?}`.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct KeyInput {
    /// What it is for.
    #[schemars(length(min = 1, max = 256))]
    label: String,
    /// Whose it is; one's own when left out.
    #[serde(default)]
    principal: Option<Principal>,
    /// What of the principal's rights it carries; absent = all.
    #[serde(default)]
    #[schemars(length(max = 64))]
    scope: Option<Vec<Pattern>>,
    /// Until when; absent = for good.
    #[serde(default)]
    expires_at: Option<Timestamp>,
}

/// `{principal?, overlap_ms?}`.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct RotateInput {
    /// Whose it is; one's own when left out.
    principal: Option<Principal>,
    /// How long the old one still counts, in milliseconds; 0 when left out.
    overlap_ms: u32,
}

/// `{principal?}`.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct OfPrincipal {
    /// Whose it is; one's own when left out.
    principal: Option<Principal>,
}

async fn input<T: DeserializeOwned>(
    shared: &Shared,
    call: &mut Call,
    shape: &str,
) -> Result<T, Refusal> {
    let body = call.json(shared).await?;
    contracts::read::from_value(body).map_err(|error| {
        let message = format!("the input is {shape}");
        Refusal::new(RefusalClass::Malformed, "invalid_input", message)
            .field("input", error.to_string())
    })
}

/// The actor of the principal that is meant.
fn holder(call: &Call, named: Option<Principal>) -> Result<Address, Refusal> {
    let principal = match named {
        Some(principal) => principal,
        None => call.caller()?.principal,
    };
    let id = ActorId::new(principal.as_str());
    let id = id.map_err(|error| codes::invalid_id("principal", &error))?;
    Ok(Address::new(call.tenant.clone(), principal::KIND, id))
}

fn place(to: &Address) -> (&Kind, Tenant, ActorId) {
    (&to.kind, to.tenant.clone(), to.id.clone())
}

async fn list(shared: Arc<Shared>, call: Call) -> Result<Response, Refusal> {
    let named = call.query.parsed("principal", "is one token")?;
    let to = holder(&call, named)?;
    let own = call.caller()?.principal.as_str() == to.id.as_str();
    if !own && !call.reads(&shared, &to.kind, Some(to.id.as_str())) {
        let capability = Capability::read(to.kind.as_str());
        let by = call.caller()?.principal;
        return Err(codes::forbidden_capability(capability, by.as_str()));
    }
    let view = shared.edge.history.state(&to, At::Latest).await?;
    let keys = view.state["access"]["keys"].as_array().cloned().unwrap_or_default();
    let items: Vec<Value> = keys.into_iter().map(shown).collect();
    respond::json(StatusCode::OK, &json!({ "principal": to.id, "items": items }))
}

/// A key without its hash.
fn shown(mut key: Value) -> Value {
    if let Some(members) = key.as_object_mut() {
        members.remove("hash");
    }
    key
}

async fn issue(shared: Arc<Shared>, mut call: Call) -> Result<Response, Refusal> {
    let shape = "{label, principal?, scope?, expires_at?}";
    let KeyInput { label, principal, scope, expires_at } = input(&shared, &mut call, shape).await?;
    let (to, key) = (holder(&call, principal)?, FreshKey::make()?);
    let mut body = json!({ "id": key.id, "hash": key.hash, "label": label });
    if let Some(scope) = scope {
        body["scope"] = json!(scope);
    }
    if let Some(expires_at) = expires_at {
        body["expires_at"] = json!(expires_at);
    }
    let asked = Submission::of(&shared, &call, place(&to), "issue_key", body)?;
    let done = submit(&shared, asked).await?;
    told(&to, &key, &done)
}

async fn rotate(shared: Arc<Shared>, mut call: Call) -> Result<Response, Refusal> {
    let RotateInput { principal, overlap_ms } =
        input(&shared, &mut call, "{principal?, overlap_ms?}").await?;
    let (to, key, old) = (holder(&call, principal)?, FreshKey::make()?, named(&call)?);
    let body = json!({
        "id": old, "successor": key.id, "hash": key.hash, "overlap_ms": overlap_ms,
    });
    let asked = Submission::of(&shared, &call, place(&to), "rotate_key", body)?;
    let done = submit(&shared, asked).await?;
    told(&to, &key, &done)
}

async fn revoke(shared: Arc<Shared>, mut call: Call) -> Result<Response, Refusal> {
    let OfPrincipal { principal } = input(&shared, &mut call, "{principal?}").await?;
    let (to, old) = (holder(&call, principal)?, named(&call)?);
    let body = json!({ "id": old });
    let asked = Submission::of(&shared, &call, place(&to), "revoke_key", body)?;
    let done = submit(&shared, asked).await?;
    let told = json!({ "principal": to.id, "id": old, "cursor": done.answer.cursor });
    respond::json(StatusCode::OK, &told)
}

fn named(call: &Call) -> Result<CredentialId, Refusal> {
    CredentialId::new(call.param("id")).map_err(|error| codes::invalid_id("id", &error))
}

/// The one answer in which the key itself stands. Nobody on the way may keep it.
fn told(to: &Address, key: &FreshKey, done: &Submitted) -> Result<Response, Refusal> {
    let told = json!({
        "principal": to.id, "id": key.id, "key": *key.text, "cursor": done.answer.cursor,
    });
    respond::secret(StatusCode::CREATED, &told)
}
