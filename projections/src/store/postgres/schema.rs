//! The tables that are not of a model, and how they change: step by step, under a lock.
//!
//! A step says which program it *needs*: one that only adds (expand) needs none newer than what
//! was there, so that programs of before go on beside it; one that takes away (contract) needs the
//! program that does without. A program that is older than what a step needs is refused.

use sqlx::postgres::PgConnection;
use sqlx::{AssertSqlSafe, Row as _};

use super::dialect;
use crate::error::Error;
use crate::registry;
use crate::trail;

/// One change of the tables.
pub(super) struct Step {
    /// Its place, from 1. The last one of a program is what the program knows.
    pub(super) number: i64,
    /// The last step that a program must know to go on with it.
    pub(super) needs: i64,
    /// What it is for.
    pub(super) name: &'static str,
    /// The statements, their types in portable words.
    pub(super) sql: Vec<String>,
}

/// All steps of this program.
pub(super) fn steps() -> Vec<Step> {
    let writer = "CREATE TABLE read_model_writer (epoch BIGINT NOT NULL, node TEXT NOT NULL, \
                  since TIMESTAMPTZ NOT NULL, beat TIMESTAMPTZ NOT NULL)";
    let nobody = "INSERT INTO read_model_writer VALUES (0, '', clock_timestamp(), \
                  clock_timestamp())";
    vec![
        Step { number: 1, needs: 1, name: "registry", sql: registry::ddl().into() },
        Step { number: 2, needs: 1, name: "audit trail", sql: vec![trail::ddl()] },
        Step { number: 3, needs: 3, name: "writer", sql: vec![writer.into(), nobody.into()] },
    ]
}

/// The lock under which one of many starting programs takes the steps: "camb" and a number.
const LOCK: i64 = 0x6361_6d62_0000_0001;

async fn run(connection: &mut PgConnection, sql: String) -> Result<(), Error> {
    let done = sqlx::raw_sql(AssertSqlSafe(sql)).execute(connection).await;
    done.map(drop).map_err(Error::Postgres)
}

async fn number(connection: &mut PgConnection, sql: &'static str) -> Result<i64, Error> {
    let row = sqlx::query(sql).fetch_one(connection).await.map_err(Error::Postgres)?;
    row.try_get(0).map_err(Error::Postgres)
}

/// Takes the steps that are missing in `schema`, which is made when it is not there.
pub(super) async fn apply(
    connection: &mut PgConnection,
    schema: &str,
    steps: &[Step],
) -> Result<(), Error> {
    run(connection, format!("BEGIN; SELECT pg_advisory_xact_lock({LOCK})")).await?;
    let known = "SELECT COUNT(*) FROM pg_namespace WHERE nspname = current_setting('search_path')";
    if number(connection, known).await? == 0 {
        run(connection, format!("CREATE SCHEMA {schema}")).await?;
    }
    let tables = "SELECT COUNT(*) FROM pg_class WHERE relkind IN ('r', 'p') AND relnamespace = \
                  current_schema()::regnamespace";
    let ours = "SELECT COUNT(*) FROM pg_class WHERE relname = 'schema_steps' AND relnamespace = \
                current_schema()::regnamespace";
    if number(connection, ours).await? == 0 {
        if number(connection, tables).await? > 0 {
            return Err(Error::NotOurs(format!("the schema {schema}")));
        }
        let sql = "CREATE TABLE schema_steps (step BIGINT PRIMARY KEY, needs BIGINT NOT NULL, name \
                   TEXT NOT NULL, at TIMESTAMPTZ NOT NULL DEFAULT clock_timestamp())";
        run(connection, dialect::definition(sql)).await?;
    }
    check(connection, steps).await?;
    let taken = number(connection, "SELECT COALESCE(MAX(step), 0) FROM schema_steps").await?;
    for step in steps.iter().filter(|step| step.number > taken) {
        for sql in &step.sql {
            run(connection, dialect::definition(sql)).await?;
        }
        let sql = "INSERT INTO schema_steps (step, needs, name) VALUES ($1, $2, $3)";
        let noted = sqlx::query(sql).bind(step.number).bind(step.needs).bind(step.name);
        noted.execute(&mut *connection).await.map_err(Error::Postgres)?;
        tracing::info!(step = step.number, name = step.name, "the database was brought forward");
    }
    run(connection, "COMMIT".to_owned()).await
}

/// Whether this program knows what the steps that were taken need.
pub(super) async fn check(connection: &mut PgConnection, steps: &[Step]) -> Result<(), Error> {
    let needs = number(connection, "SELECT COALESCE(MAX(needs), 0) FROM schema_steps").await?;
    let knows = steps.last().map_or(0, |step| step.number);
    if needs > knows { Err(Error::Newer { needs, knows }) } else { Ok(()) }
}
