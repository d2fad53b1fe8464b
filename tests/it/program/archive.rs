//! From one system into another: exported, imported, killed on the way, verified, proved.

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use cambium_tests::program::Program;
use futures_util::{StreamExt as _, stream};
use serde_json::{Value, json};

use super::BINARY;

fn run(program: &Program, args: &[&str]) -> Output {
    let mut command = Command::new(BINARY);
    command.args(args).arg("--data").arg(program.data()).output().expect("runs")
}

fn said(output: &Output) -> String {
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    text(&output.stdout) + &text(&output.stderr)
}

fn done(program: &Program, args: &[&str]) -> String {
    let output = run(program, args);
    assert!(output.status.success(), "{args:?}: {}", said(&output));
    String::from_utf8_lossy(&output.stdout).into_owned()
}

/// Counters of many revisions, a fork, a conversation that was answered, and a large input.
async fn lived(program: &Program, commits: usize) {
    let adds = (0..commits).map(|number| async move {
        let path = format!("/v1/counter/c{}/add", number % 23);
        program.post(&path, &json!({})).await.expect("JSON");
    });
    stream::iter(adds).buffer_unordered(32).collect::<Vec<()>>().await;
    let fork = json!({ "id": "fork", "at": 2 });
    program.post("/v1/counter/c1/fork", &fork).await.expect("JSON");
    program.post("/v1/counter/fork/add", &json!({ "by": 40 })).await.expect("JSON");
    let draft = json!({ "section_title": "Long", "context": "word ".repeat(20_000) });
    program.post("/v1/osteon/d/draft", &draft).await.expect("JSON");
}

async fn root(program: &Program) -> Value {
    let made = program.post("/v1/tree-heads", &json!({})).await.expect("JSON");
    assert!(made["root"].is_string(), "{made}");
    made["root"].clone()
}

fn file(home: &Path, name: &str) -> (PathBuf, String) {
    let path = home.join(name);
    let text = path.to_str().expect("UTF-8").to_owned();
    (path, text)
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_exported_and_imported_is_the_same_to_the_last_byte() {
    let (home, program) = super::started().await;
    lived(&program, 60).await;
    let (_, export) = file(home.path(), "all.jsonl");
    let (_, head) = file(home.path(), "head.json");
    let there = root(&program).await;
    done(&program, &["tree", "export", "--proof", "counter/c1", "-o", &head]);
    done(&program, &["export", "--all-tenants", "-o", &export]);
    let key = done(&program, &["tree", "key"]);
    let told = done(&program, &["verify", "--all", "--states"]);
    assert!(told.contains(" 0 broken") && told.contains("1 tree heads, 0 broken"), "{told}");
    let replay = done(&program, &["replay", "counter/c1", "--decide"]);
    assert!(replay.contains("✓ equal to the living actor"), "{replay}");
    program.stop().expect("stops");

    // Nothing but the files and the key.
    let verify = ["tree", "verify", &head, "--public-key", key.trim(), "--export", &export];
    let output = Command::new(BINARY).args(verify).output().expect("runs");
    assert!(output.status.success(), "{}", said(&output));
    assert_eq!(said(&output).lines().filter(|line| line.starts_with('✓')).count(), 3);

    let (_other_home, other) = super::started().await;
    let told = done(&other, &["import", &export]);
    assert!(told.starts_with("✓ ") && told.contains(" 0 were here, 1 contents"), "{told}");
    assert_eq!(root(&other).await, there);
    let told = done(&other, &["verify", "--all", "--states"]);
    assert!(told.contains(" 0 broken"), "{told}");
    let replay = done(&other, &["replay", "osteon/d", "--decide"]);
    assert!(replay.contains("✓ every command would be decided the same today"), "{replay}");
    // It lives on, and what was here before is passed over.
    let added = other.post("/v1/counter/fork/add", &json!({})).await.expect("JSON");
    assert_eq!(added["output"]["value"], 43, "{added}");
    let told = done(&other, &["import", &export]);
    assert!(told.starts_with("✓ 0 commits imported"), "{told}");
    // Another history is never written over.
    let (_third_home, third) = super::started().await;
    third.post("/v1/counter/c1/add", &json!({ "by": 7 })).await.expect("JSON");
    let output = run(&third, &["import", &export]);
    assert_eq!(output.status.code(), Some(1));
    assert!(said(&output).contains("import_conflict"), "{}", said(&output));
    for program in [other, third] {
        program.stop().expect("stops");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_import_that_is_killed_half_way_goes_on() {
    let (home, program) = super::started().await;
    lived(&program, 1_300).await;
    let (path, export) = file(home.path(), "all.jsonl");
    let there = root(&program).await;
    done(&program, &["export", "--all-tenants", "-o", &export]);
    program.stop().expect("stops");
    let whole = std::fs::read(&path).expect("readable");
    let ends: Vec<usize> =
        (0..whole.len()).filter(|at| whole[*at] == b'\n').map(|at| at + 1).collect();
    let half = ends[ends.len() / 2];

    let target = tempfile::tempdir().expect("a directory");
    let data = target.path().join("data");
    let other = Program::start(BINARY, &data).await.expect("starts");
    // The client is given half of the file and waits for more: that is when it dies.
    let mut client = Command::new(BINARY)
        .args(["import", "-", "--data"])
        .arg(&data)
        .stdin(Stdio::piped())
        .stderr(Stdio::null())
        .stdout(Stdio::null())
        .spawn()
        .expect("runs");
    client.stdin.as_mut().expect("piped").write_all(&whole[..half]).expect("taken");
    while other.get("/v1/counter/c1").await.expect("JSON")["revision"].is_null() {
        tokio::task::yield_now().await;
    }
    client.kill().expect("killed");
    client.wait().expect("ended");
    // Then the program dies, too, while another client is at it.
    let mut client = Command::new(BINARY)
        .args(["import", "-", "--data"])
        .arg(&data)
        .stdin(Stdio::piped())
        .stderr(Stdio::null())
        .stdout(Stdio::null())
        .spawn()
        .expect("runs");
    client.stdin.as_mut().expect("piped").write_all(&whole[..half]).expect("taken");
    other.kill().expect("killed");
    client.kill().expect("killed");
    client.wait().expect("ended");
    let other = Program::start(BINARY, &data).await.expect("starts again");
    let told = done(&other, &["import", &export]);
    assert!(told.starts_with("✓ ") && !told.contains(" 0 were here"), "{told}");
    assert_eq!(root(&other).await, there);
    let told = done(&other, &["verify", "--all", "--states"]);
    assert!(told.contains(" 0 broken"), "{told}");
    other.stop().expect("stops");
}
