//! The program ends anywhere: what was begun is done or undone, never half.

use std::time::Duration;

use tokio_util::sync::CancellationToken;

use super::given::{
    assert_same, config, dump, log, open, reached, rows_of, run_to, scratch, while_running,
};
use crate::Config;
use crate::bench::Maker;
use crate::handle::Models;
use crate::registry;
use crate::tests::engines::on_both;

on_both! {
    [flavor = "multi_thread", worker_threads = 2] a_dropped_runner_loses_and_repeats_nothing;
    [] ten_thousand_commits_in_one_go_and_in_many_are_the_same;
    [] a_second_runner_changes_nothing;
}

/// Runs over a log that grows, drops the runner after a while that `seed` chooses, opens the file
/// again, and so on until everything is read.
async fn stumble(seed: u64, commits: usize) {
    let (scratch, tape) = (scratch(), log(seed, commits / 2));
    let mut maker = Maker::new(seed);
    for _ in 0..commits / 2 {
        maker.next();
    }
    let mut dice = seed;
    let mut dropped = 0;
    // The one before may still be letting go of the file.
    let config = Config { busy_timeout_ms: 10_000, ..config(scratch.path()) };
    for round in 0..60 {
        let models = open(config.clone()).await;
        tape.extend(maker.by_ref().take(commits / 80));
        dice = dice.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        let micros = (dice >> 33) % 15_000;
        let run = models.run(tape.clone(), CancellationToken::new());
        if tokio::time::timeout(Duration::from_micros(micros), run).await.is_err() {
            dropped += 1;
        }
        check_no_half(&models).await;
        drop(models);
        assert_eq!(dropped, round + 1, "a runner ends only when it is dropped or told to");
    }
    let models = open(config).await;
    run_to(&models, tape.clone(), tape.end()).await;
    assert_same(&dump(&models).await, &rows_of(&tape).await, &format!("seed {seed}"));
}

/// Nothing in the rows is beyond the checkpoint.
async fn check_no_half(models: &Models) {
    // One view, since what the runner had begun to commit may still be committed now.
    let mut view = models.core().store.snapshot().await.expect("a view");
    for row in view.rows(registry::all()).await.expect("the registry") {
        let slot = registry::read(&row).expect("a copy");
        if slot.name == "timeline" {
            let sql = format!("SELECT COALESCE(MAX(cursor), 0) FROM {}", slot.stem.as_str());
            let rows = view.rows(sql).await.expect("rows");
            assert_eq!(rows[0].count(0).expect("a number"), slot.checkpoint.0);
        }
    }
}

async fn a_dropped_runner_loses_and_repeats_nothing() {
    for seed in [1, 2] {
        stumble(seed, 2_400).await;
    }
}

async fn ten_thousand_commits_in_one_go_and_in_many_are_the_same() {
    let (scratch, tape) = (scratch(), log(5, 10_000));
    let models = open(config(scratch.path())).await;
    run_to(&models, tape.clone(), tape.end()).await;
    let rows = dump(&models).await;
    assert_same(&rows, &rows_of(&tape).await, "small and large transactions");
    let status = models.status().await.expect("a status");
    for model in &status {
        assert_eq!((model.commits, model.foreign), (10_000, 0), "{}", model.name);
        assert_eq!((model.cursor, model.state.as_str()), (tape.end(), "live"));
        let of = rows.iter().find(|(name, _)| *name == model.name).expect("rows").1.len();
        assert_eq!(model.rows, of as u64);
    }
    assert_eq!(status.len(), super::given::MODELS.len());
}

async fn a_second_runner_changes_nothing() {
    let (scratch, tape) = (scratch(), log(6, 600));
    let (one, two) = (open(config(scratch.path())).await, open(config(scratch.path())).await);
    let mut maker = Maker::new(6).skip(600);
    let both = while_running(&one, tape.clone(), async {
        while_running(&two, tape.clone(), async {
            reached(&one, tape.end()).await;
            reached(&two, tape.end()).await;
            // From here on both read the same entries, and only one of them may write each.
            for _ in 0..30 {
                tape.extend(maker.by_ref().take(10));
                reached(&one, tape.end()).await;
                reached(&two, tape.end()).await;
            }
        })
        .await;
    });
    both.await;
    assert_same(&dump(&one).await, &rows_of(&tape).await, "two runners on one file");
    let status = one.status().await.expect("a status");
    assert!(status.iter().all(|model| model.commits == 900), "each commit once: {status:?}");
}
