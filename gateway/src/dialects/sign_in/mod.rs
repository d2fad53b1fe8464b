//! Signing in: passwords, tokens, sessions, and what strangers need to know to check our tokens.

mod attempt;
mod discovery;
pub(super) mod form;
mod keys;
mod login;
mod oauth;
mod password;
mod record;
mod register;
mod reset;
mod session;

use serde_json::Value;

use crate::edge::routes::{Access, Handler, Method, Needs, Route};

pub use self::login::{LoginInput, LogoutInput, RefreshInput};
pub use self::oauth::{RevokeForm, TokenForm};
pub use self::password::PasswordInput;
pub use self::register::RegisterInput;
pub use self::reset::{ConfirmInput, ResetInput};

/// The rows of this dialect.
pub const ROUTES: &[&[Route]] = &[
    login::ROUTES,
    oauth::ROUTES,
    password::ROUTES,
    register::ROUTES,
    reset::ROUTES,
    keys::ROUTES,
    discovery::ROUTES,
];

const JSON: &[&str] = &["application/json"];

const fn row(
    (method, path): (Method, &'static str),
    name: &'static str,
    about: &'static str,
    (access, needs): (Access, Needs),
    handler: Handler,
) -> Route {
    Route { method, path, name, about, access, needs, offers: JSON, query: &[], handler }
}

/// No input.
#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct Nothing {}

/// Reads an input of a known shape.
fn input<T: serde::de::DeserializeOwned>(body: Value) -> Result<T, contracts::Refusal> {
    contracts::read::from_value(body).map_err(|error| {
        let class = contracts::RefusalClass::Malformed;
        // What was sent may be a password: only what is wrong with the shape is told.
        let told = if error.is_data() { shape(&error.to_string()) } else { String::new() };
        contracts::Refusal::new(class, "invalid_input", "the input is not of its shape")
            .field("input", told)
    })
}

/// A serde error without the values that it quotes.
fn shape(error: &str) -> String {
    let quoted = error.contains("invalid type") || error.contains("invalid value");
    if quoted { "a member is of another type".to_owned() } else { error.to_owned() }
}
