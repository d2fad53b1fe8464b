//! Where a request carries its credential.

use axum::http::{HeaderMap, header};

/// What a request presents.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Credential<'a> {
    /// Nothing.
    Absent,
    /// Something that cannot be a credential.
    Unreadable,
    /// A text to be checked.
    Presented(&'a str),
}

/// The header that carries a key by itself.
pub const API_KEY: &str = "x-api-key";

/// The credential of a request: `Authorization: Bearer` before `X-API-Key`. Never the query: it
/// ends up in logs.
#[must_use]
pub fn credential(headers: &HeaderMap) -> Credential<'_> {
    let mut bearers = headers.get_all(header::AUTHORIZATION).iter();
    if let Some(first) = bearers.next() {
        let text = first.to_str().ok().filter(|_| bearers.next().is_none());
        return text.and_then(bearer).map_or(Credential::Unreadable, Credential::Presented);
    }
    let mut keys = headers.get_all(API_KEY).iter();
    let Some(first) = keys.next() else { return Credential::Absent };
    let text = first.to_str().ok().filter(|_| keys.next().is_none()).map(str::trim);
    text.map_or(Credential::Unreadable, Credential::Presented)
}

fn bearer(value: &str) -> Option<&str> {
    let (scheme, rest) = value.split_once(' ')?;
    let token = rest.trim();
    (scheme.eq_ignore_ascii_case("bearer") && !token.is_empty()).then_some(token)
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderMap;

    use super::{Credential, credential};

    fn of(lines: &[(&'static str, &str)]) -> Option<String> {
        let mut headers = HeaderMap::new();
        for (name, value) in lines {
            headers.append(*name, value.parse().unwrap());
        }
        match credential(&headers) {
            Credential::Absent => None,
            Credential::Unreadable => Some("unreadable".to_owned()),
            Credential::Presented(text) => Some(text.to_owned()),
        }
    }

    #[test]
    fn a_credential_is_found_where_it_may_stand() {
        assert_eq!(of(&[]), None);
        assert_eq!(of(&[("x-api-key", "k")]).as_deref(), Some("k"));
        assert_eq!(of(&[("authorization", "bearer k")]).as_deref(), Some("k"));
        let both = [("authorization", "Bearer a"), ("x-api-key", "b")];
        assert_eq!(of(&both).as_deref(), Some("a"));
    }

    #[test]
    fn what_cannot_be_a_credential_is_not_taken_for_its_absence() {
        for lines in [
            &[("authorization", "Basic abc")][..],
            &[("authorization", "Bearer")][..],
            &[("authorization", "Bearer a"), ("authorization", "Bearer b")][..],
            &[("x-api-key", "a"), ("x-api-key", "b")][..],
        ] {
            assert_eq!(of(lines).as_deref(), Some("unreadable"), "{lines:?}");
        }
    }
}
