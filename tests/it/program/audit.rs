//! The audit trail of the real program: read, exported, checked, tampered with, purged and held.

use std::fs;
use std::path::Path;
use std::process::{Command, Output};
use std::time::Duration;

use cambium_tests::program::Program;
use cambium_tests::python;
use reqwest::Method;
use serde_json::{Value, json};

use super::BINARY;

fn cambium(args: &[&str], data: &Path) -> Output {
    Command::new(BINARY).args(args).arg("--data").arg(data).output().expect("runs")
}

fn said(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr)
}

/// Somebody knocks with a wrong key, so many times.
async fn knock(program: &Program, times: usize) {
    for _ in 0..times {
        let client = cambium_tests::program::client();
        let asked = client.get(format!("{}/v1/counter", program.url())).header("x-api-key", "no");
        asked.send().await.expect("an answer");
    }
}

/// The records of a class, once there are so many.
async fn records(program: &Program, class: &str, least: usize) -> Vec<Value> {
    let path = format!("/v1/audit?order=oldest&limit=500&class={class}");
    let read = async {
        loop {
            let page = program.get(&path).await.expect("JSON");
            let items = page["items"].as_array().cloned().unwrap_or_default();
            if items.len() >= least {
                return items;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(30), read).await.expect("in time")
}

async fn text(program: &Program, path: &str, media: &str) -> String {
    let asked = program.request(Method::GET, path).header("accept", media);
    let told = asked.send().await.expect("an answer");
    assert!(told.status().is_success(), "{path}: {}", told.status());
    told.text().await.expect("text")
}

#[tokio::test(flavor = "multi_thread")]
async fn the_trail_is_read_in_four_forms_and_reading_it_leaves_one_record() {
    let (_home, program) = super::started().await;
    knock(&program, 5).await;
    let denied = records(&program, "denied", 5).await;
    assert_eq!(denied[0]["code"], "unauthenticated", "{denied:?}");
    assert!(denied.iter().all(|it| it["v"] == 2 && it["outcome"] == "refused"));
    let before = records(&program, "read", 1).await.len();
    let csv = text(&program, "/v1/audit?class=denied", "text/csv").await;
    assert_eq!(csv.lines().count(), 6, "{csv}");
    assert!(csv.starts_with("cursor,at,tenant,class"), "{csv}");
    let lines = text(&program, "/v1/audit?class=denied", "application/x-ndjson").await;
    assert_eq!(lines.lines().count(), 5, "{lines}");
    // Of the two between and the two that count.
    assert_eq!(records(&program, "read", 1).await.len(), before + 3);
    let none = program.get("/v1/audit?class=denied&principal=nobody").await.expect("JSON");
    assert_eq!(none["items"], json!([]));
    let request =
        program.request(Method::GET, "/v1/audit?class=denied").header("cambium-tenant", "acme");
    let told: Value = request.send().await.expect("an answer").json().await.expect("JSON");
    assert_eq!(told["items"], json!([]), "another tenant has its own");
    let request = program.request(Method::GET, "/v1/audit?class=denied&after=0");
    let mut told = request.header("accept", "text/event-stream").send().await.expect("a stream");
    let mut events = String::new();
    while events.matches("data: ").count() < 5 {
        let chunk = told.chunk().await.expect("bytes").expect("it goes on");
        events.push_str(&String::from_utf8_lossy(&chunk));
    }
    knock(&program, 1).await;
    while events.matches("data: ").count() < 6 {
        let chunk = told.chunk().await.expect("bytes").expect("it goes on");
        events.push_str(&String::from_utf8_lossy(&chunk));
    }
    let told = cambium(&["rebuild", "audit", "--json"], program.data());
    assert!(told.status.success() && said(&told).contains("\"equal\":true"), "{}", said(&told));
    let metrics = text(&program, "/metrics", "*/*").await;
    assert!(
        metrics.contains("cambium_audit_written_total") && metrics.contains("cambium_audit_lag")
    );
    program.stop().expect("stops");
}

/// Writes, as an intruder with the broker's password, the whole stream again, with a record
/// changed, or without it, each at the place where it stood.
const REWRITE: &str = r#"
import asyncio, json, sys
from pathlib import Path
import nats

async def main(data, what):
    server = json.loads((data / "nats.json").read_text())
    nc = await nats.connect(server["url"], user=server["user"], password=server["password"])
    js = nc.jetstream()
    info = await js.stream_info("AUDIT")
    kept = []
    for sequence in range(1, info.state.last_seq + 1):
        message = await js.get_msg("AUDIT", sequence)
        kept.append((message.subject, message.data))
    at = [n for n, (subject, _) in enumerate(kept) if subject.endswith(".denied")][1]
    subject, payload = kept[at]
    if what == "change":
        record = json.loads(payload)
        record["peer"] = "192.0.2.1"
        kept[at] = (subject, json.dumps(record).encode())
    elif what == "swap":
        other = [n for n, (subject, _) in enumerate(kept) if subject.endswith(".denied")][2]
        kept[at], kept[other] = kept[other], kept[at]
    else:
        del kept[at]
    await js.delete_stream("AUDIT")
    await js.add_stream(info.config)
    for subject, payload in kept:
        await js.publish(subject, payload)
    await nc.close()

asyncio.run(main(Path(sys.argv[1]), sys.argv[2]))
"#;

#[tokio::test(flavor = "multi_thread")]
async fn tampering_with_the_brokers_store_is_found_live_and_offline() {
    let python = python::interpreter(Path::new(env!("CARGO_TARGET_TMPDIR"))).expect("python");
    for what in ["change", "swap", "remove"] {
        let (home, program) = super::started().await;
        knock(&program, 5).await;
        records(&program, "denied", 5).await;
        let head = cambium(&["audit", "head", "--json"], program.data());
        assert!(head.status.success(), "{}", said(&head));
        let whole = cambium(&["audit", "verify", "--json"], program.data());
        assert!(whole.status.success(), "{}", said(&whole));
        let key = cambium(&["tree", "key"], program.data());
        let key = String::from_utf8_lossy(&key.stdout).trim().to_owned();
        let exported = |name: &str| {
            let file = home.path().join(name);
            let path = file.to_str().expect("UTF-8").to_owned();
            let done = cambium(&["audit", "export", "--raw", "--output", &path], program.data());
            assert!(done.status.success(), "{}", said(&done));
            let args = ["audit", "verify", &path, "--public-key", &key, "--json"];
            Command::new(BINARY).args(args).output().expect("runs")
        };
        let offline = exported("whole.jsonl");
        assert!(offline.status.success(), "{}", said(&offline));
        let other = "0".repeat(64);
        let whole = home.path().join("whole.jsonl");
        let mut strange = Command::new(BINARY);
        strange.args(["audit", "verify", whole.to_str().expect("UTF-8"), "--public-key", &other]);
        assert_eq!(strange.output().expect("runs").status.code(), Some(1), "another's key");
        python::run(Command::new(&python).args(["-c", REWRITE]).arg(program.data()).arg(what))
            .expect("rewritten");
        let found = cambium(&["audit", "verify", "--json"], program.data());
        assert_eq!(found.status.code(), Some(1), "{what}: {}", said(&found));
        assert!(said(&found).contains("/denied"), "{what}: {}", said(&found));
        let found = exported("tampered.jsonl");
        assert_eq!(found.status.code(), Some(1), "{what}: {}", said(&found));
        let text = fs::read_to_string(&whole).expect("UTF-8");
        let cut: Vec<&str> = text.lines().skip(1).collect();
        fs::write(&whole, cut.join("\n")).expect("written");
        let args = ["audit", "verify", whole.to_str().expect("UTF-8"), "--public-key", &key];
        let found = Command::new(BINARY).args(args).output().expect("runs");
        assert_eq!(found.status.code(), Some(1), "without its first: {}", said(&found));
        program.stop().expect("stops");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_kept_long_enough_goes_and_what_is_held_stays() {
    let home = tempfile::tempdir().expect("a directory");
    let data = home.path().join("data");
    let program = Program::start(BINARY, &data).await.expect("starts");
    knock(&program, 4).await;
    records(&program, "denied", 4).await;
    let held = cambium(
        &["audit", "hold", "add", "--class", "denied", "--because", "case 17", "--json"],
        &data,
    );
    assert!(held.status.success(), "{}", said(&held));
    let hold: Value = serde_json::from_slice(&held.stdout).expect("JSON");
    program.stop().expect("stops");
    let config = home.path().join("cambium.toml");
    let limits =
        "[audit]\nretention_interval_ms = 100\nretention_days = { denied = 0, read = 0 }\n";
    fs::write(&config, limits).expect("written");
    let more = ["--config", config.to_str().expect("UTF-8")];
    let program = Program::start_with(BINARY, &data, &more).await.expect("starts");
    // The class that nobody holds goes again and again; the held one stays meanwhile.
    records(&program, "retention", 2).await;
    assert_eq!(records(&program, "denied", 4).await.len(), 4);
    let id = hold["id"].as_str().expect("an id");
    let released = cambium(&["audit", "hold", "release", id, "--because", "closed"], &data);
    assert!(released.status.success(), "{}", said(&released));
    let again = cambium(&["audit", "hold", "release", id, "--because", "closed"], &data);
    assert!(said(&again).contains("hold_not_found"), "{}", said(&again));
    let gone = async {
        loop {
            let page = program.get("/v1/audit?class=denied").await.expect("JSON");
            if page["items"] == json!([]) {
                return;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(30), gone).await.expect("it goes");
    program.stop().expect("stops");
    // Quietly, so that nothing is purged while it is looked at.
    let program = Program::start(BINARY, &data).await.expect("starts");
    let head = cambium(&["audit", "head"], &data);
    assert!(head.status.success(), "{}", said(&head));
    let report = cambium(&["audit", "verify", "--json"], &data);
    assert!(report.status.success(), "{}", said(&report));
    let rebuilt = cambium(&["rebuild", "audit", "--json"], &data);
    assert!(said(&rebuilt).contains("\"equal\":true"), "{}", said(&rebuilt));
    program.stop().expect("stops");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_operators_do_is_written_down_once() {
    let (_home, program) = super::started().await;
    program.post("/v1/admin/rebuild", &json!({ "models": ["heads"] })).await.expect("JSON");
    text(&program, "/v1/export", "application/x-ndjson").await;
    let made = program.post("/v1/principal/ada/register", &json!({})).await.expect("JSON");
    assert_eq!(made["ok"], true, "{made}");
    let wrong = json!({ "label": "x", "principal": "nobody" });
    let refused = program.post("/v1/keys", &wrong).await.expect("JSON");
    assert!(refused["code"].is_string(), "{refused}");
    program.post("/v1/counter/c/add", &json!({})).await.expect("JSON");
    let told = records(&program, "admin", 3).await;
    let told: Vec<_> = told.iter().map(|it| it["action"].as_str().unwrap_or_default()).collect();
    assert_eq!(told, ["cap:admin.rebuild", "cap:archive.export", "principal.register"]);
    program.stop().expect("stops");
}
