//! Secrets of tenants and of settings: kept sealed, never told, refused when they are none.

use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};

use cambium_tests::program::Program;
use serde_json::{Value, json};

use super::BINARY;

/// What stands nowhere in the clear.
const PLANTED: &str = "planted-Zq7wLm2xVt9RkYp4";

/// A verb on the system in `data`: its exit code, and all that it says.
fn run(data: &Path, arguments: &[&str], input: &str) -> (i32, String) {
    let mut command = Command::new(BINARY);
    command.args(arguments).env("CAMBIUM_DATA", data);
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().expect("it runs");
    // A verb that reads nothing may be gone by now.
    let _ = child.stdin.take().expect("a pipe").write_all(input.as_bytes());
    let done = child.wait_with_output().expect("it ends");
    let said = String::from_utf8_lossy(&done.stdout) + String::from_utf8_lossy(&done.stderr);
    (done.status.code().unwrap_or(-1), said.into_owned())
}

fn done(data: &Path, arguments: &[&str], input: &str) -> String {
    let (code, said) = run(data, arguments, input);
    assert_eq!(code, 0, "{arguments:?}: {said}");
    said
}

/// The files below `dir` in which `text` stands.
pub(super) fn holding(dir: &Path, text: &str) -> Vec<String> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(dir).expect("a directory").flatten() {
        let path = entry.path();
        if path.is_dir() {
            found.extend(holding(&path, text));
        } else if std::fs::read(&path)
            .unwrap_or_default()
            .windows(text.len())
            .any(|it| it == text.as_bytes())
        {
            found.push(path.display().to_string());
        }
    }
    found
}

#[tokio::test(flavor = "multi_thread")]
async fn a_secret_is_kept_and_never_told() {
    let (_home, program) = super::started().await;
    let data = program.data().to_owned();
    let said = done(&data, &["admin", "secrets", "put", "openai"], &format!("{PLANTED}\n"));
    assert!(said.contains("openai") && !said.contains(PLANTED), "{said}");
    done(&data, &["send", "counter/a", "add"], "");
    for verb in [
        &["admin", "secrets", "list"][..],
        &["admin", "secrets", "list", "--json"],
        &["admin", "streams"],
        &["admin", "nats-user", "list", "main"],
        &["config"],
        &["export"],
        &["show", "counter/a"],
        &["openapi"],
    ] {
        let said = done(&data, verb, "");
        assert!(!said.contains(PLANTED), "{verb:?} tells it");
    }
    let listed = program.get("/v1/secrets").await.expect("JSON");
    let item = &listed["items"][0];
    assert_eq!((&item["name"], &item["version"]), (&json!("openai"), &json!(1)), "{listed}");
    assert_eq!(item.as_object().expect("an object").len(), 5, "{item}");
    // Nor does an error repeat what it could not read.
    let asked = program.request(reqwest::Method::PUT, "/v1/secrets/openai");
    let told = asked.json(&json!({ "value": { "text": PLANTED } })).send().await.expect("told");
    let told = (told.status(), told.text().await.expect("text"));
    assert!(told.0 == 400 && !told.1.contains(PLANTED), "{told:?}");
    assert_eq!(holding(&data, PLANTED), Vec::<String>::new());
    done(&data, &["admin", "secrets", "delete", "openai"], "");
    let (code, said) = run(&data, &["admin", "secrets", "delete", "openai"], "");
    assert!(code == 1 && said.contains("secret_not_found"), "{said}");
    program.stop().expect("stops");
    assert_eq!(holding(&data, PLANTED), Vec::<String>::new());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_new_master_key_goes_over_what_was_sealed_and_outlives_a_restart() {
    let (_home, program) = super::started().await;
    let data = program.data().to_owned();
    for name in ["one", "two"] {
        done(&data, &["admin", "secrets", "put", name], PLANTED);
    }
    let told: Value = program.post("/v1/admin/secrets/rotate", &json!({})).await.expect("JSON");
    assert_eq!((&told["version"], &told["items"][0]["store"]), (&json!(2), &json!("secrets")));
    assert!(told["items"][0]["wrapped"].as_u64() >= Some(2), "{told}");
    assert_eq!(told["items"][0]["unreadable"], 0, "{told}");
    program.stop().expect("stops");
    // Without the old version everything still opens.
    let file = data.join("master.key");
    let text = std::fs::read_to_string(&file).expect("there");
    let newest = text.lines().last().expect("a line").to_owned();
    std::fs::write(&file, newest).expect("written");
    let program = Program::start(BINARY, &data).await.expect("it starts again");
    let listed = program.get("/v1/secrets").await.expect("JSON");
    assert_eq!(listed["items"].as_array().map(Vec::len), Some(2), "{listed}");
    program.stop().expect("stops");
}

#[test]
fn a_weak_secret_ends_the_start_where_others_can_reach_it() {
    let home = tempfile::tempdir().expect("a directory");
    let data = home.path().join("data");
    for (name, value, more) in [
        ("CAMBIUM_NATS_URL", "nats://cambium:changeme@192.0.2.1:4222", &[][..]),
        ("CAMBIUM_DATABASE_URL", "postgres://cambium:secret123@192.0.2.1/cambium", &[]),
        ("CAMBIUM_NATS_PASSWORD", "Password1", &["--listen", "0.0.0.0:0"]),
    ] {
        let mut command = Command::new(BINARY);
        command.arg("up").args(more).env("CAMBIUM_DATA", &data).env(name, value);
        let done = command.output().expect("it ends");
        let said = String::from_utf8_lossy(&done.stderr).into_owned();
        assert_eq!(done.status.code(), Some(2), "{name}: {said}");
        assert!(said.contains("secret_weak") && said.contains(name), "{said}");
        for word in ["changeme", "secret123", "Password1"] {
            assert!(!said.contains(word), "{said}");
        }
        assert!(!data.exists(), "nothing was begun");
    }
}
