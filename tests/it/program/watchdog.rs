//! What stands still is told once, everywhere, with its cause; and that it goes on.

use std::fs;
use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use cambium_tests::program::Program;
use reqwest::Method;
use serde_json::{Value, json};

use super::BINARY;

/// Another program that holds the database for itself until its input ends.
const HOLD: &str = "
import sqlite3, sys
database = sqlite3.connect(sys.argv[1], isolation_level=None, timeout=60)
database.execute('BEGIN IMMEDIATE')
print('held', flush=True)
sys.stdin.read()
database.execute('ROLLBACK')
";

const ENVIRONMENT: &[(&str, &str)] = &[
    ("CAMBIUM_SUPERVISION__STALLED_MS", "1000"),
    ("CAMBIUM_SUPERVISION__WATCH_INTERVAL_MS", "50"),
    ("CAMBIUM_PROJECTIONS__BUSY_TIMEOUT_MS", "50"),
    ("CAMBIUM_PROJECTIONS__RETRY_MAX_MS", "200"),
];

pub(super) fn hold(data: &Path) -> Child {
    let mut child = Command::new("python3")
        .args(["-c", HOLD])
        .arg(data.join("models.db"))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("python runs");
    let mut line = String::new();
    let out = child.stdout.as_mut().expect("piped");
    BufReader::new(out).read_line(&mut line).expect("told");
    assert_eq!(line.trim(), "held");
    child
}

/// What `/readyz` says, asked until `wanted` holds.
async fn until(program: &Program, wanted: impl Fn(&Value) -> bool) -> Value {
    let begun = std::time::Instant::now();
    loop {
        let told = program.get("/readyz").await.expect("JSON");
        if wanted(&told) {
            return told;
        }
        assert!(begun.elapsed() < Duration::from_secs(60), "it never says so: {told}");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

async fn metrics(program: &Program) -> String {
    let answer = program.request(Method::GET, "/metrics").send().await.expect("an answer");
    answer.text().await.expect("text")
}

fn said(program: &Program, what: &str) -> Vec<String> {
    let said = fs::read_to_string(program.data().with_extension("said")).expect("readable");
    said.lines().filter(|line| line.contains(what)).map(str::to_owned).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_read_model_that_stands_still_is_told_with_its_cause_and_so_is_its_end() {
    let home = tempfile::tempdir().expect("a directory");
    let data = home.path().join("data");
    let program = Program::start_in(BINARY, &data, &[], ENVIRONMENT).await.expect("starts");
    let mut holder = hold(&data);
    let added = program.post("/v1/counter/c/add", &json!({})).await.expect("JSON");
    assert_eq!(added["ok"], true, "commands go on: {added}");
    let stands = |told: &Value| told.to_string().contains("read model heads stalled");
    let told = until(&program, |told| stands(told) && told.to_string().contains("locked")).await;
    assert!(told.to_string().contains("stands still at "), "{told}");
    let text = metrics(&program).await;
    assert!(text.contains("cambium_stalled{part=\"read model heads\"} 1"), "{text}");
    assert!(text.contains("cambium_stalled{part=\"tail\"} 0"), "{text}");
    drop(holder.stdin.take());
    assert!(holder.wait().expect("ended").success());
    until(&program, |told| told["status"] == "ready" && !stands(told)).await;
    let text = metrics(&program).await;
    assert!(text.contains("cambium_stalled{part=\"read model heads\"} 0"), "{text}");
    for what in ["a part stands still", "a part goes on"] {
        let lines = said(&program, what);
        let of_heads: Vec<_> = lines.iter().filter(|line| line.contains("model heads")).collect();
        assert_eq!(of_heads.len(), 1, "{what}, once: {lines:?}");
    }
    program.stop().expect("stops");
}
