//! Another password for who has forgotten his: a single-use link, sent by a worker, or handed over
//! by somebody who may.
//!
//! The link's token stands nowhere but in the message itself: the store of tickets knows its hash,
//! and what waits there for the worker is sealed and erased when it is fetched. The log knows that
//! it was asked for.

use std::sync::Arc;

use axum::http::StatusCode;
use axum::response::Response;
use contracts::access::Capability;
use contracts::ports::Versioned;
use contracts::{CredentialId, Hash, Principal, Refusal, Secret, Tenant, Timestamp};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::attempt::Attempt;
use super::record::{self, Told};
use super::session::{self, Word};
use super::{Nothing, input, row};
use crate::auth::codes;
use crate::chance;
use crate::edge::call::{Call, Scene};
use crate::edge::routes::{Access, Method, Needs, Route};
use crate::edge::shared::Shared;
use crate::problem;

/// The rows of resets.
pub const ROUTES: &[Route] = &[
    row(
        (Method::Post, "/v1/auth/password/reset"),
        "reset",
        "Has a link sent by which its reader sets another password. Never tells whether there is \
         anybody of that name.",
        (Access::Open, Needs::Nothing),
        |shared, call| Box::pin(ask(shared, call)),
    ),
    row(
        (Method::Post, "/v1/auth/password/reset/confirm"),
        "reset_confirm",
        "Sets another password by the token of such a link, which counts once.",
        (Access::Open, Needs::Nothing),
        |shared, call| Box::pin(confirm(shared, call)),
    ),
    row(
        (Method::Post, "/v1/auth/password/reset/{id}"),
        "reset_issue",
        "Makes such a link for a principal and shows it to who may hand it over.",
        (Access::Key, Needs::Named(Capability::new("principal", "reset_password"))),
        |shared, call| Box::pin(issue(shared, call)),
    ),
    row(
        (Method::Post, "/v1/auth/mail/{id}"),
        "reset_mail",
        "Hands the message of a ticket to the worker that sends it, once.",
        (Access::Key, Needs::Tenant(Capability::new("principal", "claim_mail"))),
        |shared, call| Box::pin(claim(shared, call)),
    ),
];

/// Random bytes of a token.
const TOKEN_BYTES: usize = 32;
/// Random bytes of the name under which a message waits.
const TICKET_BYTES: usize = 12;
/// What every such token begins with.
const PREFIX: &str = "cr_";

/// `{name, tenant?}`.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ResetInput {
    /// Whose password. What can be no name is nobody's, of which nothing is told.
    name: String,
    /// Where he is at home; the tenant of requests that name none when left out.
    #[serde(default)]
    tenant: Option<Tenant>,
}

/// `{token, password}`.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ConfirmInput {
    /// The token of the link.
    #[schemars(length(min = 1, max = 256))]
    token: String,
    /// The password from now on.
    #[schemars(length(min = 1, max = 512))]
    password: Secret,
}

/// What a token is for, as it waits under the token's hash.
#[derive(Serialize, Deserialize)]
struct Ticket {
    tenant: Tenant,
    principal: Principal,
    expires_at: Timestamp,
    /// Of the password that it replaces: once that is another, older links count no longer.
    before: Hash,
}

/// A message that waits for the worker that sends it.
#[derive(Serialize, Deserialize)]
struct Message {
    to: String,
    principal: Principal,
    token: String,
    expires_at: Timestamp,
}

struct Made {
    token: String,
    expires_at: Timestamp,
}

fn place(token: &str) -> String {
    format!("reset/{}", Hash::of(token.as_bytes()))
}

fn mail(tenant: &Tenant, ticket: &CredentialId) -> String {
    format!("mail/{tenant}/{ticket}")
}

fn before(state: &Value) -> Hash {
    Hash::of(state["password"].as_str().unwrap_or_default().as_bytes())
}

fn bytes(value: &impl Serialize) -> Result<Vec<u8>, Refusal> {
    serde_json::to_vec(value).map_err(|error| Refusal::internal(error.to_string()))
}

/// A token that sets another password of somebody once.
async fn make(
    shared: &Shared,
    (tenant, name): (&Tenant, &Principal),
    state: &Value,
) -> Result<Made, Refusal> {
    let sign_in = &shared.edge.sign_in;
    let token = format!("{PREFIX}{}", chance::hex(&chance::bytes::<TOKEN_BYTES>()?));
    let lasts_ms = u64::from(sign_in.config.reset_s) * 1_000;
    let expires_at = shared.now().plus_millis(i64::from(sign_in.config.reset_s) * 1_000);
    let (tenant, principal) = (tenant.clone(), name.clone());
    let ticket = Ticket { tenant, principal, expires_at, before: before(state) };
    let made = sign_in.tickets.create(&place(&token), bytes(&ticket)?, Some(lasts_ms)).await?;
    made.ok_or_else(|| Refusal::internal("a random token came twice"))?;
    Ok(Made { token, expires_at })
}

/// The answer comes before anything is looked up, so that it tells nothing, not even by its time.
async fn ask(shared: Arc<Shared>, mut call: Call) -> Result<Response, Refusal> {
    let ResetInput { name, tenant } = input(call.json(&shared).await?)?;
    let tenant = tenant.unwrap_or_else(|| shared.edge.config.tenant.clone());
    Attempt::begin(&shared, (&tenant, &name), &call.scene.peer)?;
    let (shared, scene) = (Arc::clone(&shared), Arc::clone(&call.scene));
    tokio::spawn(async move {
        if let Err(refusal) = send(&shared, &scene, &tenant, &name).await {
            tracing::error!(code = %refusal.code, error = %refusal.message, "reset.not_sent");
        }
    });
    let told = json!({ "status": "accepted" });
    session::secret(StatusCode::ACCEPTED, &told)
}

/// Has the link sent, when there is somebody who can be written to.
async fn send(shared: &Shared, scene: &Scene, tenant: &Tenant, name: &str) -> Result<(), Refusal> {
    let principal = Principal::new(name).ok();
    let state = match &principal {
        Some(principal) => session::state(shared, tenant, principal).await?,
        None => None,
    };
    let to = state.as_ref().and_then(|state| state["profile"]["email"].as_str());
    let suspended = state.as_ref().is_some_and(|state| state["access"]["suspended"] == true);
    let (Some(principal), Some(state), Some(to)) = (principal, &state, to) else {
        let message = "a password reset was asked for somebody who cannot be written to";
        let details = json!({ "code": "reset_unsendable" });
        return record::written(shared, scene, Told { tenant, principal: name, message, details })
            .await;
    };
    if suspended {
        return Ok(());
    }
    let Made { token, expires_at } = make(shared, (tenant, &principal), state).await?;
    let ticket = CredentialId::new(format!("m{}", chance::hex(&chance::bytes::<TICKET_BYTES>()?)));
    let ticket = ticket.map_err(|error| Refusal::internal(error.to_string()))?;
    let (name, message) = (
        mail(tenant, &ticket),
        Message { to: to.to_owned(), principal: principal.clone(), token, expires_at },
    );
    let sign_in = &shared.edge.sign_in;
    let sealed = sign_in.seal.wrap(&name, &bytes(&message)?)?;
    let lasts_ms = u64::from(sign_in.config.reset_s) * 1_000;
    sign_in.tickets.create(&name, sealed, Some(lasts_ms)).await?;
    let body = json!({ "ticket": ticket, "expires_at": expires_at });
    let who = (tenant, &principal);
    session::order(shared, scene, who, ("ask_reset", body), Word::Own).await?;
    let message = "a password reset was asked for; its link waits to be sent";
    let details = json!({ "ticket": ticket });
    record::written(shared, scene, Told { tenant, principal: principal.as_str(), message, details })
        .await
}

async fn confirm(shared: Arc<Shared>, mut call: Call) -> Result<Response, Refusal> {
    let ConfirmInput { token, password } = input(call.json(&shared).await?)?;
    let sign_in = &shared.edge.sign_in;
    let name = place(&token);
    // Each token is throttled by itself, so that nobody holds up another's.
    let nobody = Tenant::from_static("none");
    let attempt = Attempt::begin(&shared, (&nobody, &name), &call.scene.peer)?;
    let kept = sign_in.tickets.get(&name).await?.ok_or_else(codes::reset_invalid)?;
    let Versioned { value, revision } = kept;
    let ticket: Ticket = contracts::read::from_slice(&value)
        .map_err(|error| Refusal::internal(error.to_string()))?;
    let Ticket { tenant, principal, .. } = &ticket;
    let who = (tenant, principal.as_str());
    sign_in.hasher.ensure_fit(principal.as_str(), password.reveal())?;
    let sealed = sign_in.hasher.sealed(who, password.reveal()).await?;
    let state = session::state(&shared, tenant, principal).await?.unwrap_or_default();
    let suspended = state["access"]["suspended"] == true;
    let counts = !suspended && ticket.expires_at > shared.now() && before(&state) == ticket.before;
    // Who deletes it uses it: of two at the same moment one is too late.
    if !sign_in.tickets.delete(&name, revision).await? || !counts {
        return Err(codes::reset_invalid());
    }
    let body = ("set_password", json!({ "hash": sealed }));
    session::order(&shared, &call.scene, (tenant, principal), body, Word::Program).await?;
    attempt.succeeded(&shared);
    let message = "a password was set by a link; all sessions ended";
    let details = json!({ "by": "reset" });
    let told = Told { tenant, principal: principal.as_str(), message, details };
    record::written(&shared, &call.scene, told).await?;
    session::secret(StatusCode::OK, &json!({ "principal": principal, "tenant": tenant }))
}

async fn issue(shared: Arc<Shared>, mut call: Call) -> Result<Response, Refusal> {
    let Nothing {} = input(call.json(&shared).await?)?;
    let name = Principal::new(call.param("id"));
    let name = name.map_err(|error| problem::codes::invalid_id("id", &error))?;
    let (tenant, by) = (&call.tenant, call.caller()?.principal);
    let state = session::state(&shared, tenant, &name).await?;
    let state = state.ok_or_else(|| {
        Refusal::not_found("actor_not_found", "there is no such principal in this tenant")
    })?;
    if state["access"]["suspended"] == true {
        let message = "the principal is suspended; restore it first";
        return Err(Refusal::rejected("principal_suspended", message));
    }
    if by.as_str() != name.as_str() {
        ensure_not_above(&shared, &call, &name)?;
    }
    let Made { token, expires_at } = make(&shared, (tenant, &name), &state).await?;
    let message = "a link for another password was made and shown to who may hand it over";
    let told = Told { tenant, principal: name.as_str(), message, details: json!({ "by": by }) };
    record::written(&shared, &call.scene, told).await?;
    let url = shared.edge.sign_in.config.reset_url.as_ref();
    let link = url.map(|url| url.replace("{token}", &token));
    let told = json!({
        "principal": name, "tenant": tenant, "token": token, "link": link,
        "expires_at": expires_at,
    });
    session::secret(StatusCode::CREATED, &told)
}

/// Nobody takes over somebody who may more than he: who sets a password acts as whose it is.
fn ensure_not_above(shared: &Shared, call: &Call, name: &Principal) -> Result<(), Refusal> {
    use contracts::caller::Identity;
    let of = Identity::of(call.tenant.clone(), name.clone(), None);
    let theirs = shared.edge.guard.enter(&of, &call.tenant, shared.now());
    let own = call.entrance.as_ref().map(|entrance| &entrance.rights);
    let within = match (own, theirs.as_ref().map(|entrance| &entrance.rights)) {
        (Some(own), Some(theirs)) => own.cover_all_of(theirs),
        _ => false,
    };
    if within {
        return Ok(());
    }
    let message = format!("{name} may do what you may not, so that you cannot set this password");
    Err(Refusal::new(contracts::RefusalClass::Forbidden, "grant_exceeds_rights", message))
}

async fn claim(shared: Arc<Shared>, mut call: Call) -> Result<Response, Refusal> {
    let Nothing {} = input(call.json(&shared).await?)?;
    let ticket = CredentialId::new(call.param("id"));
    let ticket = ticket.map_err(|error| problem::codes::invalid_id("id", &error))?;
    let (name, sign_in) = (mail(&call.tenant, &ticket), &shared.edge.sign_in);
    let kept = sign_in.tickets.get(&name).await?.ok_or_else(codes::ticket_unknown)?;
    let opened = sign_in.seal.unwrap(&name, &kept.value)?;
    let message: Message = contracts::read::from_slice(&opened)
        .map_err(|error| Refusal::internal(error.to_string()))?;
    if !sign_in.tickets.delete(&name, kept.revision).await? {
        return Err(codes::ticket_unknown());
    }
    let link = sign_in.config.reset_url.as_ref();
    let link = link.map(|url| url.replace("{token}", &message.token));
    let told = json!({
        "to": message.to, "principal": message.principal, "token": message.token, "link": link,
        "expires_at": message.expires_at,
    });
    session::secret(StatusCode::OK, &told)
}
