//! The watchdog: says once when a reader of the log stands still, and why, and when it goes on.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use actors::Runtime;
use contracts::Cursor;
use contracts::ports::{Feed, Log};
use projections::Models;
use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use tokio::task::JoinHandle;

use super::stalls::{Change, Seen, Stall, Stalls};
use crate::edge::Metrics;
use crate::settings::Supervision;

/// The names of the parts that are no read models.
const LOG: &str = "log";
const TAIL: &str = "tail";
const LEDGER: &str = "ledger";

/// What the name of a part that is a read model begins with, as in `cambium admin lags`.
const READ_MODEL: &str = "read model ";

/// What is said when a part stands still and nothing has failed that could be named.
const NOTHING_FAILED: &str = "it has reported no error: it waits, or its task has ended";

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
        limits: &Supervision,
        metrics: &Metrics,
    ) -> Self {
        let stalled = Family::<Labels, Gauge>::default();
        let help = "Whether a part stands still though the log goes on";
        metrics.register(|registry| registry.register("cambium_stalled", help, stalled.clone()));
        let (runtime, models) = (runtime.clone(), models.clone());
        let (limits, stalls) = (limits.clone(), Arc::default());
        Self { log, feed, runtime, models, limits, stalls, stalled }
    }

    /// Looks again and again until aborted.
    #[must_use]
    pub fn spawn(&self) -> JoinHandle<()> {
        let watchdog = self.clone();
        tokio::spawn(async move {
            let pause = Duration::from_millis(watchdog.limits.watch_interval_ms.max(1));
            let mut head = Cursor::ZERO;
            loop {
                head = watchdog.look(head).await;
                tokio::time::sleep(pause).await;
            }
        })
    }

    /// The parts that stand still, each with a sentence about it.
    #[must_use]
    pub fn lasting(&self) -> Vec<(String, String)> {
        let stalls = self.stalls.lock().unwrap_or_else(PoisonError::into_inner);
        let told = |(part, stall): (&str, &Stall)| {
            let Stall { at, head, cause } = stall;
            (part.to_owned(), format!("stands still at {at}, the log is at {head}: {cause}"))
        };
        stalls.lasting().map(told).collect()
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
        let mut all = vec![
            Seen { part: LOG.to_owned(), at: head, lags: away },
            seen(TAIL, self.feed.position()),
            seen(LEDGER, self.runtime.readiness().ledger_at),
        ];
        let models = self.models.marks().await;
        all.extend(models.iter().map(|(model, at)| seen(&format!("{READ_MODEL}{model}"), *at)));
        all
    }

    async fn cause(&self, part: &str, away: Option<&str>) -> String {
        let own = match part.strip_prefix(READ_MODEL) {
            Some(model) => self.models.trouble_of(model).await,
            None => None,
        };
        match (own, away) {
            (Some(own), _) => own,
            (None, Some(away)) => format!("the log cannot be read: {away}"),
            (None, None) => NOTHING_FAILED.to_owned(),
        }
    }
}
