//! The real program over a real PostgreSQL server, which is killed and comes back.

#[path = "../../../projections/src/tests/server.rs"]
pub(super) mod server;

use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use cambium_tests::program::Program;
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use server::Server;

use super::BINARY;

/// How long what must happen may take.
const PATIENCE: Duration = Duration::from_secs(60);

async fn add(program: &Program) -> String {
    let answer = program.post("/v1/counter/one/add", &json!({ "by": 1 })).await.expect("JSON");
    assert_eq!(answer["ok"], true, "{answer}");
    answer["cursor"].as_str().expect("a cursor").to_owned()
}

/// What `/readyz` says of the read models.
pub(super) async fn read_models(program: &Program) -> Value {
    let told = program.get("/readyz").await.expect("JSON");
    // Of a program that is not ready the parts stand among the details of the refusal.
    let parts = told["parts"].as_array().or(told["details"]["parts"].as_array());
    parts
        .expect("parts")
        .iter()
        .find(|part| part["name"] == "read_models")
        .expect("the part")
        .clone()
}

async fn listed(program: &Program) -> (StatusCode, bool, Value) {
    let answer = program.request(Method::GET, "/v1/counter").send().await.expect("an answer");
    let (status, waits) = (answer.status(), answer.headers().contains_key("retry-after"));
    (status, waits, answer.json().await.expect("JSON"))
}

/// Sends a server and all that it has started a signal, such as `STOP` or `CONT`.
pub(super) fn signal(server: &Server, name: &str) {
    let state = std::fs::read_to_string(server.dir.join("data/postmaster.pid"));
    let state = state.expect("it runs");
    let pid = state.lines().next().expect("its id");
    let children = std::fs::read_to_string(format!("/proc/{pid}/task/{pid}/children"));
    for process in [pid].into_iter().chain(children.unwrap_or_default().split_whitespace()) {
        // Some may have ended in between.
        let _ = Command::new("kill").args([&format!("-{name}"), process]).status();
    }
}

/// What `doctor` says.
fn doctor(data: &Path, server: &Server) -> String {
    let said = Command::new(BINARY)
        .args(["doctor", "--json"])
        .env("CAMBIUM_DATA", data)
        .env("CAMBIUM_DATABASE_URL", server.url())
        .output()
        .expect("runs");
    String::from_utf8_lossy(&said.stdout).into_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn commands_go_on_while_the_database_is_away() {
    let Some(server) = Server::start() else { return };
    let home = tempfile::tempdir().expect("a directory");
    let data = home.path().join("data");
    let environment = [
        ("CAMBIUM_DATABASE_URL", &*server.url()),
        ("CAMBIUM_PROJECTIONS__READ_ACQUIRE_MS", "300"),
        ("CAMBIUM_PROJECTIONS__RETRY_MAX_MS", "200"),
    ];
    let program = Program::start_in(BINARY, &data, &[], &environment).await.expect("it starts");
    let cursor = add(&program).await;
    let path = format!("/v1/counter?min_cursor={cursor}");
    let page = program.get(&path).await.expect("JSON");
    assert_eq!(page["items"][0]["summary"]["value"], 1, "{page}");
    assert!(!data.join("models.db").exists(), "nothing is kept in a file");

    server.kill();
    for _ in 0..5 {
        add(&program).await;
    }
    let begun = Instant::now();
    let told = loop {
        let part = read_models(&program).await;
        if part["state"] == "degraded" {
            break part;
        }
        assert!(begun.elapsed() < PATIENCE, "{part}");
    };
    let ready = program.request(Method::GET, "/readyz").send().await.expect("an answer");
    assert_eq!(ready.status(), StatusCode::OK, "who asks for commands is not sent away");
    assert_eq!(ready.json::<Value>().await.expect("JSON")["status"], "degraded");
    assert!(told["detail"].as_str().expect("why").contains("database"), "{told}");
    let said = doctor(&data, &server);
    assert!(said.contains("pg_isready") && said.contains("cambium admin models"), "{said}");
    let (status, waits, body) = listed(&program).await;
    assert_eq!((status, waits), (StatusCode::SERVICE_UNAVAILABLE, true), "{body}");
    assert_eq!(body["code"], "database_unavailable", "{body}");
    let cursor = add(&program).await;

    server.again();
    let begun = Instant::now();
    let page = loop {
        let page = program.get(&format!("/v1/counter?min_cursor={cursor}")).await.expect("JSON");
        if page["items"].is_array() {
            break page;
        }
        assert!(begun.elapsed() < PATIENCE, "{page}");
    };
    assert_eq!(page["items"][0]["summary"]["value"], 7, "none is lost and none doubled: {page}");
    let rebuilt = program.post("/v1/admin/rebuild", &json!({})).await.expect("JSON");
    let reports = rebuilt["items"].as_array().expect("reports");
    assert!(reports.iter().all(|report| report["equal"] == true), "{rebuilt}");
    let said = doctor(&data, &server);
    assert!(said.contains("PostgreSQL") && said.contains("last written by"), "{said}");
    program.stop().expect("it stops");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_start_waits_for_the_database() {
    let Some(server) = Server::start() else { return };
    let home = tempfile::tempdir().expect("a directory");
    let data = home.path().join("data");
    let url = server.url();
    server.kill();
    let starting = {
        let data = data.clone();
        tokio::spawn(async move {
            let environment = [("CAMBIUM_DATABASE_URL", url.as_str())];
            Program::start_in(BINARY, &data, &[], &environment).await
        })
    };
    let begun = Instant::now();
    let said = data.with_extension("said");
    while !std::fs::read_to_string(&said).unwrap_or_default().contains("start.waits") {
        assert!(begun.elapsed() < PATIENCE && !starting.is_finished(), "it does not wait");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    server.again();
    let program = starting.await.expect("it ran").expect("it starts");
    let cursor = add(&program).await;
    let page = program.get(&format!("/v1/counter?min_cursor={cursor}")).await.expect("JSON");
    assert_eq!(page["items"][0]["summary"]["value"], 1, "{page}");
    program.stop().expect("it ends in order");
}
