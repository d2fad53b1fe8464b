//! PostgreSQL: a server that several programs share, of which one writes.
//!
//! The writer is a session that holds an advisory lock: when the session ends, so does the lock,
//! and another process takes it. Each reign has a number in the database, which every transaction
//! compares and holds.

pub(super) mod bulk;
mod cells;
mod copy;
mod dialect;
mod lead;
pub(crate) mod probe;
mod schema;
mod session;
pub(super) mod words;

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use contracts::secret::Secret;
use sqlx::postgres::{PgConnectOptions, PgConnection, PgPool, PgPoolOptions};
use sqlx::{AssertSqlSafe, ConnectOptions as _, Connection as _};
use tokio::sync::Mutex;

pub(super) use cells::read;
pub(crate) use copy::{COLUMNS_OF, INDEXES_OF, KEY_OF, TABLES, WORDS_OF, copy, copy_words};
pub(crate) use session::Held;

use self::session::{Seat, Writer, within};
use super::cell::{Cell, Row};
use super::tx::Snapshot;
use crate::config::{Config, Postgres};
use crate::error::Error;

/// The tables whose names are, or begin with, a stem.
pub(super) const TABLES_OF: &str = "SELECT relname::TEXT FROM pg_class WHERE relkind = 'r' \
     AND relnamespace = current_schema()::regnamespace \
     AND (relname::TEXT = $1 OR substr(relname::TEXT, 1, length($1) + 1) = $1 || '_')";

/// How much longer than the server an answer is waited for: the server should be the first to
/// give up, since it says why.
const GRACE: Duration = Duration::from_secs(2);

/// One writer and a few readers of one schema. Clones share everything.
#[derive(Clone)]
pub(crate) struct Server {
    inner: Arc<Inner>,
}

struct Inner {
    limits: Postgres,
    /// What this process is called by the others.
    node: String,
    writes: PgConnectOptions,
    reads: PgConnectOptions,
    readers: PgPool,
    read_limit: Duration,
    writer: Writer,
    /// The connection over which it is asked whether it answers.
    pulse: Mutex<Option<PgConnection>>,
}

const fn ms(ms: u64) -> Duration {
    Duration::from_millis(ms)
}

impl Server {
    /// Reaches the server and brings its schema to today's steps, unless another program of a
    /// later day has been there.
    pub(super) async fn open(config: &Config, url: &Secret) -> Result<Self, Error> {
        let limits = config.postgres.clone();
        limits.check().map_err(|(name, why)| Error::Away(format!("{name} {why}")))?;
        let options: PgConnectOptions = url.reveal().parse().map_err(Error::Postgres)?;
        let base = options
            .application_name("cambium")
            .statement_cache_capacity(limits.statements_cached_max)
            .options([("search_path", limits.schema.as_str()), ("jit", "off")])
            .options(KEPT_ALIVE)
            .disable_statement_logging();
        let reads = base.clone().options([
            ("default_transaction_read_only", "on"),
            ("statement_timeout", &limits.read_statement_timeout_ms.to_string()),
        ]);
        let writes = base.options(WRITER).options([
            ("statement_timeout", &limits.statement_timeout_ms.to_string()),
            ("lock_timeout", &limits.lock_timeout_ms.to_string()),
            ("idle_in_transaction_session_timeout", &limits.idle_timeout_ms.to_string()),
        ]);
        let acquire = ms(config.read_acquire_ms);
        let readers = PgPoolOptions::new()
            .max_connections(config.read_connections_max.max(1))
            .acquire_timeout(acquire)
            .connect_lazy_with(reads.clone());
        let writer = Writer::new(ms(limits.statement_timeout_ms) + GRACE);
        let read_limit = acquire + ms(limits.read_statement_timeout_ms) + GRACE;
        let node = config.node.clone();
        let pulse = Mutex::new(None);
        let inner = Inner { limits, node, writes, reads, readers, read_limit, writer, pulse };
        let server = Self { inner: Arc::new(inner) };
        let mut connection = server.connect(&server.inner.writes).await?;
        schema::apply(&mut connection, &server.inner.limits.schema, &schema::steps()).await?;
        server.close_one(connection).await;
        Ok(server)
    }

    async fn connect(&self, options: &PgConnectOptions) -> Result<PgConnection, Error> {
        within(ms(self.inner.limits.connect_timeout_ms), options.connect()).await
    }

    async fn close_one(&self, connection: PgConnection) {
        let limit = ms(self.inner.limits.connect_timeout_ms);
        if let Err(error) = within(limit, connection.close()).await {
            tracing::debug!(%error, "a connection to the database could not be closed in order");
        }
    }

    /// Asks the simplest question, over a connection of its own.
    pub(super) async fn pulse(&self, most: Duration) -> Result<(), Error> {
        let mut kept = self.inner.pulse.lock().await;
        let connection = kept.take();
        let asked = async {
            let mut connection = match connection {
                Some(connection) => connection,
                None => self.inner.reads.connect().await?,
            };
            sqlx::raw_sql("SELECT 1").execute(&mut connection).await?;
            Ok(connection)
        };
        *kept = Some(within(most, asked).await?);
        Ok(())
    }

    /// Whether this process writes, as far as it knows.
    pub(super) fn leads(&self) -> bool {
        self.inner.writer.leads.load(Ordering::SeqCst)
    }

    /// A write transaction of this process's reign.
    pub(super) async fn begin(&self) -> Result<Held, Error> {
        self.inner.writer.begin().await
    }

    /// All rows that a query finds.
    pub(super) async fn rows(&self, sql: &str, args: Vec<Cell>) -> Result<Vec<Row>, Error> {
        let sql = dialect::statement(sql).into_owned();
        let query = cells::bind(sqlx::query(AssertSqlSafe(sql)), args);
        let rows = within(self.inner.read_limit, query.fetch_all(&self.inner.readers)).await?;
        rows.iter().map(read).collect()
    }

    /// A connection of its own that goes on seeing the database as it is now.
    pub(super) async fn snapshot(&self) -> Result<Snapshot, Error> {
        // A comparison of all rows takes as long as it takes.
        let options = self.inner.reads.clone().options([("statement_timeout", "0")]);
        let mut connection = self.connect(&options).await?;
        // A transaction takes its view with the first read.
        let sql = "BEGIN ISOLATION LEVEL REPEATABLE READ, READ ONLY; SELECT 1 FROM read_models";
        let begun = sqlx::raw_sql(sql).execute(&mut connection);
        within(ms(self.inner.limits.statement_timeout_ms), begun).await?;
        Ok(Snapshot::Postgres(connection))
    }

    /// Closes all connections; what was begun is ended first.
    pub(super) async fn close(&self) {
        let seat = {
            let mut seat = self.inner.writer.seat.lock().await;
            self.inner.writer.leads.store(false, Ordering::SeqCst);
            std::mem::replace(&mut *seat, Seat::Away("it was closed".to_owned()))
        };
        match seat {
            Seat::Ours(mut session) => {
                // Whoever opens next need not wait until the server has noticed.
                let given = sqlx::raw_sql("SELECT pg_advisory_unlock_all()");
                let given = given.execute(&mut session.connection);
                if within(ms(self.inner.limits.connect_timeout_ms), given).await.is_ok() {
                    self.close_one(session.connection).await;
                }
            }
            Seat::Theirs { standby, .. } => self.close_one(standby).await,
            Seat::Empty | Seat::Away(_) => {}
        }
        self.inner.readers.close().await;
    }
}

/// By what the server notices within seconds that the other side is gone.
const KEPT_ALIVE: [(&str, &str); 3] =
    [("tcp_keepalives_idle", "5"), ("tcp_keepalives_interval", "2"), ("tcp_keepalives_count", "3")];

/// How the writer's statements are planned and made durable. Rows are looked up by their keys,
/// whatever an old statistic says of a young table. A crash of the server may take the last
/// transactions, never half of one: the checkpoint goes back with the rows, and the log tells the
/// rest again.
const WRITER: [(&str, &str); 4] = [
    ("plan_cache_mode", "force_custom_plan"),
    ("enable_hashjoin", "off"),
    ("enable_mergejoin", "off"),
    ("synchronous_commit", "off"),
];
