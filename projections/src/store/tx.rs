//! Transactions.

use futures_util::StreamExt as _;
use futures_util::stream::BoxStream;
use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection};
use sqlx::{AssertSqlSafe, ConnectOptions as _, Sqlite, Transaction};

use super::cell::{self, Cell, Row};
use crate::error::Error;

/// The one write transaction. Dropped without [`Tx::commit`] it never happened.
pub(crate) struct Tx(Transaction<'static, Sqlite>);

impl Tx {
    pub(super) fn new(inner: Transaction<'static, Sqlite>) -> Self {
        Self(inner)
    }

    /// Runs a statement; the number of rows it touched.
    pub(crate) async fn execute(
        &mut self,
        sql: impl Into<String>,
        args: Vec<Cell>,
    ) -> Result<u64, Error> {
        let query = cell::bind(sqlx::query(AssertSqlSafe(sql.into())), args);
        Ok(query.execute(&mut *self.0).await?.rows_affected())
    }

    /// All rows that a query finds.
    pub(crate) async fn rows(
        &mut self,
        sql: impl Into<String>,
        args: Vec<Cell>,
    ) -> Result<Vec<Row>, Error> {
        let query = cell::bind(sqlx::query(AssertSqlSafe(sql.into())), args);
        let rows = query.fetch_all(&mut *self.0).await?;
        rows.iter().map(Row::read).collect()
    }

    /// Drops the table `stem` and all whose names begin with it and an underscore.
    pub(crate) async fn drop_tables(&mut self, stem: &str) -> Result<(), Error> {
        // What stands behind a virtual table goes with it.
        let sql = "SELECT name FROM pragma_table_list WHERE schema = 'main' \
                   AND type IN ('table', 'virtual') \
                   AND (name = $1 OR substr(name, 1, length($1) + 1) = $1 || '_')";
        for table in self.rows(sql, vec![stem.into()]).await? {
            self.execute(format!("DROP TABLE {}", table.text(0)?), Vec::new()).await?;
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
        Ok(self.0.commit().await?)
    }
}

/// A connection that sees the database as it was when the snapshot was opened, however much is
/// written meanwhile.
pub(crate) struct Snapshot(SqliteConnection);

impl Snapshot {
    pub(super) async fn open(options: &SqliteConnectOptions) -> Result<Self, Error> {
        let mut connection = options.clone().pragma("query_only", "ON").connect().await?;
        sqlx::query("BEGIN DEFERRED").execute(&mut connection).await?;
        // A deferred transaction takes its view with the first read.
        sqlx::query("SELECT COUNT(*) FROM sqlite_master").execute(&mut connection).await?;
        Ok(Self(connection))
    }

    /// All rows that a query finds.
    pub(crate) async fn rows(&mut self, sql: String) -> Result<Vec<Row>, Error> {
        let rows = sqlx::query(AssertSqlSafe(sql)).fetch_all(&mut self.0).await?;
        rows.iter().map(Row::read).collect()
    }

    /// The rows that a query finds, one by one.
    pub(crate) fn stream(&mut self, sql: String) -> BoxStream<'_, Result<Row, Error>> {
        sqlx::query(AssertSqlSafe(sql))
            .fetch(&mut self.0)
            .map(|row| row.map_err(Error::from).and_then(|row| Row::read(&row)))
            .boxed()
    }
}
