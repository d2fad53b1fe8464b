//! Rows that a batch works on: read once, changed in memory, written once.

use std::collections::BTreeMap;

use super::bulk::{Lookup, Upsert};
use super::cell::Cell;
use super::tx::Tx;
use crate::error::Error;
use crate::model::Table;

struct Held {
    cells: Vec<Cell>,
    changed: bool,
}

/// Some rows of one table, by their key.
pub(crate) struct HeldRows<'a> {
    table: &'a Table,
    rows: BTreeMap<Vec<Cell>, Held>,
}

impl<'a> HeldRows<'a> {
    /// Reads the rows with one of `keys`, which may repeat themselves.
    pub(crate) async fn load(
        tx: &mut Tx,
        table: &'a Table,
        mut keys: Vec<Vec<Cell>>,
    ) -> Result<Self, Error> {
        keys.sort_unstable();
        keys.dedup();
        let (key, columns) = (&table.columns[..table.key], table.columns);
        let found = Lookup { table: &table.name, key, columns }.run(tx, &keys).await?;
        let rows = found
            .into_iter()
            .map(|row| (row.0[..table.key].to_vec(), Held { cells: row.0, changed: false }));
        Ok(Self { table, rows: rows.collect() })
    }

    /// The row with `key`, to be changed.
    pub(crate) fn change(&mut self, key: &[Cell]) -> Option<&mut Vec<Cell>> {
        let held = self.rows.get_mut(key)?;
        held.changed = true;
        Some(&mut held.cells)
    }

    /// Whether there is a row with `key`.
    pub(crate) fn has(&self, key: &[Cell]) -> bool {
        self.rows.contains_key(key)
    }

    /// Puts a row there, whether or not there was one.
    pub(crate) fn put(&mut self, cells: Vec<Cell>) {
        debug_assert_eq!(cells.len(), self.table.columns.len(), "{}", self.table.name);
        let key = cells[..self.table.key].to_vec();
        self.rows.insert(key, Held { cells, changed: true });
    }

    /// Writes what was changed.
    pub(crate) async fn flush(self, tx: &mut Tx) -> Result<(), Error> {
        let (key, rest) = self.table.columns.split_at(self.table.key);
        let sets: Vec<String> =
            rest.iter().map(|name| format!("{name} = excluded.{name}")).collect();
        let tail = format!("ON CONFLICT ({}) DO UPDATE SET {}", key.join(", "), sets.join(", "));
        let changed = self.rows.into_values().filter(|held| held.changed).map(|held| held.cells);
        let (table, columns) = (&self.table.name, self.table.columns);
        Upsert { table, columns, tail: &tail }.run(tx, changed.collect()).await
    }
}
