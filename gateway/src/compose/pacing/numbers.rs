//! Numbers of who waits for the read models in the program's one registry.

use std::sync::atomic::Ordering;

use prometheus_client::collector::Collector;
use prometheus_client::encoding::{DescriptorEncoder, EncodeMetric as _};
use prometheus_client::metrics::counter::ConstCounter;
use prometheus_client::metrics::gauge::ConstGauge;

use super::Pacing;
use crate::edge::Metrics;

/// Registers what is read at the moment of scraping.
pub fn register(metrics: &Metrics, pacing: &Pacing) {
    let numbers = Numbers(pacing.clone());
    metrics.register(|registry| registry.register_collector(Box::new(numbers)));
}

struct Numbers(Pacing);

impl std::fmt::Debug for Numbers {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Numbers").finish_non_exhaustive()
    }
}

impl Collector for Numbers {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> Result<(), std::fmt::Error> {
        let shared = &self.0.shared;
        for (name, help, value) in [
            (
                "cambium_appends_paced",
                "Appends that waited for the read models",
                shared.waited.load(Ordering::Relaxed) as f64,
            ),
            (
                "cambium_appends_paced_seconds",
                "How long they waited, together",
                shared.waited_us.load(Ordering::Relaxed) as f64 / 1e6,
            ),
            (
                "cambium_appends_paced_in_vain",
                "Those that waited as long as they may and went on",
                shared.in_vain.load(Ordering::Relaxed) as f64,
            ),
        ] {
            let metric = ConstCounter::new(value);
            let encoder = encoder.encode_descriptor(name, help, None, metric.metric_type())?;
            metric.encode(encoder)?;
        }
        for (name, help, value) in [
            ("cambium_appends_waiting_for_rows", "Appends that wait now", self.0.waiting()),
            (
                "cambium_read_models_window",
                "Commits that the rows may be behind before appends wait; 0 = any number",
                shared.window.load(Ordering::Relaxed),
            ),
        ] {
            let metric = ConstGauge::new(i64::try_from(value).unwrap_or(i64::MAX));
            let encoder = encoder.encode_descriptor(name, help, None, metric.metric_type())?;
            metric.encode(encoder)?;
        }
        Ok(())
    }
}
