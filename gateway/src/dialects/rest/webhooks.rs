//! Webhooks with their secrets, which are made here, shown once and sealed.

use std::sync::Arc;

use axum::http::StatusCode;
use axum::response::Response;
use contracts::effect::{SigningKey, SigningKeys, URL_BYTES_MAX, URL_PATTERN};
use contracts::kinds::check::SAID;
use contracts::kinds::webhook::limits::{NOTE_BYTES_MAX, OVERLAP_S, OVERLAP_S_MAX};
use contracts::kinds::webhook::{self, Filter};
use contracts::ports::AuditRecord;
use contracts::{ActorId, Address, Cursor, Principal, Refusal, RefusalClass};
use schemars::JsonSchema;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use super::noted;
use super::respond::{self, JSON};
use crate::chance;
use crate::edge::call::Call;
use crate::edge::headers::{self, Lock};
use crate::edge::routes::{Access, Handler, Method, Needs, Route};
use crate::edge::shared::Shared;
use crate::edge::submit::{Submission, Submitted, submit};
use crate::problem::codes;
use crate::vault::name_of;

const fn row(
    path: &'static str,
    name: &'static str,
    about: &'static str,
    handler: Handler,
) -> Route {
    Route {
        method: Method::Post,
        path,
        name,
        about,
        access: Access::Key,
        needs: Needs::Command,
        offers: JSON,
        query: &[],
        handler,
    }
}

/// The rows of webhooks.
pub const ROUTES: &[Route] = &[
    row(
        "/v1/webhooks",
        "webhooks_create",
        "Sends events to a URL from now on; the secret that signs them is shown in this answer and \
         never again.",
        |shared, call| Box::pin(create(shared, call)),
    ),
    row(
        "/v1/webhooks/{id}/rotate",
        "webhooks_rotate",
        "Puts a new secret in the place of a webhook's, and shows it once; for a while both sign.",
        |shared, call| Box::pin(rotate(shared, call)),
    ),
];

/// `{url, id?, filter?, description?}`.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct WebhookInput {
    /// Where to: `http` or `https`, without user and password.
    #[schemars(length(min = 1, max = URL_BYTES_MAX), regex(pattern = URL_PATTERN))]
    url: String,
    /// What the webhook is called; a name is made when it is left out.
    #[serde(default)]
    id: Option<ActorId>,
    /// Which events; all that the caller may read when left out.
    #[serde(default)]
    filter: Filter,
    /// What it is for.
    #[serde(default)]
    #[schemars(length(min = 1, max = NOTE_BYTES_MAX), regex(pattern = SAID))]
    description: Option<String>,
}

/// `{overlap_s?}`.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct WebhookRotateInput {
    /// How long the secret before it signs, too, in seconds; a day when left out.
    #[serde(default = "day")]
    #[schemars(range(max = OVERLAP_S_MAX))]
    overlap_s: u64,
}

const fn day() -> u64 {
    OVERLAP_S
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

async fn create(shared: Arc<Shared>, mut call: Call) -> Result<Response, Refusal> {
    let shape = "{url, id?, filter?, description?}";
    let WebhookInput { url, id, filter, description } = input(&shared, &mut call, shape).await?;
    let mut body = json!({ "url": url, "filter": filter });
    if let Some(description) = description {
        body["description"] = json!(description);
    }
    let done = submit(&shared, command(&shared, &call, id, "create", body)?).await?;
    // Asked again under the same key it is created once, and the last secret that was shown counts.
    let seal = Seal::of(&shared, &call, &done, OVERLAP_S)?;
    seal.told(&shared).await
}

async fn rotate(shared: Arc<Shared>, mut call: Call) -> Result<Response, Refusal> {
    let WebhookRotateInput { overlap_s } = input(&shared, &mut call, "{overlap_s?}").await?;
    let (id, body) = (call.id()?, json!({ "overlap_s": overlap_s }));
    let done = submit(&shared, command(&shared, &call, Some(id), "rotate", body)?).await?;
    let seal = Seal::of(&shared, &call, &done, overlap_s)?;
    seal.told(&shared).await
}

fn command<'a>(
    shared: &'a Shared,
    call: &Call,
    id: Option<ActorId>,
    command: &'a str,
    body: Value,
) -> Result<Submission<'a>, Refusal> {
    let page = shared.edge.pages.get(&webhook::KIND).ok_or_else(codes::unknown_kind)?;
    let headers = &call.parts.headers;
    Ok(Submission {
        page,
        tenant: call.tenant.clone(),
        caller: call.caller()?,
        id,
        command,
        body,
        key: headers::key(headers)?,
        lock: Lock::None,
        correlation: headers::correlation(headers)?,
        trace: call.scene.traced.trace.clone(),
        wait: shared.edge.config.wait(None),
    })
}

/// A fresh secret that is to be sealed. The command has been done by then, so that nobody gets a
/// secret who may not have it; a message that is sent before the secret is there is tried again.
struct Seal {
    to: Address,
    by: Principal,
    cursor: Cursor,
    overlap_ms: i64,
    record: AuditRecord,
}

impl Seal {
    fn of(shared: &Shared, call: &Call, done: &Submitted, overlap_s: u64) -> Result<Self, Refusal> {
        let to = done.answer.address.clone();
        let said = json!({ "webhook": to.id });
        Ok(Self {
            by: call.caller()?.principal,
            cursor: done.answer.cursor,
            overlap_ms: i64::try_from(overlap_s.saturating_mul(1_000)).unwrap_or(i64::MAX),
            record: noted::done(shared, call, "a webhook got a secret", said)?,
            to,
        })
    }

    /// Seals it, and answers with it: the one answer in which it stands.
    async fn told(self, shared: &Shared) -> Result<Response, Refusal> {
        let Self { to, by, cursor, overlap_ms, record } = self;
        let at = name_of(&to.tenant, webhook::secret_of(&to.id).as_str());
        let (vault, now) = (&shared.edge.vault, shared.now());
        let before = vault.open(&at).await?;
        // What somebody has put there that is no key signs nothing.
        let before = before.and_then(|sealed| SigningKeys::open(&sealed).ok()).unwrap_or_default();
        let key = SigningKey::of(&chance::bytes()?);
        let keys = before.renewed(key.clone(), now, now.plus_millis(overlap_ms));
        vault.seal(&at, &keys.seal(), by.as_str(), now).await?;
        shared.edge.audit.record(record).await?;
        let told = json!({ "id": to.id, "secret": key.text(), "cursor": cursor });
        respond::secret(StatusCode::CREATED, &told)
    }
}
