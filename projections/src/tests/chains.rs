//! What does not continue an actor's chain is applied by no model, whoever wrote it.

use std::sync::Arc;

use contracts::{Address, Cursor, Entry, Hash, Recorded, Revision};
use serde_json::json;

use super::given::{Book, address, config, dump, open, rows_of, run_to, scratch};
use crate::bench::{Tape, recorded};
use crate::handle::Models;
use crate::tests::engines::on_both;
use crate::{Notice, RebuildMode};

on_both! {
    [] a_forged_commit_is_applied_by_no_model_and_told_once;
    [] a_commit_that_names_what_it_skips_goes_on_behind_it;
}

/// A well-formed commit that an intruder made of `genuine`, at `cursor`.
fn forged(genuine: &Recorded, cursor: u64, prev: Hash, revision: u64) -> Entry {
    let mut commit = genuine.commit.clone();
    commit.prev = prev;
    commit.revision = Revision(revision);
    commit.command.id = contracts::commit::sample_command_id(u128::from(9_000 + cursor));
    commit.completions[0].command_id = commit.command.id;
    Entry::Commit(Arc::new(recorded(Cursor(cursor), commit)))
}

/// `genuine` at another place of the log.
fn moved(genuine: Recorded, cursor: u64) -> Entry {
    Entry::Commit(Arc::new(Recorded { cursor: Cursor(cursor), ..genuine }))
}

fn added(value: i64) -> (&'static str, serde_json::Value) {
    ("Added", json!({ "by": 1, "value": value }))
}

async fn revision(models: &Models, actor: &Address) -> u64 {
    models.head(actor).await.expect("an answer").expect("a row").revision.0
}

async fn a_forged_commit_is_applied_by_no_model_and_told_once() {
    let (scratch, tape, mut book) = (scratch(), Arc::new(Tape::new()), Book::new());
    let (bad, good) = (address("main/counter/bad"), address("main/counter/good"));
    let one = book.commit(&bad, &[added(1)]);
    let two = book.commit(&bad, &[added(2)]);
    let other = book.commit(&good, &[added(1)]);
    tape.extend([moved(one.clone(), 1), moved(two.clone(), 2), moved(other, 3)]);
    // A revision that the actor has already, one with a gap, one with another past.
    tape.extend([forged(&two, 4, one.hash, 2), forged(&two, 5, two.hash, 4)]);
    tape.extend([forged(&two, 6, Hash::of(b"no commit"), 3)]);
    let fresh = address("main/counter/fresh");
    let begins = Book::new().commit(&fresh, &[added(1)]);
    tape.extend([forged(&begins, 7, Hash::of(b"nothing"), 5)]);
    let models = open(config(scratch.path())).await;
    run_to(&models, tape.clone(), tape.end()).await;
    assert_eq!((revision(&models, &bad).await, revision(&models, &good).await), (2, 1));
    assert_eq!(models.head(&fresh).await.expect("an answer"), None);
    for status in models.status().await.expect("a status") {
        let (commits, foreign) = if status.name == "chains" { (7, 0) } else { (3, 4) };
        assert_eq!((status.commits, status.foreign), (commits, foreign), "{status:?}");
        assert_eq!((status.state.as_str(), status.cursor), ("live", Cursor(7)));
    }
    // Rows that show what the genuine commits say, and nothing else.
    let clean = Arc::new(Tape::new());
    clean.extend(tape.entries().into_iter().take(3));
    let (found, wanted) = (dump(&models).await, rows_of(&clean).await);
    assert_eq!(found[1..], wanted[1..], "beside forged commits");
    let refused = models.refused(Cursor::ZERO, 10).await.expect("a list");
    let told: Vec<(u64, &str, bool)> =
        refused.iter().map(|it| (it.cursor.0, &*it.actor, it.open)).collect();
    let (of_bad, of_fresh) = ("main/counter/bad", "main/counter/fresh");
    assert_eq!(
        told,
        [(4, of_bad, true), (5, of_bad, true), (6, of_bad, true), (7, of_fresh, true)]
    );
    assert_eq!(models.refused_count(), 4);
    let notices = models.notices();
    assert_eq!(notices.len(), 4, "each once: {notices:?}");
    assert!(matches!(&notices[0], Notice::Refused(refused) if refused.cursor == Cursor(4)));
    // A rebuild and a restart come to the same verdicts and tell nothing anew.
    for report in models.rebuild(&[], RebuildMode::Swap, tape.clone(), |_| {}).await.expect("runs")
    {
        assert!(report.equal, "{report:?}");
    }
    models.close().await;
    let models = open(config(scratch.path())).await;
    assert_eq!((models.refused_count(), models.notices()), (4, Vec::new()));
}

async fn a_commit_that_names_what_it_skips_goes_on_behind_it() {
    let (scratch, tape, mut book) = (scratch(), Arc::new(Tape::new()), Book::new());
    let actor = address("main/counter/bad");
    let one = book.commit(&actor, &[added(1)]);
    let intruder = forged(&one, 2, Hash::of(b"another past"), 2);
    let named = json!({ "cursor": "2", "hash": intruder.hash() });
    let hash = intruder.hash();
    tape.extend([moved(one, 1), intruder]);
    // An intruder who continues the chain without naming what stands there is refused as well.
    let mut thief = Book::new();
    thief.commit(&actor, &[added(1)]);
    let quiet = thief.commit(&actor, &[added(100)]);
    let quiet_hash = quiet.hash;
    tape.extend([moved(quiet, 3)]);
    let models = open(config(scratch.path())).await;
    run_to(&models, tape.clone(), tape.end()).await;
    assert_eq!(revision(&models, &actor).await, 1);
    models.close().await;
    let skipped = |cursor: u64, hash: Hash| {
        let event = contracts::lifecycle::Event::Skipped { cursor: Cursor(cursor), hash };
        event.to_record().data
    };
    assert_eq!(skipped(2, hash)["hash"], named["hash"]);
    let events =
        [("cambium:Skipped", skipped(2, hash)), ("cambium:Skipped", skipped(3, quiet_hash))];
    let going_on = book.commit(&actor, &events);
    let after = book.commit(&actor, &[added(2)]);
    tape.extend([moved(going_on, 4), moved(after, 5)]);
    // Read in a second run, so that the doubts come from the tables.
    let models = open(config(scratch.path())).await;
    run_to(&models, tape.clone(), tape.end()).await;
    assert_eq!(revision(&models, &actor).await, 3);
    let refused = models.refused(Cursor::ZERO, 10).await.expect("a list");
    let told: Vec<(u64, bool)> = refused.iter().map(|it| (it.cursor.0, it.open)).collect();
    assert_eq!(told, [(2, false), (3, false)], "the actor is quarantined no more");
    let rebuilt = models.rebuild(&[], RebuildMode::Check, tape.clone(), |_| {}).await;
    assert!(rebuilt.expect("runs").iter().all(|report| report.equal));
}
