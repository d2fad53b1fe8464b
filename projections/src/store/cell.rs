//! Values on their way into and out of the engines.

use std::sync::Arc;

use serde_json::Value;

use crate::error::Error;

/// One value of a row. The order is that of the engines: nothing, numbers, texts by their bytes,
/// byte strings.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Cell {
    /// No value.
    Null,
    /// A number.
    Int(i64),
    /// A text, which rows may share.
    Text(Arc<str>),
    /// A byte string.
    Bytes(Vec<u8>),
}

impl Cell {
    /// The text that it is.
    pub(crate) fn as_text(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(text),
            _ => None,
        }
    }

    /// The number that it is.
    pub(crate) const fn as_int(&self) -> Option<i64> {
        match self {
            Self::Int(number) => Some(*number),
            _ => None,
        }
    }
}

impl From<i64> for Cell {
    fn from(number: i64) -> Self {
        Self::Int(number)
    }
}

impl From<&str> for Cell {
    fn from(text: &str) -> Self {
        Self::Text(text.into())
    }
}

impl From<String> for Cell {
    fn from(text: String) -> Self {
        Self::Text(text.into())
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
    Cell::from(value.to_string())
}

/// A row as read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Row(pub(crate) Vec<Cell>);

impl Row {
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
