//! Two copies of a table, row by row.

use std::cmp::Ordering;

use contracts::Hash;
use futures_util::StreamExt as _;
use futures_util::stream::BoxStream;
use serde_json::{Map, Value, json};

use super::Difference;
use crate::error::Error;
use crate::model::Table;
use crate::store::{Cell, Row, Snapshot};

/// What a comparison has found so far.
pub(super) struct Comparison {
    /// Rows of the live copy.
    pub(super) rows_live: u64,
    /// A digest of the rows of the live copy, as of the fresh one.
    pub(super) hash_live: Hash,
    /// Rows of the fresh copy.
    pub(super) rows: u64,
    /// Rows that are not the same in both.
    pub(super) differing: u64,
    /// The first of them.
    pub(super) differences: Vec<Difference>,
    /// A digest of the rows of the fresh copy: each one's bytes after the digest so far.
    pub(super) hash: Hash,
    differences_max: usize,
}

impl Comparison {
    pub(super) const fn new(differences_max: usize) -> Self {
        Self {
            rows_live: 0,
            hash_live: Hash::ZERO,
            rows: 0,
            differing: 0,
            differences: Vec::new(),
            hash: Hash::ZERO,
            differences_max,
        }
    }

    fn differ(&mut self, live: (&Table, Option<&Row>), rebuilt: Option<&Row>) {
        self.differing += 1;
        if self.differences.len() < self.differences_max {
            let (table, columns) = (live.0.name.clone(), live.0.columns);
            let json = |row: Option<&Row>| row.map(|row| row_json(columns, row));
            let key = rebuilt.or(live.1).map(|row| row_json(&columns[..live.0.key], row));
            let (live, rebuilt) = (json(live.1), json(rebuilt));
            let key = key.unwrap_or_default();
            self.differences.push(Difference { table, key, live, rebuilt });
        }
    }

    fn count(&mut self, row: &Row) {
        self.rows += 1;
        self.hash = digest(self.hash, row);
    }

    fn count_live(&mut self, row: &Row) {
        self.rows_live += 1;
        self.hash_live = digest(self.hash_live, row);
    }
}

/// The digest of the rows so far, `before`, and `row`.
fn digest(before: Hash, row: &Row) -> Hash {
    let mut bytes = before.0.to_vec();
    for cell in &row.0 {
        let (tag, content) = match cell {
            Cell::Null => (0, Vec::new()),
            Cell::Int(number) => (1, number.to_be_bytes().to_vec()),
            Cell::Text(text) => (2, text.as_bytes().to_vec()),
            Cell::Bytes(content) => (3, content.clone()),
        };
        bytes.push(tag);
        bytes.extend((content.len() as u64).to_be_bytes());
        bytes.extend(content);
    }
    Hash::of(&bytes)
}

async fn pull(rows: &mut BoxStream<'_, Result<Row, Error>>) -> Result<Option<Row>, Error> {
    rows.next().await.transpose()
}

/// Compares a table of the live copy with that of the fresh one; both are read once, in the order
/// of the key.
pub(super) async fn compare(
    live: &mut Snapshot,
    live_table: &Table,
    fresh: &mut Snapshot,
    fresh_table: &Table,
    all: &mut Comparison,
) -> Result<(), Error> {
    let key = live_table.key;
    let mut left_rows = live.stream(live_table.all());
    let mut right_rows = fresh.stream(fresh_table.all());
    let mut left = pull(&mut left_rows).await?;
    let mut right = pull(&mut right_rows).await?;
    loop {
        let order = match (&left, &right) {
            (None, None) => return Ok(()),
            (Some(_), None) => Ordering::Less,
            (None, Some(_)) => Ordering::Greater,
            (Some(left), Some(right)) => left.0[..key].cmp(&right.0[..key]),
        };
        match order {
            Ordering::Less => all.differ((live_table, left.as_ref()), None),
            Ordering::Greater => all.differ((live_table, None), right.as_ref()),
            Ordering::Equal if left != right => {
                all.differ((live_table, left.as_ref()), right.as_ref());
            }
            Ordering::Equal => {}
        }
        if order != Ordering::Less {
            if let Some(row) = &right {
                all.count(row);
            }
            right = pull(&mut right_rows).await?;
        }
        if order != Ordering::Greater {
            if let Some(row) = &left {
                all.count_live(row);
            }
            left = pull(&mut left_rows).await?;
        }
    }
}

/// A row as a JSON object; byte strings as hexadecimal digits.
pub(super) fn row_json(columns: &[&str], row: &Row) -> Value {
    let cell = |cell: &Cell| match cell {
        Cell::Null => Value::Null,
        Cell::Int(number) => json!(number),
        Cell::Text(text) => json!(text),
        Cell::Bytes(bytes) => {
            json!(bytes.iter().map(|byte| format!("{byte:02x}")).collect::<String>())
        }
    };
    let members = columns.iter().zip(&row.0).map(|(name, value)| ((*name).to_owned(), cell(value)));
    Value::Object(members.collect::<Map<_, _>>())
}
