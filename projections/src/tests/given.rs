//! What the tests share.

use std::future::Future;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use contracts::ports::Feed;
use contracts::{Address, Cursor, Entry, Pages, Recorded};
use tempfile::TempDir;
use tokio_util::sync::CancellationToken;

use super::engines;
use crate::bench::{Maker, Tape};
use crate::config::Config;
use crate::handle::Models;
use crate::store::Engine;

/// How long a test waits for what must happen.
pub(crate) const PATIENCE: Duration = Duration::from_secs(170);

/// The names of the models.
pub(crate) const MODELS: [&str; 10] = [
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
];

/// Those of which the made log holds nothing.
const ELSEWHERE: [&str; 2] = ["knowledge", "memory"];

/// A directory for a database.
pub(crate) fn scratch() -> TempDir {
    tempfile::tempdir().expect("a scratch directory")
}

/// Limits that make small logs take many transactions.
pub(crate) fn config(scratch: &Path) -> Config {
    engines::placed(on_file(scratch), scratch)
}

/// The same, in a file whatever the engine of the test is.
pub(crate) fn on_file(scratch: &Path) -> Config {
    Config {
        path: scratch.join("models.db"),
        batch_commits_max: 50,
        busy_timeout_ms: 50,
        retry_min_ms: 5,
        retry_max_ms: 50,
        ..Config::default()
    }
}

/// The names of all tables whose names begin with `prefix`.
pub(super) async fn tables(models: &Models, prefix: &str) -> Vec<String> {
    let store = &models.core().store;
    let sql = match store.engine() {
        Engine::Sqlite => {
            "SELECT name FROM sqlite_master WHERE type = 'table' AND name LIKE $1 || '%' ORDER BY \
             name"
        }
        Engine::Postgres => {
            "SELECT relname::TEXT FROM pg_class WHERE relkind = 'r' AND relname LIKE $1 || '%' AND \
             relnamespace = current_schema()::regnamespace ORDER BY relname"
        }
    };
    let rows = store.rows(sql, vec![prefix.into()]).await.expect("rows");
    rows.iter().map(|row| row.text(0).expect("a name").to_owned()).collect()
}

/// A log of `commits` commits.
pub(super) fn log(seed: u64, commits: usize) -> Arc<Tape> {
    let tape = Tape::new();
    tape.extend(Maker::new(seed).take(commits));
    Arc::new(tape)
}

pub(crate) async fn open(config: Config) -> Models {
    Models::open(config, Pages::standard()).await.expect("the database opens")
}

/// Runs the models over `feed` while `then` runs.
pub(super) async fn while_running<T>(
    models: &Models,
    feed: Arc<dyn Feed>,
    then: impl Future<Output = T>,
) -> T {
    let shutdown = CancellationToken::new();
    let run = models.run(feed, shutdown.clone());
    let then = async {
        let done = tokio::time::timeout(PATIENCE, then).await.expect("the test ends in time");
        shutdown.cancel();
        done
    };
    tokio::join!(run, then).1
}

pub(super) async fn reached(models: &Models, end: Cursor) {
    models.reached(end, PATIENCE).await.expect("the models reach the end of the log");
}

/// Runs the models over `feed` up to `end`.
pub(super) async fn run_to(models: &Models, feed: Arc<dyn Feed>, end: Cursor) {
    while_running(models, feed, reached(models, end)).await;
}

/// The rows of all models.
pub(super) async fn dump(models: &Models) -> Vec<(&'static str, Vec<String>)> {
    let mut all = Vec::new();
    for name in MODELS {
        all.push((name, models.dump(name).await.expect("rows")));
    }
    all
}

/// The rows that one undisturbed run over `tape` makes in a file: on every engine they are these.
pub(super) async fn rows_of(tape: &Arc<Tape>) -> Vec<(&'static str, Vec<String>)> {
    let scratch = scratch();
    let models = open(Config { batch_commits_max: 500, ..on_file(scratch.path()) }).await;
    run_to(&models, tape.clone(), tape.end()).await;
    let rows = dump(&models).await;
    models.close().await;
    rows
}

/// The commits of a log.
pub(super) fn commits(tape: &Tape) -> Vec<Arc<Recorded>> {
    let commit = |entry: Entry| match entry {
        Entry::Commit(recorded) => Some(recorded),
        Entry::Foreign(_) => None,
    };
    tape.entries().into_iter().filter_map(commit).collect()
}

pub(super) fn address(text: &str) -> Address {
    text.parse().expect("an address")
}

/// Compares rows without printing all of them.
pub(super) fn assert_same(
    found: &[(&'static str, Vec<String>)],
    wanted: &[(&'static str, Vec<String>)],
    what: &str,
) {
    for ((name, found), (_, wanted)) in found.iter().zip(wanted) {
        assert!(!wanted.is_empty() || ELSEWHERE.contains(name), "{what}: {name} has rows");
        assert_eq!(found.len(), wanted.len(), "{what}: the number of rows of {name}");
        for (found, wanted) in found.iter().zip(wanted) {
            assert_eq!(found, wanted, "{what}: {name}");
        }
    }
    assert_eq!(found.len(), wanted.len());
}

/// Writes commits by hand, with chains that hold.
pub(super) struct Book {
    heads: std::collections::BTreeMap<Address, contracts::chain::Head>,
    number: u64,
    asking: Vec<contracts::EffectRecord>,
}

impl Book {
    pub(super) const fn new() -> Self {
        Self { heads: std::collections::BTreeMap::new(), number: 0, asking: Vec::new() }
    }

    /// A commit of `address` that asks `effects`.
    pub(super) fn with_effects(
        &mut self,
        address: &Address,
        effects: Vec<contracts::EffectRecord>,
    ) -> Recorded {
        self.asking = effects;
        self.commit(address, &[])
    }

    /// A commit of `address` with events of the runtime or of its kind, `(type, data)` each.
    pub(super) fn commit(
        &mut self,
        address: &Address,
        events: &[(&str, serde_json::Value)],
    ) -> Recorded {
        self.number += 1;
        let template = Maker::new(1).find_map(|entry| match entry {
            Entry::Commit(recorded) if recorded.commit.completions.len() == 1 => Some(recorded),
            _ => None,
        });
        let mut commit = template.expect("the maker makes commits").commit.clone();
        let head = self.heads.entry(address.clone()).or_default();
        (commit.tenant, commit.kind, commit.id) =
            (address.tenant.clone(), address.kind.clone(), address.id.clone());
        (commit.revision, commit.prev) = (head.revision.next(), head.hash);
        commit.at = contracts::Timestamp::from_millis(1_800_000_000_000 + self.number as i64);
        commit.command.id = contracts::commit::sample_command_id(u128::from(self.number));
        commit.completions[0].command_id = commit.command.id;
        let record = |(r#type, data): &(&str, serde_json::Value)| contracts::EventRecord {
            r#type: (*r#type).to_owned(),
            v: 1,
            data: data.clone(),
        };
        commit.events = events.iter().map(record).collect();
        commit.effects = std::mem::take(&mut self.asking);
        let recorded = crate::bench::recorded(Cursor(self.number), commit);
        let (revision, hash, cursor) = (recorded.commit.revision, recorded.hash, recorded.cursor);
        *head = contracts::chain::Head { revision, hash, cursor };
        recorded
    }

    /// As [`Book::commit`], as an entry of a log.
    pub(super) fn entry(
        &mut self,
        address: &Address,
        events: &[(&str, serde_json::Value)],
    ) -> Entry {
        Entry::Commit(Arc::new(self.commit(address, events)))
    }
}
