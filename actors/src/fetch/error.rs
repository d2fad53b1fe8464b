//! What requests are refused with. No text holds more of a URL than its origin: paths and queries
//! may carry secrets.

use contracts::{Refusal, RefusalClass};
use reqwest::Url;
use serde_json::json;

/// As much of a URL as may be told.
pub(super) fn origin(url: &Url) -> String {
    url.origin().ascii_serialization()
}

pub(super) fn invalid(what: &str) -> Refusal {
    Refusal::new(RefusalClass::Malformed, "fetch_invalid", what)
}

pub(super) fn blocked(url: &Url) -> Refusal {
    let message = format!("{} is not public, and the settings do not allow it", origin(url));
    Refusal::new(RefusalClass::Forbidden, "fetch_blocked", message)
}

pub(super) fn downgraded(url: &Url) -> Refusal {
    let message = format!("{} is redirected to without encryption", origin(url));
    Refusal::new(RefusalClass::Forbidden, "fetch_blocked", message)
}

pub(super) fn unresolved(url: &Url, why: &str) -> Refusal {
    Refusal::unavailable("fetch_unresolved", format!("the name of {} {why}", origin(url)))
}

pub(super) fn redirected(url: &Url, most: u8) -> Refusal {
    let message = format!("after {most} redirects {} leads on", origin(url));
    Refusal::new(RefusalClass::Rejected, "fetch_redirects", message)
}

pub(super) fn left(url: &Url, next: &Url) -> Refusal {
    let message = format!(
        "{} leads to {}, where the policies let nobody go: they decide by host here",
        origin(url),
        origin(next),
    );
    Refusal::new(RefusalClass::Rejected, "fetch_redirects", message)
}

/// Why a request was not answered.
pub(super) fn failed(url: &Url, error: &reqwest::Error) -> Refusal {
    let origin = origin(url);
    if error.is_connect() {
        let message = format!("{origin} cannot be reached: {}", cause(error));
        return Refusal::unavailable("fetch_unreachable", message);
    }
    if error.is_timeout() {
        let message = format!("{origin} does not answer");
        return Refusal::new(RefusalClass::Timeout, "fetch_timeout", message);
    }
    if error.is_builder() {
        return invalid("the request cannot be written");
    }
    let message = format!("{origin} broke off: {}", cause(error));
    Refusal::unavailable("fetch_interrupted", message)
}

/// What lies at the bottom of it, in words of ours: the words of others may hold anything.
fn cause(error: &reqwest::Error) -> &'static str {
    let mut source = std::error::Error::source(error);
    while let Some(inner) = source {
        if let Some(io) = inner.downcast_ref::<std::io::Error>() {
            use std::io::ErrorKind;
            match io.kind() {
                ErrorKind::ConnectionRefused => return "it refuses the connection",
                ErrorKind::ConnectionReset | ErrorKind::BrokenPipe => return "it was cut off",
                ErrorKind::TimedOut => return "it takes too long",
                ErrorKind::UnexpectedEof => return "it ended too early",
                ErrorKind::InvalidData => return "it is not who it should be, or speaks oddly",
                ErrorKind::HostUnreachable | ErrorKind::NetworkUnreachable => return "no way there",
                _ => {}
            }
        }
        source = inner.source();
    }
    "the connection failed"
}

/// An answer whose status is no success. `again` = it may help to ask again.
#[must_use]
pub fn status_refusal(url: &str, status: u16, again: bool, later_ms: Option<u64>) -> Refusal {
    let origin = Url::parse(url).map_or_else(|_| "the server".to_owned(), |url| origin(&url));
    let message = format!("{origin} answered {status}");
    let class = match status {
        429 => RefusalClass::Overloaded,
        408 | 504 => RefusalClass::Timeout,
        _ if again => RefusalClass::Unavailable,
        _ => RefusalClass::Rejected,
    };
    let code = if status == 410 { "fetch_gone" } else { "fetch_status" };
    let refusal = match code {
        "fetch_gone" => Refusal::rejected("fetch_gone", message),
        _ => Refusal::new(class, "fetch_status", message),
    };
    let refusal = refusal.details(json!({ "status": status }));
    match later_ms.filter(|_| again) {
        Some(ms) => refusal.retry_after(ms),
        None => refusal,
    }
}
