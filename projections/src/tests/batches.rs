//! However many commits are folded together, the rows are the same.

use std::sync::Arc;

use super::given::{MODELS, assert_same, config, dump, open, run_to, scratch, tables};
use crate::bench::{Maker, Tape};
use crate::config::Config;
use crate::handle::Models;
use crate::store::Engine;
use crate::tests::engines::on_both;

on_both! {
    [] commits_folded_together_make_the_rows_of_commits_folded_one_by_one;
}

/// The rows that words find, of both models that are searched; where the engine can tell, with
/// their words.
async fn found_by(models: &Models) -> Vec<String> {
    let store = &models.core().store;
    let mut all = Vec::new();
    for name in ["knowledge_v1_words", "memory_v1_words"] {
        assert!(tables(models, name).await.contains(&name.to_owned()), "{name}");
        let (shown, number) = match store.engine() {
            Engine::Sqlite => ("rowid", "rowid"),
            Engine::Postgres => ("n, words::TEXT", "n"),
        };
        let rows = store.rows(format!("SELECT {shown} FROM {name} ORDER BY {number}"), Vec::new());
        let rows = rows.await.expect("rows");
        assert!(rows.len() > 10, "{name} has {} rows", rows.len());
        all.extend(rows.iter().map(|row| format!("{name} {row:?}")));
    }
    all
}

async fn commits_folded_together_make_the_rows_of_commits_folded_one_by_one() {
    let tape = Tape::new();
    tape.extend(Maker::wide(34).take(500));
    let tape = Arc::new(tape);
    let mut first = None;
    for batch_commits_max in [1, 7, 500] {
        let scratch = scratch();
        let config = Config { batch_commits_max, ..config(scratch.path()) };
        let models = open(config).await;
        run_to(&models, tape.clone(), tape.end()).await;
        let (rows, words) = (dump(&models).await, found_by(&models).await);
        for (name, rows) in &rows {
            assert!(!rows.is_empty(), "{name} has rows");
        }
        let (wanted, told) = first.get_or_insert_with(|| (rows.clone(), words.clone()));
        assert_eq!(rows.len(), MODELS.len());
        assert_same(&rows, wanted, &format!("{batch_commits_max} at once"));
        assert_eq!(&words, told, "{batch_commits_max} at once");
    }
}
