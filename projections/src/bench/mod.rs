//! How fast the read models read: a made log, folded into a scratch database by all of them.

mod copied;
mod made;
mod raw;
mod tape;
mod wide;

use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use contracts::ports::NoEmbedder;
use contracts::secret::Secret;
use contracts::{Pages, Refusal};
use serde::{Deserialize, Serialize};
use tokio_util::sync::CancellationToken;

pub use made::Maker;
#[cfg(test)]
pub(crate) use made::recorded;
pub use tape::Tape;

use crate::config::{Config, Postgres};
use crate::error::Error;
use crate::handle::Models;
use crate::model::ModelRef;
use crate::registry::LAYOUT;
use crate::store::Store;

/// What a run measured.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct BenchReport {
    /// Which engine kept the rows: `SQLite` or `PostgreSQL`.
    pub engine: String,
    /// How many commits were folded.
    pub commits: u64,
    /// All models together.
    pub all: Folded,
    /// Each model by itself.
    pub each: Vec<Folded>,
}

/// What it took to fold commits into some models.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Folded {
    /// Which.
    pub models: Vec<String>,
    /// How many rows they made.
    pub rows: u64,
    /// How long it took from the first commit to the last checkpoint, in seconds.
    pub seconds: f64,
    /// Commits per second, each into all of them.
    pub commits_per_second: f64,
    /// The baseline: commits per second whose rows somebody who knows them already inserts, or on
    /// PostgreSQL copies, into the same tables with the same indices, in as many transactions of
    /// the same kind. The words of texts are among them on PostgreSQL; those of SQLite cannot be
    /// read back.
    pub raw_commits_per_second: f64,
}

/// Folds `commits` made commits into databases in the directory `scratch`, or into a schema of its
/// own of the PostgreSQL `server`: into all models together, and then into each by itself.
///
/// The commits are made beforehand and are ready in memory, so that only the read models are
/// measured: decoding, folding, writing.
///
/// # Errors
/// When the database gives trouble, or a measurement takes longer than `within`.
pub async fn run(
    scratch: &Path,
    server: Option<&Secret>,
    commits: usize,
    within: Duration,
) -> Result<BenchReport, Refusal> {
    let tape = Arc::new(Tape::new());
    tape.extend(Maker::wide(7).take(commits));
    let standard = || crate::models::standard(&Pages::standard(), Arc::new(NoEmbedder));
    let log = Log { scratch, server, tape, commits, within };
    let all = log.fold("all", standard()).await?;
    let mut each = Vec::new();
    for model in standard() {
        each.push(log.fold(model.name, vec![model]).await?);
    }
    let engine = if server.is_some() { "PostgreSQL" } else { "SQLite" };
    Ok(BenchReport { engine: engine.to_owned(), commits: commits as u64, all, each })
}

/// Takes the schema that `config` names out of its PostgreSQL server, with all that is in it.
/// Nobody may be writing to it.
///
/// # Errors
/// When the server does not play along.
pub async fn forget(config: &Config) -> Result<(), Refusal> {
    let forget = async {
        let store = Store::open(config, LAYOUT).await?;
        store.lead().await?;
        copied::drop_schema(&store, config).await?;
        store.close().await;
        Ok::<_, Error>(())
    };
    Ok(forget.await?)
}

/// What is folded, and where to.
struct Log<'a> {
    scratch: &'a Path,
    server: Option<&'a Secret>,
    tape: Arc<Tape>,
    commits: usize,
    within: Duration,
}

impl Log<'_> {
    /// Folds it into a fresh database of `models`, which is called `name`.
    async fn fold(&self, name: &str, models: Vec<ModelRef>) -> Result<Folded, Refusal> {
        let schema = format!("cambium_bench_{}_{name}", std::process::id());
        let config = Config {
            path: self.scratch.join(format!("bench-{name}.db")),
            database_url: self.server.cloned(),
            postgres: Postgres { schema, ..Postgres::default() },
            ..Config::default()
        };
        let (tape, end) = (Arc::clone(&self.tape), self.tape.end());
        let models = Models::with(config, models).await.map_err(Refusal::from)?;
        let shutdown = CancellationToken::new();
        let begun = Instant::now();
        let run = models.run(tape, shutdown.clone());
        let reached = async {
            let reached = models.reached(end, self.within).await;
            shutdown.cancel();
            reached
        };
        let ((), reached) = tokio::join!(run, reached);
        reached?;
        let seconds = begun.elapsed().as_secs_f64();
        let status = models.status().await?;
        let raw = self.bare(&models, name).await;
        models.close().await;
        let raw_seconds = raw.map_err(Refusal::from)?.as_secs_f64();
        Ok(Folded {
            models: status.iter().map(|model| model.name.clone()).collect(),
            rows: status.iter().map(|model| model.rows).sum(),
            seconds,
            commits_per_second: self.commits as f64 / seconds.max(f64::EPSILON),
            raw_commits_per_second: self.commits as f64 / raw_seconds.max(f64::EPSILON),
        })
    }

    /// How long the same rows take bare.
    async fn bare(&self, models: &Models, name: &str) -> Result<Duration, Error> {
        let (config, store) = (models.config(), &models.core().store);
        let transactions = self.commits.div_ceil(config.batch_commits_max.max(1));
        if config.postgres_url().is_some() {
            let took = copied::insert(store, config, transactions).await?;
            copied::drop_schema(store, config).await?;
            return Ok(took);
        }
        let path = self.scratch.join(format!("bench-{name}-raw.db"));
        raw::insert(store, &Config { path, ..config.clone() }, transactions).await
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tests::engines::shared;

    #[tokio::test]
    async fn a_run_tells_what_it_measured() {
        let scratch = tempfile::tempdir().expect("a directory");
        let report = run(scratch.path(), None, 500, Duration::from_secs(60)).await;
        check(&report.expect("a report"));
        let Some(server) = shared() else { return };
        let url = Secret::new(server.url());
        let report = run(scratch.path(), Some(&url), 500, Duration::from_secs(60)).await;
        check(&report.expect("a report"));
    }

    fn check(report: &BenchReport) {
        let names: Vec<&str> = report.each.iter().map(|one| &*one.models[0]).collect();
        assert_eq!(names, report.all.models);
        assert_eq!(names, crate::tests::given::MODELS);
        assert_eq!(report.commits, 500);
        let sum: u64 = report.each.iter().map(|one| one.rows).sum();
        assert_eq!(report.all.rows, sum);
        for one in report.each.iter().chain([&report.all]) {
            assert!(one.rows > 0 && one.commits_per_second > 1.0, "{one:?}");
            assert!(one.raw_commits_per_second > 1.0, "{one:?}");
        }
    }

    #[tokio::test]
    async fn a_run_that_takes_too_long_is_given_up() {
        let scratch = tempfile::tempdir().expect("a directory");
        let refusal = run(scratch.path(), None, 2_000, Duration::from_millis(1)).await;
        assert_eq!(refusal.expect_err("no time").code, "min_cursor_timeout");
    }
}
