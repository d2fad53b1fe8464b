//! Registering oneself: the first user of all, and strangers where they may.

use std::net::IpAddr;
use std::sync::Arc;

use axum::http::StatusCode;
use axum::http::header::HOST;
use axum::http::request::Parts;
use axum::http::uri::Authority;
use axum::response::Response;
use contracts::access::SYSTEM;
use contracts::{Principal, Refusal, Secret, Tenant};
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::json;

use super::attempt::Attempt;
use super::record::{self, Told};
use super::session::{self, Word};
use super::{input, row};
use crate::auth::codes;
use crate::edge::call::Call;
use crate::edge::routes::{Access, Method, Needs, Route};
use crate::edge::shared::Shared;

/// The rows of registration.
pub const ROUTES: &[Route] = &[row(
    (Method::Post, "/v1/auth/register"),
    "register",
    "Registers oneself: the first user of all, as super admin, or where strangers may.",
    (Access::Open, Needs::Nothing),
    |shared, call| Box::pin(register(shared, call)),
)];

/// Under which name the first user is claimed, so that there are never two.
const FIRST: &str = "first-user";
/// How long such a claim counts: long enough to register, short enough to try again after a crash.
const FIRST_MS: u64 = 60_000;

/// `{name, password, tenant?, display?, email?}`. Roles are given by others.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RegisterInput {
    /// Who.
    name: Principal,
    /// The password.
    #[schemars(length(min = 1, max = 512))]
    password: Secret,
    /// Where; the tenant of requests that name none when left out. The first user of all is at home
    /// in `system`.
    #[serde(default)]
    tenant: Option<Tenant>,
    /// How one is shown.
    #[serde(default)]
    #[schemars(length(min = 1, max = 256))]
    display: Option<String>,
    /// Where one can be written to.
    #[serde(default)]
    #[schemars(length(min = 1, max = 256))]
    email: Option<String>,
}

async fn register(shared: Arc<Shared>, mut call: Call) -> Result<Response, Refusal> {
    let wanted: RegisterInput = input(call.json(&shared).await?)?;
    let sign_in = &shared.edge.sign_in;
    let peer = call.scene.peer.clone();
    sign_in.hasher.ensure_fit(wanted.name.as_str(), wanted.password.reveal())?;
    let named = wanted.tenant.clone().unwrap_or_else(|| shared.edge.config.tenant.clone());
    // Each costs a hash and a line in the log, so that it counts as a try that failed.
    let whom = (&named, wanted.name.as_str());
    Attempt::begin(&shared, whom, &peer)?;
    let near = is_near(&peer, &call.parts);
    let (tenant, role) = place(&shared, near, named).await?;
    let of = (&tenant, wanted.name.as_str());
    let sealed = sign_in.hasher.sealed(of, wanted.password.reveal()).await?;
    let mut body = json!({ "sort": "user", "roles": [role] });
    for (name, text) in [("display", &wanted.display), ("email", &wanted.email)] {
        if let Some(text) = text {
            body[name] = json!(text);
        }
    }
    let who = (&tenant, &wanted.name);
    session::order(&shared, &call.scene, who, ("register", body), Word::Program).await?;
    let body = ("set_password", json!({ "hash": sealed }));
    session::order(&shared, &call.scene, who, body, Word::Program).await?;
    let (message, details) = ("somebody registered himself", json!({ "role": role }));
    let told = Told { tenant: &tenant, principal: wanted.name.as_str(), message, details };
    record::written(&shared, &call.scene, told).await?;
    let pair = session::begin(&shared, &call.scene, who, None).await?;
    session::secret(StatusCode::CREATED, &pair.to_json(&shared))
}

/// Whether somebody at this machine asks: nobody through a proxy, and no page of another site.
fn is_near(peer: &str, parts: &Parts) -> bool {
    let headers = &parts.headers;
    let passed_on = ["forwarded", "x-forwarded-for", "x-real-ip", "via"];
    let by_a_page = ["origin", "sec-fetch-site"];
    let local = peer.parse::<IpAddr>().is_ok_and(|peer| peer.to_canonical().is_loopback());
    local
        && names_this_machine(parts)
        && passed_on.iter().chain(&by_a_page).all(|name| !headers.contains_key(*name))
}

/// Whether a request is to this machine by a name that only it has: what a port-forward or a proxy
/// passes on is to the name that its callers know.
fn names_this_machine(parts: &Parts) -> bool {
    let told = parts.headers.get(HOST).and_then(|host| host.to_str().ok()?.parse().ok());
    let host: Option<Authority> = parts.uri.authority().cloned().or(told);
    let name = host.as_ref().map_or("", Authority::host);
    let bare = name.trim_start_matches('[').trim_end_matches(']');
    bare.eq_ignore_ascii_case("localhost")
        || bare.parse::<IpAddr>().is_ok_and(|it| it.is_loopback())
}

/// Where who registers will be at home, and as what.
async fn place(
    shared: &Shared,
    near: bool,
    named: Tenant,
) -> Result<(Tenant, &'static str), Refusal> {
    let sign_in = &shared.edge.sign_in;
    if sign_in.config.first_user && near && shared.edge.guard.is_empty() {
        let claimed = sign_in.tickets.create(FIRST, b"1".to_vec(), Some(FIRST_MS)).await?;
        // Who comes at the same moment is not the first.
        if claimed.is_some() && shared.edge.guard.is_empty() {
            return Ok((SYSTEM, "admin"));
        }
    }
    if sign_in.config.registration_tenants.contains(&named) {
        return Ok((named, "user"));
    }
    Err(codes::registration_closed())
}

#[cfg(test)]
mod tests {
    use axum::http::Request;

    use super::is_near;

    #[test]
    fn only_who_asks_this_machine_by_its_own_name_is_near() {
        let near = |peer: &str, headers: &[(&str, &str)]| {
            let mut request = Request::get("/v1/auth/register");
            for (name, value) in headers {
                request = request.header(*name, *value);
            }
            is_near(peer, &request.body(()).unwrap().into_parts().0)
        };
        for host in ["localhost", "LOCALHOST:8080", "127.0.0.1:8080", "[::1]:8080"] {
            assert!(near("127.0.0.1", &[("host", host)]), "{host}");
            assert!(!near("10.0.0.7", &[("host", host)]), "{host}");
        }
        for host in ["agents.example", "localhost.evil.example", "10.0.0.7:8080", ""] {
            assert!(!near("127.0.0.1", &[("host", host)]), "{host}");
        }
        assert!(!near("::1", &[]));
        for passed in ["forwarded", "x-forwarded-for", "via", "origin"] {
            assert!(!near("::1", &[("host", "localhost"), (passed, "x")]), "{passed}");
        }
    }
}
