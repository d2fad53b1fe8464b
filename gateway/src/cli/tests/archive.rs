//! Export, import, tree heads and the walk through the log, against servers of our own.

use std::collections::HashMap;
use std::path::Path;
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::extract::Query;
use axum::http::StatusCode;
use axum::routing::{get, post};
use contracts::Cursor;
use contracts::archive::{Checked, Imported, Line, TreeHeadChecked, VerifyStep};
use contracts::ports::Signer as _;
use contracts::tree::{Leaf, SignedTreeHead, Tree, TreeHead, key_of};
use contracts::{Hash, Timestamp};
use serde_json::{Value, json};

use crate::cli::samples::{Log, Say, actor, added};
use crate::cli::testing::{run_at, serve};
use crate::tree_key::TreeKey;

const NOWHERE: &str = "http://127.0.0.1:1";

fn log() -> Log {
    let mut log = Log::default();
    for value in 1..=5 {
        log.write(&actor("counter", "c1"), "add", vec![added(value)], Say::default());
    }
    log
}

fn lines(all: &[String]) -> String {
    all.iter().map(|line| format!("{line}\n")).collect()
}

/// Serves the export of five commits; a first request is cut after `cut` bytes.
async fn exporting(cut: Option<usize>) -> (String, Arc<Mutex<Vec<HashMap<String, String>>>>) {
    let asked = Arc::new(Mutex::new(Vec::new()));
    let seen = Arc::clone(&asked);
    let export = move |Query(query): Query<HashMap<String, String>>| {
        let after = query.get("after").map_or(0, |after| after.parse().unwrap());
        let mut text = lines(&log().sealed(after));
        let mut seen = seen.lock().unwrap();
        if let Some(cut) = cut.filter(|_| seen.is_empty()) {
            text.truncate(cut);
        }
        seen.push(query);
        async move { text }
    };
    (serve(Router::new().route("/v1/export", get(export))).await, asked)
}

fn kept(path: &Path) -> String {
    std::fs::read_to_string(path).unwrap()
}

#[tokio::test]
async fn an_export_is_whole_and_verifies_without_a_server() {
    let (url, asked) = exporting(None).await;
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("c1.jsonl");
    let file = path.to_str().unwrap();
    let words = ["export", "--kind", "counter", "--id", "c1"];
    let ran = run_at(&url, &[&words[..], &["--output", file]].concat()).await;
    assert_eq!((ran.code, ran.out.as_str()), (0, ""), "{ran:?}");
    assert_eq!(kept(&path), lines(&log().sealed(0)));
    assert_eq!(asked.lock().unwrap()[0]["id"], "c1");
    assert_eq!(run_at(&url, &words).await.out, kept(&path), "the same on standard output");
    let ran = run_at(NOWHERE, &["verify", "--file", file]).await;
    assert_eq!(ran.out, "✓ 1 actors, 5 commits, 0 broken\n");
    let ran = run_at(&url, &[&words[..], &["--output", file]].concat()).await;
    assert_eq!(ran.code, 1, "a file is never overwritten");
}

#[tokio::test]
async fn an_export_that_was_cut_goes_on_to_the_same_bytes() {
    let whole = lines(&log().sealed(0));
    for cut in (1..whole.len()).step_by(97) {
        let (url, _) = exporting(Some(cut)).await;
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("all.jsonl");
        let file = path.to_str().unwrap();
        let ran = run_at(&url, &["export", "--output", file]).await;
        assert_eq!(ran.code, 1, "cut at {cut}: {ran:?}");
        assert!(whole.starts_with(&kept(&path)), "cut at {cut}");
        // As if the program had been killed in the middle of a line.
        std::fs::write(&path, &whole[..cut]).unwrap();
        let ran = run_at(NOWHERE, &["verify", "--file", file]).await;
        assert_eq!(ran.code, 1, "what was cut is not taken for whole");
        let words = ["export", "--resume", "--output", file];
        let ran = run_at(&url, &words).await;
        if kept(&path).is_empty() || !whole[..cut].contains('\n') {
            assert_eq!(ran.code, 1, "there is nothing to go on with: {ran:?}");
            continue;
        }
        assert_eq!(ran.code, 0, "cut at {cut}: {ran:?}");
        assert_eq!(kept(&path), whole, "cut at {cut}");
        assert_eq!(run_at(NOWHERE, &words).await.code, 0, "what is whole needs no server");
    }
}

#[tokio::test]
async fn every_flipped_byte_of_a_sealed_file_is_found() {
    let whole = lines(&log().sealed(0)).into_bytes();
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("all.jsonl");
    for at in (0..whole.len()).step_by(31) {
        let mut bytes = whole.clone();
        bytes[at] ^= 1;
        std::fs::write(&path, &bytes).unwrap();
        let ran = run_at(NOWHERE, &["verify", "--file", path.to_str().unwrap()]).await;
        assert_eq!(ran.code, 1, "byte {at}: {ran:?}");
    }
}

#[tokio::test]
async fn an_import_sends_what_was_checked_and_tries_again() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("all.jsonl");
    std::fs::write(&path, lines(&log().sealed(0))).unwrap();
    let file = path.to_str().unwrap();
    let tries = Arc::new(Mutex::new(0));
    let counted = Arc::clone(&tries);
    let import = move |body: String| {
        let mut tries = counted.lock().unwrap();
        *tries += 1;
        let first = *tries == 1;
        async move {
            if first {
                let away = json!({ "code": "log_unavailable", "detail": "away", "status": 503 });
                return (StatusCode::SERVICE_UNAVAILABLE, away.to_string());
            }
            let read = body.lines().map(|line| Line::read(line.as_bytes()).unwrap());
            let commits = read.filter(|line| matches!(line, Line::Commit { .. })).count() as u64;
            let done = Imported { commits, cursor: Cursor(9), ..Imported::default() };
            (StatusCode::OK, json!(done).to_string())
        }
    };
    let url = serve(Router::new().route("/v1/import", post(import))).await;
    let ran = run_at(&url, &["import", file]).await;
    assert_eq!(ran.out, "✓ 5 commits imported, 0 were here\n", "{ran:?}");
    assert_eq!(*tries.lock().unwrap(), 2);
    let mut bytes = std::fs::read(&path).unwrap();
    let at = bytes.len() / 2;
    bytes[at] ^= 1;
    std::fs::write(&path, bytes).unwrap();
    let ran = run_at(&url, &["import", file]).await;
    assert_eq!((ran.code, *tries.lock().unwrap()), (1, 2), "a broken file is not sent: {ran:?}");
}

#[tokio::test]
async fn the_walk_tells_what_is_broken_and_ends_with_a_sum() {
    let checked = Checked { actors: 2, commits: 9, tree_heads: 1, ..Checked::default() };
    let (at, until) = (Cursor(5), Cursor(9));
    let good = vec![VerifyStep::Progress { checked, at, until }, VerifyStep::Done(checked)];
    let head = TreeHeadChecked {
        number: 3,
        ok: false,
        root: Hash::of(b"a"),
        found: Hash::of(b"b"),
        reason: Some("the log comes to another root".to_owned()),
    };
    let broken = Checked { tree_heads_broken: 1, ..checked };
    let bad = vec![VerifyStep::TreeHead(head), VerifyStep::Done(broken)];
    for (steps, code) in [(good, 0), (bad.clone(), 1), (bad[..1].to_vec(), 1)] {
        let text: String = steps.iter().map(|step| format!("{}\n", json!(step))).collect();
        let url = serve(Router::new().route("/v1/verify", get(|| async { text }))).await;
        let ran = run_at(&url, &["verify", "--all"]).await;
        assert_eq!(ran.code, code, "{ran:?}");
        let mark = if steps.len() == 1 { "" } else { "; 1 tree heads" };
        assert!(ran.out.contains(mark), "{ran:?}");
        let ran = run_at(&url, &["verify", "--all", "--json"]).await;
        assert_eq!((ran.code, ran.lines().len()), (code, steps.len()), "{ran:?}");
    }
}

fn signed(key: &TreeKey, number: u64, root: Hash, prev: Hash) -> SignedTreeHead {
    let (v, at, cursor) = (1, Timestamp::from_millis(5), Cursor(5));
    let head = TreeHead { v, number, at, cursor, root, prev };
    let (hash, signature) = (head.hash(), key.sign(&head.message()));
    SignedTreeHead { head, hash, public_key: key.public_key(), signature }
}

#[tokio::test]
async fn a_tree_head_is_checked_with_nothing_but_the_key() {
    let key = TreeKey::from_seed(&[5; 32]).unwrap();
    let log = log();
    let mut tree = Tree::default();
    for one in &log.commits {
        let (revision, commit) = (one.commit.revision, one.hash);
        tree.take(key_of(&one.commit.address()), Leaf { revision, commit, cursor: one.cursor });
    }
    let root = tree.root().hash;
    let first = signed(&key, 1, Hash::of(b"earlier"), Hash::ZERO);
    let head = signed(&key, 2, root, first.hash);
    let proof = tree.prove(&actor("counter", "c1")).unwrap();
    let dir = tempfile::tempdir().unwrap();
    let write = |name: &str, text: String| {
        let path = dir.path().join(name);
        std::fs::write(&path, text).unwrap();
        path.to_str().unwrap().to_owned()
    };
    let file = write("head.json", json!({ "tree_head": head, "proof": proof }).to_string());
    let since = write("first.json", json!({ "tree_head": first }).to_string());
    let chain = write("heads.json", json!({ "items": [first, head], "next": null }).to_string());
    let whole = lines(&log.sealed(0)).replacen("\"tenant\":\"main\",", "", 1);
    // The header of an export of all tenants names none; its seal is made anew.
    let all: Vec<&str> = whole.lines().collect();
    let mut seal = contracts::archive::Seal::default();
    for (at, line) in all[..all.len() - 1].iter().enumerate() {
        seal.take(line.as_bytes(), u64::from(at > 0), 0);
    }
    let mut sealed: Vec<String> = all[..all.len() - 1].iter().map(|it| (*it).to_owned()).collect();
    sealed.push(Line::Trailer(seal.trailer()).text().unwrap());
    assert!(!sealed[0].contains("tenant"), "{}", sealed[0]);
    let export = write("all.jsonl", lines(&sealed));
    let of_one = write("main.jsonl", lines(&log.sealed(0)));
    let public = key.public_key().to_string();
    let words = ["tree", "verify", &file, "--public-key", &public];
    let more = ["--export", &export, "--since", &since, "--chain", &chain];
    let ran = run_at(NOWHERE, &[&words[..], &more[..]].concat()).await;
    let wanted = "\
✓ tree head 2 is signed with the key
✓ counter/c1 ended with revision 5
✓ it follows tree head 1
✓ the export comes to its root
";
    assert_eq!((ran.code, ran.out.as_str()), (0, wanted), "{ran:?}");
    let other = TreeKey::from_seed(&[6; 32]).unwrap().public_key().to_string();
    let ran = run_at(NOWHERE, &["tree", "verify", &file, "--public-key", &other]).await;
    assert_eq!(ran.code, 1);
    let ran = run_at(NOWHERE, &[&words[..], &["--export", &of_one]].concat()).await;
    assert_eq!(ran.code, 1, "one tenant's commits are not all: {ran:?}");
    let mut forged: Value = json!({ "tree_head": head, "proof": proof });
    forged["proof"]["revision"] = json!(4);
    let file = write("forged.json", forged.to_string());
    let ran = run_at(NOWHERE, &["tree", "verify", &file, "--public-key", &public]).await;
    assert!(ran.code == 1 && ran.out.contains("the proof leads to another root"), "{ran:?}");
}
