//! Values on their way into and out of SQLite.

use sqlx::query::Query;
use sqlx::sqlite::{SqliteArguments, SqliteRow};
use sqlx::{Column as _, Row as _, Sqlite, TypeInfo as _, ValueRef as _};

use crate::error::Error;
use crate::store::cell::{Cell, Row};

/// Hands `args` to a query, in order.
pub(in crate::store) fn bind(
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

/// A row as this engine gives it.
pub(in crate::store) fn read(row: &SqliteRow) -> Result<Row, Error> {
    let cell = |at: usize| -> Result<Cell, Error> {
        let raw = row.try_get_raw(at)?;
        if raw.is_null() {
            return Ok(Cell::Null);
        }
        Ok(match raw.type_info().name() {
            "INTEGER" => Cell::Int(row.try_get_unchecked(at)?),
            "BLOB" => Cell::Bytes(row.try_get_unchecked(at)?),
            _ => Cell::from(row.try_get_unchecked::<&str, _>(at)?),
        })
    };
    Ok(Row(row.columns().iter().map(|column| cell(column.ordinal())).collect::<Result<_, _>>()?))
}
