//! The span of each attempt at an answer, under that of the call which it belongs to.

use contracts::envelope::Trace;
use contracts::telemetry::names::gen_ai;
use contracts::telemetry::{Open, SpanKind, Tracer};

tokio::task_local! {
    static CALL: (Tracer, Trace);
}

/// Does `asking` as a part of a call whose span stands there; `None` = nobody records it.
pub async fn within<T>(spans: Tracer, call: Option<Trace>, asking: impl Future<Output = T>) -> T {
    match call {
        Some(call) => CALL.scope((spans, call), asking).await,
        None => asking.await,
    }
}

/// `request` with the place of the call in its trace, where that is recorded.
pub fn traced(request: reqwest::RequestBuilder) -> reqwest::RequestBuilder {
    let parent = CALL.try_with(|(_, call)| call.parent.clone()).ok();
    match parent {
        Some(parent) => request.header("traceparent", parent),
        None => request,
    }
}

/// Begins the span of an attempt at `model`; `None` when the call is not recorded.
pub fn attempt(model: &str) -> Option<Open> {
    let begin = |(spans, call): &(Tracer, Trace)| {
        let mut span = spans.part(Some(call), "model attempt", SpanKind::Client)?;
        span.set(gen_ai::REQUEST_MODEL, model);
        Some(span)
    };
    CALL.try_with(begin).ok().flatten()
}
