//! W3C trace context: where a request stands in a trace.

use axum::http::HeaderMap;
use contracts::envelope::Trace;
use contracts::telemetry::{Open, SpanKind, Tracer};
use uuid::Uuid;

/// A request's place in a trace.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Traced {
    /// What travels with its command.
    pub trace: Trace,
    /// The trace's id: 32 hexadecimal digits.
    pub id: String,
}

impl Traced {
    /// As the headers say, or in a new trace; and its span, where the trace is recorded. A trace
    /// that is not recorded here is passed on as it came.
    #[must_use]
    pub fn enter(
        spans: &Tracer,
        headers: &HeaderMap,
        method: &'static str,
    ) -> (Self, Option<Open>) {
        let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
        let came = spans.admit(text);
        let span = spans.is_on().then(|| spans.enter(came.as_ref(), method, SpanKind::Server));
        let span = span.flatten();
        let trace = span.as_ref().map(Open::trace).or(came).unwrap_or_else(begin);
        let id = trace.id().unwrap_or_default();
        (Self { trace, id }, span)
    }
}

/// A trace that nobody records.
fn begin() -> Trace {
    let (trace, span) = (Uuid::now_v7().as_u128(), Uuid::now_v7().as_u64_pair().1);
    Trace::of(trace, span, false)
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderMap;
    use contracts::telemetry::Tracer;

    use super::Traced;

    fn traced(headers: &HeaderMap) -> Traced {
        Traced::enter(&Tracer::default(), headers, "GET").0
    }

    const GOOD: &str = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";

    #[test]
    fn a_valid_parent_is_passed_on_as_it_came() {
        let mut headers = HeaderMap::new();
        headers.insert("traceparent", GOOD.parse().unwrap());
        headers.insert("tracestate", "vendor=1".parse().unwrap());
        let traced = traced(&headers);
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
            let mut headers = HeaderMap::new();
            headers.insert("traceparent", bad.parse().unwrap());
            let made = traced(&headers);
            assert!(!bad.contains(&made.id) && made.trace.ids().is_some(), "{bad}");
        }
        let made = traced(&HeaderMap::new());
        assert_eq!(made.trace.parent[3..35], made.id);
        assert!(!made.trace.is_sampled(), "nobody records it");
    }
}
