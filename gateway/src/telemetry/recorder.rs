//! Where spans are kept until they are sent, and which are.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{SystemTime, UNIX_EPOCH};

use contracts::telemetry::{Span, Spans};
use prometheus_client::collector::Collector;
use prometheus_client::encoding::{DescriptorEncoder, NoLabelSet};
use prometheus_client::metrics::MetricType;
use tokio::sync::mpsc;

use super::ids::Ids;
use super::settings::{Sampler, TelemetrySettings};
use crate::edge::Metrics;

/// Keeps spans.
#[derive(Debug)]
pub struct Recorder {
    ids: Ids,
    sampler: Sampler,
    /// A trace is recorded when the upper 63 bits of its lower half are below this.
    below: u64,
    late_ms: u64,
    content: bool,
    baggage_keys: Vec<String>,
    queue: mpsc::Sender<Span>,
    counts: Arc<Counts>,
}

/// What became of spans.
#[derive(Debug, Default)]
pub struct Counts {
    /// A server took them.
    pub sent: AtomicU64,
    /// There was no room for them.
    pub dropped: AtomicU64,
    /// No server took them.
    pub failed: AtomicU64,
    /// A server took others of their batch, and not these.
    pub rejected: AtomicU64,
}

impl Recorder {
    /// A recorder, and where its spans come out.
    #[must_use]
    pub fn new(settings: &TelemetrySettings, on: bool) -> (Self, mpsc::Receiver<Span>) {
        let room = if on { settings.queue_spans_max.max(1) } else { 1 };
        let (queue, spans) = mpsc::channel(room);
        let share = match settings.sampler {
            Sampler::AlwaysOn | Sampler::ParentAlwaysOn => 1.0,
            Sampler::AlwaysOff | Sampler::ParentAlwaysOff => 0.0,
            Sampler::Ratio | Sampler::ParentRatio => settings.ratio,
        };
        let recorder = Self {
            ids: Ids::new(),
            sampler: settings.sampler,
            below: below(share),
            late_ms: settings.late_ms,
            content: settings.content,
            baggage_keys: settings.baggage_keys.clone(),
            queue,
            counts: Arc::default(),
        };
        (recorder, spans)
    }

    /// Whether a trace is in the share that is recorded: the same on every node, by its id alone.
    fn is_below(&self, trace: u128) -> bool {
        ((trace as u64) >> 1) < self.below
    }

    /// What became of its spans.
    #[must_use]
    pub fn counts(&self) -> Arc<Counts> {
        Arc::clone(&self.counts)
    }
}

/// The bound under which a share of all numbers of 63 bits lies.
fn below(share: f64) -> u64 {
    if share >= 1.0 { u64::MAX } else { (share.max(0.0) * (1_u64 << 63) as f64) as u64 }
}

impl Spans for Recorder {
    fn now_ns(&self) -> u64 {
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        u64::try_from(since.as_nanos()).unwrap_or(u64::MAX)
    }

    fn fresh_span(&self) -> u64 {
        self.ids.next()
    }

    fn begin_trace(&self) -> Option<u128> {
        let trace = self.ids.trace();
        self.is_below(trace).then_some(trace)
    }

    fn records(&self, trace: u128) -> Option<bool> {
        let theirs = matches!(
            self.sampler,
            Sampler::ParentAlwaysOn | Sampler::ParentAlwaysOff | Sampler::ParentRatio
        );
        (!theirs).then(|| self.is_below(trace))
    }

    fn late_ms(&self) -> u64 {
        self.late_ms
    }

    fn content(&self) -> bool {
        self.content
    }

    fn baggage(&self, text: &str) -> Option<String> {
        let known = |member: &&str| {
            let key = member.split(['=', ';']).next().unwrap_or_default().trim();
            self.baggage_keys.iter().any(|wanted| wanted == key)
        };
        let kept: Vec<&str> = text.split(',').map(str::trim).filter(known).collect();
        let kept = kept.join(",");
        (!kept.is_empty() && kept.len() <= BAGGAGE_BYTES_MAX).then_some(kept)
    }

    fn keep(&self, span: Span) {
        if self.queue.try_send(span).is_err() {
            self.counts.dropped.fetch_add(1, Ordering::Relaxed);
        }
    }
}

/// The longest `baggage` that is taken over, in bytes.
const BAGGAGE_BYTES_MAX: usize = 1_024;

impl Counts {
    /// Registers what is read at the moment of scraping.
    pub fn register(self: &Arc<Self>, metrics: &Metrics) {
        let counts = Numbers(Arc::clone(self));
        metrics.register(|registry| registry.register_collector(Box::new(counts)));
    }
}

#[derive(Debug)]
struct Numbers(Arc<Counts>);

impl Collector for Numbers {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> Result<(), std::fmt::Error> {
        let (name, help) = ("cambium_telemetry_spans", "Spans that ended, by what became of them");
        let mut family = encoder.encode_descriptor(name, help, None, MetricType::Counter)?;
        let Counts { sent, dropped, failed, rejected } = &*self.0;
        for (outcome, count) in
            [("sent", sent), ("dropped", dropped), ("failed", failed), ("rejected", rejected)]
        {
            let count = count.load(Ordering::Relaxed);
            family
                .encode_family(&[("outcome", outcome)])?
                .encode_counter::<NoLabelSet, _, u64>(&count, None)?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use contracts::envelope::Trace;
    use contracts::telemetry::{Span, SpanKind, Spans as _, Tracer};
    use tokio::sync::mpsc::Receiver;

    use super::Recorder;
    use crate::telemetry::settings::{Sampler, TelemetrySettings};

    fn recording(sampler: Sampler) -> (Tracer, Arc<Recorder>, Receiver<Span>) {
        let settings = TelemetrySettings {
            sampler,
            queue_spans_max: 4,
            late_ms: 1_000,
            baggage_keys: vec!["team".to_owned()],
            ..TelemetrySettings::default()
        };
        let (recorder, spans) = Recorder::new(&settings, true);
        let recorder = Arc::new(recorder);
        (Tracer::new(recorder.clone()), recorder, spans)
    }

    const INNER: SpanKind = SpanKind::Internal;

    #[test]
    fn what_comes_late_begins_a_trace_that_is_linked_to_its_cause() {
        let (tracer, _, mut spans) = recording(Sampler::ParentAlwaysOff);
        let cause = Trace::of(7, 8, true);
        drop(tracer.after((Some(&cause), 1_000), "soon", INNER));
        drop(tracer.after((Some(&cause), 1_001), "late", INNER));
        assert!(tracer.after((Some(&Trace::of(7, 8, false)), 9_999), "never", INNER).is_none());
        let soon = spans.try_recv().expect("kept");
        assert_eq!((soon.trace, soon.parent, soon.links.len()), (7, Some(8), 0));
        let late = spans.try_recv().expect("kept");
        assert_ne!(late.trace, 7);
        assert_eq!((late.parent, late.links), (None, vec![cause]));
    }

    #[test]
    fn a_caller_decides_where_the_sampler_says_so() {
        let recorded = Trace::of(7, 8, true);
        let header = |name: &str| match name {
            "traceparent" => Some(recorded.parent.as_str()),
            "baggage" => Some("secret=1, team=red;since=2020"),
            _ => None,
        };
        let (tracer, ..) = recording(Sampler::ParentAlwaysOff);
        let came = tracer.admit(header).expect("it is followed");
        assert_eq!(came.baggage.as_deref(), Some("team=red;since=2020"));
        assert!(tracer.enter(Some(&came), "command", INNER).is_some());
        assert!(tracer.enter(None, "command", INNER).is_none());
        // Whatever callers say; yet the trace stays theirs.
        let silent = Trace::of(7, 8, false);
        let unsampled = |name: &str| (name == "traceparent").then_some(silent.parent.as_str());
        let (tracer, ..) = recording(Sampler::AlwaysOn);
        assert_eq!(
            tracer.admit(unsampled).map(|trace| trace.parent),
            Some(recorded.parent.clone())
        );
        assert!(tracer.enter(None, "command", INNER).is_some());
        let (tracer, ..) = recording(Sampler::AlwaysOff);
        assert_eq!(tracer.admit(header).map(|trace| trace.parent), Some(silent.parent.clone()));
        assert_eq!(
            Tracer::default().admit(header).map(|trace| trace.parent),
            Some(recorded.parent)
        );
    }

    #[test]
    fn a_share_of_the_traces_is_recorded_and_what_finds_no_room_is_counted() {
        let (tracer, recorder, _spans) = recording(Sampler::Ratio);
        let begun = (0..10_000).filter(|_| recorder.begin_trace().is_some()).count();
        assert!((700..1_300).contains(&begun), "{begun} of 10000");
        for _ in 0..10 {
            drop(tracer.part(Some(&Trace::of(7, 8, true)), "step", INNER));
        }
        let dropped = recorder.counts().dropped.load(std::sync::atomic::Ordering::Relaxed);
        assert_eq!(dropped, 6);
    }
}
