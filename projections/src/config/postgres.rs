//! The limits of a shared database.

use serde::{Deserialize, Serialize};

/// How a PostgreSQL server is used. Where it is, says the database's URL.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Postgres {
    /// The schema that holds all tables; made when it is not there. Two systems that share a
    /// database have one each.
    pub schema: String,
    /// How long a connection may take to open, in milliseconds.
    pub connect_timeout_ms: u64,
    /// The longest statement of the writer, in milliseconds.
    pub statement_timeout_ms: u64,
    /// The longest statement of a query, in milliseconds.
    pub read_statement_timeout_ms: u64,
    /// How long the writer waits for a lock, in milliseconds.
    pub lock_timeout_ms: u64,
    /// How long the writer's session may stand idle within a transaction, in milliseconds.
    pub idle_timeout_ms: u64,
    /// How often a process that does not write looks how far the rows are, and asks whether it may
    /// write, in milliseconds.
    pub follow_poll_ms: u64,
    /// How often the process that writes says that it is there while the log is quiet, in
    /// milliseconds.
    pub beat_ms: u64,
    /// How long it may say nothing before another one ends its session, in milliseconds. More than
    /// its longest statement.
    pub lease_ms: u64,
    /// How long the server may take to answer the simplest question before it counts as away, in
    /// milliseconds; it is asked every `beat_ms`.
    pub pulse_ms_max: u64,
    /// How many prepared statements a connection keeps.
    pub statements_cached_max: usize,
}

impl Default for Postgres {
    fn default() -> Self {
        Self {
            schema: "cambium".to_owned(),
            connect_timeout_ms: 5_000,
            statement_timeout_ms: 20_000,
            read_statement_timeout_ms: 10_000,
            lock_timeout_ms: 5_000,
            idle_timeout_ms: 20_000,
            follow_poll_ms: 200,
            beat_ms: 1_000,
            lease_ms: 30_000,
            pulse_ms_max: 3_000,
            statements_cached_max: 256,
        }
    }
}

/// The longest name of a schema, in bytes.
const SCHEMA_BYTES_MAX: usize = 48;

impl Postgres {
    /// Finds values that are of their type and still make no sense.
    ///
    /// # Errors
    /// The name of the first such value and what is wrong with it.
    pub fn check(&self) -> Result<(), (&'static str, String)> {
        let plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_';
        let begins = self.schema.bytes().next().is_some_and(|it| it.is_ascii_lowercase());
        let own = !self.schema.starts_with("pg_");
        let short = self.schema.len() <= SCHEMA_BYTES_MAX;
        if !(begins && own && short && self.schema.bytes().all(plain)) {
            let why = "must be small letters, digits and `_`, a letter first and not `pg_`";
            return Err(("postgres.schema", why.to_owned()));
        }
        for (name, value) in [
            ("postgres.connect_timeout_ms", self.connect_timeout_ms),
            ("postgres.statement_timeout_ms", self.statement_timeout_ms),
            ("postgres.read_statement_timeout_ms", self.read_statement_timeout_ms),
            ("postgres.follow_poll_ms", self.follow_poll_ms),
            ("postgres.beat_ms", self.beat_ms),
            ("postgres.pulse_ms_max", self.pulse_ms_max),
        ] {
            if value == 0 || i32::try_from(value).is_err() {
                return Err((name, format!("must be 1 to {}", i32::MAX)));
            }
        }
        if self.lease_ms <= self.statement_timeout_ms.max(self.beat_ms) {
            let why = "must be more than statement_timeout_ms and beat_ms";
            return Err(("postgres.lease_ms", why.to_owned()));
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::Postgres;

    #[test]
    fn what_makes_no_sense_is_named() {
        let given = Postgres::default();
        assert_eq!(given.check(), Ok(()));
        for schema in ["", "Cambium", "1a", "pg_a", "a b", "a\"b"] {
            let other = Postgres { schema: schema.to_owned(), ..given.clone() };
            assert_eq!(other.check().expect_err(schema).0, "postgres.schema");
        }
        let other = Postgres { lease_ms: 20_000, ..given.clone() };
        assert_eq!(other.check().expect_err("as long as a statement").0, "postgres.lease_ms");
        let other = Postgres { beat_ms: 0, ..given };
        assert_eq!(other.check().expect_err("never").0, "postgres.beat_ms");
    }
}
