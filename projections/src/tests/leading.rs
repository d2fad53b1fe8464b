//! Several processes on one server: one writes, the others show it, and take over.

use contracts::{Pages, Refusal};

use super::engines::{on_postgres, placed};
use super::given::{
    assert_same, config, dump, log, on_file, open, reached, rows_of, scratch, while_running,
};
use crate::bench::Maker;
use crate::config::Config;
use crate::error::Error;
use crate::handle::Models;
use crate::store::Snapshot;
use crate::{Postgres, RebuildMode};

/// Runs statements as an operator would, beside all that the store does.
async fn aside(models: &Models, sql: &str) {
    let Snapshot::Postgres(mut connection) = models.core().store.snapshot().await.expect("one")
    else {
        panic!("on a server")
    };
    let sql = format!("ROLLBACK; BEGIN READ WRITE; {sql}; COMMIT");
    sqlx::raw_sql(sqlx::AssertSqlSafe(sql)).execute(&mut connection).await.expect("it is done");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_follows_serves_and_takes_over() {
    if !on_postgres() {
        return;
    }
    let (scratch, tape) = (scratch(), log(21, 400));
    let one = open(config(scratch.path())).await;
    let two = open(config(scratch.path())).await;
    let mut maker = Maker::new(21).skip(400);
    while_running(&two, tape.clone(), async {
        while_running(&one, tape.clone(), async {
            reached(&one, tape.end()).await;
            reached(&two, tape.end()).await;
            assert!(one.core().store.leads() && !two.core().store.leads());
            for _ in 0..20 {
                tape.extend(maker.by_ref().take(10));
                reached(&two, tape.end()).await;
            }
            assert_same(&dump(&two).await, &rows_of(&tape).await, "in who follows");
            let asked = two.rebuild(&[], RebuildMode::Check, tape.clone(), |_| {}).await;
            assert_eq!(asked.expect_err("elsewhere").code, "read_models_elsewhere");
            // Tables are swapped by who writes; who follows shows the new ones.
            one.rebuild(&[], RebuildMode::Swap, tape.clone(), |_| {}).await.expect("swapped");
            tape.extend(maker.by_ref().take(10));
            reached(&two, tape.end()).await;
            assert_same(&dump(&two).await, &rows_of(&tape).await, "after a swap");
        })
        .await;
        one.close().await;
        tape.extend(maker.by_ref().take(100));
        reached(&two, tape.end()).await;
        assert!(two.core().store.leads());
        assert_eq!(two.trouble().await, None);
    })
    .await;
    let status = two.status().await.expect("a status");
    let live: Vec<_> = status.iter().filter(|model| model.state == "live").collect();
    assert!(live.iter().all(|model| model.commits == 710), "each commit once: {live:?}");
    assert_same(&dump(&two).await, &rows_of(&tape).await, "after a take-over");
}

#[tokio::test]
async fn who_was_deposed_writes_nothing() {
    if !on_postgres() {
        return;
    }
    let (scratch, tape) = (scratch(), log(22, 50));
    let models = open(config(scratch.path())).await;
    while_running(&models, tape.clone(), reached(&models, tape.end())).await;
    let store = &models.core().store;
    let late = store.begin().await.expect("a transaction");
    late.commit().await.expect("it is its own reign");
    // Somebody else reigns, while this process still has its session and its lock.
    aside(&models, "UPDATE read_model_writer SET epoch = epoch + 1").await;
    let refused = store.begin().await.err().expect("it was deposed");
    assert!(matches!(refused, Error::Elsewhere(_)), "{refused}");
    assert!(!store.leads());
    assert!(store.begin().await.is_err(), "and stays so until it asks again");
    // It asks, and reigns under a number of its own.
    tape.extend(Maker::new(22).skip(50).take(50));
    while_running(&models, tape.clone(), reached(&models, tape.end())).await;
    assert_same(&dump(&models).await, &rows_of(&tape).await, "after another reign");
}

#[tokio::test]
async fn who_deposes_waits_for_what_was_begun() {
    if !on_postgres() {
        return;
    }
    let scratch = scratch();
    let models = open(config(scratch.path())).await;
    let mut begun = models.core().store.begin().await.expect("a transaction");
    begun.execute("UPDATE read_models SET commits = 7", Vec::new()).await.expect("changed");
    let deposing = aside(&models, "UPDATE read_model_writer SET epoch = epoch + 1");
    tokio::pin!(deposing);
    for _ in 0..50 {
        let waits = tokio::time::timeout(std::time::Duration::from_millis(1), &mut deposing).await;
        assert!(waits.is_err(), "the reign is held until the transaction ends");
    }
    begun.commit().await.expect("it was begun in its own reign");
    deposing.await;
    assert!(models.core().slots().await.expect("slots").iter().all(|slot| slot.commits == 7));
    assert!(models.core().store.begin().await.is_err());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_says_nothing_for_too_long_is_replaced() {
    if !on_postgres() {
        return;
    }
    let (scratch, tape) = (scratch(), log(23, 200));
    let given = config(scratch.path());
    let limits = Postgres { statement_timeout_ms: 150, lease_ms: 200, ..given.postgres.clone() };
    let given = Config { postgres: limits, ..given };
    // It leads and does not run: it stands for a process that was stopped.
    let silent = open(given.clone()).await;
    assert!(silent.core().store.leads());
    let other = open(given).await;
    assert!(!other.core().store.leads());
    while_running(&other, tape.clone(), reached(&other, tape.end())).await;
    let refused = silent.core().store.begin().await.err().expect("its session has ended");
    assert!(matches!(refused, Error::Postgres(_) | Error::Away(_)), "{refused}");
    assert_same(&dump(&other).await, &rows_of(&tape).await, "beside a silent process");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn many_that_start_at_once_take_each_step_once() {
    if !on_postgres() {
        return;
    }
    let (scratch, tape) = (scratch(), log(24, 100));
    let given = config(scratch.path());
    let opening = (0..8).map(|_| tokio::spawn(Models::open(given.clone(), Pages::standard())));
    let mut all = Vec::new();
    for opened in opening.collect::<Vec<_>>() {
        all.push(opened.await.expect("a task").expect("it opens"));
    }
    assert_eq!(all.iter().filter(|models| models.core().store.leads()).count(), 1);
    let rows = all[0].core().store.rows("SELECT COUNT(*) FROM schema_steps", Vec::new()).await;
    assert_eq!(rows.expect("rows")[0].count(0).expect("a count"), 3);
    let leads = all.iter().find(|models| models.core().store.leads()).expect("one");
    while_running(leads, tape.clone(), reached(leads, tape.end())).await;
}

#[tokio::test]
async fn a_database_of_a_newer_program_is_refused_unless_it_only_adds() {
    if !on_postgres() {
        return;
    }
    let scratch = scratch();
    let models = open(config(scratch.path())).await;
    let adds = "INSERT INTO schema_steps (step, needs, name) VALUES (98, 3, 'adds')";
    aside(&models, adds).await;
    models.close().await;
    let models = open(config(scratch.path())).await;
    let takes = "INSERT INTO schema_steps (step, needs, name) VALUES (99, 99, 'takes away')";
    aside(&models, takes).await;
    models.close().await;
    let refused = Models::open(config(scratch.path()), Pages::standard()).await;
    let refusal = Refusal::from(refused.err().expect("it is of a newer program"));
    assert_eq!(refusal.code, "database_newer");
    assert!(refusal.message.contains("step 99"), "{}", refusal.message);
}

#[tokio::test]
async fn a_schema_of_somebody_else_is_left_alone() {
    if !on_postgres() {
        return;
    }
    let (ours, theirs) = (scratch(), scratch());
    let models = open(config(ours.path())).await;
    let schema = placed(on_file(theirs.path()), theirs.path()).postgres.schema;
    let made = format!("CREATE SCHEMA {schema}; CREATE TABLE {schema}.hats (n INT)");
    aside(&models, &made).await;
    let refused = Models::open(config(theirs.path()), Pages::standard()).await;
    assert!(matches!(refused.err(), Some(Error::NotOurs(_))));
}
