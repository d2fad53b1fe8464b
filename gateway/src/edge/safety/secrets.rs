//! A query ends up in logs, in histories and in the `Referer` of the next page: what looks like a
//! secret there is refused before anything reads it, and is never repeated. `key` is a parameter of
//! some routes, and so is refused only where it is none, or with what looks like a key of ours.

use axum::http::Uri;
use contracts::Refusal;

use crate::auth::keys::PREFIX;
use crate::problem::codes;

/// What is shorter is no key of ours.
const KEY_BYTES_MIN: usize = 16;

/// Names under which people send secrets, without `-` and `_`.
const NAMES: &[&str] = &[
    "accesstoken",
    "adminkey",
    "apikey",
    "apisecret",
    "apitoken",
    "auth",
    "authorization",
    "authtoken",
    "bearer",
    "bearertoken",
    "clientsecret",
    "credential",
    "credentials",
    "idtoken",
    "jwt",
    "passphrase",
    "passwd",
    "password",
    "privatekey",
    "pwd",
    "refreshtoken",
    "secret",
    "secretkey",
    "sessiontoken",
    "token",
    "xapikey",
];

/// Whether a parameter that a route does not have was to be a secret.
pub(in crate::edge) fn is_meant(name: &str) -> bool {
    name.eq_ignore_ascii_case("key")
}

/// Refuses a query that carries a secret under one of its usual names.
///
/// # Errors
/// `secret_in_query`.
pub(super) fn ensure_none(uri: &Uri) -> Result<(), Refusal> {
    let Some(query) = uri.query() else { return Ok(()) };
    let carries = query.split(['&', ';']).any(|pair| {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        !value.is_empty() && (is_secret(name) || is_credential(value))
    });
    if carries { Err(codes::secret_in_query()) } else { Ok(()) }
}

/// Whether a value is a key of this program or a token, whatever it is called.
fn is_credential(value: &str) -> bool {
    let token = value.starts_with("eyJ") && value.matches('.').count() == 2;
    token || (value.starts_with(PREFIX) && value.len() > PREFIX.len() + KEY_BYTES_MIN)
}

/// Whether people send secrets under this name.
fn is_secret(name: &str) -> bool {
    // A name that is written in a roundabout way is the same name.
    let decoded = percent_encoding::percent_decode_str(name).decode_utf8_lossy();
    let letters = decoded.chars().filter(|letter| !matches!(letter, '-' | '_' | '.' | '+' | ' '));
    let plain: String = letters.map(|letter| letter.to_ascii_lowercase()).collect();
    NAMES.contains(&plain.as_str())
}
