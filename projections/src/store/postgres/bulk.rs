//! Many rows in one statement of PostgreSQL: a column is one argument, an array.

use sqlx::postgres::PgArguments;
use sqlx::query::Query;
use sqlx::{AssertSqlSafe, Postgres};

use super::cells;
use super::dialect;
use super::session::Held;
use crate::error::Error;
use crate::store::bulk::{Lookup, Remove, Upsert};
use crate::store::cell::{Cell, Row};

/// How many rows one statement carries at most: a bound on the memory of both sides.
const ROWS_MAX: usize = 4_096;

/// One column of many rows.
enum Column {
    /// Nothing in any row.
    Empty,
    Numbers(Vec<Option<i64>>),
    Texts(Vec<Option<String>>),
    Bytes(Vec<Option<Vec<u8>>>),
}

impl Column {
    /// The cells of column `at`, taken out of `rows`.
    fn take(rows: &mut [Vec<Cell>], at: usize) -> Result<Self, Error> {
        let cells = || rows.iter().map(|row| &row[at]);
        let mixed = || Error::Row(format!("column {at} holds values of several types"));
        let Some(first) = cells().find(|cell| **cell != Cell::Null) else { return Ok(Self::Empty) };
        let empty = match first {
            Cell::Null | Cell::Int(_) => Self::Numbers(Vec::with_capacity(rows.len())),
            Cell::Text(_) => Self::Texts(Vec::with_capacity(rows.len())),
            Cell::Bytes(_) => Self::Bytes(Vec::with_capacity(rows.len())),
        };
        let mut column = empty;
        for row in rows.iter_mut() {
            match (&mut column, std::mem::replace(&mut row[at], Cell::Null)) {
                (Self::Numbers(all), Cell::Null) => all.push(None),
                (Self::Texts(all), Cell::Null) => all.push(None),
                (Self::Bytes(all), Cell::Null) => all.push(None),
                (Self::Numbers(all), Cell::Int(number)) => all.push(Some(number)),
                (Self::Texts(all), Cell::Text(text)) => {
                    all.push(Some(dialect::veil(&text).into_owned()))
                }
                (Self::Bytes(all), Cell::Bytes(bytes)) => all.push(Some(bytes)),
                _ => return Err(mixed()),
            }
        }
        Ok(column)
    }

    /// The type of the array; `None` = nothing is sent.
    const fn array(&self) -> Option<&'static str> {
        match self {
            Self::Empty => None,
            Self::Numbers(_) => Some("BIGINT[]"),
            Self::Texts(_) => Some("TEXT[]"),
            Self::Bytes(_) => Some("BYTEA[]"),
        }
    }
}

type Sent<'q> = Query<'q, Postgres, PgArguments>;

fn bind(mut query: Sent<'_>, columns: Vec<Column>) -> Sent<'_> {
    for column in columns {
        query = match column {
            Column::Empty => query,
            Column::Numbers(all) => query.bind(all),
            Column::Texts(all) => query.bind(all),
            Column::Bytes(all) => query.bind(all),
        };
    }
    query
}

/// The columns of `rows`, `count` of them.
fn columns(mut rows: Vec<Vec<Cell>>, count: usize) -> Result<Vec<Column>, Error> {
    (0..count).map(|at| Column::take(&mut rows, at)).collect()
}

/// `UNNEST(…) AS name (…)` over the columns that are sent, the `n`-th called `prefix` and `n`.
fn unnested(columns: &[Column], name: &str, prefix: &str) -> String {
    let (mut arrays, mut names) = (Vec::new(), Vec::new());
    for (at, column) in columns.iter().enumerate() {
        if let Some(array) = column.array() {
            arrays.push(format!("${}::{array}", arrays.len() + 1));
            names.push(format!("{prefix}{at}"));
        }
    }
    format!("UNNEST({}) AS {name} ({})", arrays.join(", "), names.join(", "))
}

/// Writes `rows`.
pub(in crate::store) async fn upsert(
    tx: &mut Held,
    of: &Upsert<'_>,
    rows: Vec<Vec<Cell>>,
) -> Result<(), Error> {
    let mut left = rows;
    while !left.is_empty() {
        let later = left.split_off(left.len().min(ROWS_MAX));
        let columns = columns(std::mem::replace(&mut left, later), of.columns.len())?;
        let shown: Vec<String> = columns
            .iter()
            .enumerate()
            .map(|(at, it)| it.array().map_or_else(|| "NULL".to_owned(), |_| format!("given{at}")))
            .collect();
        let sql = format!(
            "INSERT INTO {} ({}) SELECT {} FROM {} {}",
            of.table,
            of.columns.join(", "),
            shown.join(", "),
            unnested(&columns, "given", "given"),
            of.tail
        );
        tx.do_query(bind(sqlx::query(AssertSqlSafe(sql)), columns)).await?;
    }
    Ok(())
}

/// The rows with one of `keys`.
pub(in crate::store) async fn lookup(
    tx: &mut Held,
    of: &Lookup<'_>,
    keys: &[Vec<Cell>],
) -> Result<Vec<Row>, Error> {
    let mut found = Vec::new();
    for keys in keys.chunks(ROWS_MAX) {
        let columns = columns(keys.to_vec(), of.key.len())?;
        let sql = format!(
            "SELECT {} FROM {} JOIN {} ON {}",
            of.columns.join(", "),
            unnested(&columns, "wanted", "wanted"),
            of.table,
            of.joined().1
        );
        for row in &tx.ask_query(bind(sqlx::query(AssertSqlSafe(sql)), columns)).await? {
            found.push(cells::read(row)?);
        }
    }
    Ok(found)
}

/// Deletes the rows with one of `keys`.
pub(in crate::store) async fn remove(
    tx: &mut Held,
    of: &Remove<'_>,
    mut keys: Vec<Vec<Cell>>,
) -> Result<(), Error> {
    while !keys.is_empty() {
        let later = keys.split_off(keys.len().min(ROWS_MAX));
        let columns = columns(std::mem::replace(&mut keys, later), of.key.len())?;
        let pairs = of.key.iter().enumerate();
        let equal: Vec<String> = pairs.map(|(at, name)| format!("{name} = wanted{at}")).collect();
        let wanted = unnested(&columns, "wanted", "wanted");
        let sql = format!("DELETE FROM {} USING {wanted} WHERE {}", of.table, equal.join(" AND "));
        tx.do_query(bind(sqlx::query(AssertSqlSafe(sql)), columns)).await?;
    }
    Ok(())
}
