//! `/api/orgs` of Symbia.

use std::sync::Arc;

use axum::http::StatusCode;
use axum::response::Response;
use contracts::access::Capability;
use contracts::kinds::organization;
use contracts::{ActorId, Refusal, Tenant};
use serde_json::{Value, json};

use crate::dialects::rest::respond;
use crate::dialects::seeds::{people, text};
use crate::edge::call::Call;
use crate::edge::routes::{Method, Needs, Route};
use crate::edge::shared::Shared;
use crate::edge::submit::{Submission, submit};
use crate::problem::codes;

/// The rows.
pub const ROUTES: &[Route] = &[
    Route::known(
        (Method::Get, "/seeds/symbia/api/orgs"),
        "symbia_orgs",
        "Lists the organizations where the caller is at home.",
        Needs::Nothing,
        |shared, call| Box::pin(list(shared, call)),
    ),
    Route::known(
        (Method::Post, "/seeds/symbia/api/orgs"),
        "symbia_org_create",
        "Begins an organization, by who may in the system.",
        Needs::Command,
        |shared, call| Box::pin(create(shared, call)),
    ),
    Route::known(
        (Method::Get, "/seeds/symbia/api/orgs/{id}"),
        "symbia_org",
        "Tells of an organization that the caller is somebody in.",
        Needs::Nothing,
        |shared, call| Box::pin(show(shared, call)),
    ),
    Route::known(
        (Method::Post, "/seeds/symbia/api/orgs/{id}/members/invite"),
        "symbia_member_add",
        "Takes a member in.",
        Needs::Command,
        |shared, call| Box::pin(invite(shared, call)),
    ),
    Route::known(
        (Method::Patch, "/seeds/symbia/api/orgs/{id}/members/{member}"),
        "symbia_member_change",
        "Gives a member another standing.",
        Needs::Command,
        |shared, call| Box::pin(change(shared, call)),
    ),
    Route::known(
        (Method::Delete, "/seeds/symbia/api/orgs/{id}/members/{member}"),
        "symbia_member_remove",
        "Lets a member go.",
        Needs::Command,
        |shared, call| Box::pin(remove(shared, call)),
    ),
];

/// The tenant that a text names, in which the caller of `call` asks from now on: to who is nobody
/// there it does not exist.
fn enter(shared: &Shared, call: &mut Call, named: &str) -> Result<Tenant, Refusal> {
    let tenant = Tenant::new(named).map_err(|error| codes::invalid_id("organization", &error))?;
    let entered = call.guard.enter(call.identity()?, &tenant, shared.now());
    call.entrance = Some(entered.ok_or_else(codes::unknown_tenant)?);
    call.tenant = tenant.clone();
    Ok(tenant)
}

fn actor(tenant: &Tenant) -> Result<ActorId, Refusal> {
    ActorId::new(tenant.as_str()).map_err(|error| codes::invalid_id("organization", &error))
}

/// Enters another house, which is written down when it is done by the system's right.
async fn cross(shared: &Shared, call: &mut Call, named: &str) -> Result<Tenant, Refusal> {
    let tenant = enter(shared, call, named)?;
    shared.note_crossing(call.identity()?, &tenant, &call.parts.headers, &call.scene).await?;
    Ok(tenant)
}

async fn list(shared: Arc<Shared>, call: Call) -> Result<Response, Refusal> {
    let me = people::me(&shared, call).await?;
    respond::secret(StatusCode::OK, &people::organizations(&shared, &me).await?)
}

async fn create(shared: Arc<Shared>, mut call: Call) -> Result<Response, Refusal> {
    let body = call.json(&shared).await?;
    let (name, slug) = (text(&body, "name")?, text(&body, "slug")?);
    let tenant = cross(&shared, &mut call, slug).await?;
    let input = json!({ "name": name, "owner": call.caller()?.principal });
    let to = (&organization::KIND, tenant.clone(), actor(&tenant)?);
    let asked = Submission::of(&shared, &call, to, "create", input)?;
    submit(&shared, asked).await?;
    let told = json!({ "id": tenant, "name": name, "slug": tenant, "plan": "free" });
    respond::secret(StatusCode::CREATED, &told)
}

async fn show(shared: Arc<Shared>, mut call: Call) -> Result<Response, Refusal> {
    let named = call.param("id").to_owned();
    let tenant = cross(&shared, &mut call, &named).await?;
    if !call.reads(&shared, &organization::KIND, Some(tenant.as_str())) {
        let kind = organization::KIND;
        let capability = Capability::read(kind.as_str());
        return Err(codes::forbidden_capability(capability, call.caller()?.principal.as_str()));
    }
    let state = people::organization(&shared, &tenant).await?;
    let state = state.ok_or_else(codes::unknown_tenant)?;
    let told = json!({
        "id": tenant, "name": state["name"], "slug": tenant,
        "plan": state["plan"], "members": state["governance"]["members"],
    });
    respond::secret(StatusCode::OK, &told)
}

async fn told(
    shared: &Shared,
    mut call: Call,
    command: &str,
    input: Value,
    status: StatusCode,
) -> Result<Response, Refusal> {
    let named = call.param("id").to_owned();
    let tenant = cross(shared, &mut call, &named).await?;
    let to = (&organization::KIND, tenant.clone(), actor(&tenant)?);
    let asked = Submission::of(shared, &call, to, command, input.clone())?;
    let done = submit(shared, asked).await?;
    let told = json!({
        "id": input["principal"], "role": input["role"], "orgId": tenant,
        "revision": done.answer.revision,
    });
    respond::secret(status, &told)
}

async fn invite(shared: Arc<Shared>, mut call: Call) -> Result<Response, Refusal> {
    let body = call.json(&shared).await?;
    let input =
        json!({ "principal": people::name(text(&body, "email")?), "role": text(&body, "role")? });
    told(&shared, call, "add_member", input, StatusCode::CREATED).await
}

async fn change(shared: Arc<Shared>, mut call: Call) -> Result<Response, Refusal> {
    let body = call.json(&shared).await?;
    let input = json!({ "principal": call.param("member"), "role": text(&body, "role")? });
    told(&shared, call, "change_member", input, StatusCode::OK).await
}

async fn remove(shared: Arc<Shared>, mut call: Call) -> Result<Response, Refusal> {
    call.json(&shared).await?;
    let input = json!({ "principal": call.param("member") });
    told(&shared, call, "remove_member", input, StatusCode::OK).await
}
