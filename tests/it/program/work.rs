//! Workers in Python, as the docs show them, with kills in the middle.

use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, Stdio};
use std::time::{Duration, Instant};

use cambium_tests::program::Program;
use cambium_tests::python;
use serde_json::{Value, json};

use super::BINARY;

/// A worker as the docs show it; killed when dropped.
struct Worker {
    child: Child,
    said: BufReader<ChildStdout>,
}

impl Worker {
    fn start(python: &Path, script: &str, data: &Path, lease_s: &str) -> Self {
        let examples = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/examples");
        let mut child = Command::new(python)
            .arg(examples.join(script))
            .arg(data)
            .arg("words")
            .env("LEASE_S", lease_s)
            .stdout(Stdio::piped())
            .spawn()
            .expect("the worker starts");
        let said = BufReader::new(child.stdout.take().expect("its output"));
        Self { child, said }
    }

    /// The next line that it says.
    async fn says(&mut self) -> String {
        let mut line = String::new();
        tokio::task::block_in_place(|| self.said.read_line(&mut line)).expect("it speaks");
        line.trim().to_owned()
    }
}

impl Drop for Worker {
    /// SIGKILL: it gets no chance to say good-bye.
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A file that blocks whoever reads it until somebody writes: work that takes as long as wanted.
fn fifo(home: &Path, name: &str) -> PathBuf {
    let path = home.join(name);
    let made = Command::new("mkfifo").arg(&path).status().expect("mkfifo");
    assert!(made.success());
    path
}

async fn run(program: &Program, job: &str, path: &Path) -> Value {
    let body = json!({ "queue": "words", "input": { "path": path } });
    let request = program.request(reqwest::Method::POST, &format!("/v1/job/{job}/run"));
    let answer = request.header("prefer", "wait=0").json(&body).send().await.expect("accepted");
    assert_eq!(answer.status(), 202);
    answer.json().await.expect("an answer")
}

/// The job's state once it has ended.
async fn ended(program: &Program, job: &str) -> Value {
    let begun = Instant::now();
    loop {
        let state = program.get(&format!("/v1/job/{job}")).await.expect("a state");
        if state["state"]["status"] != "waiting" {
            return state["state"].clone();
        }
        assert!(begun.elapsed() < Duration::from_secs(60), "the work is not done: {state}");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

fn write(path: &Path) {
    tokio::task::block_in_place(|| std::fs::write(path, "one two three")).expect("written");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_killed_worker_is_followed_by_another() {
    let (home, program) = super::started().await;
    let path = fifo(home.path(), "text");
    run(&program, "a", &path).await;
    let python = Path::new("python3");
    let mut first = Worker::start(python, "worker.py", program.data(), "2");
    assert!(first.says().await.ends_with(" 1"), "the first attempt");
    drop(first);
    let mut second = Worker::start(python, "worker.py", program.data(), "2");
    assert!(second.says().await.ends_with(" 2"), "the second attempt");
    write(&path);
    assert!(second.says().await.ends_with(" done"));
    let state = ended(&program, "a").await;
    assert_eq!((&state["output"]["words"], &state["attempts"]), (&json!(3), &json!(2)));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_outcome_outlives_a_killed_program_and_lands_once() {
    let home = tempfile::tempdir().expect("a directory");
    let data = home.path().join("data");
    let program = Program::start(BINARY, &data).await.expect("starts");
    let path = fifo(home.path(), "text");
    run(&program, "a", &path).await;
    // The lease outlasts the restart by far, so that the work is nobody else's meanwhile.
    let mut worker = Worker::start(Path::new("python3"), "worker.py", &data, "600");
    assert!(worker.says().await.ends_with(" 1"));
    program.kill().expect("the program is killed");
    write(&path);
    let program = Program::start(BINARY, &data).await.expect("starts again");
    assert!(worker.says().await.ends_with(" done"));
    let state = ended(&program, "a").await;
    assert_eq!(state["output"]["words"], 3);
    let events = program.get("/v1/job/a/events").await.expect("its commits");
    let finished = events["items"].as_array().expect("commits").iter().filter(|commit| {
        commit["events"].as_array().is_some_and(|all| all.iter().any(|it| it["type"] == "Finished"))
    });
    assert_eq!(finished.count(), 1, "{events}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_worker_over_nats_does_the_same() {
    let (home, program) = super::started().await;
    let path = home.path().join("text");
    write(&path);
    run(&program, "a", &path).await;
    let python = python::interpreter(Path::new(env!("CARGO_TARGET_TMPDIR"))).expect("python");
    let mut worker = Worker::start(&python, "worker_nats.py", program.data(), "");
    assert!(worker.says().await.ends_with(" done"));
    assert_eq!(ended(&program, "a").await["output"]["words"], 3);
}

#[test]
fn the_worker_of_the_docs_is_short() {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/examples/worker.py");
    let lines = std::fs::read_to_string(script).expect("the example").lines().count();
    assert!(lines <= 60, "{lines} lines");
}
