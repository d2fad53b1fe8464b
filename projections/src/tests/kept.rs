//! What a rebuild replaced is kept, can be gone back to, and goes when it is told to.

use std::sync::Arc;

use contracts::Cursor;

use super::given::{
    MODELS, assert_same, config, dump, log, open, reached, rows_of, run_to, scratch, while_running,
};
use crate::bench::{Maker, Tape};
use crate::handle::Models;
use crate::tests::engines::on_both;
use crate::{RebuildMode, RebuildReport};

on_both! {
    [] what_was_replaced_serves_again_with_all_that_came_since;
    [] what_is_kept_goes_when_it_is_told_to_or_replaced;
    [] a_roll_back_that_is_dropped_in_the_middle_can_be_asked_again;
}

async fn rebuild(models: &Models, tape: &Arc<Tape>, mode: RebuildMode) -> Vec<RebuildReport> {
    models.rebuild(&[], mode, tape.clone(), |_| {}).await.expect("a rebuild")
}

async fn kept(models: &Models) -> Vec<(String, Cursor)> {
    let status = models.status().await.expect("a status");
    let kept = status.into_iter().filter(|model| model.state == "kept");
    kept.map(|model| (model.name, model.cursor)).collect()
}

const BREAK: &str = "UPDATE heads_v2 SET revision = 999 WHERE (tenant, kind, id) IN \
                     (SELECT tenant, kind, id FROM heads_v2 WHERE tenant = 'acme' LIMIT 1)";

async fn what_was_replaced_serves_again_with_all_that_came_since() {
    let (scratch, tape) = (scratch(), log(91, 400));
    let models = open(config(scratch.path())).await;
    while_running(&models, tape.clone(), async {
        reached(&models, tape.end()).await;
        models.core().store.pragma(BREAK).await.expect("a change");
        let reports = rebuild(&models, &tape, RebuildMode::Swap).await;
        let heads = reports.iter().find(|report| report.model == "heads").expect("its report");
        assert!(!heads.equal && heads.rows_hash != heads.rows_hash_live, "{heads:?}");
        assert_eq!(heads.rows, heads.rows_live);
        assert_eq!(heads.differences[0].key["tenant"], "acme");
        let at = tape.end();
        assert_eq!(kept(&models).await, MODELS.map(|name| (name.to_owned(), at)));
        let good = dump(&models).await;
        assert_same(&good, &rows_of(&tape).await, "rebuilt");
        tape.extend(Maker::new(91).skip(400).take(300));
        reached(&models, tape.end()).await;
        assert_eq!(kept(&models).await[0].1, at, "what is kept stays as it was");
        // Back to the tables with the fault in them: the report names it from the other side.
        let names = ["heads".to_owned()];
        let back = models.rebuild(&names, RebuildMode::RollBack, tape.clone(), |_| {}).await;
        let back = back.expect("it goes back");
        assert_eq!((back.len(), back[0].swapped, back[0].commits), (1, true, 700));
        assert!(back[0].cursor == tape.end() && models.position() == tape.end());
        let told = models.rebuilds();
        let heads = told.iter().find(|state| state.model == "heads").expect("its state");
        assert_eq!((heads.phase.as_str(), heads.mode), ("done", RebuildMode::RollBack));
        assert_eq!(heads.report.as_ref(), Some(&RebuildReport { ..back[0].clone() }));
        // And forward again, since what served until then is kept in turn.
        rebuild(&models, &tape, RebuildMode::RollBack).await;
        assert_same(&dump(&models).await, &rows_of(&tape).await, "forward again");
    })
    .await;
}

async fn what_is_kept_goes_when_it_is_told_to_or_replaced() {
    let (scratch, tape) = (scratch(), log(92, 200));
    let models = open(config(scratch.path())).await;
    run_to(&models, tape.clone(), tape.end()).await;
    let names = ["heads".to_owned()];
    let back = models.rebuild(&names, RebuildMode::RollBack, tape.clone(), |_| {});
    assert_eq!(back.await.expect_err("nothing is kept").code, "nothing_kept");
    assert_eq!(rebuild(&models, &tape, RebuildMode::RollBack).await, [], "nobody can go back");
    for _ in 0..4 {
        rebuild(&models, &tape, RebuildMode::Swap).await;
        assert_eq!(kept(&models).await.len(), MODELS.len(), "one of each, never more");
    }
    // A restart keeps it; a check leaves it alone.
    models.close().await;
    let models = open(config(scratch.path())).await;
    rebuild(&models, &tape, RebuildMode::Check).await;
    assert_eq!(kept(&models).await.len(), MODELS.len());
    assert_eq!(models.forget(&["heads".to_owned()]).await.expect("dropped"), ["heads"]);
    assert_eq!(models.forget(&["heads".to_owned()]).await.expect("nothing left"), [""; 0]);
    assert_eq!(models.forget(&[]).await.expect("dropped").len(), MODELS.len() - 1);
    assert_eq!(kept(&models).await, []);
    assert_same(&dump(&models).await, &rows_of(&tape).await, "the live rows are untouched");
}

async fn a_roll_back_that_is_dropped_in_the_middle_can_be_asked_again() {
    let (scratch, tape) = (scratch(), log(93, 200));
    let models = open(config(scratch.path())).await;
    run_to(&models, tape.clone(), tape.end()).await;
    rebuild(&models, &tape, RebuildMode::Swap).await;
    tape.extend(Maker::new(93).skip(200).take(600));
    run_to(&models, tape.clone(), tape.end()).await;
    // A log that ends early: the roll back waits in the middle, and the program ends there.
    let short = Arc::new(Tape::new());
    short.extend(Maker::new(93).take(500));
    let asked = models.rebuild(&[], RebuildMode::RollBack, short, |_| {});
    let waited = tokio::time::timeout(std::time::Duration::from_millis(300), asked).await;
    assert!(waited.is_err(), "a log that is too short is waited for");
    models.close().await;
    let models = open(config(scratch.path())).await;
    assert_eq!(kept(&models).await.len(), MODELS.len(), "nothing is lost");
    let reports = rebuild(&models, &tape, RebuildMode::RollBack).await;
    assert!(reports.len() == MODELS.len() && reports.iter().all(|it| it.equal && it.swapped));
    assert_same(&dump(&models).await, &rows_of(&tape).await, "after a roll back in two parts");
}
