//! Numbers of the runtime and the read models in the program's one registry.

use std::sync::Arc;

use actors::Runtime;
use actors::runtime::Counters;
use contracts::effect::EffectGroup;
use contracts::ports::{Effects as _, Feed};
use projections::Models;
use prometheus_client::collector::Collector;
use prometheus_client::encoding::{DescriptorEncoder, EncodeMetric as _};
use prometheus_client::metrics::MetricType;
use prometheus_client::metrics::counter::ConstCounter;
use prometheus_client::metrics::gauge::ConstGauge;

use crate::edge::Metrics;

/// Registers what is read at the moment of scraping.
pub fn register(metrics: &Metrics, runtime: &Runtime, models: &Models, feed: &Arc<dyn Feed>) {
    let numbers = Numbers { runtime: runtime.clone(), models: models.clone(), feed: feed.clone() };
    metrics.register(|registry| registry.register_collector(Box::new(numbers)));
}

struct Numbers {
    runtime: Runtime,
    models: Models,
    feed: Arc<dyn Feed>,
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
            ("cambium_commands", "Commands committed or answered", &counters.commands),
            ("cambium_commands_refused", "Commands refused", &counters.refusals),
            ("cambium_effects_performed", "Effects performed", &counters.effects),
            ("cambium_dead_letters", "Messages put into DEAD", &counters.dead),
        ] {
            let metric = ConstCounter::new(Counters::get(value));
            let encoder = encoder.encode_descriptor(name, help, None, metric.metric_type())?;
            metric.encode(encoder)?;
        }
        let lag = self.feed.position().0.saturating_sub(self.models.position().0);
        for (name, help, value) in [
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
        self.effects(&mut encoder)
    }
}

/// Limit keys that have a label of their own, those under which the most waits; the others share
/// one.
const KEYS_MAX: usize = 50;
/// The label of the others. No key is called so, since keys are subject tokens.
const OTHERS: &str = "(others)";

impl Numbers {
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
