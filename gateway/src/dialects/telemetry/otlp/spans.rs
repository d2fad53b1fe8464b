//! Spans.

use contracts::Refusal;
use contracts::records::{Record, SpanStatus};
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use opentelemetry_proto::tonic::trace::v1::Span;
use serde_json::{Value, json};

use super::super::room::Room;
use super::values::{self, Shared};

/// The spans of a request.
///
/// # Errors
/// `telemetry_too_large`.
pub fn records(
    request: ExportTraceServiceRequest,
    room: &mut Room,
) -> Result<Vec<Record>, Refusal> {
    let mut records = Vec::new();
    for of_resource in request.resource_spans {
        let resource = Shared::of(of_resource.resource);
        for of_scope in of_resource.scope_spans {
            let shared = resource.within(of_scope.scope);
            shared.room(room, of_scope.spans.len(), 0)?;
            records.extend(of_scope.spans.into_iter().map(|span| record(&shared, span)));
        }
    }
    Ok(records)
}

/// What a span is, by its number.
const KINDS: [&str; 6] = ["", "internal", "server", "client", "producer", "consumer"];

fn record(shared: &Shared, span: Span) -> Record {
    let (at, nanos) = values::instant(span.start_time_unix_nano).unzip();
    let kind = usize::try_from(span.kind).ok().and_then(|kind| KINDS.get(kind));
    let (code, message) =
        span.status.map(|status| (status.code, status.message)).unwrap_or_default();
    let status = match code {
        1 => SpanStatus::Ok,
        2 => SpanStatus::Error,
        _ => SpanStatus::Unset,
    };
    let events: Vec<Value> = span
        .events
        .into_iter()
        .map(|event| {
            let labels = values::labels(event.attributes);
            let at = values::time(event.time_unix_nano);
            json!({ "at": at, "name": event.name, "labels": labels })
        })
        .collect();
    let links: Vec<Value> = span
        .links
        .into_iter()
        .map(|link| {
            let labels = values::labels(link.attributes);
            let (trace, span) = (values::id(&link.trace_id), values::id(&link.span_id));
            json!({ "trace": trace, "span": span, "labels": labels })
        })
        .collect();
    let more = if events.is_empty() && links.is_empty() {
        Value::Null
    } else {
        json!({ "events": events, "links": links })
    };
    Record {
        at,
        nanos: nanos.unwrap_or_default(),
        name: span.name,
        message,
        trace: values::id(&span.trace_id),
        span: values::id(&span.span_id),
        parent: values::id(&span.parent_span_id),
        kind: kind.copied().unwrap_or_default().to_owned(),
        status: Some(status),
        duration_ns: Some(span.end_time_unix_nano.saturating_sub(span.start_time_unix_nano)),
        more,
        ..shared.record(span.attributes)
    }
}
