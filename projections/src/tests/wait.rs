//! Reading one's own writes.

use std::sync::Arc;
use std::time::Duration;

use contracts::ports::CommandIndex as _;
use contracts::{Cursor, RefusalClass};

use super::given::{PATIENCE, commits, config, open, scratch, while_running};
use crate::HeadsQuery;
use crate::bench::{Maker, Tape};
use crate::tests::engines::on_both;

on_both! {
    [] a_wait_ends_with_the_commit_or_with_the_time;
    [] nothing_is_served_before_it_is_built;
    [] the_runtime_finds_commands_by_their_place;
}

async fn a_wait_ends_with_the_commit_or_with_the_time() {
    let (scratch, tape) = (scratch(), Arc::new(Tape::new()));
    let models = open(config(scratch.path())).await;
    let refusal = models.reached(Cursor(2), Duration::from_millis(20)).await.expect_err("empty");
    assert_eq!(
        (refusal.code.as_ref(), refusal.class),
        ("min_cursor_timeout", RefusalClass::Timeout)
    );
    let details = refusal.details.expect("facts");
    assert_eq!(*details, serde_json::json!({ "min_cursor": "2", "position": "0" }));
    models.reached(Cursor::ZERO, Duration::ZERO).await.expect("nothing is always reached");

    let mut maker = Maker::new(31);
    while_running(&models, tape.clone(), async {
        for _ in 0..20 {
            // The wait begins before there is anything to wait for.
            let waiting = tokio::spawn({
                let (models, next) = (models.clone(), Cursor(tape.end().0 + 2));
                async move { models.reached(next, PATIENCE).await }
            });
            tokio::task::yield_now().await;
            tape.extend(maker.by_ref().take(1));
            waiting.await.expect("a task").expect("reached");
            let last = commits(&tape).pop().expect("a commit");
            let head = models.head(&last.commit.address()).await.expect("an answer");
            assert_eq!(head.expect("a row").cursor, last.cursor, "one reads what one wrote");
        }
        let refusal = models.reached(Cursor(10_000), Duration::from_millis(20)).await;
        assert_eq!(refusal.expect_err("not written").code, "min_cursor_timeout");
        models.model_reached("heads", tape.end(), PATIENCE).await.expect("reached");
        let unknown = models.model_reached("hats", Cursor(1), Duration::from_millis(5)).await;
        assert_eq!(unknown.expect_err("no such model").code, "min_cursor_timeout");
    })
    .await;
}

async fn nothing_is_served_before_it_is_built() {
    let scratch = scratch();
    let models = open(config(scratch.path())).await;
    let query = HeadsQuery::new("acme".parse().expect("a tenant"));
    let refusal = models.heads(&query).await.expect_err("not built");
    assert_eq!(
        (refusal.code.as_ref(), refusal.class),
        ("read_model_building", RefusalClass::Unavailable)
    );
    assert_eq!(models.position(), Cursor::ZERO);
    let status = models.status().await.expect("a status");
    assert!(status.iter().all(|model| model.state == "building" && model.rows == 0));
}

async fn the_runtime_finds_commands_by_their_place() {
    let (scratch, tape) = (scratch(), Arc::new(Tape::new()));
    tape.extend(Maker::new(32).take(200));
    let models = open(config(scratch.path())).await;
    super::given::run_to(&models, tape.clone(), tape.end()).await;
    assert_eq!(contracts::ports::CommandIndex::position(&models), tape.end());
    for recorded in commits(&tape) {
        let commit = &recorded.commit;
        let place = models.find(&commit.tenant, commit.command.id).await.expect("an answer");
        let place = place.expect("it committed");
        assert_eq!(place.address, commit.address());
        assert_eq!((place.revision, place.cursor), (commit.revision, recorded.cursor));
        assert_eq!(place.input_hash, commit.command.input_hash);
        let elsewhere = models.find(&"nobody".parse().expect("a tenant"), commit.command.id).await;
        assert_eq!(elsewhere, Ok(None), "of another tenant");
    }
    let unknown = contracts::commit::sample_command_id(999_999);
    assert_eq!(models.find(&"acme".parse().expect("a tenant"), unknown).await, Ok(None));
}

/// Servers run all of this on other threads; a future that cannot go there does not compile.
#[test]
fn everything_can_be_spawned() {
    fn sent<T: Send>(_: T) {}
    fn check(models: &crate::Models, tape: Arc<Tape>, query: &HeadsQuery) {
        sent(models.run(tape.clone(), tokio_util::sync::CancellationToken::new()));
        sent(models.rebuild(&[], crate::RebuildMode::Check, tape, |_| {}));
        sent(models.heads(query));
        sent(models.status());
        sent(models.trouble());
        sent(models.dump("heads"));
        sent(models.reached(Cursor(1), PATIENCE));
        sent(models.close());
        sent(crate::bench::run(std::path::Path::new("x"), None, 1, PATIENCE));
    }
    let _ = check;
}
