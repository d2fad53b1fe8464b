//! Beginning and going on with sessions: the steps that all ways of signing in share.

use std::time::Duration;

use axum::http::{HeaderValue, StatusCode, header};
use axum::response::Response;
use contracts::caller::{Caller, Origin};
use contracts::kinds::principal;
use contracts::{ActorId, Address, CredentialId, Cursor, Hash, Principal, Refusal, Tenant};
use serde_json::{Value, json};

use super::record::{self, Told};
use crate::auth::{Claims, Fault, Made, Sort, Subject, codes};
use crate::chance;
use crate::dialects::rest::respond;
use crate::edge::call::Scene;
use crate::edge::headers::Lock;
use crate::edge::shared::Shared;
use crate::edge::submit::{Submission, Submitted, submit};
use crate::problem;

/// Random bytes of a session's id.
const FAMILY_BYTES: usize = 12;

/// Whose word a command about a principal is.
pub(super) enum Word {
    /// The principal's own, proved by what was just checked.
    Own,
    /// The program's: nobody has signed in yet.
    Program,
}

/// Sends a command to a principal.
pub(super) async fn order(
    shared: &Shared,
    scene: &Scene,
    (tenant, name): (&Tenant, &Principal),
    (command, body): (&str, Value),
    word: Word,
) -> Result<Submitted, Refusal> {
    let page = shared.edge.pages.get(&principal::KIND);
    let page = page.ok_or_else(problem::codes::unknown_kind)?;
    let caller = match word {
        Word::Own => Caller::new(name.clone(), Origin::Runtime),
        Word::Program => Caller::runtime(),
    };
    let done = submit(
        shared,
        Submission {
            page,
            tenant: tenant.clone(),
            caller,
            id: Some(actor(name)?),
            command,
            body,
            key: None,
            lock: Lock::None,
            correlation: None,
            trace: scene.traced.trace.clone(),
            wait: shared.edge.config.wait(None),
        },
    )
    .await?;
    known(shared, done.answer.cursor).await;
    Ok(done)
}

/// Waits until this node's directory has seen a commit, so that what it gave counts at once here.
async fn known(shared: &Shared, cursor: Cursor) {
    let wait = Duration::from_millis(shared.edge.sign_in.config.session_wait_ms);
    let _ = tokio::time::timeout(wait, shared.edge.guard.reached(cursor)).await;
}

fn actor(name: &Principal) -> Result<ActorId, Refusal> {
    ActorId::new(name.as_str()).map_err(|error| problem::codes::invalid_id("name", &error))
}

/// What is kept of a principal; `None` = there is none.
pub(super) async fn state(
    shared: &Shared,
    tenant: &Tenant,
    name: &Principal,
) -> Result<Option<Value>, Refusal> {
    let to = Address::new(tenant.clone(), principal::KIND, actor(name)?);
    Ok(shared.kept(&to).await?.map(|view| view.state))
}

/// Checks the password of a name that may be nobody's: it takes a hash whatever there is.
pub(super) async fn proved(
    shared: &Shared,
    (tenant, name): (&Tenant, &str),
    password: &str,
) -> Result<Option<Principal>, Refusal> {
    let principal = Principal::new(name).ok();
    let state = match &principal {
        Some(principal) => state(shared, tenant, principal).await?,
        None => None,
    };
    let kept = state.as_ref().and_then(|state| state["password"].as_str());
    let hasher = &shared.edge.sign_in.hasher;
    let right = hasher.verifies((tenant, name), kept, password).await?;
    let suspended = state.is_some_and(|state| state["access"]["suspended"] == true);
    Ok(principal.filter(|_| right && !suspended))
}

/// Two tokens for whoever has just proved to be somebody.
pub(super) struct Pair {
    pub(super) subject: Subject,
    pub(super) access: Made,
    pub(super) refresh: Made,
}

fn fresh_family() -> Result<CredentialId, Refusal> {
    let text = format!("s{}", chance::hex(&chance::bytes::<FAMILY_BYTES>()?));
    CredentialId::new(text).map_err(|error| Refusal::internal(error.to_string()))
}

/// Begins a session of a principal that has proved itself.
pub(super) async fn begin(
    shared: &Shared,
    scene: &Scene,
    (tenant, name): (&Tenant, &Principal),
    device: Option<&str>,
) -> Result<Pair, Refusal> {
    let (sign_in, now) = (&shared.edge.sign_in, shared.now());
    let credential = fresh_family()?;
    let subject = Subject { tenant: tenant.clone(), principal: name.clone(), credential };
    let refresh = sign_in.tokens.make(Sort::Refresh, &subject, None, now)?;
    let mut body = json!({
        "family": subject.credential,
        "token_hash": Hash::of(refresh.text.as_bytes()),
        "expires_at": sign_in.tokens.refresh_end(now),
        "sessions_max": sign_in.config.sessions_max,
        "crowded": sign_in.config.sessions_crowded,
    });
    if let Some(device) = device {
        body["device"] = json!(device);
    }
    let ordered = order(shared, scene, (tenant, name), ("begin_session", body), Word::Own);
    let done = ordered.await?;
    let cursor = Some(done.answer.cursor);
    let access = sign_in.tokens.make(Sort::Access, &subject, cursor, now)?;
    Ok(Pair { subject, access, refresh })
}

/// Goes on with the session of a refresh token, which is used up by it.
///
/// # Errors
/// What is wrong with the token; `refresh_reused` when it was used before.
pub(super) async fn go_on(shared: &Shared, scene: &Scene, token: &str) -> Result<Pair, Refusal> {
    let (sign_in, now) = (&shared.edge.sign_in, shared.now());
    let claims = sign_in.tokens.read(token, Sort::Refresh, now);
    let claims = claims.map_err(|fault| fault.refusal())?;
    let Claims { tenant, sub, sid, .. } = &*claims;
    let subject =
        Subject { tenant: tenant.clone(), principal: sub.clone(), credential: sid.clone() };
    let refresh = sign_in.tokens.make(Sort::Refresh, &subject, None, now)?;
    let body = json!({
        "family": sid,
        "token_hash": Hash::of(token.as_bytes()),
        "next_hash": Hash::of(refresh.text.as_bytes()),
        "expires_at": sign_in.tokens.refresh_end(now),
    });
    let ordered = order(shared, scene, (tenant, sub), ("refresh_session", body), Word::Own).await;
    let done = ordered.map_err(|refusal| match &*refusal.code {
        // Whoever may do nothing any more has no session either.
        "session_unknown" | "forbidden" | "actor_not_found" => Fault::Revoked.refusal(),
        _ => refusal,
    })?;
    if done.answer.reply["refreshed"] != true {
        let message = "a refresh token came a second time: its session was ended";
        let details = json!({ "session": sid, "code": "refresh_reused" });
        let told = Told { tenant, principal: sub.as_str(), message, details };
        record::written(shared, scene, told).await?;
        return Err(codes::refresh_reused());
    }
    let cursor = Some(done.answer.cursor);
    let access = sign_in.tokens.make(Sort::Access, &subject, cursor, now)?;
    Ok(Pair { subject, access, refresh })
}

impl Pair {
    /// As RFC 6749 tells it, and a little more.
    pub(super) fn to_json(&self, shared: &Shared) -> Value {
        let config = &shared.edge.sign_in.config;
        json!({
            "access_token": self.access.text,
            "token_type": "Bearer",
            "expires_in": config.access_s,
            "expires_at": self.access.expires_at,
            "refresh_token": self.refresh.text,
            "refresh_expires_in": config.refresh_s,
            "session": self.subject.credential,
            "principal": self.subject.principal,
            "tenant": self.subject.tenant,
        })
    }
}

/// An answer that nobody on the way may keep.
pub(super) fn secret(status: StatusCode, body: &Value) -> Result<Response, Refusal> {
    let mut response = respond::secret(status, body)?;
    response.headers_mut().insert(header::PRAGMA, HeaderValue::from_static("no-cache"));
    Ok(response)
}
