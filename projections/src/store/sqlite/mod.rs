//! SQLite: one file, one writer.

pub(super) mod bulk;
pub(super) mod cells;

use std::fs::{OpenOptions, Permissions};
use std::io;
use std::os::unix::fs::{OpenOptionsExt as _, PermissionsExt as _};
use std::path::Path;
use std::time::Duration;

use sqlx::sqlite::{
    SqliteConnectOptions, SqliteJournalMode, SqlitePool, SqlitePoolOptions, SqliteSynchronous,
};
use sqlx::{AssertSqlSafe, ConnectOptions as _};

use super::cell::{Cell, Row};
use super::tx::{Snapshot, Tx};
use crate::config::Config;
use crate::error::Error;

/// The tables whose names are, or begin with, a stem. What stands behind a virtual table goes with
/// it.
pub(super) const TABLES_OF: &str = "SELECT name FROM pragma_table_list WHERE schema = 'main' \
     AND type IN ('table', 'virtual') \
     AND (name = $1 OR substr(name, 1, length($1) + 1) = $1 || '_')";

/// Marks a SQLite file as one of ours: "camb".
const APPLICATION_ID: i64 = 0x6361_6d62;

/// What is left of the write-ahead file once it was folded back, in bytes.
const WAL_BYTES_KEPT: u32 = 64 * 1024 * 1024;

/// How many pages the write-ahead file gathers before they are folded back: pages that change
/// again and again are then folded once.
const WAL_PAGES_FOLDED: u32 = 8_000;

/// One writer connection and a few readers of one file.
#[derive(Clone)]
pub(crate) struct File {
    writer: SqlitePool,
    readers: SqlitePool,
    options: SqliteConnectOptions,
}

/// Makes a file that nobody else may read, or takes the right to read it from everybody else: what
/// actors say stands in it. The files that SQLite puts beside it are like it.
fn own(path: &Path) -> io::Result<()> {
    let file = OpenOptions::new().create(true).append(true).mode(0o600).open(path)?;
    file.set_permissions(Permissions::from_mode(0o600))
}

impl File {
    /// Opens the file, makes it when there is none, and drops all tables when they are of another
    /// `layout`: whatever is in them can be read from the log again.
    pub(super) async fn open(config: &Config, layout: i64) -> Result<Self, Error> {
        // A power cut may lose the last transactions under `synchronous = NORMAL`, never tear
        // one. That is harmless: rows and checkpoint are written in the same transaction, so the
        // file is merely a little older and the log tells the rest again.
        own(&config.path).map_err(sqlx::Error::Io)?;
        let options = SqliteConnectOptions::new()
            .filename(&config.path)
            .create_if_missing(true)
            .journal_mode(SqliteJournalMode::Wal)
            .synchronous(SqliteSynchronous::Normal)
            .foreign_keys(true)
            .busy_timeout(Duration::from_millis(config.busy_timeout_ms))
            // A long comparison keeps the write-ahead file growing; it shrinks again afterwards.
            .pragma("journal_size_limit", WAL_BYTES_KEPT.to_string())
            .disable_statement_logging();
        let cache = format!("-{}", config.writer_cache_kib);
        let writer = SqlitePoolOptions::new()
            .max_connections(1)
            // The one connection is the lock under which models are written; waiting for it is
            // not trouble, so it never times out in practice.
            .acquire_timeout(Duration::from_secs(3_600))
            .idle_timeout(None)
            .max_lifetime(None)
            .connect_with(
                options
                    .clone()
                    .pragma("cache_size", cache)
                    // What a statement or a part of a transaction may take back is kept aside;
                    // in files that was a fifth of the writer's time.
                    .pragma("temp_store", "MEMORY")
                    .pragma("wal_autocheckpoint", WAL_PAGES_FOLDED.to_string()),
            )
            .await?;
        let readers = SqlitePoolOptions::new()
            .max_connections(config.read_connections_max.max(1))
            .acquire_timeout(Duration::from_millis(config.read_acquire_ms))
            .connect_lazy_with(options.clone().pragma("query_only", "ON"));
        let store = Self { writer, readers, options };
        store.prepare(config, layout).await?;
        Ok(store)
    }

    /// Makes sure that the file is ours and of today's layout.
    async fn prepare(&self, config: &Config, layout: i64) -> Result<(), Error> {
        let mut tx = self.begin().await?;
        let tables = tx
            .rows(
                // What stands behind a virtual table goes with it.
                "SELECT name FROM pragma_table_list WHERE schema = 'main' AND type IN ('table', \
                 'virtual') AND name NOT LIKE 'sqlite_%'",
                Vec::new(),
            )
            .await?;
        let mark = tx.rows("PRAGMA application_id", Vec::new()).await?;
        let version = tx.rows("PRAGMA user_version", Vec::new()).await?;
        let first = |rows: &[Row]| rows.first().map_or(Ok(0), |row| row.int(0));
        if !tables.is_empty() && first(&mark)? != APPLICATION_ID {
            return Err(Error::NotOurs(config.path.display().to_string()));
        }
        if !tables.is_empty() && first(&version)? != layout {
            tracing::warn!(
                layout.found = first(&version)?,
                layout.wanted = layout,
                "the read models are of another layout; they are dropped and built again"
            );
            for table in &tables {
                tx.execute(format!("DROP TABLE {}", table.text(0)?), Vec::new()).await?;
            }
        }
        tx.execute(format!("PRAGMA application_id = {APPLICATION_ID}"), Vec::new()).await?;
        tx.execute(format!("PRAGMA user_version = {layout}"), Vec::new()).await?;
        tx.commit().await
    }

    /// A write transaction; there is one at a time.
    pub(super) async fn begin(&self) -> Result<Tx, Error> {
        match self.writer.begin_with("BEGIN IMMEDIATE").await {
            Ok(begun) => Ok(Tx::Sqlite(begun)),
            Err(error @ sqlx::Error::Database(_)) => Err(error.into()),
            // When the disk fails, the engine itself takes a transaction back that its driver still
            // believes in. Such a connection can begin nothing any more; another one can.
            Err(_) => {
                drop(self.writer.acquire().await?.detach());
                Ok(Tx::Sqlite(self.writer.begin_with("BEGIN IMMEDIATE").await?))
            }
        }
    }

    /// All rows that a query finds.
    pub(super) async fn rows(&self, sql: String, args: Vec<Cell>) -> Result<Vec<Row>, Error> {
        let query = cells::bind(sqlx::query(AssertSqlSafe(sql)), args);
        let rows = query.fetch_all(&self.readers).await?;
        rows.iter().map(cells::read).collect()
    }

    /// A connection of its own that goes on seeing the database as it is now.
    pub(super) async fn snapshot(&self) -> Result<Snapshot, Error> {
        let mut connection = self.options.clone().pragma("query_only", "ON").connect().await?;
        sqlx::query("BEGIN DEFERRED").execute(&mut connection).await?;
        // A deferred transaction takes its view with the first read.
        sqlx::query("SELECT COUNT(*) FROM sqlite_master").execute(&mut connection).await?;
        Ok(Snapshot::Sqlite(connection))
    }

    /// Closes all connections; what was begun is ended first.
    pub(super) async fn close(&self) {
        self.readers.close().await;
        self.writer.close().await;
    }

    /// Runs one statement on the writer outside of a transaction.
    #[cfg(test)]
    pub(super) async fn pragma(&self, sql: &str) -> Result<(), Error> {
        sqlx::query(AssertSqlSafe(sql.to_owned())).execute(&self.writer).await?;
        Ok(())
    }
}
