//! Where spans and measures are sent, which, and within which limits.

use clap::ValueEnum;
use contracts::Secret;
use reqwest::Url;
use serde::{Deserialize, Serialize};

use crate::settings::one_of;

/// Where spans and measures are sent. The variables of OpenTelemetry's own conventions, such as
/// `OTEL_EXPORTER_OTLP_ENDPOINT`, set the same.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct TelemetrySettings {
    /// Nothing is sent, whatever else is set.
    pub disabled: bool,
    /// The OTLP server, such as `http://localhost:4318`; none = nothing is sent, unless one of the
    /// two below is set.
    pub endpoint: Option<String>,
    /// The whole address for spans, in place of that under `endpoint`.
    pub traces_endpoint: Option<String>,
    /// The whole address for measures, in place of that under `endpoint`.
    pub metrics_endpoint: Option<String>,
    /// How it is spoken to.
    pub protocol: Protocol,
    /// Headers of each request, `name=value` with commas between them: they may hold a key.
    pub headers: Option<Secret>,
    /// How long a request may take, in milliseconds.
    pub timeout_ms: u64,
    /// Whether spans are sent.
    pub traces: bool,
    /// Whether measures are sent.
    pub metrics: bool,
    /// Which traces are recorded.
    pub sampler: Sampler,
    /// The share of the traces that begin here and are recorded, from 0 to 1, where `sampler` says
    /// so.
    pub ratio: f64,
    /// How many spans may wait to be sent; further ones are dropped, and counted.
    pub queue_spans_max: usize,
    /// How many spans are sent together at most.
    pub batch_spans_max: usize,
    /// How long a span waits for others at most, in milliseconds.
    pub batch_delay_ms: u64,
    /// How often measures are sent, in milliseconds.
    pub metrics_interval_ms: u64,
    /// After how long what a command leads to is told in a trace of its own, linked to that of the
    /// command, in milliseconds.
    pub late_ms: u64,
    /// Whether prompts and answers of models are sent. They may hold anything.
    pub content: bool,
    /// The keys of a caller's `baggage` that are taken over, into commits too; all others are not.
    pub baggage_keys: Vec<String>,
    /// What the program is called.
    pub service_name: String,
    /// What else is said of it, `name=value` with commas between them.
    pub resource_attributes: String,
}

/// How an OTLP server is spoken to.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, ValueEnum)]
#[serde(try_from = "String", into = "String")]
pub enum Protocol {
    /// Protobuf over HTTP; port 4318 by convention.
    #[default]
    #[value(name = "http/protobuf")]
    HttpProtobuf,
    /// gRPC; port 4317 by convention.
    #[value(name = "grpc")]
    Grpc,
}

/// Which traces are recorded.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, ValueEnum)]
#[serde(try_from = "String", into = "String")]
pub enum Sampler {
    /// All.
    #[value(name = "always_on")]
    AlwaysOn,
    /// None.
    #[value(name = "always_off")]
    AlwaysOff,
    /// A share of all, whatever callers say.
    #[value(name = "traceidratio")]
    Ratio,
    /// Those that callers record, and all that begin here.
    #[value(name = "parentbased_always_on")]
    ParentAlwaysOn,
    /// Those that callers record.
    #[value(name = "parentbased_always_off")]
    ParentAlwaysOff,
    /// Those that callers record, and a share of those that begin here.
    #[default]
    #[value(name = "parentbased_traceidratio")]
    ParentRatio,
}

/// The name that a value of a setting has.
fn named(value: &impl ValueEnum) -> String {
    value.to_possible_value().map(|it| it.get_name().to_owned()).unwrap_or_default()
}

impl TryFrom<String> for Protocol {
    type Error = String;
    fn try_from(text: String) -> Result<Self, String> {
        one_of(&text)
    }
}

impl From<Protocol> for String {
    fn from(protocol: Protocol) -> Self {
        named(&protocol)
    }
}

impl TryFrom<String> for Sampler {
    type Error = String;
    fn try_from(text: String) -> Result<Self, String> {
        one_of(&text)
    }
}

impl From<Sampler> for String {
    fn from(sampler: Sampler) -> Self {
        named(&sampler)
    }
}

impl Default for TelemetrySettings {
    fn default() -> Self {
        Self {
            disabled: false,
            endpoint: None,
            traces_endpoint: None,
            metrics_endpoint: None,
            protocol: Protocol::default(),
            headers: None,
            timeout_ms: 10_000,
            traces: true,
            metrics: true,
            sampler: Sampler::default(),
            ratio: 0.1,
            queue_spans_max: 8_192,
            batch_spans_max: 512,
            batch_delay_ms: 2_000,
            metrics_interval_ms: 60_000,
            late_ms: 60_000,
            content: false,
            baggage_keys: Vec::new(),
            service_name: "cambium".to_owned(),
            resource_attributes: String::new(),
        }
    }
}

/// What is sent, and where to.
pub struct Wanted {
    /// Spans.
    pub traces: Option<Url>,
    /// Measures.
    pub metrics: Option<Url>,
}

impl TelemetrySettings {
    /// What is sent; `None` = nothing.
    #[must_use]
    pub fn wanted(&self) -> Option<Wanted> {
        let address = |own: &Option<String>, signal: &str| {
            let whole = own.as_deref().map(Url::parse);
            let under = || self.endpoint.as_deref().map(|base| under(base, signal));
            whole.or_else(under).and_then(Result::ok)
        };
        let (own, signal) = match self.protocol {
            Protocol::HttpProtobuf => ("v1/traces", "v1/metrics"),
            Protocol::Grpc => (TRACES, METRICS),
        };
        let traces = address(&self.traces_endpoint, own).filter(|_| self.traces);
        let metrics = address(&self.metrics_endpoint, signal).filter(|_| self.metrics);
        let any = !self.disabled && (traces.is_some() || metrics.is_some());
        any.then_some(Wanted { traces, metrics })
    }

    /// Finds values that are of their type and still make no sense.
    ///
    /// # Errors
    /// The name of the first such value and what is wrong with it.
    pub fn check(&self) -> Result<(), (&'static str, String)> {
        for (name, value) in [
            ("telemetry.endpoint", &self.endpoint),
            ("telemetry.traces_endpoint", &self.traces_endpoint),
            ("telemetry.metrics_endpoint", &self.metrics_endpoint),
        ] {
            let Some(text) = value else { continue };
            let url = Url::parse(text).ok().filter(|url| matches!(url.scheme(), "http" | "https"));
            let Some(url) = url else {
                return Err((name, "must be an address such as http://localhost:4318".to_owned()));
            };
            if url.password().is_some() || !url.username().is_empty() {
                let text = "must hold no password; telemetry.headers may";
                return Err((name, text.to_owned()));
            }
        }
        if !(0.0..=1.0).contains(&self.ratio) {
            return Err(("telemetry.ratio", "must be from 0 to 1".to_owned()));
        }
        for (name, value, most) in [
            ("telemetry.queue_spans_max", self.queue_spans_max, 1_000_000),
            ("telemetry.batch_spans_max", self.batch_spans_max, 10_000),
        ] {
            if !(1..=most).contains(&value) {
                return Err((name, format!("must be from 1 to {most}")));
            }
        }
        for (name, value) in [
            ("telemetry.timeout_ms", self.timeout_ms),
            ("telemetry.batch_delay_ms", self.batch_delay_ms),
            ("telemetry.metrics_interval_ms", self.metrics_interval_ms),
        ] {
            if !(1..=3_600_000).contains(&value) {
                return Err((name, "must be from 1 to 3600000".to_owned()));
            }
        }
        if let Some(headers) = &self.headers {
            super::door::headers(headers.reveal()).map_err(|why| ("telemetry.headers", why))?;
        }
        super::resource::pairs(&self.resource_attributes)
            .map_err(|why| ("telemetry.resource_attributes", why))?;
        Ok(())
    }
}

/// The path of gRPC's service for spans.
const TRACES: &str = "opentelemetry.proto.collector.trace.v1.TraceService/Export";
/// The path of gRPC's service for measures.
const METRICS: &str = "opentelemetry.proto.collector.metrics.v1.MetricsService/Export";

/// An address under `base`, which may have a path of its own.
fn under(base: &str, path: &str) -> Result<Url, url_error::ParseError> {
    Url::parse(&format!("{}/{path}", base.trim_end_matches('/')))
}

/// What [`Url::parse`] fails with, whose name reqwest does not give.
mod url_error {
    pub type ParseError = <super::Url as std::str::FromStr>::Err;
}
