//! Full text, as PostgreSQL has it: the words of a row and its scope as one sorted list, under an
//! inverted index.

use crate::error::Error;
use crate::store::cell::Cell;
use crate::store::words::{Found, WordRow};

use super::session::Held;

/// What tells a scope from a word: no word has this sign in it.
const SCOPE: char = '@';

/// The statements that make the table.
pub(in crate::store) fn ddl(name: &str) -> [String; 2] {
    [
        format!("CREATE TABLE {name} (n BIGINT PRIMARY KEY, words TSVECTOR NOT NULL)"),
        format!("CREATE INDEX {name}_found ON {name} USING GIN (words)"),
    ]
}

/// Puts rows in.
pub(in crate::store) async fn add(
    tx: &mut Held,
    name: &str,
    rows: Vec<WordRow>,
) -> Result<(), Error> {
    let sql = format!(
        "INSERT INTO {name} (n, words) SELECT u.n, array_to_tsvector(string_to_array(u.words, ' \
         ')) FROM UNNEST($1::BIGINT[], $2::TEXT[]) AS u (n, words) ON CONFLICT (n) DO UPDATE SET \
         words = excluded.words"
    );
    let listed = |row: &WordRow| {
        let scope = std::iter::once(format!("{SCOPE}{}", row.scope));
        scope.chain(row.words.iter().cloned()).collect::<Vec<_>>().join(" ")
    };
    let words = rows.iter().map(listed).collect();
    let numbers = rows.iter().map(|row| row.row).collect();
    tx.paired(&sql, numbers, words).await
}

/// What finds rows.
pub(in crate::store) fn find(
    name: &str,
    joined: &str,
    (scopes, words): (&[String], &[&str]),
) -> Found {
    let any = |words: Vec<String>| {
        let quoted: Vec<String> = words.iter().map(|word| format!("'{word}'")).collect();
        quoted.join(" | ")
    };
    let scopes = any(scopes.iter().map(|scope| format!("{SCOPE}{scope}")).collect());
    let words = any(words.iter().map(|word| (*word).to_owned()).collect());
    Found {
        from: format!("(SELECT CAST(? AS TSQUERY) AS question) AS asked CROSS JOIN {joined}"),
        condition: format!("{name}.words @@ asked.question"),
        order: format!("ts_rank({name}.words, asked.question) DESC"),
        question: Cell::from(format!("({scopes}) & ({words})")),
    }
}
