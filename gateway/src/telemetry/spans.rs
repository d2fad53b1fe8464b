//! Spans as OTLP has them.

use contracts::envelope::Trace;
use contracts::telemetry::names::general;
use contracts::telemetry::{Attribute, Span, SpanKind};

use super::resource::{Resource, attribute};
use super::wire::Message;

/// The flag of a span that is recorded.
const SAMPLED: u32 = 1;
/// The status of what came to nothing.
const ERROR: u64 = 2;

/// A request that carries `spans`.
#[must_use]
pub fn request(resource: &Resource, spans: &[Span]) -> Vec<u8> {
    resource.request(|scoped| {
        for span in spans {
            scoped.message(2, |message| write(message, span));
        }
    })
}

const fn kind(kind: SpanKind) -> u64 {
    match kind {
        SpanKind::Internal => 1,
        SpanKind::Server => 2,
        SpanKind::Client => 3,
        SpanKind::Consumer => 5,
    }
}

fn write(message: &mut Message, span: &Span) {
    message.bytes(1, span.trace.to_be_bytes());
    message.bytes(2, span.id.to_be_bytes());
    message.some_bytes(3, span.state.as_deref().unwrap_or_default());
    if let Some(parent) = span.parent {
        message.bytes(4, parent.to_be_bytes());
    }
    message.bytes(5, &*span.name);
    message.varint(6, kind(span.kind));
    message.fixed64(7, span.begun_ns);
    message.fixed64(8, span.ended_ns);
    for (name, value) in &span.attributes {
        attribute(message, 9, name, value);
    }
    if let Some(code) = &span.error {
        attribute(message, 9, general::ERROR_TYPE, &Attribute::Text(code.to_string()));
    }
    if let Some(baggage) = &span.baggage {
        let name = contracts::telemetry::names::own::BAGGAGE;
        attribute(message, 9, name, &Attribute::Text(baggage.clone()));
    }
    for cause in &span.links {
        link(message, cause);
    }
    if let Some(code) = &span.error {
        message.message(15, |status| {
            status.bytes(2, &**code);
            status.varint(3, ERROR);
        });
    }
    message.fixed32(16, SAMPLED);
}

fn link(message: &mut Message, cause: &Trace) {
    let Some((trace, span)) = cause.ids() else { return };
    message.message(13, |link| {
        link.bytes(1, trace.to_be_bytes());
        link.bytes(2, span.to_be_bytes());
        link.some_bytes(3, cause.state.as_deref().unwrap_or_default());
        link.fixed32(6, u32::from(cause.is_sampled()));
    });
}
