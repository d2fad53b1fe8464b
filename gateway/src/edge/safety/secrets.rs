//! A query ends up in logs, in histories and in the `Referer` of the next page: what looks like a
//! secret there is refused before anything reads it, and is never repeated.

use axum::http::Uri;
use contracts::Refusal;

use crate::problem::codes;

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
    "key",
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

/// Refuses a query that carries a secret under one of its usual names.
///
/// # Errors
/// `secret_in_query`.
pub(super) fn ensure_none(uri: &Uri) -> Result<(), Refusal> {
    let Some(query) = uri.query() else { return Ok(()) };
    let carries = query.split(['&', ';']).any(|pair| {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        !value.is_empty() && is_secret(name)
    });
    if carries { Err(codes::secret_in_query()) } else { Ok(()) }
}

fn is_secret(name: &str) -> bool {
    // A name that is written in a roundabout way is the same name.
    let decoded = percent_encoding::percent_decode_str(name).decode_utf8_lossy();
    let letters = decoded.chars().filter(|letter| !matches!(letter, '-' | '_' | '.' | '+' | ' '));
    let plain: String = letters.map(|letter| letter.to_ascii_lowercase()).collect();
    NAMES.contains(&plain.as_str())
}
