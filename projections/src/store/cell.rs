//! Values on their way into and out of the engine.

use serde_json::Value;
use sqlx::query::Query;
use sqlx::sqlite::{SqliteArguments, SqliteRow};
use sqlx::{Column as _, Row as _, Sqlite, TypeInfo as _, ValueRef as _};

use crate::error::Error;

/// One value of a row. The order is that of the engine: nothing, numbers, texts by their bytes,
/// byte strings.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Cell {
    /// No value.
    Null,
    /// A number.
    Int(i64),
    /// A text.
    Text(String),
    /// A byte string.
    Bytes(Vec<u8>),
}

impl From<i64> for Cell {
    fn from(number: i64) -> Self {
        Self::Int(number)
    }
}

impl From<&str> for Cell {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl From<String> for Cell {
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}

/// A revision, cursor or other unsigned number. Numbers above `i64::MAX` cannot come from a log
/// that counts its messages; they are held at the largest that a column can keep.
pub(crate) fn int(number: u64) -> Cell {
    Cell::Int(i64::try_from(number).unwrap_or(i64::MAX))
}

/// A value that may be absent.
pub(crate) fn optional(value: Option<impl Into<Cell>>) -> Cell {
    value.map_or(Cell::Null, Into::into)
}

/// A JSON value as text.
pub(crate) fn json(value: &Value) -> Cell {
    Cell::Text(value.to_string())
}

/// Hands `args` to a query, in order.
pub(super) fn bind(
    mut query: Query<'_, Sqlite, SqliteArguments>,
    args: Vec<Cell>,
) -> Query<'_, Sqlite, SqliteArguments> {
    for arg in args {
        query = match arg {
            Cell::Null => query.bind(None::<String>),
            Cell::Int(number) => query.bind(number),
            Cell::Text(text) => query.bind(text),
            Cell::Bytes(bytes) => query.bind(bytes),
        };
    }
    query
}

/// A row as read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Row(pub(crate) Vec<Cell>);

impl Row {
    pub(super) fn read(row: &SqliteRow) -> Result<Self, Error> {
        let cell = |at: usize| -> Result<Cell, Error> {
            let raw = row.try_get_raw(at)?;
            if raw.is_null() {
                return Ok(Cell::Null);
            }
            Ok(match raw.type_info().name() {
                "INTEGER" => Cell::Int(row.try_get_unchecked(at)?),
                "BLOB" => Cell::Bytes(row.try_get_unchecked(at)?),
                _ => Cell::Text(row.try_get_unchecked(at)?),
            })
        };
        Ok(Self(
            row.columns().iter().map(|column| cell(column.ordinal())).collect::<Result<_, _>>()?,
        ))
    }

    fn wrong(&self, at: usize, wanted: &str) -> Error {
        Error::Row(format!("column {at} is {:?}, not {wanted}", self.0.get(at)))
    }

    /// The number in column `at`.
    pub(crate) fn int(&self, at: usize) -> Result<i64, Error> {
        match self.0.get(at) {
            Some(Cell::Int(number)) => Ok(*number),
            _ => Err(self.wrong(at, "a number")),
        }
    }

    /// The number in column `at`, which is never below zero.
    pub(crate) fn count(&self, at: usize) -> Result<u64, Error> {
        u64::try_from(self.int(at)?).map_err(|_| self.wrong(at, "a count"))
    }

    /// The text in column `at`.
    pub(crate) fn text(&self, at: usize) -> Result<&str, Error> {
        match self.0.get(at) {
            Some(Cell::Text(text)) => Ok(text),
            _ => Err(self.wrong(at, "a text")),
        }
    }

    /// The bytes in column `at`.
    pub(crate) fn bytes(&self, at: usize) -> Result<&[u8], Error> {
        match self.0.get(at) {
            Some(Cell::Bytes(bytes)) => Ok(bytes),
            _ => Err(self.wrong(at, "a byte string")),
        }
    }

    /// The text in column `at`, read as what it stands for.
    pub(crate) fn parse<T: std::str::FromStr>(&self, at: usize) -> Result<T, Error> {
        self.text(at)?.parse().map_err(|_| self.wrong(at, std::any::type_name::<T>()))
    }

    /// The JSON in column `at`.
    pub(crate) fn json<T: serde::de::DeserializeOwned>(&self, at: usize) -> Result<T, Error> {
        contracts::read::from_str(self.text(at)?)
            .map_err(|error| Error::Row(format!("column {at}: {error}")))
    }

    /// What `read` makes of column `at`; `None` when there is nothing in it.
    pub(crate) fn maybe<T>(
        &self,
        at: usize,
        read: impl FnOnce(&Self, usize) -> Result<T, Error>,
    ) -> Result<Option<T>, Error> {
        if self.0.get(at) == Some(&Cell::Null) { Ok(None) } else { read(self, at).map(Some) }
    }
}
