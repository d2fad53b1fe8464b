//! W3C trace context: where a request stands in a trace.

use axum::http::HeaderMap;
use contracts::envelope::Trace;
use uuid::Uuid;

/// The longest `tracestate` that is passed on, in bytes: what the standard asks to carry.
const STATE_BYTES_MAX: usize = 512;

/// A request's place in a trace.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Traced {
    /// What travels with its command.
    pub trace: Trace,
    /// The trace's id: 32 hexadecimal digits.
    pub id: String,
}

impl Traced {
    /// As the headers say; a new trace when they say nothing that can be read.
    #[must_use]
    pub fn of(headers: &HeaderMap) -> Self {
        let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
        let Some(parent) = text("traceparent").map(str::trim).filter(|text| is_parent(text)) else {
            return Self::begin();
        };
        let state = text("tracestate").filter(|state| state.len() <= STATE_BYTES_MAX);
        let trace = Trace { parent: parent.to_owned(), state: state.map(str::to_owned) };
        Self { id: parent[3..35].to_owned(), trace }
    }

    fn begin() -> Self {
        let (id, span) = (Uuid::now_v7().simple().to_string(), span());
        Self { trace: Trace { parent: format!("00-{id}-{span}-01"), state: None }, id }
    }
}

/// Sixteen hexadecimal digits that no other span has: the random end of a fresh UUID.
fn span() -> String {
    Uuid::now_v7().simple().to_string()[16..].to_owned()
}

/// Whether `text` is a `traceparent`: of version 00, or of a later one that begins alike.
fn is_parent(text: &str) -> bool {
    let mut parts = text.split('-');
    let mut next = || parts.next().unwrap_or_default();
    let (version, trace, span, flags) = (next(), next(), next(), next());
    let nothing_follows = parts.next().is_none();
    is_hex(version, 2)
        && version != "ff"
        && is_hex(trace, 32)
        && trace.bytes().any(|digit| digit != b'0')
        && is_hex(span, 16)
        && span.bytes().any(|digit| digit != b'0')
        && is_hex(flags, 2)
        && (nothing_follows || version != "00")
}

fn is_hex(text: &str, digits: usize) -> bool {
    text.len() == digits && text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderMap;

    use super::{Traced, is_parent};

    const GOOD: &str = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";

    #[test]
    fn a_valid_parent_is_passed_on_as_it_came() {
        let mut headers = HeaderMap::new();
        headers.insert("traceparent", GOOD.parse().unwrap());
        headers.insert("tracestate", "vendor=1".parse().unwrap());
        let traced = Traced::of(&headers);
        assert_eq!(traced.id, "0af7651916cd43dd8448eb211c80319c");
        assert_eq!(traced.trace.parent, GOOD);
        assert_eq!(traced.trace.state.as_deref(), Some("vendor=1"));
    }

    #[test]
    fn anything_else_begins_a_trace_of_its_own() {
        for bad in [
            "",
            "00-0AF7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
            "ff-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
            "00-00000000000000000000000000000000-b7ad6b7169203331-01",
            "00-0af7651916cd43dd8448eb211c80319c-0000000000000000-01",
            "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01-more",
        ] {
            assert!(!is_parent(bad), "{bad}");
        }
        let made = Traced::of(&HeaderMap::new());
        assert!(is_parent(&made.trace.parent), "{}", made.trace.parent);
        assert_eq!(made.trace.parent[3..35], made.id);
    }
}
