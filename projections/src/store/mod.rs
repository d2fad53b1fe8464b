//! The one module that knows the engines.
//!
//! Everything else speaks portable SQL with `$n` or `?` placeholders and the types named here. A
//! folder for each engine says the same in its own words.

mod bulk;
mod cell;
mod engine;
mod held;
pub(crate) mod postgres;
mod select;
pub(crate) mod sqlite;
mod tx;
mod words;

pub(crate) use bulk::{Lookup, Upsert};
pub(crate) use cell::{Cell, Row, int, json, optional};
pub(crate) use engine::Engine;
pub(crate) use held::HeldRows;
pub(crate) use select::{Select, like};
pub(crate) use tx::{Snapshot, Tx};
pub(crate) use words::{WordRow, WordTable};

use std::time::Duration;

use crate::config::Config;
use crate::error::Error;

/// The column type of byte strings; PostgreSQL calls it `BYTEA`.
pub(crate) const BYTES: &str = "BLOB";

/// Where the rows are kept: one writer and a few readers.
#[derive(Clone)]
pub(crate) enum Store {
    /// In a file.
    Sqlite(Box<sqlite::File>),
    /// On a server.
    Postgres(postgres::Server),
}

impl Store {
    /// Opens what `config` names. A SQLite file of another `layout` is emptied: whatever is in it
    /// can be read from the log again. A PostgreSQL database is brought to today's steps.
    pub(crate) async fn open(config: &Config, layout: i64) -> Result<Self, Error> {
        match config.postgres_url() {
            Some(url) => Ok(Self::Postgres(postgres::Server::open(config, url).await?)),
            None => Ok(Self::Sqlite(Box::new(sqlite::File::open(config, layout).await?))),
        }
    }

    /// Which engine it is.
    pub(crate) const fn engine(&self) -> Engine {
        match self {
            Self::Sqlite(_) => Engine::Sqlite,
            Self::Postgres(_) => Engine::Postgres,
        }
    }

    /// Becomes the one process that writes, or finds out that it is: the number of its reign,
    /// which is another one whenever somebody else may have written in between.
    ///
    /// # Errors
    /// [`Error::Elsewhere`] while another process writes.
    pub(crate) async fn lead(&self) -> Result<i64, Error> {
        match self {
            Self::Sqlite(_) => Ok(0),
            Self::Postgres(server) => server.lead().await,
        }
    }

    /// Whether this process writes, as far as it knows.
    pub(crate) fn leads(&self) -> bool {
        match self {
            Self::Sqlite(_) => true,
            Self::Postgres(server) => server.leads(),
        }
    }

    /// Tells the others that this process still writes.
    ///
    /// # Errors
    /// [`Error::Elsewhere`] when it does not any more; trouble with the database.
    pub(crate) async fn beat(&self) -> Result<(), Error> {
        match self {
            Self::Sqlite(_) => Ok(()),
            Self::Postgres(_) => self.begin().await?.commit().await,
        }
    }

    /// Asks whether a shared database answers within `most`; a file always does.
    ///
    /// # Errors
    /// A time-out when it does not, or trouble with it.
    pub(crate) async fn pulse(&self, most: Duration) -> Result<(), Error> {
        match self {
            Self::Sqlite(_) => Ok(()),
            Self::Postgres(server) => server.pulse(most).await,
        }
    }

    /// A write transaction; there is one at a time.
    pub(crate) async fn begin(&self) -> Result<Tx, Error> {
        match self {
            Self::Sqlite(file) => file.begin().await,
            Self::Postgres(server) => Ok(Tx::Postgres(server.begin().await?)),
        }
    }

    /// All rows that a query finds.
    pub(crate) async fn rows(
        &self,
        sql: impl Into<String>,
        args: Vec<Cell>,
    ) -> Result<Vec<Row>, Error> {
        match self {
            Self::Sqlite(file) => file.rows(sql.into(), args).await,
            Self::Postgres(server) => server.rows(&sql.into(), args).await,
        }
    }

    /// A connection of its own that goes on seeing the database as it is now.
    pub(crate) async fn snapshot(&self) -> Result<Snapshot, Error> {
        match self {
            Self::Sqlite(file) => file.snapshot().await,
            Self::Postgres(server) => server.snapshot().await,
        }
    }

    /// Closes all connections; what was begun is ended first.
    pub(crate) async fn close(&self) {
        match self {
            Self::Sqlite(file) => file.close().await,
            Self::Postgres(server) => server.close().await,
        }
    }

    /// Runs one statement on the writer, of SQLite outside of a transaction.
    #[cfg(test)]
    pub(crate) async fn pragma(&self, sql: &str) -> Result<(), Error> {
        match self {
            Self::Sqlite(file) => file.pragma(sql).await,
            Self::Postgres(_) => {
                let mut tx = self.begin().await?;
                tx.execute(sql, Vec::new()).await?;
                tx.commit().await
            }
        }
    }
}

#[cfg(test)]
mod tests;
