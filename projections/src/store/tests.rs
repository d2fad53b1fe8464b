//! The engine, as the models need it.

use futures_util::StreamExt as _;

use super::{Cell, HeldRows, Lookup, Select, Store, Upsert, like};
use crate::config::Config;
use crate::error::{Error, Remedy};
use crate::model::{Stem, Table};
use crate::tests::engines::{on_both, placed};

on_both! {
    [] any_number_of_rows_is_written_and_read;
    [] held_rows_are_written_once_when_changed;
    [] any_text_comes_back_and_is_ordered_by_its_bytes;
    [] what_is_not_committed_never_happened;
    [] a_snapshot_stays_as_it_was;
    [] readers_write_nothing;
}

fn config(scratch: &tempfile::TempDir) -> Config {
    let path = scratch.path().join("models.db");
    placed(Config { path, busy_timeout_ms: 20, ..Config::default() }, scratch.path())
}

fn numbers() -> Table {
    let (columns, types) =
        (&["tenant", "n", "words"], ["TEXT NOT NULL", "BIGINT NOT NULL", "TEXT"]);
    Table::new(Stem::new("numbers", 1, 0).table(""), columns, &types, 2)
}

async fn with_numbers(scratch: &tempfile::TempDir, count: i64) -> Store {
    let store = Store::open(&config(scratch), 1).await.expect("a store");
    store.lead().await.expect("it writes");
    let (mut tx, table) = (store.begin().await.expect("a transaction"), numbers());
    tx.create(&table).await.expect("a table");
    let rows = (0..count).map(|n| vec!["acme".into(), Cell::Int(n), format!("w{n}").into()]);
    let upsert = Upsert { table: &table.name, columns: table.columns, tail: "" };
    upsert.run(&mut tx, rows.collect()).await.expect("rows");
    tx.commit().await.expect("a commit");
    store
}

async fn count(store: &Store) -> i64 {
    let rows = store.rows("SELECT COUNT(*) FROM numbers_v1", Vec::new()).await.expect("a row");
    rows[0].int(0).expect("a number")
}

async fn any_number_of_rows_is_written_and_read() {
    for many in [0, 1, 7, 8, 31, 32, 127, 128, 129, 500] {
        let scratch = tempfile::tempdir().expect("a directory");
        let store = with_numbers(&scratch, many).await;
        assert_eq!(count(&store).await, many);
        let mut tx = store.begin().await.expect("a transaction");
        let keys: Vec<Vec<Cell>> = (-1..many + 1).map(|n| vec!["acme".into(), n.into()]).collect();
        let lookup = Lookup {
            table: "numbers_v1",
            key: &["tenant", "n"],
            columns: &["n", "words"],
            only: None,
        };
        let mut found = lookup.run(&mut tx, &keys).await.expect("rows");
        found.sort_by_key(|row| row.int(0).expect("a number"));
        let wanted: Vec<Vec<Cell>> =
            (0..many).map(|n| vec![Cell::Int(n), format!("w{n}").into()]).collect();
        assert_eq!(found.into_iter().map(|row| row.0).collect::<Vec<_>>(), wanted);
    }
}

#[tokio::test]
async fn a_lookup_goes_by_the_key() {
    let scratch = tempfile::tempdir().expect("a directory");
    let store = with_numbers(&scratch, 3).await;
    let lookup =
        Lookup { table: "numbers_v1", key: &["tenant", "n"], columns: &["n", "words"], only: None };
    let sql = format!("EXPLAIN QUERY PLAN {}", super::sqlite::bulk::wanted(&lookup, 8));
    let plan = store.rows(sql, Vec::new()).await.expect("a plan");
    let steps: Vec<&str> = plan.iter().map(|row| row.text(3).expect("a step")).collect();
    assert!(steps.iter().any(|step| step.starts_with("SEARCH numbers_v1")), "{steps:?}");
    assert!(steps.iter().all(|step| !step.starts_with("SCAN numbers_v1")), "{steps:?}");
}

async fn held_rows_are_written_once_when_changed() {
    let scratch = tempfile::tempdir().expect("a directory");
    let (store, table) = (with_numbers(&scratch, 3).await, numbers());
    let key = |n: i64| vec![Cell::from("acme"), Cell::Int(n)];
    let mut tx = store.begin().await.expect("a transaction");
    let keys = vec![key(1), key(1), key(2), key(9)];
    let mut rows = HeldRows::load(&mut tx, &table, keys).await.expect("rows");
    assert!(rows.has(&key(1)) && !rows.has(&key(0)) && rows.change(&key(9)).is_none());
    rows.change(&key(1)).expect("a row")[2] = "changed".into();
    rows.put([key(9), vec![Cell::Null]].concat());
    rows.flush(&mut tx).await.expect("written");
    tx.commit().await.expect("a commit");
    let all = store.rows(table.all(), Vec::new()).await.expect("rows");
    let words: Vec<&Cell> = all.iter().map(|row| &row.0[2]).collect();
    assert_eq!(words, [&"w0".into(), &"changed".into(), &"w2".into(), &Cell::Null]);
}

async fn any_text_comes_back_and_is_ordered_by_its_bytes() {
    let scratch = tempfile::tempdir().expect("a directory");
    let (store, table) = (with_numbers(&scratch, 0).await, numbers());
    let mut texts = ["b", "B", "a", "ä", "a b", "aB", "_", "\0", "a\0c", "\u{1}", "\u{10ffff}", ""];
    let mut tx = store.begin().await.expect("a transaction");
    let rows = texts.iter().map(|text| vec![(*text).into(), Cell::Int(1), (*text).into()]);
    let upsert = Upsert { table: &table.name, columns: table.columns, tail: "" };
    upsert.run(&mut tx, rows.collect()).await.expect("rows");
    tx.commit().await.expect("a commit");
    texts.sort_unstable();
    let all = store.rows(table.all(), Vec::new()).await.expect("rows");
    let found: Vec<&str> = all.iter().map(|row| row.text(2).expect("a text")).collect();
    assert_eq!(found, texts);
    let (sql, args) = Select::from(&table.name, &["words"])
        .and("words LIKE ? ESCAPE '\\'", [like("B").into()])
        .ordered("tenant", 9);
    let folded = store.rows(sql, args).await.expect("rows");
    let found: Vec<&str> = folded.iter().map(|row| row.text(0).expect("a text")).collect();
    assert_eq!(found, ["B", "a b", "aB", "b"], "letters of ASCII fold, no others");
}

async fn what_is_not_committed_never_happened() {
    let scratch = tempfile::tempdir().expect("a directory");
    let store = with_numbers(&scratch, 2).await;
    let mut tx = store.begin().await.expect("a transaction");
    tx.execute("DELETE FROM numbers_v1", Vec::new()).await.expect("deleted");
    drop(tx);
    assert_eq!(count(&store).await, 2);
    let mut tx = store.begin().await.expect("a transaction");
    tx.mark().await.expect("a mark");
    tx.execute("DELETE FROM numbers_v1 WHERE n = 0", Vec::new()).await.expect("deleted");
    tx.take_back().await.expect("taken back");
    tx.mark().await.expect("a mark");
    tx.execute("DELETE FROM numbers_v1 WHERE n = 1", Vec::new()).await.expect("deleted");
    tx.keep().await.expect("kept");
    tx.commit().await.expect("a commit");
    let left = store.rows(numbers().all(), Vec::new()).await.expect("rows");
    assert_eq!(left.len(), 1);
    assert_eq!(left[0].int(1).expect("a number"), 0);
}

async fn a_snapshot_stays_as_it_was() {
    let scratch = tempfile::tempdir().expect("a directory");
    let store = with_numbers(&scratch, 5).await;
    let mut snapshot = store.snapshot().await.expect("a snapshot");
    let mut tx = store.begin().await.expect("a transaction");
    tx.execute("DELETE FROM numbers_v1", Vec::new()).await.expect("deleted");
    tx.commit().await.expect("a commit");
    assert_eq!(count(&store).await, 0);
    assert_eq!(snapshot.stream(numbers().all()).count().await, 5);
}

async fn readers_write_nothing() {
    let scratch = tempfile::tempdir().expect("a directory");
    let store = with_numbers(&scratch, 2).await;
    assert!(store.rows("DELETE FROM numbers_v1 RETURNING n", Vec::new()).await.is_err());
    assert_eq!(count(&store).await, 2);
}

#[tokio::test]
async fn another_layout_is_dropped_and_another_program_left_alone() {
    let scratch = tempfile::tempdir().expect("a directory");
    let store = with_numbers(&scratch, 2).await;
    store.close().await;
    let store = Store::open(&config(&scratch), 1).await.expect("the same layout");
    assert_eq!(count(&store).await, 2);
    store.close().await;
    let store = Store::open(&config(&scratch), 2).await.expect("another layout");
    let tables = store.rows("SELECT name FROM sqlite_master", Vec::new()).await.expect("rows");
    assert_eq!(tables.len(), 0);
    store.pragma("CREATE TABLE theirs (n BIGINT)").await.expect("a table");
    store.pragma("PRAGMA application_id = 7").await.expect("a mark");
    store.close().await;
    let refused = Store::open(&config(&scratch), 2).await;
    assert!(matches!(refused, Err(Error::NotOurs(_))));
    std::fs::write(scratch.path().join("models.db"), b"this is not a database, but a long text")
        .expect("a file");
    let refused = Store::open(&config(&scratch), 2).await.err().expect("not a database");
    assert_eq!(refused.remedy(), Remedy::Pause);
}

#[tokio::test]
async fn faults_of_a_statement_are_told_from_trouble() {
    let scratch = tempfile::tempdir().expect("a directory");
    let store = with_numbers(&scratch, 2).await;
    let other = Store::open(&config(&scratch), 1).await.expect("a second writer");
    let mut tx = store.begin().await.expect("a transaction");
    let twice = "INSERT INTO numbers_v1 (tenant, n) VALUES ('acme', 0)";
    for statement in [twice, "SELECT nothing FROM numbers_v1", "NOT SQL"] {
        let error = tx.execute(statement, Vec::new()).await.expect_err(statement);
        assert_eq!(error.remedy(), Remedy::StopModel, "{statement}: {error}");
    }
    let locked = other.begin().await.err().expect("the file is locked");
    assert_eq!(locked.remedy(), Remedy::Pause, "{locked}");
}

#[test]
fn conditions_number_their_arguments() {
    let (sql, args) = Select::from("t", &["a", "b"])
        .and("tenant = ?", ["acme".into()])
        .and_maybe("kind = ?", None::<&str>)
        .and_maybe("id = ?", Some("x"))
        .and("(a, b) > (?, ?)", [1.into(), 2.into()])
        .ordered("a", 10);
    let wanted = "SELECT a, b FROM t WHERE tenant = $1 AND id = $2 AND (a, b) > ($3, $4) \
                  ORDER BY a LIMIT $5";
    assert_eq!(sql, wanted);
    assert_eq!(args.len(), 5);
    assert_eq!(like("50%_a\\b"), "%50\\%\\_a\\\\b%");
}
