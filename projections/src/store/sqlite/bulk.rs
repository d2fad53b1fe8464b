//! Many rows in one statement of SQLite.

use std::fmt::Write as _;

use sqlx::{AssertSqlSafe, Sqlite, Transaction};

use super::cells;
use crate::error::Error;
use crate::store::bulk::{Lookup, Remove, Upsert};
use crate::store::cell::{Cell, Row};

/// How many rows one statement carries. A few fixed sizes, so that few statements are prepared.
/// The largest times the widest table stays far below the 32,766 parameters that SQLite takes.
const SIZES: [usize; 4] = [128, 32, 8, 1];

/// Writes `rows`.
pub(in crate::store) async fn upsert(
    tx: &mut Transaction<'static, Sqlite>,
    of: &Upsert<'_>,
    rows: Vec<Vec<Cell>>,
) -> Result<(), Error> {
    let mut left = rows.len();
    let mut rows = rows.into_iter();
    for size in SIZES {
        while left >= size {
            let mut args = Vec::with_capacity(size * of.columns.len());
            for row in rows.by_ref().take(size) {
                debug_assert_eq!(row.len(), of.columns.len(), "{}", of.table);
                args.extend(row);
            }
            let query = cells::bind(sqlx::query(AssertSqlSafe(insert(of, size))), args);
            query.execute(&mut **tx).await?;
            left -= size;
        }
    }
    Ok(())
}

/// The statement for `rows` rows. Plain `?` here and not `$n`: SQLite finds a numbered parameter
/// by walking a list of names, which is quadratic in their number.
fn insert(of: &Upsert<'_>, rows: usize) -> String {
    let group = format!("({})", vec!["?"; of.columns.len()].join(","));
    let columns = of.columns.join(", ");
    let mut sql = format!("INSERT INTO {} ({columns}) VALUES ", of.table);
    for row in 0..rows {
        let comma = if row == 0 { "" } else { "," };
        let _ = write!(sql, "{comma}{group}");
    }
    let _ = write!(sql, " {}", of.tail);
    sql
}

/// The rows with one of `keys`.
pub(in crate::store) async fn lookup(
    tx: &mut Transaction<'static, Sqlite>,
    of: &Lookup<'_>,
    keys: &[Vec<Cell>],
) -> Result<Vec<Row>, Error> {
    let mut found = Vec::new();
    let mut left = keys;
    for size in SIZES {
        while left.len() >= size {
            let (now, later) = left.split_at(size);
            let args = now.iter().flatten().cloned().collect();
            let query = cells::bind(sqlx::query(AssertSqlSafe(wanted(of, size))), args);
            for row in &query.fetch_all(&mut **tx).await? {
                found.push(cells::read(row)?);
            }
            left = later;
        }
    }
    Ok(found)
}

/// Deletes the rows with one of `keys`, a statement each: a list of keys of several columns would
/// have the whole table read.
pub(in crate::store) async fn remove(
    tx: &mut Transaction<'static, Sqlite>,
    of: &Remove<'_>,
    keys: Vec<Vec<Cell>>,
) -> Result<(), Error> {
    let equal: Vec<String> = of.key.iter().map(|name| format!("{name} = ?")).collect();
    let sql = format!("DELETE FROM {} WHERE {}", of.table, equal.join(" AND "));
    for key in keys {
        debug_assert_eq!(key.len(), of.key.len(), "{}", of.table);
        let query = cells::bind(sqlx::query(AssertSqlSafe(sql.clone())), key);
        query.execute(&mut **tx).await?;
    }
    Ok(())
}

/// A join with the list of keys, since SQLite reads the whole table for a list of keys of several
/// columns after `IN`. The order of a cross join is kept: keys first.
pub(in crate::store) fn wanted(of: &Lookup<'_>, keys: usize) -> String {
    let group = format!("({})", vec!["?"; of.key.len()].join(","));
    let groups = vec![group; keys].join(",");
    let (wanted, equal) = of.joined();
    format!(
        "WITH wanted ({}) AS (VALUES {groups}) SELECT {} FROM wanted CROSS JOIN {} WHERE {equal}",
        wanted.join(", "),
        of.columns.join(", "),
        of.table,
    )
}
