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

pub use biowerk::agents::AGENTS;

use axum::http::StatusCode;
use axum::response::Response;
use contracts::{Refusal, RefusalClass};
use serde_json::Value;

use super::rest::respond;
use crate::edge::routes::{Access, Handler, Method, Needs, Route};

/// The rows of this dialect.
pub const ROUTES: &[&[Route]] = &[
    biowerk::account::ROUTES,
    biowerk::agents::ROUTES,
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

/// An answer without a body.
fn nothing() -> Response {
    respond::typed(StatusCode::NO_CONTENT, "application/json", String::new())
}
