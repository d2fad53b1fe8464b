//! Full text, as this engine has it: a table of words beside the rows that they stand in.
//!
//! What is put in are words already, so that the engine only splits at blanks; and each row names
//! its scope, so that a question never meets rows of another one. Scores are not the engine's,
//! whose statistics would be those of all scopes together.

use super::bulk::Upsert;
use super::cell::Cell;
use super::tx::Tx;
use crate::error::Error;

/// A table of words.
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

impl WordTable {
    /// The table called `name`.
    pub(crate) const fn new(name: String) -> Self {
        Self { name }
    }

    /// The statement that makes it.
    pub(crate) fn ddl(&self) -> String {
        format!(
            "CREATE VIRTUAL TABLE {} USING fts5(scope, words, tokenize = 'ascii', content = '', \
             contentless_delete = 1, detail = 'column')",
            self.name
        )
    }

    /// Puts rows in.
    pub(crate) async fn add(&self, tx: &mut Tx, rows: Vec<WordRow>) -> Result<(), Error> {
        let cells = |row: WordRow| {
            vec![Cell::Int(row.row), Cell::Text(row.scope), Cell::Text(row.words.join(" "))]
        };
        let columns = &["rowid", "scope", "words"];
        let rows = rows.into_iter().map(cells).collect();
        Upsert { table: &self.name, columns, tail: "" }.run(tx, rows).await
    }

    /// Takes those rows out whose numbers `numbers` finds.
    pub(crate) async fn remove(
        &self,
        tx: &mut Tx,
        numbers: &str,
        args: Vec<Cell>,
    ) -> Result<(), Error> {
        let sql = format!("DELETE FROM {} WHERE rowid IN ({numbers})", self.name);
        tx.execute(sql, args).await.map(drop)
    }

    /// The tables to read from so that `rows` are those in which words were found.
    pub(crate) fn joined(&self, rows: &str) -> String {
        format!("{0} JOIN {rows} ON {rows}.n = {0}.rowid", self.name)
    }

    /// The same, the rows called `name`.
    pub(crate) fn joined_as(&self, rows: &str, name: &str) -> String {
        format!("{0} JOIN {rows} {name} ON {name}.n = {0}.rowid", self.name)
    }

    /// The condition that takes what [`matching`] made.
    pub(crate) fn condition(&self) -> String {
        format!("{} MATCH ?", self.name)
    }

    /// The order in which rows that hold more and rarer words come first: good enough to say which
    /// are looked at.
    pub(crate) fn order(&self) -> String {
        format!("{}.rank", self.name)
    }
}

/// What finds the rows of any of `scopes` that hold any of `words`. Both are letters and digits,
/// and whatever is not ASCII: nothing that the engine's own language would take for more.
pub(crate) fn matching(scopes: &[String], words: &[&str]) -> String {
    let any = |words: &mut dyn Iterator<Item = &str>| {
        let quoted: Vec<String> = words.map(|word| format!("\"{word}\"")).collect();
        quoted.join(" OR ")
    };
    let scopes = any(&mut scopes.iter().map(String::as_str));
    let words = any(&mut words.iter().copied());
    format!("scope : ({scopes}) AND words : ({words})")
}
