//! Bare rows into a table, by the engine's own way of loading: the baseline of what the models
//! write.

use super::dialect;
use super::session::Held;
use crate::error::Error;
use crate::store::cell::Cell;

/// The tables of the schema, without those of words.
pub(crate) const TABLES: &str = "SELECT relname::TEXT FROM pg_class WHERE relkind = 'r' AND \
     relnamespace = current_schema()::regnamespace AND relname NOT IN ('schema_steps', \
     'read_models', 'read_model_skips', 'read_model_writer', 'audit_trail') AND NOT EXISTS (SELECT \
     1 FROM pg_attribute WHERE attrelid = pg_class.oid AND atttypid = 'tsvector'::regtype) ORDER \
     BY relname";

/// The tables of words.
pub(crate) const WORDS_OF: &str = "SELECT relname::TEXT FROM pg_class WHERE relkind = 'r' AND \
     relnamespace = current_schema()::regnamespace AND EXISTS (SELECT 1 FROM pg_attribute WHERE \
     attrelid = pg_class.oid AND atttypid = 'tsvector'::regtype) ORDER BY relname";

/// The columns of a table, in their order: name and definition.
pub(crate) const COLUMNS_OF: &str = "SELECT attname::TEXT, attname || ' ' || format_type(atttypid, \
     atttypmod) || CASE WHEN attcollation = 0 THEN '' ELSE ' COLLATE \"C\"' END || CASE WHEN \
     attnotnull THEN ' NOT NULL' ELSE '' END FROM pg_attribute WHERE attrelid = $1::regclass AND \
     attnum > 0 AND NOT attisdropped ORDER BY attnum";

/// The primary key of a table, as its definition says it.
pub(crate) const KEY_OF: &str = "SELECT pg_get_constraintdef(oid) FROM pg_constraint WHERE \
     contype = 'p' AND conrelid = $1::regclass";

/// The statements that make the indexes of a table which no key has made.
pub(crate) const INDEXES_OF: &str = "SELECT pg_get_indexdef(indexrelid) FROM pg_index WHERE \
     indrelid = $1::regclass AND NOT indisprimary";

/// What the engine's binary format begins with: its mark, no flags, no extension.
const HEAD: &[u8] = b"PGCOPY\n\xff\r\n\0\0\0\0\0\0\0\0\0";

/// Loads `rows` into `table`.
pub(crate) async fn copy(
    tx: &mut Held,
    (table, columns): (&str, &[&str]),
    rows: &[Vec<Cell>],
) -> Result<(), Error> {
    let sql = format!("COPY {table} ({}) FROM STDIN (FORMAT BINARY)", columns.join(", "));
    let mut data = HEAD.to_vec();
    for row in rows {
        data.extend(short(row.len()));
        for cell in row {
            match cell {
                Cell::Null => data.extend((-1_i32).to_be_bytes()),
                Cell::Int(number) => field(&mut data, &number.to_be_bytes()),
                Cell::Text(text) => field(&mut data, dialect::veil(text).as_bytes()),
                Cell::Bytes(bytes) => field(&mut data, bytes),
            }
        }
    }
    data.extend((-1_i16).to_be_bytes());
    tx.copy(&sql, data).await
}

/// Loads `rows`, numbers and their words as text, into a table of words.
pub(crate) async fn copy_words(
    tx: &mut Held,
    table: &str,
    rows: &[Vec<Cell>],
) -> Result<(), Error> {
    let mut data = String::new();
    for row in rows {
        let [Cell::Int(number), Cell::Text(words)] = &row[..] else { continue };
        data.push_str(&number.to_string());
        data.push('\t');
        for sign in words.chars() {
            match sign {
                '\\' => data.push_str("\\\\"),
                '\t' => data.push_str("\\t"),
                '\n' => data.push_str("\\n"),
                '\r' => data.push_str("\\r"),
                sign => data.push(sign),
            }
        }
        data.push('\n');
    }
    let sql = format!("COPY {table} (n, words) FROM STDIN");
    tx.copy(&sql, data.into_bytes()).await
}

fn short(count: usize) -> [u8; 2] {
    u16::try_from(count).unwrap_or(u16::MAX).to_be_bytes()
}

fn field(data: &mut Vec<u8>, bytes: &[u8]) {
    data.extend(i32::try_from(bytes.len()).unwrap_or(i32::MAX).to_be_bytes());
    data.extend(bytes);
}
