//! Replay, fork, diff, export and tail, against servers of our own.

use std::collections::HashMap;
use std::sync::Arc;

use axum::Json;
use axum::Router;
use axum::extract::{Path, Query};
use axum::routing::{get, post};
use serde_json::{Value, json};

use crate::cli::samples::{Log, Say, actor, added};
use crate::cli::testing::{run_at, serve};

fn hash(digit: char) -> String {
    digit.to_string().repeat(64)
}

async fn replay(Query(query): Query<HashMap<String, String>>) -> String {
    let decide = query.contains_key("decide");
    let drift = json!([{
        "revision": 2, "command": "add", "rules": [1, 2], "recorded": [1], "decided": [2],
    }]);
    let replay = json!({
        "state": {
            "kind": "counter", "id": "c1", "revision": 3, "cursor": "9", "commit_hash": hash('a'),
            "state_hash": hash('b'), "at": "2026-11-21T04:13:50.123Z", "state": { "value": 3 },
        },
        "commits": 3, "events": 4, "matches_cell": true,
        "drift": if decide { drift } else { json!([]) },
    });
    let progress = json!({ "commits": 1, "revision": 1, "deciding": false });
    format!("{}\n{}\n", json!({ "progress": progress }), json!({ "replay": replay }))
}

#[tokio::test]
async fn replay_compares_and_drift_is_a_failure() {
    let url = serve(Router::new().route("/v1/counter/c1/replay", get(replay))).await;
    let ran = run_at(&url, &["replay", "counter/c1"]).await;
    assert_eq!(ran.code, 0, "{ran:?}");
    assert!(ran.out.contains(&hash('b')) && ran.out.contains("✓ equal to the living actor"));
    let ran = run_at(&url, &["replay", "counter/c1", "--decide"]).await;
    assert_eq!(ran.code, 1);
    let wanted = "✗ revision 2 add: decided otherwise (rules 1 then, 2 now)\n  - [1]\n  + [2]\n";
    assert!(ran.out.ends_with(wanted), "{}", ran.out);
}

async fn fork(Json(body): Json<Value>) -> Json<Value> {
    Json(json!({ "actor": body["id"], "revision": 3, "output": body }))
}

#[tokio::test]
async fn fork_says_from_where_and_under_which_name() {
    let url = serve(Router::new().route("/v1/counter/c1/fork", post(fork))).await;
    let words = ["fork", "counter/c1", "--at", "2", "--as", "c2"];
    let ran = run_at(&url, &words).await;
    assert_eq!(ran.out, "✓ counter/c2  revision 3, continues counter/c1\n");
    let ran = run_at(&url, &[&words[..], &["--json"]].concat()).await;
    assert_eq!(ran.lines()[0]["output"], json!({ "at": 2, "id": "c2" }));
}

async fn diff(Query(query): Query<HashMap<String, String>>) -> Json<Value> {
    let event = json!({ "type": "Added", "data": { "by": 1 } });
    let commit = json!({ "revision": 3, "command": { "name": "add" }, "events": [event] });
    Json(json!({
        "left": { "id": "c1", "revision": 3, "state_hash": hash('a') },
        "right": { "id": query["with"], "revision": 2, "state_hash": hash('b') },
        "common": 2, "left_only": [commit], "right_only": [],
        "patch": [{ "op": "replace", "path": "/value", "value": 2 }],
    }))
}

#[tokio::test]
async fn diff_shows_events_and_state() {
    let url = serve(Router::new().route("/v1/counter/c1/diff", get(diff))).await;
    let ran = run_at(&url, &["diff", "counter/c1", "counter/c2"]).await;
    assert_eq!(ran.code, 0, "{ran:?}");
    let wanted = "\
--- counter/c1 revision 3  state aaaaaaaaaaaa
+++ counter/c2 revision 2  state bbbbbbbbbbbb
    common up to revision 2
- #3 add: Added {\"by\":1}
    state:
  ~ /value = 2
";
    assert_eq!(ran.out, wanted);
}

/// A log of five commits, served two at a time.
async fn paged() -> (String, Arc<Log>) {
    let mut log = Log::default();
    for value in 1..=5 {
        log.write(&actor("counter", "c1"), "add", vec![added(value)], Say::default());
    }
    let log = Arc::new(log);
    let served = Arc::clone(&log);
    let events = move |_: Path<(String, String)>, Query(query): Query<HashMap<String, String>>| {
        let after: usize = query.get("after").map_or(0, |after| after.parse().unwrap());
        let items = served.commits.iter().skip(after).take(2);
        let items: Vec<_> = items.map(|one| one.to_json(query.contains_key("raw"))).collect();
        let next = (after + 2 < 5).then(|| (after + 2).to_string());
        async move { Json(json!({ "items": items, "next": next })) }
    };
    let url = serve(Router::new().route("/v1/{kind}/{id}/events", get(events))).await;
    (url, log)
}

#[tokio::test]
async fn tail_without_follow_prints_what_is_there() {
    let (url, _) = paged().await;
    let words = ["tail", "--kind", "counter", "--id", "c1", "--no-follow"];
    let ran = run_at(&url, &words).await;
    assert_eq!(ran.out.lines().count(), 5, "{ran:?}");
    let first = "     1  2026-09-21T14:13:20.001Z  counter/c1  #1  add  Added";
    assert_eq!(ran.out.lines().next(), Some(first));
    let ran = run_at(&url, &[&words[..], &["--after", "3", "--raw"]].concat()).await;
    assert_eq!(ran.lines().len(), 2);
    assert!(ran.lines()[0]["raw"].is_string());
}
