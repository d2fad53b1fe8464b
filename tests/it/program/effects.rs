//! Effects on the real program: kills, limits over HTTP, and turns between tenants.

use std::process::Command;
use std::time::{Duration, Instant};

use cambium_tests::program::Program;
use reqwest::Method;
use serde_json::{Value, json};

use super::BINARY;

/// Sends a command in a tenant and does not wait for its final answer.
async fn send(program: &Program, tenant: &str, path: &str, body: &Value) -> Value {
    let request = program.request(Method::POST, path).header("cambium-tenant", tenant);
    let answer = request.header("prefer", "wait=0").json(body).send().await.expect("an answer");
    let status = answer.status();
    assert!(status.is_success(), "{path}: {status}: {}", answer.text().await.expect("text"));
    answer.json().await.expect("JSON")
}

async fn get(program: &Program, tenant: &str, path: &str) -> Value {
    let request = program.request(Method::GET, path).header("cambium-tenant", tenant);
    let answer = request.send().await.expect("an answer");
    assert!(answer.status().is_success(), "{path}: {}", answer.status());
    answer.json().await.expect("JSON")
}

/// Asks until `wanted` holds of the answer.
async fn until(program: &Program, path: &str, wanted: impl Fn(&Value) -> bool) -> Value {
    let begun = Instant::now();
    loop {
        let answer = get(program, "main", path).await;
        if wanted(&answer) {
            return answer;
        }
        assert!(begun.elapsed() < Duration::from_secs(60), "{path}: {answer}");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

async fn lease(program: &Program, wait_s: u32) -> Vec<Value> {
    let body = json!({ "wait_s": wait_s, "lease_s": 600 });
    let answer = program.post("/v1/work/q/lease", &body).await.expect("an answer");
    answer["items"].as_array().expect("items").clone()
}

fn items(answer: &Value) -> &Vec<Value> {
    answer["items"].as_array().expect("items")
}

fn attempts(commits: &Value) -> usize {
    let events = items(commits).iter().filter_map(|commit| commit["events"].as_array());
    events.flatten().filter(|event| event["type"] == "cambium:EffectAttempted").count()
}

#[tokio::test(flavor = "multi_thread")]
async fn what_may_be_done_once_is_handed_out_once_whatever_is_killed() {
    let home = tempfile::tempdir().expect("a directory");
    let data = home.path().join("data");
    let program = Program::start(BINARY, &data).await.expect("starts");
    let run = json!({ "queue": "q", "delivery": "at_most_once" });
    send(&program, "main", "/v1/job/once/run", &run).await;
    let leased = lease(&program, 20).await;
    assert_eq!(leased.len(), 1, "its attempt is committed");
    program.kill().expect("killed between the attempt and its outcome");

    let program = Program::start(BINARY, &data).await.expect("starts again");
    assert!(lease(&program, 0).await.is_empty());
    let effect = leased[0]["effect_id"].as_str().expect("an id").to_owned();
    let adrift = get(&program, "main", &format!("/v1/effects/{effect}")).await;
    assert_eq!((&adrift["status"], &adrift["attempts"]), (&json!("leased"), &json!(1)));
    program.kill().expect("killed again");

    // Nobody answers in the time that workers have: nobody knows what came of it.
    let soon = [("CAMBIUM_ACTORS__WORK_GRACE_MS", "1")];
    let program = Program::start_in(BINARY, &data, &[], &soon).await.expect("starts");
    let state = until(&program, "/v1/job/once", |it| it["state"]["status"] != "waiting").await;
    assert_eq!(state["state"]["code"], "effect_unknown", "{state}");
    assert!(lease(&program, 0).await.is_empty());
    assert_eq!(attempts(&get(&program, "main", "/v1/job/once/events").await), 1);
    let path = format!("/v1/effects/{effect}");
    let told = until(&program, &path, |it| it["status"] == "failed").await;
    assert_eq!((&told["code"], &told["attempts"]), (&json!("effect_unknown"), &json!(1)));
    let again = program.post(&format!("{path}/resume"), &json!({})).await.expect("an answer");
    assert_eq!(again["code"], "effect_not_found", "{again}");
}

/// What the verb prints as JSON, line by line.
fn told(program: &Program, verb: &[&str]) -> Vec<Value> {
    let said = Command::new(BINARY)
        .arg("admin")
        .args(verb)
        .arg("--json")
        .env("CAMBIUM_URL", program.url())
        .env("CAMBIUM_KEY", program.key())
        .output()
        .expect("it runs");
    assert!(said.status.success(), "{verb:?}: {}", String::from_utf8_lossy(&said.stderr));
    let text = String::from_utf8(said.stdout).expect("text");
    text.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_limit_set_over_http_holds_effects_and_says_so() {
    let (_home, program) = super::started().await;
    send(&program, "main", "/v1/limit/key:gpu/set", &json!({ "concurrent_max": 1 })).await;
    for job in ["a", "b"] {
        let run = json!({ "queue": "q", "limit": "gpu" });
        send(&program, "main", &format!("/v1/job/{job}/run"), &run).await;
    }
    let first = lease(&program, 20).await;
    assert_eq!(first.len(), 1);
    until(&program, "/v1/effects?status=queued", |it| items(it).len() == 1).await;
    assert!(lease(&program, 0).await.is_empty(), "the limit");
    let held = get(&program, "main", "/v1/effects?status=queued&key=gpu").await;
    let why = items(&held)[0]["why"].as_str().expect("why").to_owned();
    assert!(why.contains("key:gpu") && why.contains("as many running as may"), "{why}");
    let waiting = items(&held)[0]["actor"].as_str().expect("an actor").to_owned();
    let waits = get(&program, "main", &format!("/v1/job/{waiting}/waiting")).await;
    assert!(items(&waits).iter().any(|it| it["why"] == json!(why)), "{waits}");
    let limits = get(&program, "main", "/v1/limits").await;
    let gpu = &items(&limits)[0];
    let counts = (&gpu["scope"], &gpu["queued"], &gpu["leased"]);
    assert_eq!(counts, (&json!("key:gpu"), &json!(1), &json!(1)), "{limits}");
    assert_eq!(told(&program, &["effects", "list", "--status", "queued"])[0]["why"], json!(why));
    assert_eq!(told(&program, &["limits"])[0]["items"][0]["scope"], "key:gpu");
    let metrics = program.request(Method::GET, "/metrics").send().await.expect("an answer");
    let metrics = metrics.text().await.expect("text");
    let line = "cambium_effects{class=\"work\",limit=\"gpu\",status=\"queued\"} 1";
    assert!(metrics.contains(line), "{metrics}");

    // An operator gives the held one up, and then there is room for nobody but the first.
    let effect = items(&held)[0]["id"].as_str().expect("an id").to_owned();
    let paused = told(&program, &["effects", "pause", &effect, "--reason", "later"]);
    assert_eq!(paused[0]["status"], "paused");
    until(&program, "/v1/effects?status=paused", |it| items(it).len() == 1).await;
    assert_eq!(told(&program, &["effects", "cancel", &effect])[0]["status"], "cancelled");
    let path = format!("/v1/job/{waiting}");
    let state = until(&program, &path, |it| it["state"]["status"] != "waiting").await;
    assert_eq!(state["state"]["status"], "cancelled", "{state}");
    until(&program, "/v1/effects?status=cancelled", |it| items(it).len() == 1).await;
}

/// Where each conclusion of a tenant's effects stands in the log.
async fn concluded(program: &Program, tenant: &str) -> Vec<u64> {
    let (mut found, mut after) = (Vec::new(), String::new());
    loop {
        let page = get(program, tenant, &format!("/v1/events?limit=100{after}")).await;
        for commit in items(&page) {
            let events = commit["events"].as_array().expect("events");
            if events.iter().any(|event| event["type"] == "cambium:EffectConcluded") {
                let cursor = commit["cursor"].as_str().expect("a cursor");
                found.push(cursor.parse().expect("a number"));
            }
        }
        match page["next"].as_str() {
            Some(next) if !items(&page).is_empty() => after = format!("&after={next}"),
            _ => return found,
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn two_tenants_are_served_in_turn_through_one_place() {
    const EACH: usize = 100;
    let (_home, program) = super::started().await;
    send(&program, "system", "/v1/limit/class:llm/pause", &json!({})).await;
    let draft = json!({ "goal": "A line about trees" });
    // All of one tenant's come before the first of the other's.
    for tenant in ["first", "second"] {
        for number in 0..EACH {
            send(&program, tenant, &format!("/v1/osteon/d{number}/draft"), &draft).await;
        }
    }
    let all = async |tenant: &'static str| {
        let page = get(&program, tenant, "/v1/effects?status=queued&limit=200").await;
        items(&page).len() == EACH
    };
    let begun = Instant::now();
    while !(all("first").await && all("second").await) {
        assert!(begun.elapsed() < Duration::from_secs(60), "all wait");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    send(&program, "system", "/v1/limit/class:llm/set", &json!({ "concurrent_max": 1 })).await;
    send(&program, "system", "/v1/limit/class:llm/resume", &json!({})).await;
    let begun = Instant::now();
    let (mut first, mut second) = (Vec::new(), Vec::new());
    while first.len() < EACH || second.len() < EACH {
        assert!(begun.elapsed() < Duration::from_secs(120), "all are served");
        tokio::time::sleep(Duration::from_millis(100)).await;
        first = concluded(&program, "first").await;
        second = concluded(&program, "second").await;
    }
    let mut order: Vec<_> = first.into_iter().map(|at| (at, 1_i32)).collect();
    order.extend(second.into_iter().map(|at| (at, -1)));
    order.sort_unstable();
    let mut ahead = 0_i32;
    // As long as both have something that waits; a draft may ask more than once.
    for (at, step) in order.into_iter().take(2 * EACH) {
        ahead += step;
        assert!(ahead.abs() <= 1, "one tenant is ahead by {ahead} at {at}");
    }
}
