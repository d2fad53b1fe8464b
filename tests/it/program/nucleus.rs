//! Goals: carried out though the program is cut off, planned by rules, and agreed to.

use std::collections::BTreeSet;

use cambium_tests::program::Program;
use serde_json::{Value, json};

use super::BINARY;
use super::branches::{answer, begin, cambium, count, lease, once, steps};

/// Three branches under a goal.
fn branches() -> Value {
    json!({ "goal": "Count in three branches", "graph": { "steps": steps(&json!(100)) } })
}

#[tokio::test(flavor = "multi_thread")]
async fn a_nucleus_killed_amid_three_branches_goes_on_and_repeats_nothing() {
    let home = tempfile::tempdir().expect("a directory");
    let data = home.path().join("data");
    let program = Program::start(BINARY, &data).await.expect("starts");
    let told = program.post("/v1/nucleus/n/adopt", &branches()).await.expect("an answer");
    assert_eq!(told["output"]["plan"].as_array().map(Vec::len), Some(9), "{told}");
    begin(&program, "/v1/nucleus/n/execute", &json!({})).await;
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
    let state = once(&program, "nucleus/n", |state| state["status"] == "completed").await;
    assert_eq!(state["execution"]["asked"]["run"], "n-1", "{state}");
    assert_eq!(state["execution"]["steps"].as_object().map(serde_json::Map::len), Some(9));
    for (item, by) in [(&first, 1), (&second, 2), (&third, 3)] {
        let counter = format!("counter/n-1-count_{}", branch(item));
        let told = program.get(&format!("/v1/{counter}")).await.expect("a counter");
        assert_eq!(told["state"]["value"], 100 + by, "{counter}");
        assert_eq!(count(&program, &counter, "Added").await, 2, "{counter}: nothing twice");
    }
    for event in ["StepBegun", "StepDone"] {
        assert_eq!(count(&program, "run/n-1", event).await, 9, "{event}");
    }
    for event in ["ExecutionAsked", "Ended"] {
        assert_eq!(count(&program, "nucleus/n", event).await, 1, "{event}");
    }
    for actor in ["nucleus/n", "run/n-1"] {
        let before = program.get(&format!("/v1/{actor}")).await.expect("an actor");
        let said = cambium(&program, &["replay", actor]);
        assert!(said.contains(before["state_hash"].as_str().expect("a hash")), "{said}");
        cambium(&program, &["verify", actor]);
        let after = program.get(&format!("/v1/{actor}")).await.expect("an actor");
        assert_eq!(after["revision"], before["revision"], "{actor}");
    }
    assert_eq!(count(&program, "counter/n-1-count_a", "Added").await, 2, "a replay asks nobody");
}

#[tokio::test(flavor = "multi_thread")]
async fn rules_take_a_goal_to_its_end_and_say_where_each_part_is_from() {
    let (_home, program) = super::started().await;
    let goal = json!({ "goal": "Write a report about bees in the city with a forecast and an \
            excel file",
        "requirements": ["hives"], "criteria": ["at least 5 words", "elegance"],
        "material": "month,hives\nMay,3\nJune,4\nJuly,5\nAugust,7\nSeptember,8\nOctober,9\n" });
    let told = program.post("/v1/nucleus/bees/plan", &goal).await.expect("an answer");
    let steps = told["output"]["plan"].as_array().unwrap_or_else(|| panic!("{told}"));
    let ids: Vec<_> = steps.iter().filter_map(|step| step["step_id"].as_str()).collect();
    for id in ["outline", "draft", "summary", "ingest", "forecast", "workbook"] {
        assert!(ids.contains(&id), "{id}: {told}");
    }
    assert_eq!(told["output"]["generated_by"]["model"], "local/rules", "{told}");
    let execute = json!({ "budget": { "unit": "tokens", "limit": 1_000_000 } });
    begin(&program, "/v1/nucleus/bees/execute", &execute).await;
    let over = |state: &Value| state["execution"]["stage"] == "over";
    let state = once(&program, "nucleus/bees", over).await;
    assert_eq!(state["status"], "completed", "{state}");
    let drafted = &state["execution"]["steps"]["draft"];
    let document = drafted["actor"].as_str().expect("a document");
    let revision = drafted["revision"].clone();
    let written = program.get(&format!("/v1/{document}")).await.expect("a document");
    assert!(written["state"]["sections"].as_array().is_some_and(|it| !it.is_empty()), "{written}");
    let budget = program.get("/v1/budget/bees-1").await.expect("a budget");
    assert!(budget.to_string().contains("bees-1-*"), "{budget}");

    let told = program.post("/v1/nucleus/bees/finalize", &json!({})).await.expect("an answer");
    let sources = told["output"]["sources"].as_array().unwrap_or_else(|| panic!("{told}"));
    assert_eq!(sources.len(), ids.len(), "{told}");
    let draft = sources.iter().find(|source| source["step_id"] == "draft").expect("a source");
    assert_eq!((&draft["actor"], &draft["revision"]), (&json!(document), &revision), "{told}");
    let end = told["output"]["final"].as_str().expect("an end").to_owned();
    let review = json!({ "content": end });
    let told = program.post("/v1/nucleus/bees/review", &review).await.expect("an answer");
    assert_eq!(told["output"]["pass"], true, "{told}");
    assert_eq!(told["output"]["criteria_results"]["elegance"]["pass"], Value::Null, "{told}");
    let route = json!({ "request": "Write a memo about hives" });
    let told = program.post("/v1/nucleus/bees/route", &route).await.expect("an answer");
    assert_eq!(
        (&told["output"]["agent"], &told["output"]["endpoint"]),
        (&json!("osteon"), &json!("draft")),
        "{told}"
    );
    cambium(&program, &["verify", "nucleus/bees"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_begins_before_a_yes_and_what_cannot_be_planned_is_told() {
    let (_home, program) = super::started().await;
    program.post("/v1/nucleus/y/adopt", &branches()).await.expect("an answer");
    begin(&program, "/v1/nucleus/y/execute", &json!({ "approval": true })).await;
    let asked = |state: &Value| state["proposal"]["hash"].is_string();
    let state = once(&program, "approval/y-1-approval", asked).await;
    let shown = &state["proposal"]["command"]["input"];
    assert_eq!(shown["graph"]["steps"].as_array().map(Vec::len), Some(9), "{state}");
    let told = program.post("/v1/nucleus/y/agree", shown).await.expect("an answer");
    assert_eq!(told["ok"], true, "{told}");
    let told = program.get("/v1/nucleus/y").await.expect("an answer");
    assert_eq!(told["state"]["status"], "asking", "who sends it says no yes: {told}");
    let own = json!({ "hash": state["proposal"]["hash"] });
    let told = program.post("/v1/approval/y-1-approval/approve", &own).await.expect("told");
    assert_ne!(told["ok"], true, "nobody says yes to themselves: {told}");
    program.post("/v1/nucleus/y/cancel", &json!({})).await.expect("an answer");
    once(&program, "nucleus/y", |state| state["status"] == "cancelled").await;
    let missing = program.get("/v1/run/y-1").await.expect("an answer");
    assert_eq!(missing["code"], "actor_not_found", "nothing began: {missing}");

    let cycle = json!({ "graph": { "steps": [
        { "id": "one", "kind": "counter", "command": "add", "needs": ["two"] },
        { "id": "two", "kind": "counter", "command": "add", "needs": ["one"] },
    ] } });
    let told = program.post("/v1/nucleus/y/adopt", &cycle).await.expect("an answer");
    assert_eq!(told["code"], "graph_cycle", "{told}");
    let goal = json!({ "goal": "Forecast the sales" });
    let told = program.post("/v1/nucleus/z/plan", &goal).await.expect("an answer").to_string();
    assert!(told.contains("plan_invalid") && told.contains("no table was brought"), "{told}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_budget_that_is_used_up_stops_the_steps_that_ask_models_and_says_so() {
    let (_home, program) = super::started().await;
    let goal = json!({ "goal": "Write a memo about hives with an excel file",
        "material": "month,hives\nMay,3\nJune,4\nJuly,5\nAugust,7\n" });
    let told = program.post("/v1/nucleus/poor/plan", &goal).await.expect("an answer");
    assert_eq!(told["ok"], true, "{told}");
    let execute = json!({ "budget": { "unit": "tokens", "limit": 1 } });
    begin(&program, "/v1/nucleus/poor/execute", &execute).await;
    let over = |state: &Value| state["execution"]["stage"] == "over";
    let state = once(&program, "nucleus/poor", over).await;
    let of = |step: &str, member: &str| state["execution"]["steps"][step][member].clone();
    assert_eq!(
        (&state["status"], &state["execution"]["code"]),
        (&json!("failed"), &json!("step_failed"))
    );
    assert_eq!(
        (of("outline", "status"), of("outline", "code")),
        (json!("failed"), json!("budget_exceeded")),
        "{state}"
    );
    for step in ["ingest", "workbook"] {
        assert_eq!(of(step, "status"), "done", "what asks no model is done all the same: {state}");
    }
    let budget = program.get("/v1/budget/poor-1").await.expect("a budget");
    assert_eq!(budget["state"]["used"].as_u64().unwrap_or(0), 0, "nothing was spent: {budget}");
}
