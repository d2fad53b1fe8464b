//! The watchdog: says once when a reader of the log stands still, and why, and when it goes on.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use actors::Runtime;
use actors::runtime::Counters;
use contracts::Cursor;
use contracts::ports::{Feed, Log};
use nats::broker::Appends;
use projections::Models;
use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;

use super::stalls::{Change, Seen, Stall, Stalls};
use crate::edge::Metrics;
use crate::settings::Supervision;

/// The names of the parts that are no read models.
const LOG: &str = "log";
const TAIL: &str = "tail";
const LEDGER: &str = "ledger";
const EXECUTOR: &str = "executor";

/// What the name of a part that is a read model begins with, as in `cambium admin lags`.
const READ_MODEL: &str = "read model ";

/// What the name of a part that appends begins with.
const APPENDER: &str = "appender ";

/// What is said when a part stands still and nothing has failed that could be named.
const NOTHING_FAILED: &str = "it has reported no error: it waits, or its task has ended";

/// An appender as a part: it stands where it has sent off so many messages, and lags while any
/// waits or is not acknowledged.
fn appender(appends: &Appends) -> Seen {
    let settled = appends.singles + appends.batched;
    Seen {
        part: format!("{APPENDER}{}", appends.stream),
        at: Cursor(settled.saturating_sub(appends.alone as u64)),
        lags: appends.waiting > 0 || appends.alone > 0 || appends.batching,
    }
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Labels {
    part: String,
}

/// Compares the parts with the head of the log. Clones share what they have found.
#[derive(Clone)]
pub struct Watchdog {
    log: Arc<dyn Log>,
    feed: Arc<dyn Feed>,
    runtime: Runtime,
    models: Models,
    appends: Arc<dyn Fn() -> Vec<Appends> + Send + Sync>,
    limits: Supervision,
    stalls: Arc<Mutex<Stalls>>,
    stalled: Family<Labels, Gauge>,
}

impl Watchdog {
    /// A watchdog for these parts, whose metric stands in `metrics`.
    #[must_use]
    pub fn new(
        log: Arc<dyn Log>,
        feed: Arc<dyn Feed>,
        runtime: &Runtime,
        models: &Models,
        appends: impl Fn() -> Vec<Appends> + Send + Sync + 'static,
        limits: &Supervision,
        metrics: &Metrics,
    ) -> Self {
        let appends = Arc::new(appends);
        let stalled = Family::<Labels, Gauge>::default();
        let help = "Whether a part stands still though the log goes on";
        metrics.register(|registry| registry.register("cambium_stalled", help, stalled.clone()));
        let (runtime, models) = (runtime.clone(), models.clone());
        let (limits, stalls) = (limits.clone(), Arc::default());
        Self { log, feed, runtime, models, appends, limits, stalls, stalled }
    }

    /// Looks again and again.
    pub async fn run(self) {
        let pause = Duration::from_millis(self.limits.watch_interval_ms.max(1));
        let mut head = Cursor::ZERO;
        loop {
            head = self.look(head).await;
            tokio::time::sleep(pause).await;
        }
    }

    /// The parts that stand still, each with where and why.
    #[must_use]
    pub fn lasting(&self) -> Vec<(String, Stall)> {
        let stalls = self.stalls.lock().unwrap_or_else(PoisonError::into_inner);
        stalls.lasting().map(|(part, stall)| (part.to_owned(), stall.clone())).collect()
    }

    /// Looks once; gives where the log stands, `before` when it cannot be asked.
    async fn look(&self, before: Cursor) -> Cursor {
        let patience = Duration::from_millis(self.limits.stalled_ms);
        let asked = tokio::time::timeout(patience, self.log.head()).await;
        let away = match &asked {
            Ok(Ok(_)) => None,
            Ok(Err(error)) => Some(error.to_string()),
            Err(_) => Some("it does not answer".to_owned()),
        };
        let head = asked.ok().and_then(Result::ok).unwrap_or(before);
        let seen = self.seen(head, away.is_some()).await;
        let changes = self.with(|stalls| stalls.look(Instant::now(), head, &seen, patience));
        let lasting: Vec<String> =
            self.with(|stalls| stalls.lasting().map(|(part, _)| part.to_owned()).collect());
        for part in lasting {
            let cause = self.cause(&part, away.as_deref()).await;
            self.with(|stalls| stalls.explain(&part, cause.clone()));
            if changes.iter().any(|change| matches!(change, Change::Began(p, _) if *p == part)) {
                let position = seen.iter().find(|seen| seen.part == part).map_or(0, |s| s.at.0);
                tracing::error!(part, position, head = head.0, cause, "a part stands still");
            }
        }
        for change in changes {
            if let Change::Ended(part, at, after) = change {
                let stood_ms = u64::try_from(after.as_millis()).unwrap_or(u64::MAX);
                tracing::info!(part, position = at.0, head = head.0, stood_ms, "a part goes on");
            }
        }
        self.with(|stalls| {
            for (part, stands) in stalls.all() {
                let labels = Labels { part: part.to_owned() };
                self.stalled.get_or_create(&labels).set(i64::from(stands));
            }
        });
        head
    }

    fn with<T>(&self, act: impl FnOnce(&mut Stalls) -> T) -> T {
        act(&mut self.stalls.lock().unwrap_or_else(PoisonError::into_inner))
    }

    async fn seen(&self, head: Cursor, away: bool) -> Vec<Seen> {
        let seen = |part: &str, at: Cursor| Seen { part: part.to_owned(), at, lags: at < head };
        let readiness = self.runtime.readiness();
        let mut all = vec![
            Seen { part: LOG.to_owned(), at: head, lags: away },
            seen(TAIL, self.feed.position()),
            seen(LEDGER, readiness.ledger_at),
            Seen {
                part: EXECUTOR.to_owned(),
                at: Cursor(Counters::get(&self.runtime.counters().effects)),
                lags: readiness.effects_overdue_ms > 0,
            },
        ];
        all.extend((self.appends)().iter().map(appender));
        let models = self.models.marks().await;
        all.extend(models.iter().map(|(model, at)| seen(&format!("{READ_MODEL}{model}"), *at)));
        all
    }

    /// Why `part` stands still.
    async fn cause(&self, part: &str, away: Option<&str>) -> String {
        let own = match part.strip_prefix(READ_MODEL) {
            Some(model) => self.models.trouble_of(model).await,
            None => None,
        };
        match (own, away) {
            (Some(own), _) => own,
            (None, Some(away)) => format!("the log cannot be read: {away}"),
            (None, None) if part == EXECUTOR => {
                let overdue = self.runtime.readiness().effects_overdue_ms;
                format!("an effect has been due for {overdue} ms and was not seen to")
            }
            (None, None) if part.starts_with(APPENDER) => {
                "the broker acknowledges nothing of what waits to be appended".to_owned()
            }
            (None, None) => NOTHING_FAILED.to_owned(),
        }
    }
}
