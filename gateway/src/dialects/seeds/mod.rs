//! What clients of the four systems before this one say: each under a prefix of its own,
//! `/seeds/…`, with the paths and shapes that its documentation gives. A client is given that
//! prefix as the address of its server and goes on as before. Every row is a translator: it
//! changes nothing that a command, which the gate has let through, does not change.

mod biowerk;
mod codex32;
mod native;
mod people;
mod symbia;
mod version7;

use axum::http::StatusCode;
use axum::response::Response;
use contracts::{ActorId, Kind, Refusal, RefusalClass, Tenant};
use serde_json::Value;

use super::rest::respond;
use crate::edge::call::Call;
use crate::edge::headers::{self, Lock};
use crate::edge::routes::{Access, Handler, Method, Needs, Route};
use crate::edge::shared::Shared;
use crate::edge::submit::Submission;
use crate::problem::codes;

/// The rows of this dialect.
pub const ROUTES: &[&[Route]] = &[
    biowerk::ROUTES,
    codex32::ROUTES,
    symbia::account::ROUTES,
    symbia::keys::ROUTES,
    symbia::organizations::ROUTES,
    version7::account::ROUTES,
    version7::policy::ROUTES,
];

/// A row for strangers.
const fn open(
    (method, path): (Method, &'static str),
    name: &'static str,
    about: &'static str,
    handler: Handler,
) -> Route {
    let (access, needs, query) = (Access::Open, Needs::Nothing, &[]);
    Route { method, path, name, about, access, needs, offers: respond::JSON, query, handler }
}

/// A row for who has a credential.
const fn known(
    (method, path): (Method, &'static str),
    name: &'static str,
    about: &'static str,
    needs: Needs,
    handler: Handler,
) -> Route {
    let (access, query) = (Access::Key, &[]);
    Route { method, path, name, about, access, needs, offers: respond::JSON, query, handler }
}

/// The text that a member of a body holds.
///
/// # Errors
/// `invalid_input`.
fn text<'a>(body: &'a Value, name: &str) -> Result<&'a str, Refusal> {
    body[name].as_str().filter(|text| !text.is_empty()).ok_or_else(|| {
        Refusal::new(RefusalClass::Malformed, "invalid_input", "the input is not of its shape")
            .field(format!("input.{name}"), "a text is needed")
    })
}

/// A command of the caller.
///
/// # Errors
/// `unknown_kind`, what is wrong with the headers.
fn order<'a>(
    shared: &'a Shared,
    call: &Call,
    (kind, tenant, id): (&Kind, Tenant, ActorId),
    command: &'a str,
    body: Value,
) -> Result<Submission<'a>, Refusal> {
    Ok(Submission {
        page: shared.edge.pages.get(kind).ok_or_else(codes::unknown_kind)?,
        tenant,
        caller: call.caller()?,
        id: Some(id),
        command,
        body,
        key: headers::key(&call.parts.headers)?,
        lock: Lock::None,
        correlation: headers::correlation(&call.parts.headers)?,
        trace: call.scene.traced.trace.clone(),
        wait: shared.edge.config.wait(None),
    })
}

/// An answer without a body.
fn nothing() -> Response {
    respond::typed(StatusCode::NO_CONTENT, "application/json", String::new())
}
