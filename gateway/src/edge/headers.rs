//! The request headers that mean something to a command or a read.

use axum::http::{HeaderMap, header};
use contracts::{CommandId, Correlation, Principal, Refusal, Revision, Tenant};

use crate::problem::codes;

/// Names a command by a UUID of the caller's.
pub const COMMAND_ID: &str = "cambium-command-id";
/// Says why a super admin enters another's tenant.
pub const REASON: &str = "cambium-reason";
/// Names the tenant.
pub const TENANT: &str = "cambium-tenant";
/// Names an errand that several commands belong to.
pub const CORRELATION_ID: &str = "x-correlation-id";
/// Names a command by any text of the caller's.
pub const IDEMPOTENCY_KEY: &str = "idempotency-key";
/// Names a request.
pub const REQUEST_ID: &str = "x-request-id";

/// The longest idempotency key and request id, in bytes.
pub const KEY_BYTES_MAX: usize = 255;

/// A header's text; `None` when it is absent.
///
/// # Errors
/// `header_invalid` when it is not visible ASCII or is given twice.
pub fn text<'a>(headers: &'a HeaderMap, name: &str) -> Result<Option<&'a str>, Refusal> {
    let mut values = headers.get_all(name).iter();
    let Some(first) = values.next() else { return Ok(None) };
    if values.next().is_some() {
        return Err(codes::header_invalid(name, "may be given only once"));
    }
    let text = first.to_str().map_err(|_| codes::header_invalid(name, "is visible ASCII"))?;
    Ok(Some(text.trim()))
}

/// What the caller wants of the actor's revision.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lock {
    /// Nothing.
    None,
    /// That it is this one; 0 = that it does not exist.
    Revision(Revision),
    /// That it exists.
    Exists,
}

/// The optimistic lock of a command: `If-Match`, and `If-None-Match: *`.
///
/// # Errors
/// `if_match_invalid`, `header_invalid`.
pub fn lock(headers: &HeaderMap) -> Result<Lock, Refusal> {
    let if_match =
        text(headers, header::IF_MATCH.as_str()).map_err(|_| codes::if_match_invalid())?;
    let if_none = text(headers, header::IF_NONE_MATCH.as_str())?;
    match (if_match, if_none) {
        (None, None) => Ok(Lock::None),
        (Some("*"), None) => Ok(Lock::Exists),
        (Some(tag), None) => {
            let revision = unquoted(tag).and_then(|inner| inner.parse().ok());
            revision.map(Lock::Revision).ok_or_else(codes::if_match_invalid)
        }
        (None, Some("*")) => Ok(Lock::Revision(Revision::ZERO)),
        (_, Some(_)) => {
            Err(codes::header_invalid("If-None-Match", "of a command is *, without If-Match"))
        }
    }
}

/// Whether `If-None-Match` names `tag`, weakly compared.
#[must_use]
pub fn not_modified(headers: &HeaderMap, tag: &str) -> bool {
    headers
        .get_all(header::IF_NONE_MATCH)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|line| line.split(','))
        .map(str::trim)
        .any(|one| one == "*" || one.strip_prefix("W/").unwrap_or(one) == tag)
}

/// What the caller calls its command.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Key {
    /// A UUID of its own.
    Id(CommandId),
    /// Any text.
    Text(String),
}

impl Key {
    /// The command's id.
    #[must_use]
    pub fn command(&self, tenant: &Tenant, principal: &Principal) -> CommandId {
        match self {
            Self::Id(id) => *id,
            Self::Text(key) => CommandId::from_key(tenant, principal, key),
        }
    }

    /// The key as the caller wrote it.
    #[must_use]
    pub fn to_text(&self) -> String {
        match self {
            Self::Id(id) => id.to_string(),
            Self::Text(key) => key.clone(),
        }
    }
}

/// `Cambium-Command-Id` or `Idempotency-Key`.
///
/// # Errors
/// `header_invalid` when both are given or one is not of its shape.
pub fn key(headers: &HeaderMap) -> Result<Option<Key>, Refusal> {
    let id = text(headers, COMMAND_ID)?;
    let key = text(headers, IDEMPOTENCY_KEY)?;
    match (id, key) {
        (None, None) => Ok(None),
        (Some(id), None) => {
            let wrong = |_| codes::header_invalid("Cambium-Command-Id", "is a UUID");
            id.parse().map(Key::Id).map(Some).map_err(wrong)
        }
        (None, Some(key)) => idempotency_key(key).map(Some),
        (Some(_), Some(_)) => Err(codes::header_invalid(
            "Idempotency-Key",
            "says what Cambium-Command-Id says already; give one",
        )),
    }
}

/// A key of 1 to 255 visible bytes, bare or as a quoted string.
///
/// # Errors
/// `header_invalid`.
pub fn idempotency_key(text: &str) -> Result<Key, Refusal> {
    let key = unquoted(text).unwrap_or(text);
    let fits = (1..=KEY_BYTES_MAX).contains(&key.len());
    let seen = key.bytes().all(|byte| (0x20..0x7f).contains(&byte));
    if fits && seen {
        return Ok(Key::Text(key.to_owned()));
    }
    Err(codes::header_invalid("Idempotency-Key", "has 1 to 255 visible ASCII characters"))
}

/// How many seconds the caller wants to wait: `Prefer: wait=N`, `Prefer: respond-async` = 0.
///
/// # Errors
/// `header_invalid` when the number is none.
pub fn wait(headers: &HeaderMap) -> Result<Option<u64>, Refusal> {
    let lines = headers.get_all("prefer").iter().filter_map(|value| value.to_str().ok());
    for preference in lines.flat_map(|line| line.split([',', ';'])).map(str::trim) {
        let (name, value) = preference.split_once('=').unwrap_or((preference, ""));
        if name.trim().eq_ignore_ascii_case("respond-async") {
            return Ok(Some(0));
        }
        if name.trim().eq_ignore_ascii_case("wait") {
            let value = value.trim();
            let seconds = unquoted(value).unwrap_or(value).parse();
            let wrong = |_| codes::header_invalid("Prefer", "has wait=N with whole seconds");
            return seconds.map(Some).map_err(wrong);
        }
    }
    Ok(None)
}

/// The errand that the caller names.
///
/// # Errors
/// `header_invalid` when it is not one token.
pub fn correlation(headers: &HeaderMap) -> Result<Option<Correlation>, Refusal> {
    let parse = |id: &str| {
        Correlation::new(id)
            .map_err(|error| codes::header_invalid("X-Correlation-ID", &error.to_string()))
    };
    text(headers, CORRELATION_ID)?.map(parse).transpose()
}

/// What stands between a pair of double quotes.
fn unquoted(text: &str) -> Option<&str> {
    let inner = text.strip_prefix('"')?.strip_suffix('"')?;
    (!inner.contains('"')).then_some(inner)
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderMap;
    use contracts::Revision;

    use super::{Key, Lock, key, lock, not_modified, wait};

    fn headers(lines: &[(&'static str, &str)]) -> HeaderMap {
        let mut headers = HeaderMap::new();
        for (name, value) in lines {
            headers.append(*name, value.parse().unwrap());
        }
        headers
    }

    #[test]
    fn locks_are_strong_tags_of_ours() {
        let of = |lines: &[_]| lock(&headers(lines)).map_err(|refusal| refusal.code.into_owned());
        assert_eq!(of(&[]), Ok(Lock::None));
        assert_eq!(of(&[("if-match", "\"7\"")]), Ok(Lock::Revision(Revision(7))));
        assert_eq!(of(&[("if-match", "*")]), Ok(Lock::Exists));
        assert_eq!(of(&[("if-none-match", "*")]), Ok(Lock::Revision(Revision(0))));
        for bad in ["7", "W/\"7\"", "\"a\"", "\"7\", \"8\"", "\"-1\"", "\"\"", "\""] {
            assert_eq!(of(&[("if-match", bad)]), Err("if_match_invalid".to_owned()), "{bad}");
        }
        assert!(of(&[("if-match", "\"1\""), ("if-match", "\"2\"")]).is_err());
        assert!(of(&[("if-match", "*"), ("if-none-match", "*")]).is_err());
    }

    #[test]
    fn reads_compare_tags_weakly() {
        for line in ["\"7\"", "W/\"7\"", "\"1\", \"7\"", "*"] {
            assert!(not_modified(&headers(&[("if-none-match", line)]), "\"7\""), "{line}");
        }
        assert!(!not_modified(&headers(&[("if-none-match", "\"77\"")]), "\"7\""));
    }

    #[test]
    fn a_command_has_at_most_one_name() {
        let of = |lines: &[_]| key(&headers(lines));
        assert_eq!(of(&[("idempotency-key", "\"k 1\"")]).unwrap(), Some(Key::Text("k 1".into())));
        assert!(of(&[("idempotency-key", "")]).is_err());
        let long = "k".repeat(256);
        assert!(of(&[("idempotency-key", long.as_str())]).is_err());
        assert!(of(&[("cambium-command-id", "not a uuid")]).is_err());
        let id = "01900000-0000-7000-8000-000000000001";
        assert!(matches!(of(&[("cambium-command-id", id)]).unwrap(), Some(Key::Id(_))));
        assert!(of(&[("cambium-command-id", id), ("idempotency-key", "k")]).is_err());
    }

    #[test]
    fn waiting_is_told_in_whole_seconds() {
        let of = |line: &str| wait(&headers(&[("prefer", line)]));
        assert_eq!(of("wait=5").unwrap(), Some(5));
        assert_eq!(of("return=minimal, wait=\"0\"").unwrap(), Some(0));
        assert_eq!(of("respond-async").unwrap(), Some(0));
        assert_eq!(of("handling=lenient").unwrap(), None);
        assert!(of("wait=soon").is_err());
    }
}
