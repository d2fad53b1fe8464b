//! What the edge counts. Labels come from fixed tables only, so their number is bounded.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use contracts::Tenant;
use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::encoding::text::encode;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::Registry;

/// The media type of the text that [`Metrics::encode`] makes.
pub const CONTENT_TYPE: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

/// Upper bounds of the latency histogram, in seconds.
const BUCKETS_S: [f64; 14] =
    [0.000_5, 0.001, 0.002_5, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0, 30.0];

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Labels {
    method: &'static str,
    route: &'static str,
    status: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Timed {
    method: &'static str,
    route: &'static str,
}

/// The registry of all metrics of the program, and those of the edge.
pub struct Metrics {
    registry: Mutex<Registry>,
    requests: Family<Labels, Counter>,
    seconds: Family<Timed, Histogram, fn() -> Histogram>,
    in_flight: Gauge,
    streams: Gauge,
}

fn histogram() -> Histogram {
    Histogram::new(BUCKETS_S)
}

impl Default for Metrics {
    fn default() -> Self {
        Self::new(Registry::default())
    }
}

impl Metrics {
    /// Adds the edge's metrics to those that `registry` holds already.
    #[must_use]
    pub fn new(mut registry: Registry) -> Self {
        let requests = Family::<Labels, Counter>::default();
        let seconds =
            Family::<Timed, Histogram, fn() -> Histogram>::new_with_constructor(histogram);
        let (in_flight, streams) = (Gauge::default(), Gauge::default());
        registry.register("cambium_http_requests", "Requests answered", requests.clone());
        registry.register(
            "cambium_http_request_duration_seconds",
            "Time until the head of the answer",
            seconds.clone(),
        );
        registry.register("cambium_http_in_flight", "Requests being answered", in_flight.clone());
        registry.register("cambium_http_streams", "Open streams and sockets", streams.clone());
        let registry = Mutex::new(registry);
        Self { registry, requests, seconds, in_flight, streams }
    }

    /// Registers more metrics while the program is put together.
    pub fn register(&self, with: impl FnOnce(&mut Registry)) {
        with(&mut self.registry.lock().unwrap_or_else(PoisonError::into_inner));
    }

    /// Notes an answered request.
    pub(crate) fn answered(
        &self,
        method: &'static str,
        route: &'static str,
        status: u16,
        took: Duration,
    ) {
        let class = match status {
            ..=199 => "1xx",
            200..=299 => "2xx",
            300..=399 => "3xx",
            400..=499 => "4xx",
            _ => "5xx",
        };
        self.requests.get_or_create(&Labels { method, route, status: class }).inc();
        self.seconds.get_or_create(&Timed { method, route }).observe(took.as_secs_f64());
    }

    /// The gauge of requests being answered.
    pub(crate) fn in_flight(&self) -> Raised {
        Raised::of(&self.in_flight)
    }

    /// The gauge of open streams and sockets.
    pub(crate) fn stream(&self) -> Raised {
        Raised::of(&self.streams)
    }

    /// As [`Metrics::text`], of what is told by tenant only what is about this one.
    #[must_use]
    pub(crate) fn text_for(&self, tenant: Option<&Tenant>) -> String {
        let own = tenant.map(|tenant| format!("{{tenant=\"{tenant}\","));
        let shown = |line: &&str| {
            let own = own.as_ref().is_some_and(|own| line.contains(own.as_str()));
            own || !line.contains("{tenant=\"")
        };
        self.text().lines().filter(shown).flat_map(|line| [line, "\n"]).collect()
    }

    /// All metrics as OpenMetrics text.
    #[must_use]
    pub(crate) fn text(&self) -> String {
        let mut text = String::new();
        let registry = self.registry.lock().unwrap_or_else(PoisonError::into_inner);
        encode(&mut text, &registry).expect("writing to a string cannot fail");
        text
    }
}

/// A gauge that is one higher while this lives.
pub(crate) struct Raised(Gauge);

impl Raised {
    fn of(gauge: &Gauge) -> Self {
        gauge.inc();
        Self(gauge.clone())
    }
}

impl Drop for Raised {
    fn drop(&mut self) {
        self.0.dec();
    }
}
