//! What every answer tells a browser. This server answers programs, so a browser is allowed next to
//! nothing: no scripts, no frames, no other page that looks in.

use std::collections::BTreeMap;

use axum::http::{HeaderMap, HeaderName, HeaderValue, header};

use super::config::Config;

/// The usual ones. The name that only holds on an encrypted way is told there only.
const USUAL: &[(&str, &str)] = &[
    ("content-security-policy", "default-src 'none'; frame-ancestors 'none'; base-uri 'none'"),
    ("cross-origin-opener-policy", "same-origin"),
    ("cross-origin-resource-policy", "same-origin"),
    ("referrer-policy", "no-referrer"),
    ("strict-transport-security", "max-age=31536000"),
    ("x-content-type-options", "nosniff"),
    ("x-frame-options", "DENY"),
];

/// The headers of every answer.
pub(super) struct SecurityHeaders {
    always: Vec<(HeaderName, HeaderValue)>,
}

fn merged(config: &Config) -> Result<Vec<(HeaderName, HeaderValue)>, String> {
    let mut texts: BTreeMap<String, String> =
        USUAL.iter().map(|(name, text)| ((*name).to_owned(), (*text).to_owned())).collect();
    for (name, text) in &config.headers {
        texts.insert(name.to_ascii_lowercase(), text.clone());
    }
    let read = |(name, text): (String, String)| {
        let value = HeaderValue::try_from(&text).map_err(|_| format!("{name}: {text}"))?;
        let known = HeaderName::try_from(&name).map_err(|_| format!("{name} is no header"))?;
        Ok((known, value))
    };
    texts.into_iter().filter(|(_, text)| !text.is_empty()).map(read).collect()
}

impl SecurityHeaders {
    pub(super) fn new(config: &Config) -> Self {
        Self { always: merged(config).unwrap_or_default() }
    }

    /// # Errors
    /// The first header that is none.
    pub(super) fn check(config: &Config) -> Result<(), String> {
        merged(config).map(drop)
    }

    /// Puts them into an answer; what a route says itself stays.
    pub(super) fn put(&self, headers: &mut HeaderMap, encrypted: bool) {
        for (name, value) in &self.always {
            if *name == header::STRICT_TRANSPORT_SECURITY && !encrypted {
                continue;
            }
            if !headers.contains_key(name) {
                headers.insert(name.clone(), value.clone());
            }
        }
    }
}
