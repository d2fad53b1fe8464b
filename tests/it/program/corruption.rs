//! Damage to the broker's files while everything is stopped: found, named, never served as truth,
//! and no revision is given twice.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use cambium_tests::program::Program;
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use super::BINARY;

/// How often each of the two actors is added to.
const ADDS: u64 = 6;

/// How the program and its broker end.
#[derive(Clone, Copy, PartialEq, Eq)]
enum End {
    Orderly,
    Killed,
}

/// A data directory with two counters, `bad` before `good` in every round.
async fn written(end: End) -> (tempfile::TempDir, PathBuf) {
    let home = tempfile::tempdir().expect("a directory");
    let data = home.path().join("data");
    let program = Program::start(BINARY, &data).await.expect("starts");
    for _ in 0..ADDS {
        program.post("/v1/counter/bad/add", &json!({})).await.expect("JSON");
        let good = program.post("/v1/counter/good/add", &json!({})).await.expect("JSON");
        let seen = format!("/v1/counter?min_cursor={}", good["cursor"].as_str().expect("a cursor"));
        program.get(&seen).await.expect("the read models have it too");
    }
    match end {
        End::Orderly => program.stop().expect("stops in order"),
        End::Killed => {
            let broker = program.broker_pid();
            program.kill_broker().expect("killed");
            program.kill().expect("killed");
            super::crash::gone(broker).await;
        }
    }
    (home, data)
}

/// The files of EVENTS.
fn events(data: &Path) -> PathBuf {
    let mut folders = vec![data.join("nats")];
    while let Some(folder) = folders.pop() {
        if folder.ends_with("streams/EVENTS") {
            return folder;
        }
        let inside = fs::read_dir(&folder).expect("readable").flatten().map(|entry| entry.path());
        folders.extend(inside.filter(|path| path.is_dir()));
    }
    panic!("the broker has no EVENTS in {}", data.display());
}

fn block(data: &Path) -> PathBuf {
    let inside = fs::read_dir(events(data).join("msgs")).expect("readable");
    let mut blocks: Vec<_> = inside.flatten().map(|entry| entry.path()).collect();
    blocks.retain(|path| path.extension().is_some_and(|extension| extension == "blk"));
    blocks.sort();
    blocks.pop().expect("a block")
}

/// Where each message of `actor` begins in the block: at its subject.
fn places(bytes: &[u8], actor: &str) -> Vec<usize> {
    let subject = format!(".main.counter.{actor}");
    let found = bytes.windows(subject.len()).enumerate();
    found.filter(|(_, it)| *it == subject.as_bytes()).map(|(at, _)| at).collect()
}

/// Flips one bit in the body of the actor's message number `nth` from the end.
fn flip(data: &Path, actor: &str, nth: usize) {
    let block = block(data);
    let mut bytes = fs::read(&block).expect("readable");
    let places = places(&bytes, actor);
    let at = places[places.len() - 1 - nth] + 100;
    bytes[at] ^= 4;
    fs::write(&block, bytes).expect("written");
}

async fn refuses_to_start(data: &Path, why: &str) {
    let started = Program::start(BINARY, data).await;
    let said = started.err().map(|error| error.to_string()).unwrap_or_default();
    assert!(said.contains(why), "{said}");
}

fn verify(data: &Path) -> (Option<i32>, String) {
    let verified =
        Command::new(BINARY).args(["verify", "--all", "--data"]).arg(data).output().expect("runs");
    let said = String::from_utf8_lossy(&verified.stdout).into_owned()
        + &String::from_utf8_lossy(&verified.stderr);
    (verified.status.code(), said)
}

async fn add(program: &Program, id: &str) -> (StatusCode, Value) {
    let path = format!("/v1/counter/{id}/add");
    let request = program.request(Method::POST, &path).json(&json!({}));
    let answer = request.send().await.expect("an answer");
    (answer.status(), answer.json().await.expect("JSON"))
}

/// The other actor has lost nothing and goes on.
async fn good_goes_on(program: &Program) {
    let (_, good) = add(program, "good").await;
    assert_eq!(good["output"]["value"], ADDS + 1, "{good}");
}

/// After a hard stop the broker drops, without a word, all that stands behind a flipped bit in its
/// last block.
#[tokio::test(flavor = "multi_thread")]
async fn a_log_that_went_back_is_not_written_on() {
    let (_home, data) = written(End::Killed).await;
    flip(&data, "good", 2);
    refuses_to_start(&data, "log_went_back").await;
    // Who wants to go on all the same says so, and is heard.
    fs::rename(data.join("models.db"), data.join("models.old")).expect("moved away");
    let program = Program::start(BINARY, &data).await.expect("starts");
    let (_, good) = add(&program, "good").await;
    assert_eq!(good["output"]["value"], ADDS - 2, "{good}");
    program.stop().expect("stops in order");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_log_that_was_cut_off_is_not_written_on() {
    for end in [End::Killed, End::Orderly] {
        let (_home, data) = written(end).await;
        let block = block(&data);
        let bytes = fs::read(&block).expect("readable");
        let cut = places(&bytes, "bad")[4];
        fs::write(&block, &bytes[..cut]).expect("written");
        refuses_to_start(&data, "log_went_back").await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_log_that_is_gone_is_not_begun_again() {
    let (_home, data) = written(End::Orderly).await;
    let meta = events(&data).join("meta.inf");
    let mut bytes = fs::read(&meta).expect("readable");
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    fs::write(&meta, bytes).expect("written");
    refuses_to_start(&data, "could not be recovered").await;
}

/// A commit that the broker leaves out is a gap in its actor's chain.
#[tokio::test(flavor = "multi_thread")]
async fn a_flipped_bit_in_a_commit_quarantines_its_actor_only() {
    let (_home, data) = written(End::Orderly).await;
    flip(&data, "bad", 2);
    let program = Program::start(BINARY, &data).await.expect("starts");
    let (_, bad) = add(&program, "bad").await;
    assert_eq!(bad["code"], "actor_quarantined", "{bad}");
    let read = program.get("/v1/counter/bad").await.expect("JSON");
    assert_eq!(read["code"], "actor_quarantined", "{read}");
    good_goes_on(&program).await;
    let (code, said) = verify(program.data());
    assert_eq!(code, Some(1), "{said}");
    assert!(said.contains("bad"), "{said}");
    program.stop().expect("stops in order");
}

/// An actor's last commit has no successor whose chain would miss it; its revision must not be
/// given to another commit all the same.
#[tokio::test(flavor = "multi_thread")]
async fn a_flipped_bit_in_an_actors_last_commit_is_found_and_its_revision_not_given_again() {
    let (_home, data) = written(End::Orderly).await;
    flip(&data, "bad", 0);
    let program = Program::start(BINARY, &data).await.expect("starts");
    let (status, bad) = add(&program, "bad").await;
    assert!(!status.is_success(), "{bad}");
    good_goes_on(&program).await;
    let (code, said) = verify(program.data());
    assert_eq!(code, Some(1), "{said}");
    program.stop().expect("stops in order");
}

/// What the broker can make again, it does, and nothing is lost.
#[tokio::test(flavor = "multi_thread")]
async fn a_damaged_index_of_the_broker_loses_nothing() {
    let (_home, data) = written(End::Orderly).await;
    let index = events(&data).join("msgs/index.db");
    let mut bytes = fs::read(&index).expect("readable");
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    fs::write(&index, bytes).expect("written");
    let program = Program::start(BINARY, &data).await.expect("starts");
    let (_, bad) = add(&program, "bad").await;
    assert_eq!(bad["output"]["value"], ADDS + 1, "{bad}");
    good_goes_on(&program).await;
    let (code, said) = verify(program.data());
    assert_eq!(code, Some(0), "{said}");
    program.stop().expect("stops in order");
}
