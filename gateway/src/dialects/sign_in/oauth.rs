//! The same in the words of OAuth: tokens (RFC 6749), introspection (RFC 7662), revocation
//! (RFC 7009).

use std::sync::Arc;

use axum::http::StatusCode;
use axum::response::Response;
use contracts::access::Capability;
use contracts::caller::Identity;
use contracts::{CredentialId, Hash, Refusal, Secret, Tenant};
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Value, json};

use super::attempt::Attempt;
use super::form::{Error, Form, basic};
use super::login::{self, LoginInput};
use super::record::{self, Told};
use super::row;
use super::session::{self, Word};
use crate::auth::{Claims, FreshKey, Sort, Subject};
use crate::edge::call::{Call, Scene};
use crate::edge::routes::{Access, Method, Needs, Route};
use crate::edge::shared::Shared;

/// Looking into tokens of others.
const INTROSPECT: Capability<'static> = Capability::new("principal", "introspect");

/// The rows of OAuth.
pub const ROUTES: &[Route] = &[
    row(
        (Method::Post, "/v1/auth/token"),
        "token",
        "The token endpoint (RFC 6749): password, refresh_token, and client_credentials by a key.",
        (Access::Open, Needs::Nothing),
        |shared, call| Box::pin(token(shared, call)),
    ),
    row(
        (Method::Post, "/v1/auth/introspect"),
        "introspect",
        "Tells whether a token counts at this moment, and what it says (RFC 7662).",
        (Access::Key, Needs::Nothing),
        |shared, call| Box::pin(introspect(shared, call)),
    ),
    row(
        (Method::Post, "/v1/auth/revoke"),
        "revoke",
        "Ends the session of a token (RFC 7009); whoever holds one may end it.",
        (Access::Open, Needs::Nothing),
        |shared, call| Box::pin(revoke(shared, call)),
    ),
];

/// `grant_type` and what it takes.
#[derive(Deserialize, JsonSchema)]
#[schemars(extend("additionalProperties" = { "type": "string" }, "maxProperties" = 32))]
#[expect(dead_code, reason = "described here, read as a form")]
pub struct TokenForm {
    /// `password`, `refresh_token` or `client_credentials`.
    grant_type: String,
    /// Of `password`: who.
    #[schemars(length(max = 128))]
    #[serde(default)]
    username: String,
    /// Of `password`: the password.
    #[schemars(length(max = 512))]
    #[serde(default)]
    password: String,
    /// Of `password`: where he is at home.
    #[schemars(length(max = 128))]
    #[serde(default)]
    tenant: String,
    /// Of `refresh_token`: the token.
    #[schemars(length(max = 8192))]
    #[serde(default)]
    refresh_token: String,
    /// Of `client_credentials`: the key's id.
    #[schemars(length(max = 128))]
    #[serde(default)]
    client_id: String,
    /// Of `client_credentials`: the key, or what of it follows its id.
    #[schemars(length(max = 512))]
    #[serde(default)]
    client_secret: String,
}

/// A token, and what sort it may be.
#[derive(Deserialize, JsonSchema)]
#[schemars(extend("additionalProperties" = { "type": "string" }, "maxProperties" = 32))]
#[expect(dead_code, reason = "described here, read as a form")]
pub struct RevokeForm {
    /// The token; what can be none does not count.
    #[schemars(length(min = 1))]
    token: String,
    /// `access_token` or `refresh_token`; found out when left out.
    #[serde(default)]
    token_type_hint: String,
}

async fn token(shared: Arc<Shared>, mut call: Call) -> Result<Response, Refusal> {
    match granted(&shared, &mut call).await {
        Ok(body) => session::secret(StatusCode::OK, &body),
        Err(error) => error.answer(),
    }
}

async fn granted(shared: &Shared, call: &mut Call) -> Result<Value, Error> {
    let form = Form::read(shared, call).await?;
    match form.need("grant_type")? {
        "password" => {
            let tenant = form.get("tenant").map(Tenant::new).transpose().map_err(|error| {
                Error::told(StatusCode::BAD_REQUEST, "invalid_request", &error.to_string())
            })?;
            let wanted = LoginInput {
                name: form.need("username")?.to_owned(),
                password: Secret::new(form.need("password")?.to_owned()),
                tenant,
                device: None,
            };
            let pair = login::by_password(shared, &call.scene, &wanted).await;
            Ok(pair.map_err(Error::grant)?.to_json(shared))
        }
        "refresh_token" => {
            let token = form.need("refresh_token")?;
            let pair = session::go_on(shared, &call.scene, token).await;
            Ok(pair.map_err(Error::grant)?.to_json(shared))
        }
        "client_credentials" => {
            let basic = basic(&call.parts.headers);
            by_key(shared, &call.scene, basic, &form).await
        }
        _ => {
            let text = "grant_type is password, refresh_token or client_credentials";
            Err(Error::told(StatusCode::BAD_REQUEST, "unsupported_grant_type", text))
        }
    }
}

/// An access token that lives as long as the key does, for what the key carries.
async fn by_key(
    shared: &Shared,
    scene: &Scene,
    basic: Option<(String, String)>,
    form: &Form,
) -> Result<Value, Error> {
    let in_form = || {
        let (id, secret) = (form.get("client_id")?, form.get("client_secret")?);
        Some((id.to_owned(), secret.to_owned()))
    };
    let wrong = || {
        let text = "client_id is the id of a key, client_secret the key";
        Error::told(StatusCode::UNAUTHORIZED, "invalid_client", text)
    };
    let (id, secret) = basic.or_else(in_form).ok_or_else(wrong)?;
    let sign_in = &shared.edge.sign_in;
    let whom = (&shared.edge.config.tenant, id.as_str());
    let attempt = Attempt::begin(shared, whom, &scene.peer)?;
    let text = FreshKey::text_of(&id, &secret);
    let now = shared.now();
    let holder = shared.edge.guard.holder(&Hash::of(text.as_bytes()), now);
    let known = holder.filter(|it| it.credential.as_ref().map(CredentialId::as_str) == Some(&id));
    let Some(Identity { principal, tenant: Some(tenant), credential: Some(key) }) = known else {
        let message = "a key came that is nobody's";
        let details = json!({ "code": "invalid_client" });
        let tenant = &shared.edge.config.tenant;
        record::noted(shared, scene, Told { tenant, principal: &id, message, details });
        return Err(wrong());
    };
    attempt.succeeded(shared);
    let subject = Subject { tenant, principal, credential: key };
    let made = sign_in.tokens.make(Sort::Access, &subject, None, now)?;
    let message = "a token was made for a key";
    let details = json!({ "credential": subject.credential, "by": "client_credentials" });
    let (tenant, principal) = (&subject.tenant, subject.principal.as_str());
    record::written(shared, scene, Told { tenant, principal, message, details }).await?;
    Ok(json!({
        "access_token": made.text,
        "token_type": "Bearer",
        "expires_in": sign_in.tokens.access_s(),
        "expires_at": made.expires_at,
        "principal": subject.principal,
        "tenant": subject.tenant,
    }))
}

/// A token of either sort that counts at this moment.
fn counts(shared: &Shared, text: &str) -> Option<Arc<Claims>> {
    let (tokens, now) = (&shared.edge.sign_in.tokens, shared.now());
    let read = |sort| tokens.read(text, sort, now).ok();
    let claims = read(Sort::Access).or_else(|| read(Sort::Refresh))?;
    shared.edge.guard.stands(&claims.identity(), now).then_some(claims)
}

async fn introspect(shared: Arc<Shared>, mut call: Call) -> Result<Response, Refusal> {
    let form = match Form::read(&shared, &mut call).await {
        Ok(form) => form,
        Err(error) => return error.answer(),
    };
    let text = match form.need("token") {
        Ok(text) => text,
        Err(error) => return error.answer(),
    };
    let identity = call.identity()?;
    let told = counts(&shared, text).filter(|claims| {
        let own =
            identity.tenant.as_ref() == Some(&claims.tenant) && identity.principal == claims.sub;
        // Of others only what is of this house, and only who may.
        let house = claims.tenant == call.tenant;
        own || (house && call.may(&shared, INTROSPECT, None))
    });
    let body = told.map_or_else(
        || json!({ "active": false }),
        |claims| {
            let sort = if claims.typ == Sort::Access { "access_token" } else { "refresh_token" };
            json!({
                "active": true, "token_type": "Bearer", "sort": sort, "iss": claims.iss,
                "aud": claims.aud, "sub": claims.sub, "username": claims.sub,
                "tenant": claims.tenant, "sid": claims.sid, "jti": claims.jti,
                "iat": claims.iat, "nbf": claims.nbf, "exp": claims.exp,
            })
        },
    );
    session::secret(StatusCode::OK, &body)
}

/// The answer is the same whatever the token is worth.
async fn revoke(shared: Arc<Shared>, mut call: Call) -> Result<Response, Refusal> {
    let form = match Form::read(&shared, &mut call).await {
        Ok(form) => form,
        Err(error) => return error.answer(),
    };
    let text = match form.need("token") {
        Ok(text) => text,
        Err(error) => return error.answer(),
    };
    if let Some(claims) = counts(&shared, text) {
        let who = (&claims.tenant, &claims.sub);
        let body = ("end_session", json!({ "family": claims.sid }));
        let ended = session::order(&shared, &call.scene, who, body, Word::Own).await;
        match ended {
            // A token of a key has no session, and one that has just ended none any more.
            Err(refusal) if refusal.code == "session_unknown" => {}
            Err(refusal) => return Err(refusal),
            Ok(_) => {
                let message = "a session was ended by one of its tokens";
                let details = json!({ "session": claims.sid, "by": "revoke" });
                let (tenant, principal) = (&claims.tenant, claims.sub.as_str());
                let told = Told { tenant, principal, message, details };
                record::written(&shared, &call.scene, told).await?;
            }
        }
    }
    session::secret(StatusCode::OK, &json!({}))
}
