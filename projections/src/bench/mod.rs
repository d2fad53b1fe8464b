//! How fast the read models read: a made log, folded into a scratch database by all of them.

mod copied;
mod made;
mod raw;
mod tape;

use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

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

/// What a run measured.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct BenchReport {
    /// Which engine kept the rows: `SQLite` or `PostgreSQL`.
    pub engine: String,
    /// How many commits were folded.
    pub commits: u64,
    /// By which models.
    pub models: Vec<String>,
    /// How many rows they made.
    pub rows: u64,
    /// How long it took from the first commit to the last checkpoint, in seconds.
    pub seconds: f64,
    /// Commits per second, each into all models.
    pub commits_per_second: f64,
    /// The baseline: commits per second whose rows somebody who knows them already inserts, or on
    /// PostgreSQL copies, into the same tables with the same indices, in as many transactions of
    /// the same kind.
    pub raw_commits_per_second: f64,
}

/// Folds `commits` made commits into a database in the directory `scratch`, or into a schema of its
/// own of the PostgreSQL `server`.
///
/// The commits are made beforehand and are ready in memory, so that only the read models are
/// measured: decoding, folding, writing.
///
/// # Errors
/// When the database gives trouble, or the run takes longer than `within`.
pub async fn run(
    scratch: &Path,
    server: Option<&Secret>,
    commits: usize,
    within: Duration,
) -> Result<BenchReport, Refusal> {
    let tape = Arc::new(Tape::new());
    tape.extend(Maker::new(7).take(commits));
    let end = tape.end();
    let schema = format!("cambium_bench_{}", std::process::id());
    let config = Config {
        path: scratch.join("bench-models.db"),
        database_url: server.cloned(),
        postgres: Postgres { schema, ..Postgres::default() },
        ..Config::default()
    };
    let models = Models::open(config, Pages::standard()).await.map_err(Refusal::from)?;
    let shutdown = CancellationToken::new();
    let begun = Instant::now();
    let run = models.run(tape, shutdown.clone());
    let reached = async {
        let reached = models.reached(end, within).await;
        shutdown.cancel();
        reached
    };
    let ((), reached) = tokio::join!(run, reached);
    reached?;
    let seconds = begun.elapsed().as_secs_f64();
    let status = models.status().await?;
    let raw = bare(&models, scratch, commits).await;
    models.close().await;
    let raw_seconds = raw.map_err(Refusal::from)?.as_secs_f64();
    let engine = if server.is_some() { "PostgreSQL" } else { "SQLite" };
    Ok(BenchReport {
        engine: engine.to_owned(),
        commits: commits as u64,
        models: status.iter().map(|model| model.name.clone()).collect(),
        rows: status.iter().map(|model| model.rows).sum(),
        seconds,
        commits_per_second: commits as f64 / seconds.max(f64::EPSILON),
        raw_commits_per_second: commits as f64 / raw_seconds.max(f64::EPSILON),
    })
}

/// How long the same rows take bare.
async fn bare(models: &Models, scratch: &Path, commits: usize) -> Result<Duration, Error> {
    let (config, store) = (models.config(), &models.core().store);
    let transactions = commits.div_ceil(config.batch_commits_max.max(1));
    if config.postgres_url().is_some() {
        let took = copied::insert(store, config, transactions).await?;
        copied::drop_schema(store, config).await?;
        return Ok(took);
    }
    let scratch = Config { path: scratch.join("bench-raw.db"), ..config.clone() };
    raw::insert(store, &scratch, transactions).await
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
        assert_eq!(
            report.models,
            [
                "chains",
                "commands",
                "effects",
                "heads",
                "knowledge",
                "memory",
                "messages",
                "personal",
                "timeline",
                "usage",
            ]
        );
        assert_eq!(report.commits, 500);
        assert!(report.rows > 500 && report.commits_per_second > 1.0, "{report:?}");
        assert!(report.raw_commits_per_second > 1.0, "{report:?}");
    }

    #[tokio::test]
    async fn a_run_that_takes_too_long_is_given_up() {
        let scratch = tempfile::tempdir().expect("a directory");
        let refusal = run(scratch.path(), None, 2_000, Duration::from_millis(1)).await;
        assert_eq!(refusal.expect_err("no time").code, "min_cursor_timeout");
    }
}
