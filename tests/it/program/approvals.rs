//! A yes to an effect on the real program: held, seen on every road, and kept through kills.

use std::process::Command;
use std::time::{Duration, Instant};

use cambium_tests::program::Program;
use futures_util::StreamExt as _;
use reqwest::Method;
use serde_json::{Value, json};

use super::BINARY;

const RULE: &str = "
version: 1
rules:
  - id: outside-work
    effect: review
    match: { effect: { queues: [q] } }
    when: input.to != 'home'
    approval: { quorum: 2, expires_s: 3600 }
";

/// Asks until `wanted` finds something in the answer.
pub(super) async fn until<T>(
    program: &Program,
    path: &str,
    wanted: impl Fn(&Value) -> Option<T>,
) -> T {
    let begun = Instant::now();
    loop {
        let answer = program.get(path).await.expect("JSON");
        if let Some(found) = wanted(&answer) {
            return found;
        }
        assert!(begun.elapsed() < Duration::from_secs(60), "{path}: {answer}");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

/// A person with a key.
pub(super) async fn person(program: &Program, name: &str) -> String {
    let roles = json!({ "roles": ["reviewer"] });
    program.post(&format!("/v1/principal/{name}/register"), &roles).await.expect("registered");
    let asked = json!({ "principal": name, "label": "test" });
    let key = program.post("/v1/keys", &asked).await.expect("a key");
    key["key"].as_str().unwrap_or_else(|| panic!("{key}")).to_owned()
}

pub(super) async fn vote(program: &Program, key: &str, id: &str, hash: &Value) -> (u16, Value) {
    let url = format!("{}/v1/approval/{id}/approve", program.url());
    let request = cambium_tests::program::client().post(url).header("x-api-key", key);
    let answer = request.json(&json!({ "hash": hash })).send().await.expect("an answer");
    (answer.status().as_u16(), answer.json().await.expect("JSON"))
}

async fn lease(program: &Program) -> Vec<Value> {
    let body = json!({ "wait_s": 0, "lease_s": 600 });
    let answer = program.post("/v1/work/q/lease", &body).await.expect("an answer");
    answer["items"].as_array().expect("items").clone()
}

fn why(program: &Program, of: &str) -> String {
    let said = Command::new(BINARY)
        .args(["why", of])
        .env("CAMBIUM_URL", program.url())
        .env("CAMBIUM_KEY", program.key())
        .output()
        .expect("it runs");
    assert!(said.status.success(), "{}", String::from_utf8_lossy(&said.stderr));
    String::from_utf8(said.stdout).expect("text")
}

/// The first event of an approval's own stream.
async fn streamed(program: &Program, id: &str) -> Value {
    let path = format!("/v1/approval/{id}/events");
    let request = program.request(Method::GET, &path).header("last-event-id", "0");
    let response = request.header("accept", "text/event-stream").send().await.expect("a stream");
    let mut body = response.bytes_stream();
    let mut text = String::new();
    let reading = async {
        loop {
            let chunk = body.next().await.expect("goes on").expect("readable");
            text.push_str(&String::from_utf8_lossy(&chunk));
            let data = text.lines().filter_map(|line| line.strip_prefix("data:"));
            let found = data.filter_map(|data| serde_json::from_str(data).ok()).next();
            if let Some(commit) = found {
                return commit;
            }
        }
    };
    tokio::time::timeout(Duration::from_secs(30), reading).await.expect("in time")
}

#[tokio::test(flavor = "multi_thread")]
async fn held_work_waits_through_kills_until_enough_say_yes() {
    let home = tempfile::tempdir().expect("a directory");
    let data = home.path().join("data");
    let program = Program::start(BINARY, &data).await.expect("starts");
    let (anna, bob) = (person(&program, "anna").await, person(&program, "bob").await);
    program.post("/v1/policy/team/put", &json!({ "text": RULE })).await.expect("a policy");
    let run = json!({ "queue": "q", "input": { "to": "the world" } });
    let request = program.request(Method::POST, "/v1/job/a/run").header("prefer", "wait=0");
    assert_eq!(request.json(&run).send().await.expect("accepted").status(), 202);

    let item = until(&program, "/v1/approval?status=pending", |page| page["items"].get(0).cloned());
    let item = item.await;
    assert_eq!(item["summary"]["class"], "work", "{item}");
    assert_eq!((&item["summary"]["kind"], &item["summary"]["actor"]), (&json!("job"), &json!("a")));
    let id = item["id"].as_str().expect("an id").to_owned();
    let effect = item["summary"]["effect"].as_str().expect("an effect").to_owned();
    let named = format!("approval/{id}");
    assert!(why(&program, "job/a").contains(&named), "{}", why(&program, "job/a"));
    let view = program.get(&format!("/v1/effects/{effect}")).await.expect("JSON");
    assert_eq!((&view["status"], &view["hold"]["held_by"]), (&json!("paused"), &json!("approval")));
    let first = streamed(&program, &id).await;
    assert_eq!(first["events"][0]["type"], "Proposed", "{first}");
    assert_eq!(first["events"][0]["data"]["effect"]["data"]["input"]["to"], "the world");
    assert!(lease(&program).await.is_empty());
    let path = format!("/v1/effects/{effect}/resume");
    let refused = program.post(&path, &json!({})).await.expect("JSON");
    assert_eq!(refused["code"], "effect_awaits_approval", "{refused}");

    program.kill().expect("killed");
    let program = Program::start(BINARY, &data).await.expect("starts again");
    assert!(lease(&program).await.is_empty());
    let state = program.get(&format!("/v1/approval/{id}")).await.expect("a state");
    let hash = &state["state"]["proposal"]["hash"];
    let (status, own) = vote(&program, program.key(), &id, hash).await;
    assert_eq!((status, &own["code"]), (403, &json!("approval_own")));
    assert_eq!(vote(&program, &anna, &id, hash).await.0, 200);

    program.kill().expect("killed between one yes and the other");
    let program = Program::start(BINARY, &data).await.expect("starts again");
    assert!(lease(&program).await.is_empty());
    assert_eq!(vote(&program, &bob, &id, hash).await.0, 200);
    program.kill().expect("killed as soon as it was said");
    let program = Program::start(BINARY, &data).await.expect("starts again");
    let begun = Instant::now();
    let item = loop {
        if let Some(item) = lease(&program).await.pop() {
            break item;
        }
        assert!(begun.elapsed() < Duration::from_secs(60), "{}", why(&program, "job/a"));
        tokio::time::sleep(Duration::from_millis(20)).await;
    };
    assert_eq!(item["input"], json!({ "to": "the world" }));
    let outcome = json!({ "lease": item["lease"], "ok": true, "output": 7 });
    let path = format!("/v1/work/{effect}/outcome");
    program.post(&path, &outcome).await.expect("taken");
    until(&program, "/v1/job/a", |job| (job["state"]["status"] == "done").then_some(())).await;
    let stands = |it: &Value| (it["state"]["status"] == "performed").then_some(());
    until(&program, &format!("/v1/approval/{id}"), stands).await;
    let pages = program.get("/v1/job/a/events").await.expect("commits");
    let commits = pages["items"].as_array().expect("commits").clone();
    let events = commits.iter().filter_map(|it| it["events"].as_array()).flatten();
    let paused = events.filter(|it| it["type"] == "cambium:EffectPaused").count();
    assert_eq!(paused, 1, "nobody was asked twice");
    program.stop().expect("stops");
}
