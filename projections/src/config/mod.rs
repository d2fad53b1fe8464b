//! The limits of the read models.

mod postgres;

use std::path::PathBuf;
use std::time::Duration;

use contracts::secret::Secret;
use serde::{Deserialize, Serialize};

pub use postgres::Postgres;

/// Where the read models live and how much they may take.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    /// The SQLite file. A relative path is joined to the data directory by whoever composes.
    pub path: PathBuf,
    /// The most commits that one transaction carries.
    pub batch_commits_max: usize,
    /// The most bytes of commits that one transaction carries; one commit always fits.
    pub batch_bytes_max: usize,
    /// How long a transaction should take at most, in milliseconds: where it takes longer, the next
    /// ones carry fewer commits.
    pub batch_ms_max: u64,
    /// How many connections serve queries at the same time.
    pub read_connections_max: u32,
    /// How long a query waits for a free connection, in milliseconds.
    pub read_acquire_ms: u64,
    /// How long a statement waits for a lock that another process holds, in milliseconds.
    pub busy_timeout_ms: u64,
    /// The writer's page cache, in KiB.
    pub writer_cache_kib: u32,
    /// How long a read with `min_cursor` waits for the read models, in milliseconds.
    pub min_cursor_wait_ms: u64,
    /// Items of a page when the caller asks for no number.
    pub page_items_default: usize,
    /// The most items of a page.
    pub page_items_max: usize,
    /// The longest text that can be searched for, in bytes.
    pub search_bytes_max: usize,
    /// How many numbers the vectors of what agents remember have; 0 = they have none. After a
    /// change `cambium rebuild memory` makes those that there are anew.
    pub memory_dimensions: u32,
    /// The first pause after trouble with the database, the feed or a model, in milliseconds; each
    /// further one is twice as long.
    pub retry_min_ms: u64,
    /// The longest such pause, in milliseconds.
    pub retry_max_ms: u64,
    /// How long commits come together, counted from the last transaction, while nobody waits for
    /// them, in milliseconds.
    pub gather_ms: u64,
    /// How long a model that catches up waits, with the writer held, for the few entries that are
    /// left, in milliseconds.
    pub landing_wait_ms: u64,
    /// How often in a row a rebuild may lose the feed before it gives up.
    pub rebuild_feed_failures_max: u32,
    /// How many differing rows a rebuild shows.
    pub rebuild_differences_max: usize,
    /// How a PostgreSQL server is used.
    pub postgres: Postgres,
    /// The URL of a PostgreSQL server, which then keeps the rows instead of the file; whoever
    /// composes says it, since it may hold a password.
    #[serde(skip)]
    pub database_url: Option<Secret>,
    /// What this process is called by others that share the database.
    #[serde(skip)]
    pub node: String,
    /// Whether this process may write a database that several share; who may not shows what
    /// another writes. A file is always written.
    #[serde(skip)]
    pub writes: bool,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            path: PathBuf::from("models.db"),
            batch_commits_max: 4_000,
            batch_bytes_max: 8 * 1024 * 1024,
            batch_ms_max: 500,
            read_connections_max: 4,
            read_acquire_ms: 5_000,
            busy_timeout_ms: 5_000,
            writer_cache_kib: 8 * 1024,
            min_cursor_wait_ms: 5_000,
            page_items_default: 50,
            page_items_max: 500,
            search_bytes_max: 256,
            memory_dimensions: 256,
            retry_min_ms: 100,
            retry_max_ms: 30_000,
            gather_ms: 20,
            landing_wait_ms: 2_000,
            rebuild_feed_failures_max: 10,
            rebuild_differences_max: 10,
            postgres: Postgres::default(),
            database_url: None,
            node: format!("process {}", std::process::id()),
            writes: true,
        }
    }
}

impl Config {
    /// The URL of a PostgreSQL server; `None` = the rows are in a file.
    #[must_use]
    pub fn postgres_url(&self) -> Option<&Secret> {
        let named = |url: &&Secret| {
            ["postgres:", "postgresql:"].iter().any(|it| url.reveal().starts_with(it))
        };
        self.database_url.as_ref().filter(named)
    }

    /// The pause after the `failures`-th failure in a row, from 1.
    #[must_use]
    pub(crate) fn pause(&self, failures: u32) -> Duration {
        let doublings = failures.saturating_sub(1).min(20);
        let ms = self.retry_min_ms.saturating_mul(1 << doublings);
        Duration::from_millis(ms.min(self.retry_max_ms).max(1))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pause_doubles_up_to_its_limit() {
        let config = Config { retry_min_ms: 100, retry_max_ms: 1_000, ..Config::default() };
        let pauses: Vec<u128> =
            (1..=6).map(|failures| config.pause(failures).as_millis()).collect();
        assert_eq!(pauses, [100, 200, 400, 800, 1_000, 1_000]);
        assert_eq!(config.pause(u32::MAX).as_millis(), 1_000);
    }

    #[test]
    fn an_unknown_limit_is_an_error() {
        assert!(serde_json::from_str::<Config>(r#"{"path":"a.db"}"#).is_ok());
        assert!(serde_json::from_str::<Config>(r#"{"paht":"a.db"}"#).is_err());
    }
}
