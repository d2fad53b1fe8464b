//! `/api/auth/…` and `/api/users/me` of Symbia: people and agents.

use std::sync::Arc;

use axum::http::StatusCode;
use axum::response::Response;
use contracts::caller::Identity;
use contracts::kinds::principal;
use contracts::{ActorId, Caller, Hash, Refusal, RefusalClass};
use serde_json::{Value, json};

use crate::dialects::rest::respond;
use crate::dialects::seeds::{native, open, people, text};
use crate::edge::call::Call;
use crate::edge::routes::{Method, Needs, Route};
use crate::edge::shared::Shared;
use crate::edge::submit::{Submission, submit};
use crate::problem::codes;

/// The shortest credential of an agent, in characters.
const CREDENTIAL_CHARACTERS_MIN: usize = 32;

/// The rows.
pub const ROUTES: &[Route] = &[
    open(
        (Method::Post, "/seeds/symbia/api/auth/register"),
        "symbia_register",
        "Registers a person by e-mail address and password.",
        |shared, call| Box::pin(enter(shared, call, "register")),
    ),
    open(
        (Method::Post, "/seeds/symbia/api/auth/login"),
        "symbia_login",
        "Begins a person's session.",
        |shared, call| Box::pin(enter(shared, call, "login")),
    ),
    open(
        (Method::Post, "/seeds/symbia/api/auth/agent/login"),
        "symbia_agent_login",
        "Begins an agent's session by its credential.",
        |shared, call| Box::pin(agent_login(shared, call)),
    ),
    Route::known(
        (Method::Post, "/seeds/symbia/api/auth/agent/register"),
        "symbia_agent_register",
        "Registers an agent, by who may: its capabilities are of those that the caller holds.",
        Needs::Command,
        |shared, call| Box::pin(agent_register(shared, call)),
    ),
    open(
        (Method::Post, "/seeds/symbia/api/auth/refresh"),
        "symbia_refresh",
        "Takes a refresh token for the next two tokens.",
        |shared, call| Box::pin(refresh(shared, call)),
    ),
    Route::known(
        (Method::Post, "/seeds/symbia/api/auth/logout"),
        "symbia_logout",
        "Ends the session.",
        Needs::Nothing,
        |shared, call| Box::pin(logout(shared, call)),
    ),
    Route::known(
        (Method::Get, "/seeds/symbia/api/auth/me"),
        "symbia_me",
        "Tells who the caller is.",
        Needs::Nothing,
        |shared, call| Box::pin(me(shared, call)),
    ),
    Route::known(
        (Method::Get, "/seeds/symbia/api/users/me"),
        "symbia_user",
        "Tells who the caller is.",
        Needs::Nothing,
        |shared, call| Box::pin(me(shared, call)),
    ),
    Route::known(
        (Method::Post, "/seeds/symbia/api/users/me/password"),
        "symbia_password",
        "Changes the caller's password.",
        Needs::Nothing,
        |shared, call| Box::pin(password(shared, call)),
    ),
    open(
        (Method::Post, "/seeds/symbia/api/auth/forgot-password"),
        "symbia_forgot",
        "Has a link sent by which its reader sets another password.",
        |shared, call| Box::pin(forgot(shared, call)),
    ),
    open(
        (Method::Post, "/seeds/symbia/api/auth/reset-password"),
        "symbia_reset",
        "Sets another password by the token of such a link.",
        |shared, call| Box::pin(reset(shared, call)),
    ),
    Route::known(
        (Method::Post, "/seeds/symbia/api/auth/introspect"),
        "symbia_introspect",
        "Tells whether a token counts and what it says.",
        Needs::Nothing,
        |shared, call| Box::pin(introspect(shared, call)),
    ),
];

/// The answer to whoever has signed in.
fn told(pair: &Value, user: &Value) -> Value {
    json!({
        "token": pair["access_token"], "expiresIn": pair["expires_in"],
        "refreshToken": pair["refresh_token"], "user": user,
    })
}

async fn enter(
    shared: Arc<Shared>,
    mut call: Call,
    row: &'static str,
) -> Result<Response, Refusal> {
    let body = call.json(&shared).await?;
    let (email, password) = (text(&body, "email")?, text(&body, "password")?);
    let registers = row == "register";
    let wanted = if registers {
        people::registration(email, password, body["name"].as_str())
    } else {
        json!({ "name": people::name(email), "password": password })
    };
    let pair = native::ask(&shared, call, row, &wanted).await?;
    let homes = people::organizations(&shared, &pair).await?;
    let name = if registers { &body["name"] } else { &Value::Null };
    let user = json!({
        "id": pair["principal"], "email": email, "name": name, "organizations": homes,
    });
    let status = if registers { StatusCode::CREATED } else { StatusCode::OK };
    respond::secret(status, &told(&pair, &user))
}

async fn agent_login(shared: Arc<Shared>, mut call: Call) -> Result<Response, Refusal> {
    let body = call.json(&shared).await?;
    let wanted = json!({ "name": text(&body, "agentId")?, "password": text(&body, "credential")? });
    let pair = native::ask(&shared, call, "login", &wanted).await?;
    let agent = json!({
        "id": pair["principal"], "agentId": pair["principal"], "orgId": pair["tenant"],
    });
    let mut told = told(&pair, &Value::Null);
    told["agent"] = agent;
    respond::secret(StatusCode::OK, &told)
}

async fn agent_register(shared: Arc<Shared>, mut call: Call) -> Result<Response, Refusal> {
    let body = call.json(&shared).await?;
    let (agent, credential) = (text(&body, "agentId")?, text(&body, "credential")?);
    if credential.chars().count() < CREDENTIAL_CHARACTERS_MIN {
        let message = "the credential of an agent has at least 32 characters";
        let refusal = Refusal::new(RefusalClass::Malformed, "password_unfit", message);
        return Err(refusal.field("input.credential", message));
    }
    let tenant = call.tenant.clone();
    if !body["orgId"].is_null() && body["orgId"] != tenant.as_str() {
        return Err(codes::unknown_tenant());
    }
    let id = ActorId::new(agent).map_err(|error| codes::invalid_id("agentId", &error))?;
    let allowed = body["capabilities"].as_array().cloned().unwrap_or_default();
    let sealed = shared.edge.sign_in.hasher.sealed((&tenant, agent), credential).await?;
    let mut begun = json!({ "sort": "agent", "owner": call.caller()?.principal });
    if let Some(name) = body["name"].as_str() {
        begun["display"] = json!(name);
    }
    let mut orders = vec![("register", begun), ("set_password", json!({ "hash": sealed }))];
    orders.extend(allowed.iter().map(|it| ("grant", json!({ "capability": it }))));
    for (command, input) in orders {
        let to = (&principal::KIND, tenant.clone(), id.clone());
        let mut asked = Submission::of(&shared, &call, to, command, input)?;
        // The caller's key is that of the first command.
        asked.key = asked.key.filter(|_| command == "register");
        if command == "set_password" {
            // Whoever may register it has said what its credential is.
            asked.caller = Caller::runtime();
        }
        submit(&shared, asked).await?;
    }
    let told = json!({ "agent": {
        "id": id, "agentId": id, "name": body["name"], "orgId": tenant, "capabilities": allowed,
    } });
    respond::secret(StatusCode::CREATED, &told)
}

async fn refresh(shared: Arc<Shared>, mut call: Call) -> Result<Response, Refusal> {
    let body = call.json(&shared).await?;
    let wanted = json!({ "refresh_token": text(&body, "refreshToken")? });
    let pair = native::ask(&shared, call, "refresh", &wanted).await?;
    let user = json!({ "id": pair["principal"] });
    respond::secret(StatusCode::OK, &told(&pair, &user))
}

async fn logout(shared: Arc<Shared>, call: Call) -> Result<Response, Refusal> {
    native::ask_plain(&shared, call, "logout", &json!({})).await?;
    respond::secret(StatusCode::OK, &json!({ "success": true }))
}

async fn me(shared: Arc<Shared>, call: Call) -> Result<Response, Refusal> {
    let me = people::me(&shared, call).await?;
    let organizations = people::organizations(&shared, &me).await?;
    let sort = me["sort"].as_str().unwrap_or("user");
    let told = if sort == "user" {
        json!({
            "type": "user", "user": people::user(&me, None), "organizations": organizations,
        })
    } else {
        json!({ "type": "agent", "organizations": organizations, "agent": {
            "id": me["principal"], "agentId": me["principal"], "orgId": me["tenant"],
            "name": me["profile"]["display"],
        } })
    };
    respond::secret(StatusCode::OK, &told)
}

async fn password(shared: Arc<Shared>, mut call: Call) -> Result<Response, Refusal> {
    let body = call.json(&shared).await?;
    let wanted =
        json!({ "old": text(&body, "currentPassword")?, "new": text(&body, "newPassword")? });
    let pair = native::ask(&shared, call, "password", &wanted).await?;
    respond::secret(StatusCode::OK, &told(&pair, &json!({ "id": pair["principal"] })))
}

async fn forgot(shared: Arc<Shared>, mut call: Call) -> Result<Response, Refusal> {
    let body = call.json(&shared).await?;
    let wanted = json!({ "name": people::name(text(&body, "email")?) });
    native::ask(&shared, call, "reset", &wanted).await?;
    respond::secret(StatusCode::OK, &json!({ "success": true }))
}

async fn reset(shared: Arc<Shared>, mut call: Call) -> Result<Response, Refusal> {
    let body = call.json(&shared).await?;
    let wanted = json!({ "token": text(&body, "token")?, "password": text(&body, "password")? });
    native::ask(&shared, call, "reset_confirm", &wanted).await?;
    respond::secret(StatusCode::OK, &json!({ "success": true }))
}

async fn introspect(shared: Arc<Shared>, mut call: Call) -> Result<Response, Refusal> {
    let body = call.json(&shared).await?;
    let token = text(&body, "token")?.to_owned();
    // A key is a credential as good as a token.
    let holder = shared.edge.guard.holder(&Hash::of(token.as_bytes()), shared.now());
    let own = call.identity()?;
    let mine = |holder: &Identity| holder.tenant == own.tenant && holder.principal == own.principal;
    if let Some(holder) = holder.filter(mine) {
        let told = json!({
            "active": true, "type": "key", "sub": holder.principal, "orgId": holder.tenant,
        });
        return respond::secret(StatusCode::OK, &told);
    }
    let mut told = native::ask(&shared, call, "introspect", &json!({ "token": token })).await?;
    if told["active"] == true {
        told["type"] = json!("user");
        told["orgId"] = told["tenant"].clone();
    }
    respond::secret(StatusCode::OK, &told)
}
