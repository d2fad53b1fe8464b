//! Runs of graphs: steps side by side, cut off in the middle, forked, and told by their replay.

use std::collections::BTreeSet;
use std::process::Command;
use std::time::{Duration, Instant};

use cambium_tests::program::{Program, without_own_settings};
use reqwest::Method;
use serde_json::{Value, json};

use super::BINARY;

/// How long anything may take here.
const PATIENCE: Duration = Duration::from_secs(60);

/// Three branches: each counts, waits for a worker, and counts by what the worker made; the sum of
/// what they came to ends it.
fn branches() -> Value {
    let mut steps = Vec::new();
    for name in ["a", "b", "c"] {
        steps.push(json!({ "id": format!("count_{name}"), "kind": "counter", "command": "add",
            "input": { "by": { "$from": "/input/by" } } }));
        steps.push(json!({ "id": format!("work_{name}"), "kind": "job", "command": "run",
            "needs": [format!("count_{name}")],
            "input": { "queue": "branches", "input": { "branch": name } } }));
        steps.push(json!({ "id": format!("again_{name}"), "kind": "counter", "command": "add",
            "actor": { "$from": format!("/steps/count_{name}/actor") },
            "input": { "by": { "$from": format!("/steps/work_{name}/reply/output/by") } } }));
    }
    let told = |name: &str| json!({ "$from": format!("/steps/again_{name}/reply/value") });
    let output = json!([told("a"), told("b"), told("c")]);
    json!({ "graph": { "steps": steps, "output": output }, "input": { "by": 100 } })
}

async fn perform(program: &Program, run: &str, body: &Value) {
    let request = program.request(Method::POST, &format!("/v1/run/{run}/perform"));
    let answer = request.header("prefer", "wait=0").json(body).send().await.expect("accepted");
    let status = answer.status();
    assert_eq!(status, 202, "{:?}", answer.text().await);
}

/// The state of a run as soon as `so` holds of it.
async fn once(program: &Program, run: &str, so: impl Fn(&Value) -> bool) -> Value {
    let begun = Instant::now();
    loop {
        let told = program.get(&format!("/v1/run/{run}")).await.expect("a run");
        if so(&told["state"]) {
            return told["state"].clone();
        }
        assert!(begun.elapsed() < PATIENCE, "{told}");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

/// Leases one piece of work, with patience.
async fn lease(program: &Program) -> Value {
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

async fn answer(program: &Program, item: &Value, by: i64) {
    let id = item["effect_id"].as_str().expect("an effect");
    let body = json!({ "lease": item["lease"], "ok": true, "output": { "by": by } });
    let told = program.post(&format!("/v1/work/{id}/outcome"), &body).await.expect("an answer");
    assert_eq!(told["status"], "done", "{told}");
}

/// How many commits of an actor have an event of this type.
async fn count(program: &Program, actor: &str, event: &str) -> usize {
    let events = program.get(&format!("/v1/{actor}/events?limit=200")).await.expect("commits");
    let items = events["items"].as_array().expect("commits").iter();
    let all = items.flat_map(|commit| commit["events"].as_array().cloned().unwrap_or_default());
    all.filter(|it| it["type"] == event).count()
}

fn cambium(program: &Program, verb: &[&str]) -> String {
    let mut command = Command::new(BINARY);
    without_own_settings(&mut command);
    let command = command.args(verb).args(["--url", program.url(), "--key", program.key()]);
    let done = command.output().expect("it runs");
    let said = [done.stdout, done.stderr].concat();
    let said = String::from_utf8_lossy(&said).into_owned();
    assert!(done.status.success(), "{verb:?}: {said}");
    said
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_killed_amid_three_branches_goes_on_and_repeats_nothing() {
    let home = tempfile::tempdir().expect("a directory");
    let data = home.path().join("data");
    let program = Program::start(BINARY, &data).await.expect("starts");
    perform(&program, "g", &branches()).await;
    let first = lease(&program).await;
    answer(&program, &first, 1).await;
    let (second, third) = (lease(&program).await, lease(&program).await);
    let branch = |item: &Value| item["input"]["branch"].as_str().expect("a branch").to_owned();
    let all = BTreeSet::from([branch(&first), branch(&second), branch(&third)]);
    assert_eq!(all.len(), 3, "three branches are under way at once");
    program.kill().expect("the program is killed");

    let program = Program::start(BINARY, &data).await.expect("starts again");
    answer(&program, &second, 2).await;
    answer(&program, &third, 3).await;
    let state = once(&program, "g", |state| state["status"] == "completed").await;
    assert_eq!(state["graph"]["steps"].as_object().map(serde_json::Map::len), Some(9));
    for (item, by) in [(&first, 1), (&second, 2), (&third, 3)] {
        let counter = format!("counter/g-count_{}", branch(item));
        let told = program.get(&format!("/v1/{counter}")).await.expect("a counter");
        assert_eq!(told["state"]["value"], 100 + by, "{counter}");
        assert_eq!(count(&program, &counter, "Added").await, 2, "{counter}: nothing twice");
    }
    for event in ["StepBegun", "StepDone"] {
        assert_eq!(count(&program, "run/g", event).await, 9, "{event}");
    }
    let before = program.get("/v1/run/g").await.expect("a run");
    let said = cambium(&program, &["replay", "run/g"]);
    assert!(said.contains(before["state_hash"].as_str().expect("a hash")), "{said}");
    cambium(&program, &["verify", "run/g"]);
    assert_eq!(program.get("/v1/run/g").await.expect("a run")["revision"], before["revision"]);
    assert_eq!(count(&program, "counter/g-count_a", "Added").await, 2, "a replay asks nobody");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_fork_of_a_run_is_run_again_from_any_step() {
    let (_home, program) = super::started().await;
    let graph = json!({ "graph": { "steps": [
        { "id": "one", "kind": "counter", "command": "add", "input": { "by": 5 } },
        { "id": "two", "kind": "counter", "command": "add",
          "input": { "by": { "$from": "/steps/one/reply/value" } } },
        { "id": "beside", "kind": "counter", "command": "add", "input": { "by": 7 } },
    ] } });
    let told = program.post("/v1/run/p/perform", &graph).await.expect("an answer");
    assert_eq!(told["ok"], true, "{told}");
    assert_eq!(told["output"]["output"]["two"]["value"], 5, "{told}");
    let fork = json!({ "id": "f", "unmuted": true });
    let forked = program.post("/v1/run/p/fork", &fork).await.expect("a fork");
    assert!(forked["revision"].is_u64() || forked["ok"] == true, "{forked}");
    let step = json!({ "id": "two", "kind": "counter", "command": "add",
        "input": { "by": { "$text": ["no number"] } } });
    let refused = program.post("/v1/run/f/rerun", &json!({ "steps": [step] })).await;
    let refused = refused.expect("an answer");
    assert_eq!(
        refused["output"]["code"].as_str().or(refused["code"].as_str()),
        Some("step_failed")
    );
    let step = json!({ "id": "two", "kind": "counter", "command": "add", "input": { "by": 50 } });
    let told = program.post("/v1/run/f/rerun", &json!({ "steps": [step] })).await.expect("told");
    assert_eq!(told["output"]["output"]["two"]["value"], 50, "{told}");
    assert_eq!(told["output"]["output"]["beside"]["value"], 7, "what stands is not done again");
    assert_eq!(told["output"]["steps"]["one"]["actor"], "counter/p-one", "{told}");
    let parent = program.get("/v1/counter/p-two").await.expect("a counter");
    assert_eq!(parent["state"]["value"], 5, "the parent's is its own");
    let missing = program.get("/v1/counter/f-one").await.expect("an answer");
    assert_eq!(missing["code"], "actor_not_found", "the first step was not done again");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_step_waits_for_a_yes_and_a_cycle_and_an_unknown_kind_are_told() {
    let (_home, program) = super::started().await;
    let cycle = json!({ "graph": { "steps": [
        { "id": "one", "kind": "counter", "command": "add", "needs": ["two"] },
        { "id": "two", "kind": "counter", "command": "add", "needs": ["one"] },
    ] } });
    let told = program.post("/v1/run/c/perform", &cycle).await.expect("an answer");
    assert_eq!(told["code"], "graph_cycle", "{told}");
    let unknown =
        json!({ "graph": { "steps": [{ "id": "x", "kind": "conter", "command": "add" }] } });
    let told = program.post("/v1/run/u/perform", &unknown).await.expect("an answer");
    let told = told.to_string();
    assert!(told.contains("step_failed") && told.contains("unknown_kind"), "{told}");

    let asked = json!({ "graph": { "steps": [
        { "id": "pay", "kind": "counter", "command": "add", "input": { "by": 3 }, "approval": true },
        { "id": "then", "kind": "counter", "command": "add",
          "input": { "by": { "$from": "/steps/pay/reply/value" } } },
    ] } });
    perform(&program, "y", &asked).await;
    let asking = |state: &Value| state["graph"]["steps"]["pay"]["status"] == "asking";
    once(&program, "y", asking).await;
    let begun = Instant::now();
    let hash = loop {
        let told = program.get("/v1/approval/y-pay-approval").await.expect("an answer");
        if let Some(hash) = told["state"]["proposal"]["hash"].as_str() {
            break hash.to_owned();
        }
        assert!(begun.elapsed() < PATIENCE, "{told}");
    };
    let own = json!({ "hash": hash });
    let refused = program.post("/v1/approval/y-pay-approval/approve", &own).await.expect("told");
    assert_ne!(refused["ok"], true, "nobody says yes to themselves: {refused}");
    let withdrawn = program.post("/v1/approval/y-pay-approval/withdraw", &json!({})).await;
    assert_eq!(withdrawn.expect("told")["ok"], true);
    let state = once(&program, "y", |state| state["status"] == "failed").await;
    assert_eq!(state["code"], "step_failed", "{state}");
    let reason = state["reason"].as_str().expect("a reason");
    assert!(reason.contains("approval"), "{reason}");
    let missing = program.get("/v1/counter/y-pay").await.expect("an answer");
    assert_eq!(missing["code"], "actor_not_found", "nothing was done without a yes");
}
