//! The audit trail, put together: writing that is bounded and counted, the rows with what the
//! stream says, and the task that signs heads and lets go of what was kept long enough.

mod bounded;
mod keeper;
mod trail;

pub use bounded::Bounded;
pub use keeper::Keeper;
pub use trail::Trails;

use std::sync::Arc;

use prometheus_client::collector::Collector;
use prometheus_client::encoding::{DescriptorEncoder, EncodeMetric as _};
use prometheus_client::metrics::MetricType;
use prometheus_client::metrics::counter::ConstCounter;
use prometheus_client::metrics::gauge::ConstGauge;

use crate::edge::Metrics;

/// Registers what is read at the moment of scraping.
pub fn register(metrics: &Metrics, bounded: &Arc<Bounded>, trails: &Trails) {
    let numbers = Numbers { bounded: Arc::clone(bounded), trails: trails.clone() };
    metrics.register(|registry| registry.register_collector(Box::new(numbers)));
}

struct Numbers {
    bounded: Arc<Bounded>,
    trails: Trails,
}

impl std::fmt::Debug for Numbers {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Numbers").finish_non_exhaustive()
    }
}

impl Collector for Numbers {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> Result<(), std::fmt::Error> {
        let (written, failed) = self.bounded.counts();
        for (name, help, value) in [
            ("cambium_audit_written", "Records written into the audit trail", written),
            ("cambium_audit_failed", "Records that could not be written", failed),
        ] {
            let metric = ConstCounter::new(value);
            let encoder = encoder.encode_descriptor(name, help, None, metric.metric_type())?;
            metric.encode(encoder)?;
        }
        let (name, help) = ("cambium_audit_lag", "Places the rows of the trail lie behind");
        let lag = i64::try_from(self.trails.lag()).unwrap_or(i64::MAX);
        let encoder = encoder.encode_descriptor(name, help, None, MetricType::Gauge)?;
        ConstGauge::new(lag).encode(encoder)
    }
}
