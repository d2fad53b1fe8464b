//! What was measured, as rows of a table.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use futures_util::future::try_join_all;
use nats::bench::Measured;
use projections::bench::BenchReport;
use serde_json::{Value, json};

/// How long each of some commands took, and all of them together.
pub struct Took {
    each: Vec<Duration>,
    all: Duration,
}

/// Does `work` `count` times, `window` at a time.
///
/// # Errors
/// The first error of `work`.
pub async fn measure<F, W>(window: usize, count: usize, work: W) -> anyhow::Result<Took>
where
    W: Fn(usize) -> F,
    F: Future<Output = anyhow::Result<()>>,
{
    let next = AtomicUsize::new(0);
    let begun = Instant::now();
    let lane = async || {
        let mut each = Vec::new();
        loop {
            let number = next.fetch_add(1, Ordering::Relaxed);
            if number >= count {
                return anyhow::Ok(each);
            }
            let begun = Instant::now();
            work(number).await?;
            each.push(begun.elapsed());
        }
    };
    let lanes = try_join_all((0..window).map(|_| lane())).await?;
    Ok(Took { each: lanes.concat(), all: begun.elapsed() })
}

/// The rows so far.
#[derive(Default)]
pub struct Rows {
    rows: Vec<Value>,
    raw: Vec<Measured>,
}

fn at(sorted: &[Duration], percent: usize) -> f64 {
    let place = (sorted.len() * percent / 100).min(sorted.len().saturating_sub(1));
    sorted.get(place).map_or(0.0, |took| took.as_secs_f64() * 1e6)
}

impl Rows {
    /// The bare broker.
    pub fn raw(&mut self, measured: Measured) {
        self.rows.push(json!({
            "what": "publish, bare broker",
            "at_a_time": measured.window,
            "count": measured.messages,
            "per_second": measured.per_second.round(),
            "p50_us": measured.p50_us,
            "p99_us": measured.p99_us,
            "beside_raw": "1.00",
        }));
        self.raw.push(measured);
    }

    /// Commands, beside the bare broker at the same number at a time: p50 to p50 for one at a
    /// time, rate to rate for many.
    pub fn commands(&mut self, what: &str, window: usize, took: &Took) {
        let mut sorted = took.each.clone();
        sorted.sort_unstable();
        #[expect(clippy::cast_precision_loss, reason = "counts are small")]
        let per_second = sorted.len() as f64 / took.all.as_secs_f64();
        let raw = self.raw.iter().find(|raw| raw.window == window);
        let beside = raw.map(|raw| {
            if window == 1 {
                #[expect(clippy::cast_precision_loss, reason = "microseconds of one publish")]
                let ratio = at(&sorted, 50) / (raw.p50_us.max(1) as f64);
                format!("{ratio:.2} x the latency")
            } else {
                format!("{:.2} x the rate", per_second / raw.per_second)
            }
        });
        self.rows.push(json!({
            "what": what,
            "at_a_time": window,
            "count": sorted.len(),
            "per_second": per_second.round(),
            "p50_us": at(&sorted, 50).round(),
            "p99_us": at(&sorted, 99).round(),
            "beside_raw": beside,
        }));
    }

    /// Waking an actor.
    pub fn hydrate(&mut self, what: &str, mut took: Vec<Duration>) {
        took.sort_unstable();
        self.rows.push(json!({
            "what": what,
            "count": took.len(),
            "p50_us": at(&took, 50).round(),
            "p99_us": at(&took, 99).round(),
        }));
    }

    /// The read models.
    pub fn read_models(&mut self, folded: &BenchReport) {
        self.rows.push(json!({
            "what": format!("commits into {}", folded.models.join(", ")),
            "count": folded.commits,
            "per_second": folded.commits_per_second.round(),
        }));
    }

    /// The program as a process of its own.
    pub fn process(&mut self, what: &str, value: &str) {
        self.rows.push(json!({ "what": what, "beside_raw": value }));
    }

    /// All rows: `{items: […]}`.
    #[must_use]
    pub fn told(self) -> Value {
        json!({ "items": self.rows })
    }
}
