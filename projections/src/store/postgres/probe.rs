//! A look at a server without changing anything on it.

use std::time::Duration;

use contracts::secret::Secret;
use serde::Serialize;
use sqlx::postgres::{PgConnectOptions, PgConnection, PgSslMode};
use sqlx::{ConnectOptions as _, Connection as _, Row as _};

use super::ms;
use super::schema;
use super::session::within;
use crate::config::Postgres;
use crate::error::Error;

/// What a look at a PostgreSQL server finds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Probe {
    /// The version of the server, such as `15.8`.
    pub version: String,
    /// Whether the way there leaves this machine.
    pub is_remote: bool,
    /// Whether the server's certificate and name are checked (`sslmode=verify-full`).
    pub is_verified: bool,
    /// Whether the schema is there, or may be made.
    pub may_write: bool,
    /// The last step that the schema has taken; 0 = it is new.
    pub step: i64,
    /// The process that writes; empty = none yet.
    pub writer: String,
    /// For how many seconds it has said nothing.
    pub writer_silent_s: i64,
    /// How many connections the server takes, and how many are open.
    pub connections: (i64, i64),
}

/// Looks at the server at `url`.
///
/// # Errors
/// When it cannot be reached, or was changed by a newer program.
pub async fn probe(limits: &Postgres, url: &Secret) -> Result<Probe, Error> {
    let options: PgConnectOptions = url.reveal().parse().map_err(Error::Postgres)?;
    let options = options.application_name("cambium doctor").disable_statement_logging();
    let options = options.options([("search_path", limits.schema.as_str())]);
    let host = options.get_host().to_owned();
    let is_remote = options.get_socket().is_none()
        && !host.starts_with('/')
        && host != "localhost"
        && !host.parse::<std::net::IpAddr>().is_ok_and(|it| it.is_loopback());
    let is_verified = matches!(options.get_ssl_mode(), PgSslMode::VerifyFull);
    let limit = ms(limits.connect_timeout_ms);
    let mut connection = within(limit, options.connect()).await?;
    let found = look(&mut connection, limit, &limits.schema).await;
    let _closed_or_gone = within(limit, connection.close()).await;
    Ok(Probe { is_remote, is_verified, ..found? })
}

async fn look(
    connection: &mut PgConnection,
    limit: Duration,
    schema: &str,
) -> Result<Probe, Error> {
    let asked = sqlx::query(
        "SELECT current_setting('server_version'), to_regclass('schema_steps') IS NOT NULL, CASE \
         WHEN EXISTS (SELECT 1 FROM pg_namespace WHERE nspname = $1) THEN \
         has_schema_privilege($1, 'CREATE') ELSE has_database_privilege(current_database(), \
         'CREATE') END, current_setting('max_connections')::BIGINT, (SELECT COUNT(*) FROM \
         pg_stat_activity WHERE backend_type = 'client backend')",
    );
    let row = within(limit, asked.bind(schema).fetch_one(&mut *connection)).await?;
    let version: String = row.try_get(0).map_err(Error::Postgres)?;
    let is_there: bool = row.try_get(1).map_err(Error::Postgres)?;
    let may_write = row.try_get(2).map_err(Error::Postgres)?;
    let connections =
        (row.try_get(3).map_err(Error::Postgres)?, row.try_get(4).map_err(Error::Postgres)?);
    let (mut step, mut writer, mut writer_silent_s) = (0, String::new(), 0);
    if is_there {
        schema::check(&mut *connection, &schema::steps()).await?;
        let asked = sqlx::query(
            "SELECT (SELECT MAX(step) FROM schema_steps), node, EXTRACT(EPOCH FROM \
             clock_timestamp() - beat)::BIGINT FROM read_model_writer",
        );
        let row = within(limit, asked.fetch_one(&mut *connection)).await?;
        step = row.try_get(0).map_err(Error::Postgres)?;
        writer = row.try_get(1).map_err(Error::Postgres)?;
        writer_silent_s = row.try_get(2).map_err(Error::Postgres)?;
    }
    let (is_remote, is_verified) = (false, false);
    Ok(Probe {
        version,
        is_remote,
        is_verified,
        may_write,
        step,
        writer,
        writer_silent_s,
        connections,
    })
}
