//! Runs of graphs: steps side by side, cut off in the middle, forked, and told by their replay.

use std::collections::BTreeSet;
use std::time::Instant;

use cambium_tests::program::Program;
use serde_json::{Value, json};

use super::BINARY;
use super::branches::{PATIENCE, answer, begin, cambium, count, is_work_left, lease, once, steps};

/// Three branches, and the sum of what they came to.
fn branches() -> Value {
    let steps = steps(&json!({ "$from": "/input/by" }));
    let told = |name: &str| json!({ "$from": format!("/steps/again_{name}/reply/value") });
    let output = json!([told("a"), told("b"), told("c")]);
    json!({ "graph": { "steps": steps, "output": output }, "input": { "by": 100 } })
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_killed_amid_three_branches_goes_on_and_repeats_nothing() {
    let home = tempfile::tempdir().expect("a directory");
    let data = home.path().join("data");
    let program = Program::start(BINARY, &data).await.expect("starts");
    begin(&program, "/v1/run/g/perform", &branches()).await;
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
    let state = once(&program, "run/g", |state| state["status"] == "completed").await;
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
    begin(&program, "/v1/run/y/perform", &asked).await;
    let asking = |state: &Value| state["graph"]["steps"]["pay"]["status"] == "asking";
    once(&program, "run/y", asking).await;
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
    let state = once(&program, "run/y", |state| state["status"] == "failed").await;
    assert_eq!(state["code"], "step_failed", "{state}");
    let reason = state["reason"].as_str().expect("a reason");
    assert!(reason.contains("approval"), "{reason}");
    let missing = program.get("/v1/counter/y-pay").await.expect("an answer");
    assert_eq!(missing["code"], "actor_not_found", "nothing was done without a yes");
}

/// Work that nobody does: a job of the run's own, and one of a run in it.
fn slow() -> Value {
    let job = |name: &str| {
        json!({ "id": name, "kind": "job", "command": "run",
        "input": { "queue": "branches", "input": { "branch": name } } })
    };
    let inner = json!({ "id": "inner", "kind": "run", "command": "perform",
        "input": { "graph": { "steps": [job("deep")] } } });
    json!({ "graph": { "steps": [job("flat"), inner] } })
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cancelled_run_stops_who_is_at_work_for_it_once_though_the_program_is_killed() {
    let home = tempfile::tempdir().expect("a directory");
    let data = home.path().join("data");
    let program = Program::start(BINARY, &data).await.expect("starts");
    begin(&program, "/v1/run/slow/perform", &slow()).await;
    once(&program, "job/slow-inner-deep", |state| state["status"] == "waiting").await;
    once(&program, "job/slow-flat", |state| state["status"] == "waiting").await;
    let told = program.post("/v1/run/slow/cancel", &json!({})).await.expect("an answer");
    assert_eq!(told["output"]["status"], "cancelled", "{told}");
    program.kill().expect("the program is killed");

    let program = Program::start(BINARY, &data).await.expect("starts again");
    let actors = ["job/slow-flat", "job/slow-inner-deep", "run/slow-inner"];
    for actor in actors {
        once(&program, actor, |state| state["status"] == "cancelled").await;
        assert_eq!(count(&program, actor, "Cancelled").await, 1, "{actor}");
    }
    assert!(!is_work_left(&program).await, "what is given up is offered to nobody");
    let told = program.get("/v1/job/slow-flat/events?limit=10").await.expect("commits");
    let by = told["items"][1]["command"]["by"]["principal"].clone();
    assert_eq!(by, "admin", "in the name of who began it: {told}");
    for actor in ["run/slow", "run/slow-inner", "job/slow-flat"] {
        cambium(&program, &["replay", actor]);
        cambium(&program, &["verify", actor]);
    }
    for actor in actors {
        assert_eq!(count(&program, actor, "Cancelled").await, 1, "{actor}: a replay asks nobody");
    }
}
