//! Full text: a table of words beside the rows that they stand in.
//!
//! What is put in are words already, so that the engine only splits at blanks; and each row names
//! its scope, so that a question never meets rows of another one. Scores are not the engine's,
//! whose statistics would be those of all scopes together.

use super::bulk::{Remove, Upsert};
use super::cell::Cell;
use super::engine::Engine;
use super::postgres;
use super::tx::Tx;
use crate::error::Error;

/// A table of words.
#[derive(Debug, Clone)]
pub(crate) struct WordTable {
    name: String,
}

/// The words of a row.
pub(crate) struct WordRow {
    /// The number of the row that they stand in.
    pub(crate) row: i64,
    /// In what they can be found.
    pub(crate) scope: String,
    /// The words.
    pub(crate) words: Vec<String>,
}

/// Where words are looked for: parts of a statement whose one argument is `question`.
pub(crate) struct Found {
    /// The tables to read from, so that the rows are those in which words were found.
    pub(crate) from: String,
    /// The condition. The argument stands in `from` or here.
    pub(crate) condition: String,
    /// The order in which rows that hold more and rarer words come first: good enough to say which
    /// are looked at.
    pub(crate) order: String,
    /// What is asked.
    pub(crate) question: Cell,
}

impl WordTable {
    /// The table called `name`.
    pub(crate) const fn new(name: String) -> Self {
        Self { name }
    }

    /// Makes it.
    pub(super) async fn create(&self, tx: &mut Tx) -> Result<(), Error> {
        let name = &self.name;
        if tx.engine() == Engine::Postgres {
            for statement in postgres::words::ddl(name) {
                tx.define(&statement).await?;
            }
            return Ok(());
        }
        let sql = format!(
            "CREATE VIRTUAL TABLE {name} USING fts5(scope, words, tokenize = 'ascii', content = \
             '', contentless_delete = 1, detail = 'column')"
        );
        tx.define(&sql).await
    }

    /// Puts rows in.
    pub(crate) async fn add(&self, tx: &mut Tx, rows: Vec<WordRow>) -> Result<(), Error> {
        if let Tx::Postgres(tx) = tx {
            return postgres::words::add(tx, &self.name, rows).await;
        }
        let cells =
            |row: WordRow| vec![Cell::Int(row.row), row.scope.into(), row.words.join(" ").into()];
        let columns = &["rowid", "scope", "words"];
        let rows = rows.into_iter().map(cells).collect();
        Upsert { table: &self.name, columns, tail: "" }.run(tx, rows).await
    }

    /// Takes the rows with these numbers out.
    pub(crate) async fn remove(&self, tx: &mut Tx, numbers: Vec<Cell>) -> Result<(), Error> {
        let key = &[number(tx.engine())];
        let keys = numbers.into_iter().map(|number| vec![number]).collect();
        Remove { table: &self.name, key }.run(tx, keys).await
    }

    /// What finds the rows of the table `rows`, called `called`, of any of `scopes` that hold any
    /// of `words`. Both are letters and digits, and whatever is not ASCII: nothing that an
    /// engine's own language would take for more.
    pub(crate) fn find(
        &self,
        engine: Engine,
        (rows, called): (&str, &str),
        (scopes, words): (&[String], &[&str]),
    ) -> Found {
        let name = &self.name;
        let number = number(engine);
        let joined = format!("{name} JOIN {rows} {called} ON {called}.n = {name}.{number}");
        if engine == Engine::Postgres {
            return postgres::words::find(name, &joined, (scopes, words));
        }
        let any = |words: &mut dyn Iterator<Item = &str>| {
            let quoted: Vec<String> = words.map(|word| format!("\"{word}\"")).collect();
            quoted.join(" OR ")
        };
        let scopes = any(&mut scopes.iter().map(String::as_str));
        let words = any(&mut words.iter().copied());
        Found {
            from: joined,
            condition: format!("{name} MATCH ?"),
            order: format!("{name}.rank"),
            question: Cell::from(format!("scope : ({scopes}) AND words : ({words})")),
        }
    }
}

/// What the column with the number of a row is called.
const fn number(engine: Engine) -> &'static str {
    match engine {
        Engine::Sqlite => "rowid",
        Engine::Postgres => "n",
    }
}
