//! Numbers of the runtime and the read models in the program's one registry.

use std::sync::Arc;

use actors::Runtime;
use actors::runtime::Counters;
use contracts::Timestamp;
use contracts::effect::EffectGroup;
use contracts::ports::{Effects as _, Feed};
use nats::Broker;
use projections::Models;
use prometheus_client::collector::Collector;
use prometheus_client::encoding::{DescriptorEncoder, EncodeMetric as _};
use prometheus_client::metrics::MetricType;
use prometheus_client::metrics::counter::ConstCounter;
use prometheus_client::metrics::gauge::ConstGauge;

use super::pacing::Pacing;
use super::reporter::now;
use crate::edge::Metrics;
use crate::telemetry::measures::Applied;

/// Registers what is read at the moment of scraping.
pub fn register(
    metrics: &Metrics,
    (runtime, models, feed, broker): (&Runtime, &Models, &Arc<dyn Feed>, &Arc<Broker>),
    (applied, pacing): (Applied, Pacing),
) {
    let numbers = Numbers {
        runtime: runtime.clone(),
        models: models.clone(),
        feed: feed.clone(),
        broker: broker.clone(),
        applied,
        pacing,
    };
    metrics.register(|registry| registry.register_collector(Box::new(numbers)));
}

struct Numbers {
    runtime: Runtime,
    models: Models,
    feed: Arc<dyn Feed>,
    broker: Arc<Broker>,
    applied: Applied,
    pacing: Pacing,
}

impl std::fmt::Debug for Numbers {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Numbers").finish_non_exhaustive()
    }
}

impl Collector for Numbers {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> Result<(), std::fmt::Error> {
        let counters = self.runtime.counters();
        for (name, help, value) in [
            ("cambium_effects_performed", "Effects performed", &counters.effects),
            ("cambium_dead_letters", "Messages put into DEAD", &counters.dead),
        ] {
            let metric = ConstCounter::new(Counters::get(value));
            let encoder = encoder.encode_descriptor(name, help, None, metric.metric_type())?;
            metric.encode(encoder)?;
        }
        let (tail, read) = (self.feed.position().0, self.models.position().0);
        let lag = tail.saturating_sub(read);
        let up = |trouble: Option<String>| u64::from(trouble.is_none());
        for (name, help, value) in [
            ("cambium_tail_position", "Last position the tail has seen", tail),
            ("cambium_read_models_position", "Last position all read models have seen", read),
            ("cambium_broker_up", "1 = the broker answers", up(self.broker.trouble())),
            (
                "cambium_database_up",
                "1 = the read models write, and their database answers",
                up(self.models.paused()),
            ),
            (
                "cambium_partitions_owned",
                "Partitions of this node",
                self.runtime.partitions_owned() as u64,
            ),
            ("cambium_cells_awake", "Actors awake", Counters::get(&counters.cells)),
            (
                "cambium_effects_pending",
                "Effects waiting or running",
                Counters::get(&counters.effects_pending),
            ),
            ("cambium_read_models_lag", "Commits the read models lie behind", lag),
        ] {
            let metric = ConstGauge::new(i64::try_from(value).unwrap_or(i64::MAX));
            let encoder = encoder.encode_descriptor(name, help, None, metric.metric_type())?;
            metric.encode(encoder)?;
        }
        self.ages(&mut encoder, lag)?;
        self.effects(&mut encoder)
    }
}

/// Limit keys that have a label of their own, those under which the most waits; the others share
/// one.
const KEYS_MAX: usize = 50;
/// The label of the others. No key is called so, since keys are subject tokens.
const OTHERS: &str = "(others)";

impl Numbers {
    /// For how long something has waited.
    fn ages(&self, encoder: &mut DescriptorEncoder<'_>, lag: u64) -> Result<(), std::fmt::Error> {
        let since = |at: Option<Timestamp>| {
            let ms = at.map_or(0, |at| now().as_millis().saturating_sub(at.as_millis()).max(0));
            ms as f64 / 1e3
        };
        // Who writes the rows knows how old the last one is; who only reads them, since when more
        // is there.
        let applied = self.applied.at().filter(|_| lag > 0);
        let behind = if lag > 0 { self.pacing.age().as_secs_f64() } else { 0.0 };
        for (name, help, value) in [
            (
                "cambium_read_models_lag_seconds",
                "Age of the oldest commit that is not in the rows",
                since(applied).max(behind),
            ),
            (
                "cambium_effects_oldest_seconds",
                "Age of the oldest effect without an outcome",
                since(self.runtime.oldest_effect()),
            ),
        ] {
            let metric = ConstGauge::new(value);
            metric.encode(encoder.encode_descriptor(name, help, None, MetricType::Gauge)?)?;
        }
        Ok(())
    }

    /// What effects do, by class and limit key.
    fn effects(&self, encoder: &mut DescriptorEncoder<'_>) -> Result<(), std::fmt::Error> {
        let mut groups = self.runtime.groups();
        let total = |group: &EffectGroup| -> u64 {
            group.counts.named().iter().map(|(_, count)| *count).sum()
        };
        groups.sort_by_key(|group| std::cmp::Reverse(total(group)));
        let mut kept = std::collections::BTreeSet::new();
        let mut sums = std::collections::BTreeMap::<_, u64>::new();
        for group in groups {
            let key = group.limit.map_or_else(String::new, |key| key.to_string());
            let own = key.is_empty() || kept.contains(&key) || kept.len() < KEYS_MAX;
            let key = if own { key } else { OTHERS.to_owned() };
            kept.insert(key.clone());
            for (status, count) in group.counts.named() {
                *sums.entry((group.class.clone(), key.clone(), status)).or_default() += count;
            }
        }
        let (name, help) = ("cambium_effects", "Effects without an outcome, by what they do");
        let mut family = encoder.encode_descriptor(name, help, None, MetricType::Gauge)?;
        for ((class, limit, status), count) in sums.into_iter().filter(|(_, count)| *count > 0) {
            let labels = [("class", class), ("limit", limit), ("status", status.to_owned())];
            let metric = ConstGauge::new(i64::try_from(count).unwrap_or(i64::MAX));
            metric.encode(family.encode_family(&labels)?)?;
        }
        Ok(())
    }
}
