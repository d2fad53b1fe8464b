//! Three branches of work side by side, and what it takes to stop a program in their midst.

use std::process::Command;
use std::time::{Duration, Instant};

use cambium_tests::program::{Program, without_own_settings};
use reqwest::Method;
use serde_json::{Value, json};

use super::BINARY;

/// How long anything may take here.
pub const PATIENCE: Duration = Duration::from_secs(60);

/// Steps of three branches: each counts `by`, waits for a worker, and counts by what that made.
pub fn steps(by: &Value) -> Vec<Value> {
    let mut steps = Vec::new();
    for name in ["a", "b", "c"] {
        steps.push(json!({ "id": format!("count_{name}"), "kind": "counter", "command": "add",
            "input": { "by": by } }));
        steps.push(json!({ "id": format!("work_{name}"), "kind": "job", "command": "run",
            "needs": [format!("count_{name}")],
            "input": { "queue": "branches", "input": { "branch": name } } }));
        steps.push(json!({ "id": format!("again_{name}"), "kind": "counter", "command": "add",
            "actor": { "$from": format!("/steps/count_{name}/actor") },
            "input": { "by": { "$from": format!("/steps/work_{name}/reply/output/by") } } }));
    }
    steps
}

/// Sends a command whose answer nobody waits for.
pub async fn begin(program: &Program, path: &str, body: &Value) {
    let request = program.request(Method::POST, path);
    let answer = request.header("prefer", "wait=0").json(body).send().await.expect("accepted");
    let status = answer.status();
    assert_eq!(status, 202, "{:?}", answer.text().await);
}

/// The state of an actor as soon as `so` holds of it.
pub async fn once(program: &Program, actor: &str, so: impl Fn(&Value) -> bool) -> Value {
    let begun = Instant::now();
    loop {
        let told = program.get(&format!("/v1/{actor}")).await.expect("an answer");
        if so(&told["state"]) {
            return told["state"].clone();
        }
        assert!(begun.elapsed() < PATIENCE, "{told}");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

/// Leases one piece of work, with patience.
pub async fn lease(program: &Program) -> Value {
    let ask = json!({ "max": 1, "wait_s": 10, "lease_s": 600 });
    let begun = Instant::now();
    loop {
        let told = program.post("/v1/work/branches/lease", &ask).await.expect("an answer");
        if let Some(item) = told["items"].get(0) {
            return item.clone();
        }
        assert!(begun.elapsed() < PATIENCE, "no work: {told}");
    }
}

/// Whether work waits that nobody has leased.
pub async fn is_work_left(program: &Program) -> bool {
    let ask = json!({ "max": 1, "wait_s": 0, "lease_s": 600 });
    let told = program.post("/v1/work/branches/lease", &ask).await.expect("an answer");
    told["items"].as_array().is_some_and(|items| !items.is_empty())
}

/// Says what came of leased work.
pub async fn answer(program: &Program, item: &Value, by: i64) {
    let id = item["effect_id"].as_str().expect("an effect");
    let body = json!({ "lease": item["lease"], "ok": true, "output": { "by": by } });
    let told = program.post(&format!("/v1/work/{id}/outcome"), &body).await.expect("an answer");
    assert_eq!(told["status"], "done", "{told}");
}

/// How many events of this type an actor's log has.
pub async fn count(program: &Program, actor: &str, event: &str) -> usize {
    let events = program.get(&format!("/v1/{actor}/events?limit=200")).await.expect("commits");
    let items = events["items"].as_array().expect("commits").iter();
    let all = items.flat_map(|commit| commit["events"].as_array().cloned().unwrap_or_default());
    all.filter(|it| it["type"] == event).count()
}

/// What a verb says that must do what it is told.
pub fn cambium(program: &Program, verb: &[&str]) -> String {
    let mut command = Command::new(BINARY);
    without_own_settings(&mut command);
    let command = command.args(verb).args(["--url", program.url(), "--key", program.key()]);
    let done = command.output().expect("it runs");
    let said = [done.stdout, done.stderr].concat();
    let said = String::from_utf8_lossy(&said).into_owned();
    assert!(done.status.success(), "{verb:?}: {said}");
    said
}
