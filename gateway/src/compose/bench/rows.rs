//! What was measured, as rows of a table.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use futures_util::future::try_join_all;
use nats::bench::Measured;
use serde_json::{Map, Value, json};
use tokio::task::JoinHandle;

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
    Ok(Took::new(lanes.concat(), begun.elapsed()))
}

/// Waits for lanes that run as tasks of their own since `begun`.
///
/// # Errors
/// The first error of a lane.
pub async fn gather(
    lanes: Vec<JoinHandle<anyhow::Result<Vec<Duration>>>>,
    begun: Instant,
) -> anyhow::Result<Took> {
    let mut each = Vec::new();
    for lane in lanes {
        each.extend(lane.await??);
    }
    Ok(Took::new(each, begun.elapsed()))
}

impl Took {
    /// Sorted, for percentiles.
    #[must_use]
    pub fn new(mut each: Vec<Duration>, all: Duration) -> Self {
        each.sort_unstable();
        Self { each, all }
    }

    /// What several took, one after the other.
    #[must_use]
    pub fn joined(several: Vec<Self>) -> Self {
        let all = several.iter().map(|it| it.all).sum();
        Self::new(several.into_iter().flat_map(|it| it.each).collect(), all)
    }

    fn at(&self, percent: usize) -> f64 {
        let place = (self.each.len() * percent / 100).min(self.each.len().saturating_sub(1));
        self.each.get(place).map_or(0.0, |took| took.as_secs_f64() * 1e6)
    }

    /// How many in a second.
    #[must_use]
    #[expect(clippy::cast_precision_loss, reason = "counts are small")]
    pub fn per_second(&self) -> f64 {
        self.each.len() as f64 / self.all.as_secs_f64().max(f64::EPSILON)
    }
}

/// The rows so far. Each has `what` and what of `durability, at_a_time, count, per_second, p50_us,
/// p99_us, beside, is, target` it can tell.
pub struct Rows {
    rows: Vec<Value>,
    durability: &'static str,
    raw: Option<Measured>,
    said: Box<dyn Fn(&str) + Send + Sync>,
}

impl Rows {
    /// No rows yet; `said` hears of each as it comes.
    pub fn new(said: Box<dyn Fn(&str) + Send + Sync>) -> Self {
        Self { rows: Vec::new(), durability: "always", raw: None, said }
    }

    /// What comes now is measured so.
    pub const fn durability(&mut self, durability: &'static str) {
        self.durability = durability;
    }

    fn push(&mut self, row: Value) {
        (self.said)(row["what"].as_str().unwrap_or_default());
        self.rows.push(row);
    }

    /// The bare broker, the baseline of the commands that follow.
    pub fn raw(&mut self, what: &str, measured: Measured) {
        self.push(json!({
            "what": what,
            "durability": self.durability,
            "at_a_time": measured.window,
            "count": measured.messages,
            "per_second": measured.per_second.round(),
            "p50_us": measured.p50_us,
            "p99_us": measured.p99_us,
        }));
        self.raw = Some(measured);
    }

    /// Commands beside the last baseline: p50 to p50 for one at a time, rate to rate for many.
    pub fn commands(&mut self, what: &str, window: usize, took: &Took, target: Option<&str>) {
        #[expect(clippy::cast_precision_loss, reason = "microseconds of one publish")]
        let beside = self.raw.as_ref().map(|raw| {
            if window == 1 && raw.window == 1 {
                format!("{:.2} x its p50", took.at(50) / (raw.p50_us.max(1) as f64))
            } else {
                format!("{:.2} x its rate", took.per_second() / raw.per_second)
            }
        });
        let mut row = self.row(what, window, took);
        row["beside_raw"] = json!(beside);
        row["target"] = json!(target);
        self.push(row);
    }

    /// How long something took, so many at a time.
    fn row(&self, what: &str, window: usize, took: &Took) -> Value {
        json!({
            "what": what,
            "durability": self.durability,
            "at_a_time": window,
            "count": took.each.len(),
            "per_second": took.per_second().round(),
            "p50_us": took.at(50).round(),
            "p99_us": took.at(99).round(),
        })
    }

    /// Something with this program in between, beside the same without it.
    pub fn added(
        &mut self,
        what: &str,
        window: usize,
        took: &Took,
        (bare, target): (&Took, Option<&str>),
    ) {
        let base = self.row(&format!("{what}, of the provider"), window, bare);
        let mut ours = self.row(&format!("{what}, through us"), window, took);
        let more = |percent| (took.at(percent) - bare.at(percent)) / 1e3;
        let (p50, p99) = (more(50), more(99));
        ours["beside_raw"] = json!(format!("{p50:+.2} ms p50, {p99:+.2} ms p99"));
        ours["target"] = json!(target);
        self.push(base);
        self.push(ours);
    }

    /// Something done again and again, one after another.
    pub fn each(&mut self, what: &str, took: &Took) {
        self.push(json!({
            "what": what,
            "count": took.each.len(),
            "p50_us": took.at(50).round(),
            "p99_us": took.at(99).round(),
        }));
    }

    /// Times that are not those of commands, and the most of them in words.
    pub fn spread(&mut self, what: &str, took: &Took, is: &str, target: Option<&str>) {
        self.push(json!({
            "what": what,
            "durability": self.durability,
            "count": took.each.len(),
            "p50_us": took.at(50).round(),
            "p99_us": took.at(99).round(),
            "is": is,
            "target": target,
        }));
    }

    /// A rate beside another of the same run.
    pub fn rate(&mut self, what: &str, per_second: f64, beside: Option<f64>, target: Option<&str>) {
        self.push(json!({
            "what": what,
            "per_second": per_second.round(),
            "beside_raw": beside.map(|raw| format!("{:.2} x its rate", per_second / raw)),
            "target": target,
        }));
    }

    /// A value that is no rate.
    pub fn value(&mut self, what: &str, is: &str, target: Option<&str>) {
        self.push(json!({ "what": what, "is": is, "target": target }));
    }

    /// `{environment, items: […]}`; every item has the same members.
    #[must_use]
    pub fn told(self, environment: Value) -> Value {
        const MEMBERS: [&str; 10] = [
            "what",
            "durability",
            "at_a_time",
            "count",
            "per_second",
            "p50_us",
            "p99_us",
            "beside_raw",
            "is",
            "target",
        ];
        let whole = |row: Value| -> Value {
            let member = |name: &str| (name.to_owned(), row[name].clone());
            Value::Object(MEMBERS.iter().map(|name| member(name)).collect::<Map<_, _>>())
        };
        let items: Vec<Value> = self.rows.into_iter().map(whole).collect();
        json!({ "environment": environment, "items": items })
    }
}
