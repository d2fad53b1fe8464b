//! The baseline of the read models: the very rows that they made, inserted in batches by somebody
//! who knows them already.

use std::time::{Duration, Instant};

use crate::config::Config;
use crate::error::Error;
use crate::registry::LAYOUT;
use crate::store::{Cell, Store, Upsert};

/// The tables of a database whose names do not begin like those of the engine.
const TABLES: &str = "SELECT name, sql FROM sqlite_master WHERE type = 'table' \
                      AND name NOT LIKE 'sqlite_%' AND name IN (SELECT name FROM \
                      pragma_table_list WHERE schema = 'main' AND type = 'table') ORDER BY name";

/// The indices that were made by a statement, and not by a key.
const INDICES: &str = "SELECT sql FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL";

/// A table with all that is in it.
pub(super) struct Table {
    pub(super) name: String,
    pub(super) columns: Vec<String>,
    pub(super) rows: Vec<Vec<Cell>>,
}

impl Table {
    /// Takes the rows of the next of `left` transactions out.
    pub(super) fn share(&mut self, left: usize) -> Vec<Vec<Cell>> {
        let later = self.rows.split_off(self.rows.len().div_ceil(left));
        std::mem::replace(&mut self.rows, later)
    }

    /// The names of its columns.
    pub(super) fn names(&self) -> Vec<&str> {
        self.columns.iter().map(String::as_str).collect()
    }
}

/// How long it takes to insert the rows of `from` into the same tables, with the same indices, of
/// an empty database at the path of `config`, opened as that of the read models is. As many
/// transactions as `transactions` says share the rows of each table evenly, in their order.
pub(super) async fn insert(
    from: &Store,
    config: &Config,
    transactions: usize,
) -> Result<Duration, Error> {
    let to = Store::open(config, LAYOUT).await?;
    let mut tx = to.begin().await?;
    let mut tables = Vec::new();
    for row in from.rows(TABLES, Vec::new()).await? {
        tx.execute(row.text(1)?, Vec::new()).await?;
        tables.push(read(from, row.text(0)?).await?);
    }
    for row in from.rows(INDICES, Vec::new()).await? {
        tx.execute(row.text(0)?, Vec::new()).await?;
    }
    tx.commit().await?;
    let begun = Instant::now();
    for left in (1..=transactions.max(1)).rev() {
        let mut tx = to.begin().await?;
        for table in &mut tables {
            let rows = table.share(left);
            let upsert = Upsert { table: &table.name, columns: &table.names(), tail: "" };
            upsert.run(&mut tx, rows).await?;
        }
        tx.commit().await?;
    }
    let took = begun.elapsed();
    to.close().await;
    Ok(took)
}

/// The table `name`, its rows in the order in which they came.
async fn read(from: &Store, name: &str) -> Result<Table, Error> {
    let asked = format!("SELECT name FROM pragma_table_info('{name}') ORDER BY cid");
    let columns = from.rows(asked, Vec::new()).await?;
    let columns = columns.iter().map(|row| row.text(0).map(str::to_owned));
    let columns: Vec<String> = columns.collect::<Result<_, _>>()?;
    let asked = format!("SELECT {} FROM {name} ORDER BY rowid", columns.join(", "));
    let rows = from.rows(asked, Vec::new()).await?.into_iter().map(|row| row.0).collect();
    Ok(Table { name: name.to_owned(), columns, rows })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bench::{Maker, Tape};
    use crate::handle::Models;
    use contracts::Pages;
    use std::sync::Arc;
    use tokio_util::sync::CancellationToken;

    #[tokio::test]
    async fn the_bare_rows_are_those_of_the_models() {
        let scratch = tempfile::tempdir().expect("a directory");
        let at = |name: &str| Config { path: scratch.path().join(name), ..Config::default() };
        let models = Models::open(at("models.db"), Pages::standard()).await.expect("opens");
        let tape = Arc::new(Tape::new());
        tape.extend(Maker::new(3).take(700));
        let (end, shutdown) = (tape.end(), CancellationToken::new());
        let run = models.run(tape, shutdown.clone());
        let reached = async {
            let reached = models.reached(end, Duration::from_secs(60)).await;
            shutdown.cancel();
            reached
        };
        let ((), reached) = tokio::join!(run, reached);
        reached.expect("they read all of it");
        let from = &models.core().store;
        insert(from, &at("raw.db"), 3).await.expect("inserts");
        let to = Store::open(&at("raw.db"), LAYOUT).await.expect("opens");
        let tables = from.rows(TABLES, Vec::new()).await.expect("tables");
        assert!(tables.len() > 4, "{tables:?}");
        assert_eq!(tables, to.rows(TABLES, Vec::new()).await.expect("the same tables"));
        let indices = from.rows(INDICES, Vec::new()).await.expect("indices");
        assert_eq!(indices, to.rows(INDICES, Vec::new()).await.expect("the same indices"));
        for table in &tables {
            let name = table.text(0).expect("a name");
            let theirs = read(&to, name).await.expect("rows").rows;
            assert_eq!(read(from, name).await.expect("rows").rows, theirs, "{name}");
        }
    }
}
