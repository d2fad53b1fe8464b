//! Transactions.

use futures_util::StreamExt as _;
use futures_util::stream::BoxStream;
use sqlx::postgres::PgConnection;
use sqlx::sqlite::SqliteConnection;
use sqlx::{AssertSqlSafe, Sqlite, Transaction};

use super::cell::{Cell, Row};
use super::engine::Engine;
use super::{postgres, sqlite};
use crate::error::Error;
use crate::model::Table;

/// The one write transaction. Dropped without [`Tx::commit`] it never happened.
pub(crate) enum Tx {
    /// In a file.
    Sqlite(Transaction<'static, Sqlite>),
    /// On a server.
    Postgres(postgres::Held),
}

impl Tx {
    /// Which engine it runs on.
    pub(crate) const fn engine(&self) -> Engine {
        match self {
            Self::Sqlite(_) => Engine::Sqlite,
            Self::Postgres(_) => Engine::Postgres,
        }
    }

    /// Runs a statement; the number of rows it touched.
    pub(crate) async fn execute(
        &mut self,
        sql: impl Into<String>,
        args: Vec<Cell>,
    ) -> Result<u64, Error> {
        match self {
            Self::Sqlite(tx) => {
                let query = sqlite::cells::bind(sqlx::query(AssertSqlSafe(sql.into())), args);
                Ok(query.execute(&mut **tx).await?.rows_affected())
            }
            Self::Postgres(tx) => tx.execute(&sql.into(), args).await,
        }
    }

    /// All rows that a query finds.
    pub(crate) async fn rows(
        &mut self,
        sql: impl Into<String>,
        args: Vec<Cell>,
    ) -> Result<Vec<Row>, Error> {
        match self {
            Self::Sqlite(tx) => {
                let query = sqlite::cells::bind(sqlx::query(AssertSqlSafe(sql.into())), args);
                let rows = query.fetch_all(&mut **tx).await?;
                rows.iter().map(sqlite::cells::read).collect()
            }
            Self::Postgres(tx) => tx.rows(&sql.into(), args).await,
        }
    }

    /// Lets an engine that plans by numbers look at how many rows of which values a table has.
    pub(crate) async fn count(&mut self, table: &str) -> Result<(), Error> {
        match self {
            // Its statements say themselves in which order tables are met.
            Self::Sqlite(_) => Ok(()),
            Self::Postgres(tx) => tx.define(&format!("ANALYZE {table}")).await,
        }
    }

    /// Makes a table, its indexes and the words that belong to it.
    pub(crate) async fn create(&mut self, table: &Table) -> Result<(), Error> {
        for statement in &table.ddl {
            self.define(statement).await?;
        }
        match &table.words {
            Some(words) => words.create(self).await,
            None => Ok(()),
        }
    }

    /// Runs a statement that makes or drops something, its types in portable words.
    pub(crate) async fn define(&mut self, sql: &str) -> Result<(), Error> {
        match self {
            Self::Sqlite(_) => self.execute(sql, Vec::new()).await.map(drop),
            Self::Postgres(tx) => tx.define(sql).await,
        }
    }

    /// Drops the table `stem` and all whose names begin with it and an underscore.
    pub(crate) async fn drop_tables(&mut self, stem: &str) -> Result<(), Error> {
        let sql = match self {
            Self::Sqlite(_) => sqlite::TABLES_OF,
            Self::Postgres(_) => postgres::TABLES_OF,
        };
        for table in self.rows(sql, vec![stem.into()]).await? {
            self.define(&format!("DROP TABLE {}", table.text(0)?)).await?;
        }
        Ok(())
    }

    /// Begins a part that can be taken back by itself.
    pub(crate) async fn mark(&mut self) -> Result<(), Error> {
        self.execute("SAVEPOINT part", Vec::new()).await.map(drop)
    }

    /// Keeps the part that [`Tx::mark`] began.
    pub(crate) async fn keep(&mut self) -> Result<(), Error> {
        self.execute("RELEASE SAVEPOINT part", Vec::new()).await.map(drop)
    }

    /// Takes the part that [`Tx::mark`] began back.
    pub(crate) async fn take_back(&mut self) -> Result<(), Error> {
        self.execute("ROLLBACK TO SAVEPOINT part", Vec::new()).await?;
        self.keep().await
    }

    /// Makes all of it so.
    pub(crate) async fn commit(self) -> Result<(), Error> {
        match self {
            Self::Sqlite(tx) => Ok(tx.commit().await?),
            Self::Postgres(tx) => tx.commit().await,
        }
    }
}

/// A connection that sees the database as it was when the snapshot was opened, however much is
/// written meanwhile.
pub(crate) enum Snapshot {
    /// Of a file.
    Sqlite(SqliteConnection),
    /// Of a server.
    Postgres(PgConnection),
}

impl Snapshot {
    /// All rows that a query finds.
    pub(crate) async fn rows(&mut self, sql: String) -> Result<Vec<Row>, Error> {
        let mut rows = self.stream(sql);
        let mut all = Vec::new();
        while let Some(row) = rows.next().await {
            all.push(row?);
        }
        Ok(all)
    }

    /// The rows that a query finds, one by one.
    pub(crate) fn stream(&mut self, sql: String) -> BoxStream<'_, Result<Row, Error>> {
        match self {
            Self::Sqlite(connection) => sqlx::query(AssertSqlSafe(sql))
                .fetch(connection)
                .map(|row| row.map_err(Error::from).and_then(|row| sqlite::cells::read(&row)))
                .boxed(),
            Self::Postgres(connection) => sqlx::query(AssertSqlSafe(sql))
                .fetch(connection)
                .map(|row| row.map_err(Error::Postgres).and_then(|row| postgres::read(&row)))
                .boxed(),
        }
    }
}
