//! The log is not the one that was read: it was reset, restored or has lost its end.

use std::sync::Arc;

use super::given::{
    assert_same, config, dump, log, open, reached, rows_of, run_to, scratch, while_running,
};
use crate::bench::{Maker, Tape};
use crate::tests::engines::on_both;

on_both! {
    [] another_log_is_read_from_its_beginning;
    [] a_log_that_lost_its_end_is_read_again;
    [] the_same_log_is_not_read_again;
}

async fn another_log_is_read_from_its_beginning() {
    let (scratch, first) = (scratch(), log(61, 300));
    let models = open(config(scratch.path())).await;
    run_to(&models, first.clone(), first.end()).await;
    models.close().await;
    let second = log(62, 700);
    let models = open(config(scratch.path())).await;
    run_to(&models, second.clone(), second.end()).await;
    assert_same(&dump(&models).await, &rows_of(&second).await, "another log");
}

async fn a_log_that_lost_its_end_is_read_again() {
    let (scratch, whole) = (scratch(), log(63, 300));
    let models = open(config(scratch.path())).await;
    run_to(&models, whole.clone(), whole.end()).await;
    models.close().await;
    // The last hundred were lost in a power cut, then it went on otherwise.
    let cut = Arc::new(Tape::new());
    cut.extend(Maker::new(63).take(200));
    let models = open(config(scratch.path())).await;
    while_running(&models, cut.clone(), async {
        cut.extend(Maker::new(64).skip(200).take(300));
        let end = cut.end();
        reached(&models, end).await;
    })
    .await;
    assert_same(&dump(&models).await, &rows_of(&cut).await, "a log that was cut");
}

async fn the_same_log_is_not_read_again() {
    let (scratch, tape) = (scratch(), log(65, 300));
    for round in 0..3_u64 {
        let models = open(config(scratch.path())).await;
        let mut positions = models.core().positions();
        run_to(&models, tape.clone(), tape.end()).await;
        let live = positions.borrow_and_update().values().all(Option::is_some);
        assert!(live, "round {round}");
        let status = models.status().await.expect("a status");
        assert!(status.iter().all(|model| model.commits == 300 + round * 10), "{status:?}");
        models.close().await;
        tape.extend(Maker::new(65).skip(300 + round as usize * 10).take(10));
    }
}
