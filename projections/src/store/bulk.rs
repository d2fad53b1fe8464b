//! Many rows in one statement.

use std::fmt::Write as _;

use super::cell::{Cell, Row};
use super::tx::Tx;
use crate::error::Error;

/// How many rows one statement carries. A few fixed sizes, so that few statements are prepared.
/// The largest times the widest table stays far below the 32,766 parameters that SQLite takes.
const SIZES: [usize; 4] = [128, 32, 8, 1];

/// `INSERT INTO table (columns) VALUES … tail` for any number of rows.
///
/// The tail is the `ON CONFLICT` clause. Rows of one call must differ in their key: an engine may
/// refuse to touch a row twice in one statement.
pub(crate) struct Upsert<'a> {
    /// The table.
    pub(crate) table: &'a str,
    /// The columns, in the order of the cells of a row.
    pub(crate) columns: &'a [&'a str],
    /// What to do about a row that is there already.
    pub(crate) tail: &'a str,
}

impl Upsert<'_> {
    /// Writes `rows`.
    pub(crate) async fn run(&self, tx: &mut Tx, rows: Vec<Vec<Cell>>) -> Result<(), Error> {
        let mut left = rows.len();
        let mut rows = rows.into_iter();
        for size in SIZES {
            while left >= size {
                let mut args = Vec::with_capacity(size * self.columns.len());
                for row in rows.by_ref().take(size) {
                    debug_assert_eq!(row.len(), self.columns.len(), "{}", self.table);
                    args.extend(row);
                }
                tx.execute(self.sql(size), args).await?;
                left -= size;
            }
        }
        Ok(())
    }

    /// The statement for `rows` rows. Plain `?` here and not `$n`: SQLite finds a numbered
    /// parameter by walking a list of names, which is quadratic in their number.
    fn sql(&self, rows: usize) -> String {
        let group = format!("({})", vec!["?"; self.columns.len()].join(","));
        let columns = self.columns.join(", ");
        let mut sql = format!("INSERT INTO {} ({columns}) VALUES ", self.table);
        for row in 0..rows {
            let comma = if row == 0 { "" } else { "," };
            let _ = write!(sql, "{comma}{group}");
        }
        let _ = write!(sql, " {}", self.tail);
        sql
    }
}

/// The rows of a table that have one of many keys.
pub(crate) struct Lookup<'a> {
    /// The table.
    pub(crate) table: &'a str,
    /// The columns of the key.
    pub(crate) key: &'a [&'a str],
    /// The columns to read.
    pub(crate) columns: &'a [&'a str],
}

impl Lookup<'_> {
    /// Reads the rows with one of `keys`; keys without a row are passed over.
    pub(crate) async fn run(&self, tx: &mut Tx, keys: &[Vec<Cell>]) -> Result<Vec<Row>, Error> {
        let mut found = Vec::new();
        let mut left = keys;
        for size in SIZES {
            while left.len() >= size {
                let (now, later) = left.split_at(size);
                let args = now.iter().flatten().cloned().collect();
                found.extend(tx.rows(self.sql(size), args).await?);
                left = later;
            }
        }
        Ok(found)
    }

    /// A join with the list of keys, since SQLite reads the whole table for a list of keys of
    /// several columns after `IN`. The order of a cross join is kept: keys first.
    pub(super) fn sql(&self, keys: usize) -> String {
        let group = format!("({})", vec!["?"; self.key.len()].join(","));
        let groups = vec![group; keys].join(",");
        let wanted: Vec<String> = (0..self.key.len()).map(|at| format!("wanted{at}")).collect();
        let equal: Vec<String> = self
            .key
            .iter()
            .zip(&wanted)
            .map(|(column, wanted)| format!("{column} = {wanted}"))
            .collect();
        format!(
            "WITH wanted ({}) AS (VALUES {groups}) SELECT {} FROM wanted CROSS JOIN {} WHERE {}",
            wanted.join(", "),
            self.columns.join(", "),
            self.table,
            equal.join(" AND ")
        )
    }
}
