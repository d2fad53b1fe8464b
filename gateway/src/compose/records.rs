//! What programs of tenants tell, put together: the rows follow the stream, and what was kept long
//! enough goes from both.

use std::sync::Arc;
use std::time::Duration;

use actors::Runtime;
use anyhow::Context as _;
use contracts::Refusal;
use contracts::records::Signal;
use projections::Models;
use prometheus_client::collector::Collector;
use prometheus_client::encoding::{DescriptorEncoder, EncodeMetric as _};
use prometheus_client::metrics::MetricType;
use prometheus_client::metrics::counter::ConstCounter;
use prometheus_client::metrics::gauge::ConstGauge;
use tokio::time::{MissedTickBehavior, interval};
use tokio_util::sync::CancellationToken;

use super::reporter::now;
use super::supervisor::Supervisor;
use super::underway::Underway;
use crate::dialects::telemetry::Keeping;
use crate::edge::records::counts::{Fate, RecordCounts};
use crate::edge::records::{Config, RecordDesk};
use crate::edge::{Limiter, Metrics};

const DAY_MS: i64 = 24 * 60 * 60 * 1_000;

/// The stream and its rows.
///
/// # Errors
/// When the tables cannot be made.
pub async fn open(
    models: &Models,
    broker: &nats::Broker,
    config: &Config,
) -> anyhow::Result<RecordDesk> {
    let rows = models.records(config.scan_rows_max).await;
    let rows = rows.context("the rows of telemetry cannot be opened")?;
    Ok(RecordDesk { stream: broker.records(), rows: Some(rows), counts: Arc::default() })
}

/// Lets NATS clients tell what the edge's callers tell, within the same limits.
pub fn take(runtime: &Runtime, limits: &Config, limiter: &Arc<Limiter>, desk: &RecordDesk) {
    let (limits, limiter, desk) = (limits.clone(), limiter.clone(), desk.clone());
    runtime.told_to(Arc::new(Keeping { limits, limiter, desk }));
}

/// Lets the rows follow the stream, and lets go of what is old.
pub fn keep(desk: &RecordDesk, config: &Config, underway: &mut Underway, supervisor: &Supervisor) {
    // Both are aborted when what they write to is stopped, and lose nothing.
    let never = CancellationToken::new();
    let reading = desk.clone();
    let read = move || {
        let RecordDesk { stream, rows, .. } = reading.clone();
        async move {
            if let Some(rows) = rows {
                rows.run(stream, CancellationToken::new()).await;
            }
        }
    };
    underway.watched(supervisor.spawn("telemetry_rows", never.clone(), read));
    let looking = desk.clone();
    let look = move || look(looking.clone());
    underway.watched(supervisor.spawn("telemetry_lag", never.clone(), look));
    let (desk, config) = (desk.clone(), config.clone());
    let forget = move || forget(desk.clone(), config.clone());
    underway.watched(supervisor.spawn("telemetry_keeper", never, forget));
}

/// Registers what is read at the moment of scraping.
pub fn register(metrics: &Metrics, desk: &RecordDesk) {
    let numbers = Numbers(Arc::clone(&desk.counts));
    metrics.register(|registry| registry.register_collector(Box::new(numbers)));
}

#[derive(Debug)]
struct Numbers(Arc<RecordCounts>);

impl Collector for Numbers {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> Result<(), std::fmt::Error> {
        let (name, help) = ("cambium_records", "Records that tenants' programs told");
        let mut family = encoder.encode_descriptor(name, help, None, MetricType::Counter)?;
        for signal in Signal::ALL {
            for fate in Fate::ALL {
                let labels = [("signal", signal.as_str()), ("outcome", fate.as_str())];
                let count = ConstCounter::new(self.0.get(signal, fate));
                count.encode(family.encode_family(&labels)?)?;
            }
        }
        let (name, help) = ("cambium_records_lag", "Places of TELEMETRY its rows lie behind");
        let behind = i64::try_from(self.0.behind()).unwrap_or(i64::MAX);
        let metric = ConstGauge::new(behind);
        metric.encode(encoder.encode_descriptor(name, help, None, MetricType::Gauge)?)?;
        let name = "cambium_records_lag_seconds";
        let help = "Age of the oldest batch of TELEMETRY that is not in its rows";
        let since = self.0.waits_since().map_or(0, |at| now().millis_since(at).max(0));
        let metric = ConstGauge::new(since as f64 / 1e3);
        metric.encode(encoder.encode_descriptor(name, help, None, MetricType::Gauge)?)
    }
}

/// How often it is looked how far the rows lie behind.
const LOOK: Duration = Duration::from_secs(1);

/// Looks from time to time how far the rows lie behind. Runs until it is dropped.
async fn look(desk: RecordDesk) {
    let mut ticks = interval(LOOK);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        ticks.tick().await;
        // While the stream cannot be read, what was seen last stands, and its age grows.
        if let (Some(rows), Ok(head)) = (&desk.rows, desk.stream.head().await) {
            let at = rows.position();
            let next = if head > at { desk.stream.entries(at, 1).await } else { Ok(Vec::new()) };
            if let Ok(next) = next {
                let since = next.first().and_then(|entry| Some(entry.batch().ok()?.at));
                desk.counts.lags(head.saturating_sub(at), since);
            }
        }
    }
}

/// Looks from time to time for what was kept long enough. Runs until it is dropped.
async fn forget(desk: RecordDesk, config: Config) {
    let mut ticks = interval(Duration::from_millis(config.retention_interval_ms.max(1)));
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        ticks.tick().await;
        if let Err(refusal) = sweep(&desk, &config).await {
            tracing::warn!(%refusal, "telemetry.keeper");
        }
    }
}

async fn sweep(desk: &RecordDesk, config: &Config) -> Result<(), Refusal> {
    let rows = desk.rows()?;
    let own = rows.rules(None).await?;
    for (tenant, signal) in rows.places().await? {
        let rule = own.iter().find(|(whose, rule)| *whose == tenant && rule.signal == signal);
        let set = |signal: &Signal| config.retention_days.get(signal).copied();
        let Some(days) = rule.and_then(|(_, rule)| rule.days).or_else(|| set(&signal)) else {
            continue;
        };
        let before = now().plus_millis(-DAY_MS * i64::from(days));
        match rows.forget(&*desk.stream, (&tenant, signal), before).await? {
            Some(0) => {}
            Some(records) => tracing::info!(%tenant, %signal, records, "telemetry.forgotten"),
            None => return Ok(()),
        }
    }
    Ok(())
}
