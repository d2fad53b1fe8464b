//! A model that is at fault stands still, visibly; the others go on.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use contracts::{Cursor, Pages, Recorded};

use super::given::{
    MODELS, PATIENCE, assert_same, config, dump, log, rows_of, scratch, while_running,
};
use crate::error::Error;
use crate::handle::Models;
use crate::model::{ModelRef, ReadModel, Stem, Table};
use crate::models::standard;
use crate::status::ModelStatus;
use crate::store::{Cell, Tx, Upsert, int};
use crate::tests::engines::on_both;

on_both! {
    [] a_model_that_errs_stands_still_and_recovers;
    [] a_model_that_panics_stands_still_and_recovers;
    [] a_fault_outlives_a_restart;
    [] a_model_that_fails_while_it_is_built_stays_out_of_service;
    [] an_operator_lets_a_model_pass_one_commit;
}

/// What the fragile model cannot fold, and how it fails: shared with the test.
#[derive(Default)]
struct Poison {
    cursor: AtomicU64,
    panics: AtomicU64,
}

struct Fragile(Arc<Poison>);

impl ReadModel for Fragile {
    const NAME: &'static str = "fragile";
    const VERSION: u32 = 1;

    fn tables(&self, stem: &Stem) -> Vec<Table> {
        vec![Table::new(stem.table(""), &["cursor"], &["BIGINT NOT NULL"], 1)]
    }

    async fn apply(&self, tx: &mut Tx, stem: &Stem, batch: &[Arc<Recorded>]) -> Result<(), Error> {
        let rows: Vec<Vec<Cell>> = batch.iter().map(|r| vec![int(r.cursor.0)]).collect();
        // The rows are written before the failure, so that they have to be taken back.
        let table = stem.table("");
        Upsert { table: &table, columns: &["cursor"], tail: "" }.run(tx, rows).await?;
        let poison = self.0.cursor.load(Ordering::SeqCst);
        if batch.iter().any(|recorded| recorded.cursor.0 == poison) {
            assert!(self.0.panics.load(Ordering::SeqCst) == 0, "the test asks for it");
            return Err(Error::Model("cannot digest this".to_owned()));
        }
        Ok(())
    }
}

async fn with_fragile(config: crate::Config, poison: &Arc<Poison>) -> Models {
    let mut models = standard(&Pages::standard(), Arc::new(contracts::ports::NoEmbedder));
    models.insert(3, ModelRef::of(Fragile(Arc::clone(poison))));
    Models::with(config, models).await.expect("the database opens")
}

async fn fragile(models: &Models) -> ModelStatus {
    let status = models.status().await.expect("a status");
    status.into_iter().find(|model| model.name == "fragile").expect("its status")
}

async fn stands_still_and_recovers(panics: bool) {
    let (scratch, tape, poison) = (scratch(), log(41, 300), Arc::new(Poison::default()));
    let models = with_fragile(config(scratch.path()), &poison).await;
    while_running(&models, tape.clone(), async {
        models.reached(tape.end(), PATIENCE).await.expect("all are live");
        // The 330th commit is poison; made cursors are even.
        poison.panics.store(u64::from(panics), Ordering::SeqCst);
        poison.cursor.store(660, Ordering::SeqCst);
        tape.extend(crate::bench::Maker::new(41).skip(300).take(100));
        for name in MODELS {
            models.model_reached(name, tape.end(), PATIENCE).await.expect("others go on");
        }
        models.model_reached("fragile", Cursor(658), PATIENCE).await.expect("up to the poison");
        assert!(
            models.model_reached("fragile", Cursor(660), std::time::Duration::ZERO).await.is_err()
        );
        assert_eq!(models.position(), Cursor(658), "the lowest live position");
        let status = fragile(&models).await;
        assert_eq!((status.state.as_str(), status.cursor), ("failed", Cursor(658)));
        assert_eq!((status.rows, status.commits), (329, 329), "nothing of the poison is left");
        let reason = status.failed_reason.expect("a reason");
        let said = if panics { "panicked" } else { "cannot digest this" };
        assert!(reason.contains(said) && reason.contains("cursor 660"), "{reason}");
        let trouble = models.trouble().await.expect("it is said");
        assert!(trouble.starts_with("fragile stands still"), "{trouble}");
        // The fault goes away; the model is tried again by itself and catches up.
        poison.cursor.store(0, Ordering::SeqCst);
        models.model_reached("fragile", tape.end(), PATIENCE).await.expect("it recovers");
        tape.extend(crate::bench::Maker::new(41).skip(400).take(10));
        models.reached(tape.end(), PATIENCE).await.expect("all are in step again");
    })
    .await;
    let status = fragile(&models).await;
    assert_eq!((status.state.as_str(), status.failed_reason), ("live", None));
    assert_eq!((status.rows, status.commits), (410, 410), "each commit once");
    assert_same(&dump(&models).await, &rows_of(&tape).await, "beside a fragile model");
}

async fn a_model_that_errs_stands_still_and_recovers() {
    stands_still_and_recovers(false).await;
}

async fn a_model_that_panics_stands_still_and_recovers() {
    stands_still_and_recovers(true).await;
}

async fn a_fault_outlives_a_restart() {
    let (scratch, tape, poison) = (scratch(), log(42, 200), Arc::new(Poison::default()));
    let models = with_fragile(config(scratch.path()), &poison).await;
    while_running(&models, tape.clone(), async {
        models.reached(tape.end(), PATIENCE).await.expect("all are live");
        poison.cursor.store(tape.end().0 + 2, Ordering::SeqCst);
        tape.extend(crate::bench::Maker::new(42).skip(200).take(5));
        models.model_reached("heads", tape.end(), PATIENCE).await.expect("others go on");
    })
    .await;
    models.close().await;
    drop(models);
    let models = with_fragile(config(scratch.path()), &poison).await;
    let status = fragile(&models).await;
    assert_eq!(status.state, "failed", "also before anything runs");
    poison.cursor.store(0, Ordering::SeqCst);
    while_running(&models, tape.clone(), async {
        models.reached(tape.end(), PATIENCE).await.expect("it recovers");
    })
    .await;
    assert_eq!(fragile(&models).await.rows, 205);
}

async fn a_model_that_fails_while_it_is_built_stays_out_of_service() {
    let (scratch, tape, poison) = (scratch(), log(43, 200), Arc::new(Poison::default()));
    poison.cursor.store(100, Ordering::SeqCst);
    let models = with_fragile(config(scratch.path()), &poison).await;
    while_running(&models, tape.clone(), async {
        for name in MODELS {
            models.model_reached(name, tape.end(), PATIENCE).await.expect("others are built");
        }
        let refusal = models.dump("fragile").await.expect_err("half a table");
        assert_eq!(refusal.code, "read_model_building");
        assert!(fragile(&models).await.failed_reason.is_some());
        poison.cursor.store(0, Ordering::SeqCst);
        models.reached(tape.end(), PATIENCE).await.expect("it recovers");
    })
    .await;
    assert_eq!(models.dump("fragile").await.expect("rows").len(), 200);
}

async fn an_operator_lets_a_model_pass_one_commit() {
    let (scratch, tape, poison) = (scratch(), log(44, 200), Arc::new(Poison::default()));
    // Longer than any test: only the operator's word wakes the model.
    let config = crate::Config { retry_min_ms: 3_600_000, ..config(scratch.path()) };
    let config = crate::Config { retry_max_ms: 3_600_000, ..config };
    let models = with_fragile(config.clone(), &poison).await;
    let now = contracts::Timestamp::from_millis(1_800_000_000_000);
    while_running(&models, tape.clone(), async {
        models.reached(tape.end(), PATIENCE).await.expect("all are live");
        poison.cursor.store(410, Ordering::SeqCst);
        tape.extend(crate::bench::Maker::new(44).skip(200).take(50));
        for name in MODELS {
            models.model_reached(name, tape.end(), PATIENCE).await.expect("others go on");
        }
        let refused = models.skip("fragile", Cursor(412), "ann", now).await.expect_err("not there");
        assert_eq!(refused.code, "read_model_not_stopped");
        assert_eq!(refused.details.expect("where")["fault"]["cursor"], "410");
        let nobody = models.skip("hats", Cursor(410), "ann", now).await.expect_err("no model");
        assert_eq!(nobody.code, "unknown_read_model");
        let (model, fault) = models.faults().await.expect("an answer").remove(0);
        assert_eq!(
            (model.as_str(), fault.cursor, fault.revision.is_some()),
            ("fragile", Cursor(410), true)
        );
        let notices = models.notices();
        assert_eq!(notices, [crate::Notice::Stopped { model, fault: fault.clone() }]);
        let skipped = models.skip("fragile", Cursor(410), "ann", now).await.expect("skipped");
        assert_eq!((skipped.hash, skipped.actor), (fault.hash, fault.actor));
        models.reached(tape.end(), PATIENCE).await.expect("it goes on at once");
        assert_eq!(models.faults().await.expect("an answer"), []);
        assert_eq!(models.trouble().await, None);
    })
    .await;
    assert_eq!((fragile(&models).await.rows, fragile(&models).await.commits), (249, 249));
    models.close().await;
    // It is remembered, and copies that are built later pass the commit too.
    let models = with_fragile(config, &poison).await;
    let skipped = models.skipped().await.expect("a list");
    assert_eq!((skipped.len(), skipped[0].principal.as_str()), (1, "ann"));
    let names = ["fragile".to_owned()];
    let rebuilt = models.rebuild(&names, crate::RebuildMode::Swap, tape.clone(), |_| {}).await;
    assert!(rebuilt.expect("it is rebuilt")[0].equal);
}
