//! What is told of a transaction: how long it took, and a span for each commit whose trace is
//! recorded.

use std::time::Instant;

use contracts::Entry;
use contracts::envelope::Trace;
use contracts::telemetry::names::{own, spans};
use contracts::telemetry::{SpanKind, Stage, Telemetry};

/// A transaction under way.
pub(super) struct Told {
    begun: Instant,
    begun_ns: Option<u64>,
}

impl Told {
    /// One that begins.
    pub(super) fn begin(telemetry: &Telemetry) -> Self {
        Self { begun: Instant::now(), begun_ns: telemetry.spans.now_ns() }
    }

    /// It is committed. Commits of long ago, such as those of a rebuild, share a span in a trace of
    /// its own that is linked to theirs.
    pub(super) fn end(self, telemetry: &Telemetry, entries: &[Entry]) {
        telemetry.measures.stage(Stage::Apply, self.begun.elapsed());
        let last = entries.iter().rev().find_map(|entry| match entry {
            Entry::Commit(recorded) => Some(recorded.commit.at),
            Entry::Foreign(_) => None,
        });
        if let Some(at) = last {
            telemetry.measures.applied(at);
        }
        let Some(begun_ns) = self.begun_ns else { return };
        let mut old: Vec<&Trace> = Vec::new();
        for entry in entries {
            let Entry::Commit(recorded) = entry else { continue };
            let commit = &recorded.commit;
            let Some(trace) = commit.command.trace.as_ref().filter(|it| it.is_sampled()) else {
                continue;
            };
            let at = u64::try_from(commit.at.as_millis()).unwrap_or(0);
            if (begun_ns / 1_000_000).saturating_sub(at) > telemetry.spans.late_ms() {
                old.push(trace);
                continue;
            }
            let span = telemetry.spans.part(Some(trace), spans::APPLY, SpanKind::Internal);
            let Some(mut span) = span else { continue };
            span.begun_at(begun_ns);
            span.set(own::ACTOR, commit.address().to_string());
            span.set(own::REVISION, commit.revision.0);
            span.set(own::CURSOR, recorded.cursor.0);
            span.set(own::COMMITS, entries.len() as u64);
        }
        let linked = telemetry.spans.linked(old, spans::APPLY, SpanKind::Internal);
        if let Some(mut span) = linked {
            span.begun_at(begun_ns);
            span.set(own::COMMITS, entries.len() as u64);
        }
    }
}
