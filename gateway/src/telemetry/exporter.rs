//! The task that sends: batches of spans as they come, measures from time to time.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use axum::body::Bytes;
use contracts::telemetry::Span;
use tokio::sync::mpsc;
use tokio::time::{Instant, sleep_until};
use tokio_util::sync::CancellationToken;

use super::door::{Door, Failure, Taken};
use super::recorder::Counts;
use super::resource::Resource;
use super::settings::{TelemetrySettings, Wanted};
use super::{numbers, spans};
use crate::edge::Metrics;

/// How often a request is sent that finds its server in passing trouble.
const SENDS_MAX: u32 = 3;

/// How long spans may wait in their queue before somebody looks, once the first has come.
const LOOK: Duration = Duration::from_millis(10);

/// How often trouble with the server is told at most, in milliseconds.
const TELL_MS: u64 = 60_000;

/// What sends.
pub struct Exporter {
    traces: Option<Door>,
    metrics: Option<Door>,
    resource: Resource,
    queue: mpsc::Receiver<Span>,
    counts: Arc<Counts>,
    registry: Arc<Metrics>,
    begun_ns: u64,
    batch_spans_max: usize,
    batch_delay: Duration,
    interval: Duration,
    told: Option<Instant>,
}

fn now_ns() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    u64::try_from(since.as_nanos()).unwrap_or(u64::MAX)
}

impl Exporter {
    /// What sends the spans of `queue` and the measures of `registry`.
    ///
    /// # Errors
    /// When an address or the headers are of no use.
    pub fn new(
        settings: &TelemetrySettings,
        wanted: &Wanted,
        queue: mpsc::Receiver<Span>,
        counts: Arc<Counts>,
        registry: &Arc<Metrics>,
    ) -> anyhow::Result<Self> {
        let door = |url: &Option<reqwest::Url>| {
            url.clone().map(|url| Door::new(settings, url)).transpose()
        };
        Ok(Self {
            traces: door(&wanted.traces)?,
            metrics: door(&wanted.metrics)?,
            resource: Resource::of(settings),
            queue,
            counts,
            registry: Arc::clone(registry),
            begun_ns: now_ns(),
            batch_spans_max: settings.batch_spans_max,
            batch_delay: Duration::from_millis(settings.batch_delay_ms),
            interval: Duration::from_millis(settings.metrics_interval_ms),
            told: None,
        })
    }

    /// Sends until `stop`, and then what is left.
    pub async fn run(mut self, stop: CancellationToken) {
        let (mut next, mut open) = (Instant::now() + self.interval, self.traces.is_some());
        loop {
            let mut batch = Vec::new();
            tokio::select! {
                biased;
                () = stop.cancelled() => break,
                () = sleep_until(next) => {
                    self.send_numbers().await;
                    next = Instant::now() + self.interval;
                }
                got = self.queue.recv_many(&mut batch, self.batch_spans_max), if open => {
                    // None = nobody is left who keeps spans.
                    open = got > 0;
                    self.gather(&mut batch, &stop).await;
                    self.send_spans(batch).await;
                }
            }
        }
        self.queue.close();
        let mut batch = Vec::new();
        while self.queue.recv_many(&mut batch, self.batch_spans_max).await > 0 {
            self.send_spans(std::mem::take(&mut batch)).await;
        }
        self.send_numbers().await;
    }

    /// Waits for more spans, as long as one may wait for others. It looks for them from time to
    /// time: to be woken by each costs whoever ends it more than the span itself.
    async fn gather(&mut self, batch: &mut Vec<Span>, stop: &CancellationToken) {
        let until = Instant::now() + self.batch_delay;
        while batch.len() < self.batch_spans_max {
            let next = until.min(Instant::now() + LOOK);
            tokio::select! {
                biased;
                () = stop.cancelled() => return,
                () = sleep_until(next) => {}
            }
            while batch.len() < self.batch_spans_max {
                let Ok(span) = self.queue.try_recv() else { break };
                batch.push(span);
            }
            if next == until {
                return;
            }
        }
    }

    async fn send_spans(&mut self, batch: Vec<Span>) {
        let Some(door) = self.traces.as_ref().filter(|_| !batch.is_empty()) else { return };
        let all = batch.len() as u64;
        let sent = insist(door, spans::request(&self.resource, batch)).await;
        match &sent {
            Ok(taken) => {
                let rejected = taken.rejected.min(all);
                add(&self.counts.rejected, rejected);
                add(&self.counts.sent, all - rejected);
            }
            Err(_) => add(&self.counts.failed, all),
        }
        self.tell("spans", sent);
    }

    async fn send_numbers(&mut self) {
        let Some(door) = &self.metrics else { return };
        let text = self.registry.text();
        let times = (self.begun_ns, now_ns());
        let sent = insist(door, numbers::request(&self.resource, &text, times)).await;
        self.tell("measures", sent);
    }

    /// One line from time to time, however often it fails.
    fn tell(&mut self, what: &str, sent: Result<Taken, Failure>) {
        let reason = match sent {
            Ok(Taken { rejected: 0, .. }) => return,
            Ok(Taken { rejected, why }) => format!("{rejected} were not taken: {why}"),
            Err(failure) => failure.why,
        };
        let quiet = self.told.is_some_and(|told| told.elapsed() < Duration::from_millis(TELL_MS));
        if !quiet {
            self.told = Some(Instant::now());
            tracing::warn!(what, reason, "telemetry.unsent");
        }
    }
}

fn add(count: &AtomicU64, more: u64) {
    count.fetch_add(more, Ordering::Relaxed);
}

/// Sends until it is taken, or until sending again is of no use. What is made meanwhile waits in
/// its queue, within its bound.
async fn insist(door: &Door, message: Vec<u8>) -> Result<Taken, Failure> {
    let (message, mut sends) = (Bytes::from(message), 1);
    loop {
        let failure = match door.send(message.clone()).await {
            Ok(taken) => return Ok(taken),
            Err(failure) => failure,
        };
        let Some(pause) = failure.again.filter(|_| sends < SENDS_MAX) else { return Err(failure) };
        sends += 1;
        tokio::time::sleep(pause).await;
    }
}
