//! What the program tells of itself to others: spans and measures over OTLP.
//!
//! A span is put into a queue of bounded length and never waited for; one task makes batches of
//! what is there and sends them. A backend that refuses, hangs or is away costs the spans that do
//! not fit meanwhile, which are counted, and nothing else.

mod door;
mod exporter;
mod grpc;
mod ids;
pub mod measures;
mod numbers;
mod process;
mod recorder;
mod resource;
mod settings;
mod spans;
mod standard;
mod text;

use std::sync::Arc;
use std::time::Duration;

use contracts::telemetry::{Telemetry, Tracer};
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use crate::edge::Metrics;
use exporter::Exporter;
use recorder::Recorder;

pub use process::Process;
pub use settings::{Sampler, TelemetrySettings};
pub use standard::layer as standard_variables;

/// How long what is left may take to be sent when the program ends.
const FLUSH_MS_MAX: u64 = 3_000;

/// What runs while the program does.
pub struct Running {
    /// Where spans and measures go.
    pub telemetry: Telemetry,
    sending: Option<JoinHandle<()>>,
    stop: CancellationToken,
}

/// The values of the headers that requests carry.
#[must_use]
pub fn secrets(settings: &TelemetrySettings) -> Vec<String> {
    let headers = settings.headers.as_ref().map_or("", |headers| headers.reveal());
    let pairs = resource::pairs(headers).unwrap_or_default();
    pairs.into_iter().map(|(_, value)| value).collect()
}

/// Begins to tell, as the settings say.
///
/// # Errors
/// When headers or addresses are of no use.
pub fn start(
    settings: &TelemetrySettings,
    measures: measures::Meters,
    metrics: &Arc<Metrics>,
) -> anyhow::Result<Running> {
    let measures = Arc::new(measures);
    let stop = CancellationToken::new();
    let Some(wanted) = settings.wanted() else {
        let telemetry = Telemetry { spans: Tracer::default(), measures };
        return Ok(Running { telemetry, sending: None, stop });
    };
    let (recorder, queue) = Recorder::new(settings, wanted.traces.is_some());
    let recorder = Arc::new(recorder);
    recorder.counts().register(metrics);
    let exporter = Exporter::new(settings, &wanted, queue, recorder.counts(), metrics)?;
    let sending = tokio::spawn(exporter.run(stop.clone()));
    let spans = wanted.traces.map(|_| Tracer::new(recorder)).unwrap_or_default();
    Ok(Running { telemetry: Telemetry { spans, measures }, sending: Some(sending), stop })
}

impl Running {
    /// Sends what is left, within bounds.
    pub async fn stop(self) {
        self.stop.cancel();
        if let Some(mut sending) = self.sending {
            let most = Duration::from_millis(FLUSH_MS_MAX);
            if tokio::time::timeout(most, &mut sending).await.is_err() {
                sending.abort();
            }
        }
    }
}
