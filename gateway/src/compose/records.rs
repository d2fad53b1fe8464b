//! What programs of tenants tell, put together: the rows follow the stream, and what was kept long
//! enough goes from both.

use std::sync::Arc;
use std::time::Duration;

use actors::Runtime;
use anyhow::Context as _;
use contracts::Refusal;
use contracts::records::Signal;
use projections::Models;
use tokio::time::{MissedTickBehavior, interval};
use tokio_util::sync::CancellationToken;

use super::reporter::now;
use super::supervisor::Supervisor;
use super::underway::Underway;
use crate::dialects::telemetry::Keeping;
use crate::edge::Limiter;
use crate::edge::records::{Config, RecordDesk};

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
    Ok(RecordDesk { stream: broker.records(), rows: Some(rows) })
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
        let RecordDesk { stream, rows } = reading.clone();
        async move {
            if let Some(rows) = rows {
                rows.run(stream, CancellationToken::new()).await;
            }
        }
    };
    underway.watched(supervisor.spawn("telemetry_rows", never.clone(), read));
    let (desk, config) = (desk.clone(), config.clone());
    let forget = move || forget(desk.clone(), config.clone());
    underway.watched(supervisor.spawn("telemetry_keeper", never, forget));
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
