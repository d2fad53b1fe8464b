//! Values on their way into and out of PostgreSQL.

use sqlx::encode::IsNull;
use sqlx::error::BoxDynError;
use sqlx::postgres::types::Oid;
use sqlx::postgres::{PgArgumentBuffer, PgArguments, PgRow, PgTypeInfo};
use sqlx::query::Query;
use sqlx::{Column as _, Encode, Postgres, Row as _, Type, TypeInfo as _, ValueRef as _};

use super::dialect;
use crate::error::Error;
use crate::store::cell::{Cell, Row};

/// No value, of whatever type the statement wants.
struct Nothing;

impl Type<Postgres> for Nothing {
    fn type_info() -> PgTypeInfo {
        PgTypeInfo::with_oid(Oid(0))
    }
}

impl Encode<'_, Postgres> for Nothing {
    fn encode_by_ref(&self, _: &mut PgArgumentBuffer) -> Result<IsNull, BoxDynError> {
        Ok(IsNull::Yes)
    }
}

/// Hands `args` to a query, in order.
pub(super) fn bind(
    mut query: Query<'_, Postgres, PgArguments>,
    args: Vec<Cell>,
) -> Query<'_, Postgres, PgArguments> {
    for arg in args {
        query = match arg {
            Cell::Null => query.bind(Nothing),
            Cell::Int(number) => query.bind(number),
            Cell::Text(text) => query.bind(dialect::veil(&text).into_owned()),
            Cell::Bytes(bytes) => query.bind(bytes),
        };
    }
    query
}

/// A row as this engine gives it.
pub(in crate::store) fn read(row: &PgRow) -> Result<Row, Error> {
    let cell = |at: usize| -> Result<Cell, sqlx::Error> {
        let raw = row.try_get_raw(at)?;
        if raw.is_null() {
            return Ok(Cell::Null);
        }
        Ok(match raw.type_info().name() {
            "INT8" => Cell::Int(row.try_get_unchecked(at)?),
            "INT4" => Cell::Int(i64::from(row.try_get_unchecked::<i32, _>(at)?)),
            "BOOL" => Cell::Int(i64::from(row.try_get_unchecked::<bool, _>(at)?)),
            "BYTEA" => Cell::Bytes(row.try_get_unchecked(at)?),
            _ => Cell::from(dialect::unveil(row.try_get_unchecked(at)?)),
        })
    };
    let cells = row.columns().iter().map(|column| cell(column.ordinal()));
    Ok(Row(cells.collect::<Result<_, _>>().map_err(Error::Postgres)?))
}
