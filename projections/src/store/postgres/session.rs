//! The session in which this process writes, and its transactions.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use sqlx::postgres::{PgArguments, PgConnection, PgRow};
use sqlx::query::Query;
use sqlx::{AssertSqlSafe, Postgres};
use tokio::sync::{Mutex, OwnedMutexGuard};

use super::cells;
use super::dialect;
use crate::error::{Error, Remedy};
use crate::store::cell::{Cell, Row};

/// A connection that holds the lock of the writer.
pub(super) struct Session {
    pub(super) connection: PgConnection,
    /// The number of the reign: who comes later has a higher one.
    pub(super) epoch: i64,
}

/// Who writes.
pub(super) enum Seat {
    /// Nobody has asked yet.
    Empty,
    /// This process.
    Ours(Session),
    /// Another process; the connection asks again and again.
    Theirs { who: String, standby: PgConnection },
    /// The database cannot be reached, and why.
    Away(String),
}

/// The seat of the writer. Clones share it.
#[derive(Clone)]
pub(super) struct Writer {
    pub(super) seat: Arc<Mutex<Seat>>,
    pub(super) leads: Arc<AtomicBool>,
    /// The longest that a statement may take, seen from here.
    pub(super) limit: Duration,
}

impl Writer {
    pub(super) fn new(limit: Duration) -> Self {
        Self { seat: Arc::new(Mutex::new(Seat::Empty)), leads: Arc::default(), limit }
    }

    /// Begins a transaction of this reign. Its first statement compares the number of the reign
    /// with the one in the database and holds it until the end: who was deposed meanwhile writes
    /// nothing, and who deposes waits for what was begun before.
    pub(super) async fn begin(&self) -> Result<Held, Error> {
        let mut seat = Arc::clone(&self.seat).lock_owned().await;
        let epoch = match &mut *seat {
            Seat::Ours(session) => session.epoch,
            Seat::Theirs { who, .. } => return Err(Error::Elsewhere(who.clone())),
            Seat::Empty => return Err(Error::Elsewhere("nobody yet".to_owned())),
            Seat::Away(why) => return Err(Error::Away(why.clone())),
        };
        let (leads, limit) = (Arc::clone(&self.leads), self.limit);
        let mut held = Held { seat: Some(seat), leads, limit, broken: false };
        let sql = format!(
            "BEGIN; UPDATE read_model_writer SET beat = clock_timestamp() WHERE epoch = {epoch} \
             RETURNING epoch"
        );
        if held.ask_raw(&sql).await?.is_empty() {
            held.broken = true;
            return Err(Error::Elsewhere("a process that took over".to_owned()));
        }
        Ok(held)
    }
}

/// Bounds the time of `work`.
pub(super) async fn within<T>(
    limit: Duration,
    work: impl Future<Output = Result<T, sqlx::Error>>,
) -> Result<T, Error> {
    match tokio::time::timeout(limit, work).await {
        Ok(done) => done.map_err(Error::Postgres),
        Err(_) => {
            let late = std::io::Error::new(std::io::ErrorKind::TimedOut, "no answer in time");
            Err(Error::Postgres(sqlx::Error::Io(late)))
        }
    }
}

/// A transaction of the writer, which has the session for itself.
pub(crate) struct Held {
    seat: Option<OwnedMutexGuard<Seat>>,
    leads: Arc<AtomicBool>,
    limit: Duration,
    /// Whether the session is of no use any more.
    broken: bool,
}

impl Held {
    fn connection(&mut self) -> Result<&mut PgConnection, Error> {
        match self.seat.as_deref_mut() {
            Some(Seat::Ours(session)) => Ok(&mut session.connection),
            _ => Err(Error::Away("the session has ended".to_owned())),
        }
    }

    /// Notes what an answer says of the session: whatever is not the statement's own fault ends
    /// it, so that the next one is a fresh one.
    fn noted<T>(&mut self, done: Result<T, Error>) -> Result<T, Error> {
        if let Err(error) = &done {
            self.broken |= error.remedy() == Remedy::Pause;
        }
        done
    }

    /// Runs a query; the number of rows it touched.
    pub(super) async fn do_query(
        &mut self,
        query: Query<'_, Postgres, PgArguments>,
    ) -> Result<u64, Error> {
        let limit = self.limit;
        let done = within(limit, query.execute(self.connection()?)).await;
        Ok(self.noted(done)?.rows_affected())
    }

    /// The rows of a query.
    pub(super) async fn ask_query(
        &mut self,
        query: Query<'_, Postgres, PgArguments>,
    ) -> Result<Vec<PgRow>, Error> {
        let limit = self.limit;
        let done = within(limit, query.fetch_all(self.connection()?)).await;
        self.noted(done)
    }

    /// The rows of statements without arguments, all sent at once.
    async fn ask_raw(&mut self, sql: &str) -> Result<Vec<PgRow>, Error> {
        let limit = self.limit;
        let query = sqlx::raw_sql(AssertSqlSafe(sql.to_owned()));
        let done = within(limit, query.fetch_all(self.connection()?)).await;
        self.noted(done)
    }

    /// Runs a statement; the number of rows it touched.
    pub(in crate::store) async fn execute(
        &mut self,
        sql: &str,
        args: Vec<Cell>,
    ) -> Result<u64, Error> {
        let sql = dialect::statement(sql).into_owned();
        self.do_query(cells::bind(sqlx::query(AssertSqlSafe(sql)), args)).await
    }

    /// All rows that a query finds.
    pub(in crate::store) async fn rows(
        &mut self,
        sql: &str,
        args: Vec<Cell>,
    ) -> Result<Vec<Row>, Error> {
        let sql = dialect::statement(sql).into_owned();
        let rows = self.ask_query(cells::bind(sqlx::query(AssertSqlSafe(sql)), args)).await?;
        rows.iter().map(cells::read).collect()
    }

    /// Runs a definition.
    pub(in crate::store) async fn define(&mut self, sql: &str) -> Result<(), Error> {
        self.ask_raw(&dialect::definition(sql)).await.map(drop)
    }

    /// Runs a statement over pairs of numbers and texts.
    pub(in crate::store) async fn paired(
        &mut self,
        sql: &str,
        numbers: Vec<i64>,
        texts: Vec<String>,
    ) -> Result<(), Error> {
        let query = sqlx::query(AssertSqlSafe(sql.to_owned())).bind(numbers).bind(texts);
        self.do_query(query).await.map(drop)
    }

    /// Sends rows as they are stored into a table, as `COPY` takes them.
    pub(super) async fn copy(&mut self, sql: &str, data: Vec<u8>) -> Result<(), Error> {
        let limit = self.limit;
        let connection = self.connection()?;
        let copying = async move {
            let mut copy = connection.copy_in_raw(sql).await?;
            copy.send(data).await?;
            copy.finish().await
        };
        let done = within(limit, copying).await;
        self.noted(done).map(drop)
    }

    /// Makes all of it so.
    pub(in crate::store) async fn commit(mut self) -> Result<(), Error> {
        let committed = self.ask_raw("COMMIT").await;
        if committed.is_ok() {
            // Nothing is left to take back.
            self.seat = None;
        } else {
            // Whether it was committed is known to nobody; a fresh session reads what is there.
            self.broken = true;
        }
        committed.map(drop)
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        let Some(mut seat) = self.seat.take() else { return };
        let leads = Arc::clone(&self.leads);
        let handle = tokio::runtime::Handle::try_current();
        match handle.ok().filter(|_| !self.broken) {
            Some(handle) => {
                let limit = self.limit;
                handle.spawn(async move { roll_back(seat, leads, limit).await });
            }
            None => vacate(&mut seat, &leads),
        }
    }
}

/// Takes back what was begun; the session goes on when that can be done.
async fn roll_back(mut seat: OwnedMutexGuard<Seat>, leads: Arc<AtomicBool>, limit: Duration) {
    let Seat::Ours(session) = &mut *seat else { return };
    let query = sqlx::raw_sql("ROLLBACK").execute(&mut session.connection);
    if within(limit, query).await.is_err() {
        vacate(&mut seat, &leads);
    }
}

fn vacate(seat: &mut Seat, leads: &AtomicBool) {
    *seat = Seat::Away("the session with the database was lost".to_owned());
    leads.store(false, Ordering::SeqCst);
}
