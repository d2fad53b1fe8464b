//! Spans as OTLP has them.

use std::borrow::Cow;

use contracts::envelope::Trace;
use contracts::telemetry::names::{general, own};
use contracts::telemetry::{Attribute, Span, SpanKind};
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use opentelemetry_proto::tonic::trace::v1::span::{Link, SpanKind as Kind};
use opentelemetry_proto::tonic::trace::v1::status::StatusCode;
use opentelemetry_proto::tonic::trace::v1::{ResourceSpans, ScopeSpans, Span as Told, Status};
use prost::Message as _;

use super::resource::{Resource, attribute};

/// The flag of a span that is recorded.
const SAMPLED: u32 = 1;

/// A request that carries `spans`.
#[must_use]
pub fn request(resource: &Resource, spans: Vec<Span>) -> Vec<u8> {
    let spans = spans.into_iter().map(told).collect();
    let scoped = ScopeSpans { scope: Some(resource.scope()), spans, ..ScopeSpans::default() };
    let whole = ResourceSpans {
        resource: Some(resource.resource()),
        scope_spans: vec![scoped],
        ..ResourceSpans::default()
    };
    ExportTraceServiceRequest { resource_spans: vec![whole] }.encode_to_vec()
}

const fn kind(kind: SpanKind) -> Kind {
    match kind {
        SpanKind::Internal => Kind::Internal,
        SpanKind::Server => Kind::Server,
        SpanKind::Client => Kind::Client,
        SpanKind::Consumer => Kind::Consumer,
    }
}

fn told(span: Span) -> Told {
    let mut attributes: Vec<_> =
        span.attributes.into_iter().map(|(name, value)| attribute(name, value)).collect();
    if let Some(code) = &span.error {
        attributes.push(attribute(general::ERROR_TYPE, Attribute::Text(code.to_string())));
    }
    if let Some(baggage) = span.baggage {
        attributes.push(attribute(own::BAGGAGE, Attribute::Text(baggage)));
    }
    let bad = |code: Cow<'static, str>| Status {
        message: code.into_owned(),
        code: StatusCode::Error.into(),
    };
    Told {
        trace_id: span.trace.to_be_bytes().to_vec(),
        span_id: span.id.to_be_bytes().to_vec(),
        trace_state: span.state.unwrap_or_default(),
        parent_span_id: span.parent.map(|id| id.to_be_bytes().to_vec()).unwrap_or_default(),
        flags: SAMPLED,
        name: span.name.into_owned(),
        kind: kind(span.kind).into(),
        start_time_unix_nano: span.begun_ns,
        end_time_unix_nano: span.ended_ns,
        attributes,
        links: span.links.iter().filter_map(link).collect(),
        status: span.error.map(bad),
        ..Told::default()
    }
}

fn link(cause: &Trace) -> Option<Link> {
    let (trace, span) = cause.ids()?;
    Some(Link {
        trace_id: trace.to_be_bytes().to_vec(),
        span_id: span.to_be_bytes().to_vec(),
        trace_state: cause.state.clone().unwrap_or_default(),
        flags: u32::from(cause.is_sampled()),
        ..Link::default()
    })
}
