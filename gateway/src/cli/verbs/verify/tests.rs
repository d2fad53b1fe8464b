use contracts::ActorId;
use serde_json::Value;

use super::lines::{Checker, Report};
use crate::cli::samples::{Log, Say, actor, added};
use crate::cli::testing::{Fake, Ran, run_with};

/// Three commits of `c1`, two of `c2`, and a fork of `c1` at 2 with one of its own; lines 1 to 7.
fn log() -> Log {
    let mut log = Log::default();
    let (one, two, fork) = (actor("counter", "c1"), actor("counter", "c2"), actor("counter", "f"));
    log.write(&one, "add", vec![added(1)], Say::default());
    log.write(&two, "add", vec![added(1)], Say::default());
    log.write(&one, "add", vec![added(2)], Say::default());
    log.write(&one, "add", vec![added(3)], Say::default());
    log.fork(&fork, &ActorId::from_static("c1"), 2);
    log.write(&fork, "add", vec![added(9)], Say::default());
    log.write(&two, "add", vec![added(2)], Say::default());
    log
}

fn check(lines: &[String]) -> Report {
    let mut checker = Checker::default();
    for line in lines {
        checker.line(line.as_bytes());
    }
    checker.finish()
}

fn breaks(report: &Report) -> Vec<(String, u64)> {
    report.broken.iter().map(|broken| (broken.address.clone(), broken.revision.0)).collect()
}

#[test]
fn a_good_export_is_good() {
    let report = check(&log().export());
    assert_eq!(report, Report { actors: 3, commits: 7, ..Report::default() });
}

#[test]
fn every_flipped_byte_is_found_and_the_actor_named() {
    let lines = log().export();
    let step = 13; // Every byte of every line takes long; a stride that shares no factor does not.
    for at in 0..lines.len() {
        // A cursor is a place in one server's log, not part of what is hashed.
        let mark = "\"cursor\":\"";
        let cursor = lines[at].find(mark).unwrap() + mark.len();
        for position in (at..lines[at].len()).step_by(step) {
            if position == cursor {
                continue;
            }
            let mut bytes = lines[at].clone().into_bytes();
            bytes[position] ^= 1;
            let mut checker = Checker::default();
            for (number, line) in lines.iter().enumerate() {
                checker.line(if number == at { &bytes } else { line.as_bytes() });
            }
            let report = checker.finish();
            let found = !report.broken.is_empty() || !report.garbled.is_empty();
            assert!(found, "line {at} byte {position}: {}", String::from_utf8_lossy(&bytes));
        }
    }
}

#[test]
fn a_flip_in_the_stored_bytes_names_actor_and_revision() {
    let mut lines = log().export();
    let mut line: Value = serde_json::from_str(&lines[2]).unwrap();
    let raw = line["raw"].as_str().unwrap().to_owned();
    let flip = |at: usize| {
        let mut bytes = raw.clone().into_bytes();
        bytes[at] = if bytes[at] == b'A' { b'B' } else { b'A' };
        Value::String(String::from_utf8(bytes).unwrap())
    };
    for at in (0..raw.len() - 4).step_by(7) {
        let flipped = flip(at);
        if flipped.as_str() == Some(&raw) {
            continue;
        }
        line["raw"] = flipped;
        lines[2] = line.to_string();
        assert_eq!(breaks(&check(&lines))[0], ("main/counter/c1".to_owned(), 2), "at {at}");
    }
}

#[test]
fn a_word_that_the_bytes_do_not_say_is_found() {
    let mut lines = log().export();
    lines[3] = lines[3].replace("\"value\":3", "\"value\":4");
    let report = check(&lines);
    assert_eq!(breaks(&report), [("main/counter/c1".to_owned(), 3)]);
    assert!(report.broken[0].reason.contains("`events`"), "{}", report.broken[0].reason);
}

#[test]
fn a_missing_line_is_a_gap_where_it_was() {
    let mut lines = log().export();
    lines.remove(2);
    let wanted = [("main/counter/c1".to_owned(), 2), ("main/counter/f".to_owned(), 3)];
    assert_eq!(breaks(&check(&lines)), wanted);
    let mut lines = log().export();
    lines.remove(0);
    assert_eq!(breaks(&check(&lines))[0], ("main/counter/c1".to_owned(), 1));
}

#[test]
fn changed_order_and_doubles_are_found() {
    let mut lines = log().export();
    lines.swap(2, 3);
    assert!(!check(&lines).broken.is_empty());
    let mut lines = log().export();
    lines.insert(1, lines[0].clone());
    assert!(!check(&lines).broken.is_empty());
}

#[test]
fn a_line_cut_short_says_whose_it_seems() {
    let mut lines = log().export();
    let line = lines[6].replace("\"v\":1}", "\"v\":");
    lines[6] = line;
    let report = check(&lines);
    assert_eq!(report.garbled[0].line, 7);
    assert_eq!(report.garbled[0].seems.as_deref(), Some("counter/c2 revision 2"));
}

async fn verify(lines: &[String]) -> Ran {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("export.jsonl");
    std::fs::write(&path, lines.join("\n") + "\n").unwrap();
    run_with(&Fake::default(), &["verify", "--file", path.to_str().unwrap()], &[]).await
}

#[tokio::test]
async fn the_verb_needs_no_server_and_says_what_it_found() {
    let mut lines = log().export();
    let ran = verify(&lines).await;
    assert_eq!((ran.code, ran.out.as_str()), (0, "✓ 3 actors, 7 commits, 0 broken\n"), "{ran:?}");
    lines.remove(2);
    let ran = verify(&lines).await;
    assert_eq!(ran.code, 1);
    let wanted = "✗ main/counter/c1 revision 2 (cursor 4): it says it is revision 3\n";
    assert!(ran.out.starts_with(wanted), "{}", ran.out);
    assert_eq!(verify(&[]).await.code, 1, "an empty file proves nothing");
    let words = ["verify", "--file", "/nowhere/export.jsonl"];
    assert_eq!(run_with(&Fake::default(), &words, &[]).await.code, 1);
}
