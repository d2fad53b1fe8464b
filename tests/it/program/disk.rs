//! The broker's disk is full. A limit on how large its files may grow makes its writes fail as a
//! full disk does, without root: it never writes that stream again, room or not.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use cambium_tests::program::Program;
use reqwest::Method;
use serde_json::{Value, json};

use super::BINARY;
use super::crash::{Ledger, ledger, load, nothing_is_lost, sum, until_acknowledged, verify_all};
use super::reading::limit;

/// Short waits, so that the test is.
const SHORT: [(&str, &str); 3] = [
    ("CAMBIUM_NATS__APPEND__UNANSWERED_MS", "500"),
    ("CAMBIUM_NATS__REQUEST_TIMEOUT_MS", "2000"),
    ("CAMBIUM_NATS__SERVER__MEND_AFTER_MS", "1000"),
];

/// From now on the broker's files may not grow beyond `bytes`, -1 = they may.
fn files_of_broker(program: &Program, bytes: i64) {
    limit(program.broker_pid().expect("it runs"), bytes);
}

/// How far EVENTS has grown, in bytes.
fn grown(data: &Path) -> i64 {
    let blocks = data.join("nats/store/jetstream/CAMBIUM/streams/EVENTS/msgs/1.blk");
    i64::try_from(std::fs::metadata(blocks).expect("there").len()).expect("small")
}

async fn log_part(program: &Program) -> Value {
    let told = program.get("/readyz").await.expect("JSON");
    let parts = told["parts"].as_array().or(told["details"]["parts"].as_array());
    let part = parts.into_iter().flatten().find(|part| part["name"] == "log");
    part.cloned().unwrap_or_default()
}

/// The answer to a command to an actor that nobody else uses.
async fn add(program: &Program, id: &str) -> Option<(u16, bool, Value)> {
    let request = program.request(Method::POST, &format!("/v1/counter/{id}/add"));
    let sent = request.timeout(Duration::from_secs(3)).json(&json!({})).send().await.ok()?;
    let (status, retry) = (sent.status().as_u16(), sent.headers().contains_key("retry-after"));
    Some((status, retry, sent.json().await.ok()?))
}

async fn ended(stop: &AtomicBool, tasks: Vec<tokio::task::JoinHandle<()>>) {
    stop.store(true, Ordering::Relaxed);
    for task in tasks {
        task.await.expect("the load ends");
    }
}

async fn loaded(
    program: &Program,
    ledger: &Ledger,
) -> (Arc<AtomicBool>, Vec<tokio::task::JoinHandle<()>>) {
    let stop = Arc::new(AtomicBool::new(false));
    let tasks = load(program, ledger, &stop);
    until_acknowledged(ledger, 200).await;
    (stop, tasks)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_broker_that_cannot_write_is_restarted_when_there_is_room_and_loses_nothing() {
    let home = tempfile::tempdir().expect("a directory");
    let data = home.path().join("data");
    let program = Program::start_in(BINARY, &data, &[], &SHORT).await.expect("starts");
    let ledger = ledger();
    let (stop, tasks) = loaded(&program, &ledger).await;
    let first = program.broker_pid();
    files_of_broker(&program, grown(&data));
    // The broker is never told that it may write again: only the new one may.
    while program.broker_pid().is_none_or(|pid| Some(pid) == first) {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    until_acknowledged(&ledger, sum(&ledger) + 300).await;
    ended(&stop, tasks).await;
    assert_eq!(log_part(&program).await["state"], "ready");
    nothing_is_lost(&program, &ledger).await;
    verify_all(&data);
    program.stop().expect("stops");
}

#[tokio::test(flavor = "multi_thread")]
async fn without_room_writes_are_refused_at_once_and_the_cause_is_told() {
    let home = tempfile::tempdir().expect("a directory");
    let data = home.path().join("data");
    // More than any disk has.
    let no_room = ("CAMBIUM_NATS__SERVER__ROOM_BYTES_MIN", "4611686018427387904");
    let settings: Vec<_> = SHORT.into_iter().chain([no_room]).collect();
    let program = Program::start_in(BINARY, &data, &[], &settings).await.expect("starts");
    let ledger = ledger();
    let (stop, tasks) = loaded(&program, &ledger).await;
    let first = program.broker_pid();
    files_of_broker(&program, grown(&data));
    let part = loop {
        let part = log_part(&program).await;
        if part["state"] == "failing" {
            break part;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    };
    let why = part["detail"].as_str().unwrap_or_default();
    assert!(why.contains("the disk of the broker is full"), "{part}");
    // One at a time is let through to see whether it goes on; the others hear at once.
    let mut number = 0;
    let refused = loop {
        number += 1;
        if let Some(refused) = add(&program, &format!("fresh{number}")).await {
            break refused;
        }
    };
    assert_eq!((refused.0, refused.1), (503, true), "{refused:?}");
    assert_eq!(refused.2["code"], "log_unavailable", "{refused:?}");
    assert_eq!(program.broker_pid(), first, "without room it is not restarted");
    // Room alone does not help; as an operator would, it is started again.
    program.kill_broker().expect("killed");
    until_acknowledged(&ledger, sum(&ledger) + 100).await;
    ended(&stop, tasks).await;
    assert_eq!(log_part(&program).await["state"], "ready");
    nothing_is_lost(&program, &ledger).await;
    verify_all(&data);
    program.stop().expect("stops");
}
