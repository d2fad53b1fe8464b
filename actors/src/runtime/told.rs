//! What is told of a command once it is answered: how it ended and how long it took.

use std::borrow::Cow;
use std::time::Instant;

use contracts::telemetry::names::{general, own};
use contracts::telemetry::{CommandMeasure, Open, SpanKind, Telemetry};
use contracts::view::Answer;
use contracts::{Envelope, Origin, Refusal, lifecycle};

use super::inbox::Passage;

/// What the span of a command is called until it is known to be recorded.
const COMMAND: &str = "command";

/// A command being watched.
pub struct Watch {
    telemetry: Telemetry,
    begun: Instant,
    span: Option<Open>,
}

impl Watch {
    /// Begins to watch a command. Where its trace is recorded, the command's own span takes its
    /// place in the envelope, so that its commit and all that it leads to belong to it.
    #[must_use]
    pub fn begin(telemetry: &Telemetry, envelope: &mut Envelope, passage: &Passage) -> Self {
        let begun = Instant::now();
        let span = telemetry.spans.is_on().then(|| opened(telemetry, envelope, passage)).flatten();
        if let Some(span) = &span {
            envelope.trace = Some(span.trace());
        }
        Self { telemetry: telemetry.clone(), begun, span }
    }

    /// Tells how it ended.
    pub fn end(mut self, envelope: &Envelope, result: &Result<Answer, Refusal>) {
        let (outcome, code) = match result {
            Ok(answer) => (answer.status.as_str(), None),
            Err(refusal) => ("refused", Some(refusal.code.as_ref())),
        };
        self.telemetry.measures.command(&CommandMeasure {
            tenant: &envelope.to.tenant,
            kind: &envelope.to.kind,
            name: &envelope.name,
            outcome,
            code,
            took: self.begun.elapsed(),
        });
        let Some(span) = &mut self.span else { return };
        span.set(own::STATUS, outcome);
        match result {
            Ok(answer) => {
                span.set(own::REVISION, answer.revision.0);
                span.set(own::CURSOR, answer.cursor.0);
            }
            Err(refusal) => span.fail(refusal.code.clone()),
        }
    }
}

fn opened(telemetry: &Telemetry, envelope: &Envelope, passage: &Passage) -> Option<Open> {
    let by = &envelope.by;
    let taken = by.origin == Origin::Nats || *passage == Passage::Durable;
    let kind = if taken { SpanKind::Consumer } else { SpanKind::Internal };
    let trace = envelope.trace.as_ref();
    let linked = match passage {
        // What comes out of DEAD was sent long ago.
        Passage::Drained(_) | Passage::Settled(_) => true,
        // And a timer was set long ago, perhaps for many times to come.
        Passage::Interactive | Passage::Durable => {
            trace.is_some() && envelope.name == lifecycle::FIRE
        }
    };
    let mut span = if linked {
        telemetry.spans.linked(trace, COMMAND, kind)
    } else {
        telemetry.spans.enter(trace, COMMAND, kind)
    }?;
    // Made for those that are recorded only.
    span.rename(format!("{}.{}", envelope.to.kind, envelope.name));
    if taken {
        span.set(general::MESSAGING_SYSTEM, "nats");
        span.set(general::MESSAGING_OPERATION, "process");
    }
    span.set(own::ACTOR, envelope.to.to_string());
    span.set(own::COMMAND, envelope.id.to_string());
    span.set(own::PRINCIPAL, by.principal.to_string());
    Some(span)
}

/// A span of a step that a command takes; `None` when its trace is not recorded.
#[must_use]
pub fn step(
    telemetry: &Telemetry,
    envelope: &Envelope,
    name: impl Into<Cow<'static, str>>,
) -> Option<Open> {
    telemetry.spans.part(envelope.trace.as_ref(), name, SpanKind::Internal)
}
