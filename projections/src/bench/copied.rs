//! The baseline on PostgreSQL: the very rows that the models made, loaded by `COPY`.

use std::time::{Duration, Instant};

use super::raw::Table;
use crate::config::{Config, Postgres};
use crate::error::Error;
use crate::registry::LAYOUT;
use crate::store::postgres::{COLUMNS_OF, INDEXES_OF, KEY_OF, TABLES, WORDS_OF, copy, copy_words};
use crate::store::{Store, Tx};

/// How long it takes to copy the rows of `from` into the same tables, with the same indexes, of an
/// empty schema, in as many transactions as `transactions` says.
pub(super) async fn insert(
    from: &Store,
    config: &Config,
    transactions: usize,
) -> Result<Duration, Error> {
    let ours = &config.postgres.schema;
    let postgres = Postgres { schema: format!("{ours}_raw"), ..config.postgres.clone() };
    let config = Config { postgres, ..config.clone() };
    let to = Store::open(&config, LAYOUT).await?;
    to.lead().await?;
    let (mut tables, mut words) = (Vec::new(), Vec::new());
    let mut tx = to.begin().await?;
    for row in from.rows(TABLES, Vec::new()).await? {
        tables.push(made(from, &mut tx, ours, row.text(0)?).await?);
    }
    for row in from.rows(WORDS_OF, Vec::new()).await? {
        words.push(made(from, &mut tx, ours, row.text(0)?).await?);
    }
    tx.commit().await?;
    let begun = Instant::now();
    for left in (1..=transactions.max(1)).rev() {
        let mut tx = to.begin().await?;
        let Tx::Postgres(held) = &mut tx else { break };
        for table in &mut tables {
            let rows = table.share(left);
            copy(held, (&table.name, &table.names()), &rows).await?;
        }
        for table in &mut words {
            let rows = table.share(left);
            copy_words(held, &table.name, &rows).await?;
        }
        tx.commit().await?;
    }
    let took = begun.elapsed();
    drop_schema(&to, &config).await?;
    to.close().await;
    Ok(took)
}

/// Makes the table `name` as `from` has it, empty; it with its rows. Words come as text.
async fn made(from: &Store, tx: &mut Tx, schema: &str, name: &str) -> Result<Table, Error> {
    let asked = || vec![name.into()];
    let (mut columns, mut parts, mut shown) = (Vec::new(), Vec::new(), Vec::new());
    for row in from.rows(COLUMNS_OF, asked()).await? {
        let (column, definition) = (row.text(0)?.to_owned(), row.text(1)?.to_owned());
        let words = definition.contains("tsvector");
        shown.push(if words { format!("{column}::TEXT") } else { column.clone() });
        columns.push(column);
        parts.push(definition);
    }
    for row in from.rows(KEY_OF, asked()).await? {
        parts.push(row.text(0)?.to_owned());
    }
    tx.execute(format!("CREATE TABLE {name} ({})", parts.join(", ")), Vec::new()).await?;
    for row in from.rows(INDEXES_OF, asked()).await? {
        let sql = row.text(0)?.replace(&format!(" ON {schema}."), " ON ");
        tx.execute(sql, Vec::new()).await?;
    }
    let asked = format!("SELECT {} FROM {name}", shown.join(", "));
    let rows = from.rows(asked, Vec::new()).await?.into_iter().map(|row| row.0).collect();
    Ok(Table { name: name.to_owned(), columns, rows })
}

/// Drops the schema of a measurement with all that is in it.
pub(super) async fn drop_schema(store: &Store, config: &Config) -> Result<(), Error> {
    let mut tx = store.begin().await?;
    tx.define(&format!("DROP SCHEMA {} CASCADE", config.postgres.schema)).await?;
    tx.commit().await
}
