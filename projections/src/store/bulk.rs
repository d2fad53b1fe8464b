//! Many rows in one statement.

use super::cell::{Cell, Row};
use super::tx::Tx;
use super::{postgres, sqlite};
use crate::error::Error;

/// `INSERT INTO table (columns) … tail` for any number of rows.
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
        match tx {
            Tx::Sqlite(tx) => sqlite::bulk::upsert(tx, self, rows).await,
            Tx::Postgres(tx) => postgres::bulk::upsert(tx, self, rows).await,
        }
    }
}

/// The rows of a table that have one of many keys.
pub(crate) struct Lookup<'a> {
    /// The table.
    pub(crate) table: &'a str,
    /// The columns of the key, which are never empty.
    pub(crate) key: &'a [&'a str],
    /// The columns to read.
    pub(crate) columns: &'a [&'a str],
    /// A condition for the rows, which says nothing of the keys; the index to use may need it.
    pub(crate) only: Option<&'a str>,
}

impl Lookup<'_> {
    /// Reads the rows with one of `keys`; keys without a row are passed over.
    pub(crate) async fn run(&self, tx: &mut Tx, keys: &[Vec<Cell>]) -> Result<Vec<Row>, Error> {
        match tx {
            Tx::Sqlite(tx) => sqlite::bulk::lookup(tx, self, keys).await,
            Tx::Postgres(tx) => postgres::bulk::lookup(tx, self, keys).await,
        }
    }

    /// The names of the wanted values, and the condition that joins them with the key.
    pub(super) fn joined(&self) -> (Vec<String>, String) {
        let wanted: Vec<String> = (0..self.key.len()).map(|at| format!("wanted{at}")).collect();
        let pairs = self.key.iter().zip(&wanted);
        let equal = pairs.map(|(column, it)| format!("{column} = {it}"));
        let only = self.only.map(str::to_owned);
        let equal: Vec<String> = equal.chain(only).collect();
        (wanted, equal.join(" AND "))
    }
}

/// `DELETE` of the rows of a table that have one of many keys.
pub(crate) struct Remove<'a> {
    /// The table.
    pub(crate) table: &'a str,
    /// The columns of the key, which are never empty; they need not be all of the primary key.
    pub(crate) key: &'a [&'a str],
}

impl Remove<'_> {
    /// Deletes the rows with one of `keys`.
    pub(crate) async fn run(&self, tx: &mut Tx, keys: Vec<Vec<Cell>>) -> Result<(), Error> {
        match tx {
            Tx::Sqlite(tx) => sqlite::bulk::remove(tx, self, keys).await,
            Tx::Postgres(tx) => postgres::bulk::remove(tx, self, keys).await,
        }
    }
}
