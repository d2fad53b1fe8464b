//! Read models through trouble: going back, kill -9 in the middle, intruders, a full disk.

use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::time::Duration;

use cambium_tests::program::{Program, broker_of};
use cambium_tests::python;
use serde_json::{Value, json};

use super::BINARY;

fn cambium(args: &[&str], data: &Path) -> Output {
    Command::new(BINARY).args(args).arg("--data").arg(data).output().expect("runs")
}

/// What a verb prints as JSON, a value a line.
fn told(args: &[&str], data: &Path) -> Vec<Value> {
    let output = cambium(args, data);
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    let wrong = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{args:?}: {said} {wrong}");
    let values = said.lines().map(|line| serde_json::from_str(line).expect("JSON"));
    values
        .flat_map(|value: Value| value["items"].as_array().cloned().unwrap_or(vec![value]))
        .collect()
}

async fn add(program: &Program, counter: &str, times: usize) -> String {
    let mut cursor = String::new();
    for _ in 0..times {
        let path = format!("/v1/counter/{counter}/add");
        let answer = program.post(&path, &json!({})).await.expect("JSON");
        cursor = answer["cursor"].as_str().unwrap_or_else(|| panic!("{answer}")).to_owned();
    }
    cursor
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rebuild_can_be_gone_back_from_and_its_report_is_seen() {
    let (_home, program) = super::started().await;
    add(&program, "c", 20).await;
    let data = program.data().to_owned();
    let report = &told(&["rebuild", "heads", "--json"], &data)[0];
    assert_eq!((&report["mode"], &report["equal"]), (&json!("swap"), &json!(true)), "{report}");
    assert_eq!(report["rows_hash"], report["rows_hash_live"], "{report}");
    assert_eq!(report["rows"], report["rows_live"], "{report}");
    let kept = |rows: Vec<Value>| rows.iter().filter(|row| row["state"] == "kept").count();
    assert_eq!(kept(told(&["admin", "models", "--json"], &data)), 1);
    let cursor = add(&program, "c", 5).await;
    let back = &told(&["rebuild", "heads", "--roll-back", "--json"], &data)[0];
    assert_eq!((&back["mode"], &back["swapped"]), (&json!("roll_back"), &json!(true)), "{back}");
    let row = program.get(&format!("/v1/counter?min_cursor={cursor}")).await.expect("JSON");
    assert_eq!(row["items"][0]["summary"]["value"], 25, "{row}");
    let status = told(&["rebuild", "--status", "--json"], &data);
    assert_eq!((&status[0]["phase"], &status[0]["mode"]), (&json!("done"), &json!("roll_back")));
    assert_eq!(told(&["rebuild", "--drop-kept", "--json"], &data)[0]["model"], "heads");
    assert_eq!(kept(told(&["admin", "models", "--json"], &data)), 0);
    let refused = cambium(&["rebuild", "heads", "--roll-back"], &data);
    let said = String::from_utf8_lossy(&refused.stderr).into_owned();
    assert!(refused.status.code() == Some(1) && said.contains("nothing_kept"), "{said}");
    program.stop().expect("stops");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_kill_in_the_middle_of_a_rebuild_or_roll_back_costs_nothing() {
    let home = tempfile::tempdir().expect("a directory");
    let data = home.path().join("data");
    // One commit a transaction, so that there is a middle.
    let environment = [("CAMBIUM_PROJECTIONS__BATCH_COMMITS_MAX", "1")];
    let mut program = Program::start_in(BINARY, &data, &[], &environment).await.expect("starts");
    let cursor = add(&program, "c", 150).await;
    program.get(&format!("/v1/counter?min_cursor={cursor}")).await.expect("JSON");
    for path in ["/v1/admin/rebuild", "/v1/admin/rebuild", "/v1/admin/rebuild/roll_back"] {
        let request = program.request(reqwest::Method::POST, path).json(&json!({}));
        let asked = tokio::spawn(request.send());
        // Until it is on its way, or over.
        loop {
            let told = program.get("/v1/admin/rebuild").await.expect("JSON");
            let begun = |row: &Value| row["phase"] != "waiting";
            if told["items"].as_array().is_some_and(|rows| rows.iter().any(begun)) {
                break;
            }
            assert!(!asked.is_finished() || told["items"] != json!([]), "{told}");
        }
        program.kill().expect("killed");
        drop(asked.await);
        program = Program::start_in(BINARY, &data, &[], &environment).await.expect("starts");
        let row = program.get("/v1/counter").await.expect("JSON");
        assert_eq!(row["items"][0]["summary"]["value"], 150, "what served goes on: {row}");
        let models = program.get("/v1/admin/models").await.expect("JSON");
        assert!(!models.to_string().contains("\"shadow\""), "{models}");
        let swapped = program.post("/v1/admin/rebuild", &json!({})).await.expect("JSON");
        let reports = swapped["items"].as_array().expect("reports");
        assert!(reports.iter().all(|report| report["equal"] == true), "{swapped}");
    }
    program.stop().expect("stops");
}

/// Publishes, as an intruder with the broker's password, an exact copy of an actor's last commit;
/// prints what AUDIT holds of the read models once it holds something.
const REPEAT: &str = r#"
import asyncio, json, sys
from pathlib import Path
import nats

async def main(data, what):
    server = json.loads((data / "nats.json").read_text())
    nc = await nats.connect(server["url"], user=server["user"], password=server["password"])
    js = nc.jetstream()
    if what == "audit":
        while True:
            try:
                last = await js.get_last_msg("AUDIT", "aud.main.read_model")
                print(last.data.decode("utf-8", "replace"))
                break
            except nats.js.errors.NotFoundError:
                await asyncio.sleep(0.02)
    else:
        info = await js.stream_info("EVENTS", subjects_filter="evt.>")
        subject = next(s for s in info.state.subjects if s.endswith(".main.counter.bad"))
        last = await js.get_last_msg("EVENTS", subject)
        await js.publish(subject, last.data)
    await nc.close()

asyncio.run(main(Path(sys.argv[1]), sys.argv[2]))
"#;

fn intrude(data: &Path, what: &str) -> String {
    let python: PathBuf =
        python::interpreter(Path::new(env!("CARGO_TARGET_TMPDIR"))).expect("python");
    let output = Command::new(python).args(["-c", REPEAT]).arg(data).arg(what).output();
    let output = output.expect("runs");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8_lossy(&output.stdout).into_owned()
}

async fn refused(program: &Program) -> Value {
    loop {
        let told = program.get("/v1/admin/refused").await.expect("JSON");
        if told["items"].as_array().is_some_and(|items| !items.is_empty()) {
            return told["items"][0].clone();
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_well_formed_commit_of_an_intruder_is_applied_by_no_read_model() {
    let (_home, program) = super::started().await;
    add(&program, "good", 2).await;
    add(&program, "bad", 3).await;
    let data = program.data().to_owned();
    intrude(&data, "copy");
    let found = refused(&program).await;
    assert_eq!((&found["actor"], &found["open"]), (&json!("main/counter/bad"), &json!(true)));
    let cursor = add(&program, "good", 1).await;
    let rows = program.get(&format!("/v1/timeline?min_cursor={cursor}")).await.expect("JSON");
    assert_eq!(rows["items"].as_array().map(Vec::len), Some(6), "none twice: {rows}");
    let ready = program.get("/readyz").await.expect("JSON");
    let parts = ready["parts"].as_array().expect("parts");
    let models = parts.iter().find(|part| part["name"] == "read_models").expect("its part");
    assert_eq!((&models["state"], &models["facts"]["refused"]), (&json!("ready"), &json!(1)));
    assert!(!ready.to_string().contains("bad"), "strangers learn no names: {ready}");
    let audited = intrude(&data, "audit");
    assert!(audited.contains("does not continue its actor's chain"), "{audited}");
    let skipped = cambium(&["admin", "quarantine", "counter/bad", "--skip"], &data);
    assert!(skipped.status.success(), "{}", String::from_utf8_lossy(&skipped.stderr));
    let cursor = add(&program, "bad", 1).await;
    let rows = program.get(&format!("/v1/counter?min_cursor={cursor}")).await.expect("JSON");
    let bad = rows["items"].as_array().expect("rows").iter().find(|row| row["id"] == "bad");
    assert_eq!(bad.expect("its row")["summary"]["value"], 4, "it goes on: {rows}");
    assert_eq!(refused(&program).await["open"], false);
    let checked = told(&["rebuild", "--check", "--json"], &data);
    assert!(checked.iter().all(|report| report["equal"] == true), "{checked:?}");
    program.stop().expect("stops");
}

/// Runs a program that does not die of a file that may not grow, as Python's children do not.
const PATIENT: &str = "import os, sys; os.execv(sys.argv[1], sys.argv[1:])";

/// Sets how large the files of a process may grow, in bytes; -1 = without limit.
const LIMIT: &str = "
import resource, sys
pid, most = int(sys.argv[1]), int(sys.argv[2])
_, hard = resource.prlimit(pid, resource.RLIMIT_FSIZE)
resource.prlimit(pid, resource.RLIMIT_FSIZE, (hard if most < 0 else most, hard))
";

pub(super) fn limit(pid: u32, bytes: i64) {
    let mut command = Command::new("python3");
    command.args(["-c", LIMIT]).arg(pid.to_string()).arg(bytes.to_string());
    assert!(command.status().expect("runs").success());
}

#[tokio::test(flavor = "multi_thread")]
async fn read_models_wait_for_room_on_the_disk_and_lose_nothing() {
    let home = tempfile::tempdir().expect("a directory");
    let data = home.path().join("data");
    let script = home.path().join("patient");
    let text = format!("#!/bin/sh\nexec python3 -c '{PATIENT}' '{BINARY}' \"$@\"\n");
    std::fs::write(&script, text).expect("written");
    let mode = std::os::unix::fs::PermissionsExt::from_mode(0o755);
    std::fs::set_permissions(&script, mode).expect("ours");
    let environment = [("CAMBIUM_PROJECTIONS__RETRY_MAX_MS", "200")];
    let binary = script.to_str().expect("UTF-8");
    let program = Program::start_in(binary, &data, &[], &environment).await.expect("starts");
    let cursor = add(&program, "c", 3).await;
    program.get(&format!("/v1/counter?min_cursor={cursor}")).await.expect("JSON");
    let written = std::fs::metadata(data.join("models.db-wal")).expect("there").len();
    limit(program.pid(), i64::try_from(written).expect("small"));
    // The broker is a process of its own and goes on; the read models cannot.
    let last = add(&program, "c", 400).await;
    let paused = |told: &Value| {
        let parts = told["parts"].as_array().or(told["details"]["parts"].as_array());
        let part = parts.into_iter().flatten().find(|part| part["name"] == "read_models");
        part.is_some_and(|part| part["facts"]["paused"].is_string())
    };
    while !paused(&program.get("/readyz").await.expect("JSON")) {
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    limit(program.pid(), -1);
    let value = loop {
        let rows = program.get(&format!("/v1/counter?min_cursor={last}")).await.expect("JSON");
        if let Some(value) = rows["items"][0]["summary"]["value"].as_u64() {
            break value;
        }
    };
    assert_eq!(value, 403);
    while paused(&program.get("/readyz").await.expect("JSON")) {
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    for report in told(&["rebuild", "--check", "--json"], &data) {
        assert_eq!(report["equal"], true, "no row is lost or repeated: {report}");
    }
    program.stop().expect("stops");
}

fn starting(data: &Path) -> Child {
    Command::new(BINARY)
        .args(["up", "--listen", "127.0.0.1:0", "--data"])
        .arg(data)
        .env("CAMBIUM_PROJECTIONS__BUSY_TIMEOUT_MS", "120000")
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .expect("runs")
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stop_during_the_start_ends_what_was_started() {
    let home = tempfile::tempdir().expect("a directory");
    let data = home.path().join("data");
    Program::start(BINARY, &data).await.expect("starts").stop().expect("stops");
    // Somebody holds the database, so that the start waits in the middle.
    let mut holder = super::watchdog::hold(&data);
    let child = starting(&data);
    while broker_of(&data).is_none() {
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    let status = Command::new("kill").arg(child.id().to_string()).status().expect("runs");
    assert!(status.success());
    let output = child.wait_with_output().expect("it ends");
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.code() == Some(1) && said.contains("stopped at the start"), "{said}");
    assert_eq!(broker_of(&data), None, "its broker is gone: {said}");
    drop(holder.stdin.take());
    assert!(holder.wait().expect("ended").success());
    Program::start(BINARY, &data).await.expect("starts again").stop().expect("stops");
}
