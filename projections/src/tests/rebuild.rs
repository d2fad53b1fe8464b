//! A fresh copy equals the live one; where it does not, it says so and heals it.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use super::given::{
    MODELS, assert_same, config, dump, log, open, reached, rows_of, run_to, scratch, while_running,
};
use crate::bench::{Maker, Tape};
use crate::handle::Models;
use crate::tests::engines::on_both;
use crate::{HeadsQuery, RebuildMode, RebuildReport};

on_both! {
    [] a_rebuild_equals_the_live_tables_twice;
    [flavor = "multi_thread", worker_threads = 2] a_rebuild_beside_a_growing_log_disturbs_nobody;
    [] rows_that_differ_are_told_and_healed;
    [] what_cannot_be_rebuilt_is_refused;
    [] two_rebuilds_of_one_model_do_not_meet;
    [] a_copy_left_by_a_crash_goes_at_the_next_start;
}

async fn rebuild(models: &Models, tape: &Arc<Tape>, mode: RebuildMode) -> Vec<RebuildReport> {
    models.rebuild(&[], mode, tape.clone(), |_| {}).await.expect("a rebuild")
}

async fn stems(models: &Models) -> Vec<String> {
    let slots = models.core().slots().await.expect("the registry");
    slots.iter().map(|slot| slot.stem.as_str().to_owned()).collect()
}

async fn live(models: &Models) -> Vec<String> {
    let slots = models.core().slots().await.expect("the registry");
    let live = slots.iter().filter(|slot| slot.state == crate::registry::State::Live);
    live.map(|slot| slot.stem.as_str().to_owned()).collect()
}

async fn tables(models: &Models) -> Vec<String> {
    super::given::tables(models, "").await
}

async fn a_rebuild_equals_the_live_tables_twice() {
    let (scratch, tape) = (scratch(), log(81, 1_000));
    let models = open(config(scratch.path())).await;
    run_to(&models, tape.clone(), tape.end()).await;
    let before = (dump(&models).await, stems(&models).await, tables(&models).await);
    let steps = AtomicU64::new(0);
    let checked = models
        .rebuild(&[], RebuildMode::Check, tape.clone(), |progress| {
            assert!(progress.cursor <= progress.target);
            steps.fetch_add(1, Ordering::Relaxed);
        })
        .await
        .expect("a rebuild");
    assert!(steps.load(Ordering::Relaxed) > 40, "progress is told on the way");
    let names: Vec<&str> = checked.iter().map(|report| report.model.as_str()).collect();
    assert_eq!(names, MODELS);
    for (report, (_, rows)) in checked.iter().zip(&before.0) {
        assert!(report.equal && report.differing == 0 && !report.swapped, "{report:?}");
        assert_eq!((report.rows, report.commits), (rows.len() as u64, 1_000));
        assert_eq!(report.cursor, tape.end());
    }
    let after = (dump(&models).await, stems(&models).await, tables(&models).await);
    assert_eq!(before, after, "a check leaves nothing behind");

    let first = rebuild(&models, &tape, RebuildMode::Swap).await;
    assert_same(&dump(&models).await, &before.0, "after a swap");
    assert_eq!(live(&models).await[1..4], ["commands_v1b", "effects_v1b", "heads_v2b"]);
    let second = rebuild(&models, &tape, RebuildMode::Swap).await;
    let copies = ["commands_v1c", "effects_v1c", "heads_v2c"];
    assert_eq!(live(&models).await[1..4], copies, "the last is kept");
    models.forget(&[]).await.expect("dropped");
    let third = rebuild(&models, &tape, RebuildMode::Swap).await;
    assert!(third.iter().all(|report| report.equal));
    models.forget(&[]).await.expect("dropped");
    assert_eq!(stems(&models).await, before.1, "and back again");
    assert_eq!(tables(&models).await, before.2);
    for ((check, first), second) in checked.iter().zip(&first).zip(&second) {
        assert!(first.equal && second.equal && first.swapped && second.swapped);
        assert_eq!((check.rows_hash, first.rows_hash), (first.rows_hash, second.rows_hash));
    }
    assert_same(&dump(&models).await, &before.0, "after another swap");
}

async fn a_rebuild_beside_a_growing_log_disturbs_nobody() {
    let (scratch, tape) = (scratch(), log(82, 600));
    let models = open(config(scratch.path())).await;
    let over = Arc::new(AtomicBool::new(false));
    let asked = while_running(&models, tape.clone(), async {
        reached(&models, tape.end()).await;
        let growing = tokio::spawn({
            let (tape, over, models) = (tape.clone(), over.clone(), models.clone());
            let mut maker = Maker::new(82).skip(600);
            async move {
                // As fast as the live models read, so that no machine is too slow for it.
                while !over.load(Ordering::Relaxed) {
                    tape.extend(maker.by_ref().take(3));
                    reached(&models, tape.end()).await;
                }
            }
        });
        let asking = tokio::spawn({
            let (models, over) = (models.clone(), over.clone());
            async move {
                let mut asked = 0;
                while !over.load(Ordering::Relaxed) {
                    let query = HeadsQuery::new("acme".parse().expect("a tenant"));
                    let page = models.heads(&query).await.expect("queries go on");
                    assert!(!page.items.is_empty());
                    asked += 1;
                    // What is asked without a pause leaves a small machine no time to build.
                    tokio::time::sleep(std::time::Duration::from_millis(2)).await;
                }
                asked
            }
        });
        for _ in 0..2 {
            for report in rebuild(&models, &tape, RebuildMode::Swap).await {
                assert!(report.equal && report.swapped, "{report:?}");
            }
        }
        over.store(true, Ordering::Relaxed);
        growing.await.expect("the log grew");
        let asked = asking.await.expect("queries were answered");
        reached(&models, tape.end()).await;
        asked
    })
    .await;
    assert!(asked > 10, "{asked}");
    assert!(tape.end().0 > 1_200 + 60, "the log grew meanwhile");
    assert_same(&dump(&models).await, &rows_of(&tape).await, "after rebuilds under load");
}

async fn rows_that_differ_are_told_and_healed() {
    let (scratch, tape) = (scratch(), log(83, 500));
    let models = open(config(scratch.path())).await;
    run_to(&models, tape.clone(), tape.end()).await;
    let good = dump(&models).await;
    for sql in [
        "UPDATE heads_v2 SET revision = 999 WHERE (tenant, kind, id) IN \
         (SELECT tenant, kind, id FROM heads_v2 WHERE tenant = 'acme' LIMIT 1)",
        "DELETE FROM heads_v2 WHERE (tenant, kind, id) IN \
         (SELECT tenant, kind, id FROM heads_v2 WHERE tenant = 'beta' LIMIT 1)",
        "INSERT INTO heads_v2 SELECT 'zzz', kind, id, revision, cursor, commit_hash, at, \
         created_at, summary, search FROM heads_v2 WHERE tenant = 'solo' LIMIT 1",
    ] {
        models.core().store.pragma(sql).await.expect("a change");
    }
    let reports = rebuild(&models, &tape, RebuildMode::Check).await;
    let heads = &reports[3];
    assert_eq!((heads.model.as_str(), heads.equal, heads.differing), ("heads", false, 3));
    let sides: Vec<(bool, bool)> =
        heads.differences.iter().map(|d| (d.live.is_some(), d.rebuilt.is_some())).collect();
    assert_eq!(sides, [(true, true), (false, true), (true, false)]);
    let changed = heads.differences[0].live.as_ref().expect("a row");
    assert_eq!((&changed["tenant"], &changed["revision"]), (&"acme".into(), &999.into()));
    assert!(reports.iter().filter(|report| report.model != "heads").all(|report| report.equal));
    // The live rows are as they were; only a swap heals them.
    assert_ne!(dump(&models).await, good);
    let names = vec!["heads".to_owned()];
    let swapped = models.rebuild(&names, RebuildMode::Swap, tape.clone(), |_| {}).await;
    let swapped = swapped.expect("a rebuild");
    assert_eq!((swapped.len(), swapped[0].equal, swapped[0].swapped), (1, false, true));
    assert_same(&dump(&models).await, &good, "healed");
}

async fn what_cannot_be_rebuilt_is_refused() {
    let (scratch, tape) = (scratch(), log(84, 200));
    let models = open(config(scratch.path())).await;
    let ask = |names: &[&str], feed: Arc<Tape>| {
        let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
        let models = models.clone();
        async move { models.rebuild(&names, RebuildMode::Swap, feed, |_| {}).await }
    };
    let code = |result: Result<Vec<RebuildReport>, contracts::Refusal>| {
        result.expect_err("a refusal").code.into_owned()
    };
    assert_eq!(code(ask(&["heads", "hats"], tape.clone()).await), "unknown_read_model");
    assert_eq!(code(ask(&["heads"], tape.clone()).await), "read_model_building");
    run_to(&models, tape.clone(), tape.end()).await;
    let good = dump(&models).await;
    let waiting = ask(&["heads"], Arc::new(Tape::new()));
    let both = async { tokio::join!(waiting, ask(&["heads"], tape.clone())) };
    let shortened = tokio::time::timeout(std::time::Duration::from_millis(300), both).await;
    assert!(shortened.is_err(), "a log that is too short is waited for");
    // The rebuild that was dropped has left its copy; the next one begins it anew.
    assert_eq!(ask(&["heads"], tape.clone()).await.map(|reports| reports[0].equal), Ok(true));
    assert_same(&dump(&models).await, &good, "after a rebuild that was dropped");
}

async fn two_rebuilds_of_one_model_do_not_meet() {
    let (scratch, tape) = (scratch(), log(85, 300));
    let models = open(config(scratch.path())).await;
    run_to(&models, tape.clone(), tape.end()).await;
    let names = vec!["timeline".to_owned()];
    let one = models.rebuild(&names, RebuildMode::Swap, tape.clone(), |_| {});
    let two = models.rebuild(&names, RebuildMode::Swap, tape.clone(), |_| {});
    let (one, two) = tokio::join!(one, two);
    assert!(one.expect("the first one runs")[0].equal);
    assert_eq!(two.expect_err("the second one does not").code, "rebuild_running");
}

async fn a_copy_left_by_a_crash_goes_at_the_next_start() {
    let (scratch, tape) = (scratch(), log(86, 400));
    let models = open(config(scratch.path())).await;
    run_to(&models, tape.clone(), tape.end()).await;
    let before = tables(&models).await;
    let short = Arc::new(Tape::new());
    short.extend(Maker::new(86).take(100));
    let rebuild = models.rebuild(&[], RebuildMode::Swap, short, |_| {});
    let _ = tokio::time::timeout(std::time::Duration::from_millis(300), rebuild).await;
    assert_ne!(tables(&models).await, before, "it was on its way");
    models.close().await;
    let models = open(config(scratch.path())).await;
    assert_eq!(tables(&models).await, before);
}
