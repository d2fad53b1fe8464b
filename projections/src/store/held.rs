//! Rows that a batch works on: read once, changed in memory, written once.

use std::collections::{BTreeMap, BTreeSet};

use super::bulk::{Lookup, Remove, Upsert};
use super::cell::Cell;
use super::tx::Tx;
use crate::error::Error;
use crate::model::Table;

#[derive(Clone)]
struct Held {
    cells: Vec<Cell>,
    changed: bool,
}

/// Some rows of one table, by their key.
#[derive(Clone)]
pub(crate) struct HeldRows<'a> {
    table: &'a Table,
    rows: BTreeMap<Vec<Cell>, Held>,
    /// What keys begin with of which nothing that the database has is left.
    gone: BTreeSet<Vec<Cell>>,
}

impl<'a> HeldRows<'a> {
    /// No rows yet: for those that are put there or deleted, whatever stood there.
    pub(crate) const fn none(table: &'a Table) -> Self {
        Self { table, rows: BTreeMap::new(), gone: BTreeSet::new() }
    }

    /// Reads the rows with one of `keys`, which may repeat themselves.
    pub(crate) async fn load(
        tx: &mut Tx,
        table: &'a Table,
        keys: Vec<Vec<Cell>>,
    ) -> Result<Self, Error> {
        Self::load_by(tx, table, (&table.columns[..table.key], None), keys).await
    }

    /// Reads the rows of which the columns of `by` have one of `values`, and for which its
    /// condition holds.
    pub(crate) async fn load_by(
        tx: &mut Tx,
        table: &'a Table,
        (key, only): (&[&str], Option<&str>),
        mut values: Vec<Vec<Cell>>,
    ) -> Result<Self, Error> {
        values.sort_unstable();
        values.dedup();
        let columns = table.columns;
        let lookup = Lookup { table: &table.name, key, columns, only };
        let found = if values.is_empty() { Vec::new() } else { lookup.run(tx, &values).await? };
        let rows = found
            .into_iter()
            .map(|row| (row.0[..table.key].to_vec(), Held { cells: row.0, changed: false }));
        Ok(Self { table, rows: rows.collect(), gone: BTreeSet::new() })
    }

    /// The row with `key`.
    pub(crate) fn get(&self, key: &[Cell]) -> Option<&[Cell]> {
        self.rows.get(key).map(|held| &*held.cells)
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

    /// The rows whose key begins with `start`, in the order of their keys.
    pub(crate) fn under(&self, start: &[Cell]) -> impl Iterator<Item = &[Cell]> {
        let from = self.rows.range(start.to_vec()..);
        from.take_while(move |(key, _)| key.starts_with(start)).map(|(_, held)| &*held.cells)
    }

    /// All rows.
    pub(crate) fn all(&self) -> impl Iterator<Item = &[Cell]> {
        self.rows.values().map(|held| &*held.cells)
    }

    /// Puts a row there, whether or not there was one.
    pub(crate) fn put(&mut self, cells: Vec<Cell>) {
        debug_assert_eq!(cells.len(), self.table.columns.len(), "{}", self.table.name);
        let key = cells[..self.table.key].to_vec();
        self.rows.insert(key, Held { cells, changed: true });
    }

    /// Deletes the rows whose key begins with `start`, those that were never read too.
    pub(crate) fn delete(&mut self, start: Vec<Cell>) {
        let under = self.rows.range(start.clone()..).map(|(key, _)| key);
        let under: Vec<_> = under.take_while(|key| key.starts_with(&start)).cloned().collect();
        for key in under {
            self.rows.remove(&key);
        }
        self.gone.insert(start);
    }

    /// What the keys of deleted rows begin with.
    pub(crate) fn deleted(&self) -> Vec<Vec<Cell>> {
        self.gone.iter().cloned().collect()
    }

    /// Writes what was changed.
    pub(crate) async fn flush(self, tx: &mut Tx) -> Result<(), Error> {
        let (table, columns) = (&self.table.name, self.table.columns);
        let (key, rest) = columns.split_at(self.table.key);
        let mut gone: BTreeMap<usize, Vec<Vec<Cell>>> = BTreeMap::new();
        for start in self.gone {
            gone.entry(start.len()).or_default().push(start);
        }
        for (length, starts) in gone {
            Remove { table, key: &key[..length] }.run(tx, starts).await?;
        }
        let sets: Vec<String> =
            rest.iter().map(|name| format!("{name} = excluded.{name}")).collect();
        let tail = format!("ON CONFLICT ({}) DO UPDATE SET {}", key.join(", "), sets.join(", "));
        let changed = self.rows.into_values().filter(|held| held.changed).map(|held| held.cells);
        Upsert { table, columns, tail: &tail }.run(tx, changed.collect()).await
    }
}
