//! Parked and quarantined actors of the real program on its real broker, across kill -9.

use std::path::Path;
use std::process::Command;
use std::time::Duration;

use cambium_tests::fragile::MENDED;
use cambium_tests::program::Program;
use cambium_tests::python;
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

/// Cambium with a kind whose rules break on demand.
pub(super) const FRAGILE: &str = env!("CARGO_BIN_EXE_fragile");

/// Publishes lines to actors, as any NATS client of the tenant may: `[[actor, text], …]`.
const PUBLISH: &str = r#"
import asyncio, json, sys
from pathlib import Path
import nats

async def main(data, lines):
    server = json.loads((data / "nats.json").read_text())
    nc = await nats.connect(server["url"], user=server["user"], password=server["password"])
    js = nc.jetstream()
    for actor, text in lines:
        body = json.dumps({"text": text}).encode()
        headers = {"cambium-command": "write", "authorization": "Bearer s3cr3t"}
        await js.publish(f"cmd.main.fragile.{actor}", body, headers=headers)
    await nc.close()

asyncio.run(main(Path(sys.argv[1]), json.load(open(sys.argv[2]))))
"#;

pub(super) fn publish(program: &Program, lines: &[(String, String)]) {
    let file = program.data().with_extension("lines");
    std::fs::write(&file, json!(lines).to_string()).expect("written");
    let python = python::interpreter(Path::new(env!("CARGO_TARGET_TMPDIR"))).expect("python");
    let mut command = Command::new(python);
    python::run(command.args(["-c", PUBLISH]).arg(program.data()).arg(file)).expect("published");
}

pub(super) fn line(actor: &str, text: impl ToString) -> (String, String) {
    (actor.to_owned(), text.to_string())
}

pub(super) async fn letters(program: &Program) -> Vec<Value> {
    let (mut all, mut after) = (Vec::new(), "0".to_owned());
    loop {
        let page = program.get(&format!("/v1/dead?limit=500&after={after}")).await.expect("JSON");
        all.extend(page["items"].as_array().expect("items").iter().cloned());
        match page["next"].as_str() {
            Some(next) => after = next.to_owned(),
            None => return all,
        }
    }
}

pub(super) async fn until_letters(program: &Program, count: usize) -> Vec<Value> {
    let waiting = async {
        loop {
            let there = letters(program).await;
            if there.len() == count {
                return there;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(90), waiting).await.expect("the letters are there")
}

/// The lines of an actor, once they are so many.
pub(super) async fn lines(program: &Program, actor: &str, count: usize) -> Vec<String> {
    let waiting = async {
        loop {
            let state = program.get(&format!("/v1/fragile/{actor}")).await.expect("JSON");
            let lines: Vec<String> =
                serde_json::from_value(state["state"]["lines"].clone()).unwrap_or_default();
            if lines.len() >= count {
                return lines;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(90), waiting).await.expect("the lines are there")
}

/// Asks by HTTP, and again while what waited is being decided.
pub(super) async fn write(program: &Program, actor: &str, text: &str) -> (StatusCode, Value) {
    loop {
        let path = format!("/v1/fragile/{actor}/write");
        let request = program.request(Method::POST, &path).json(&json!({ "text": text }));
        let answer = request.send().await.expect("an answer");
        let (status, body) = (answer.status(), answer.json::<Value>().await.expect("JSON"));
        if body["retry_after_ms"].is_null() && body["details"]["draining"] != true {
            return (status, body);
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

pub(super) fn verb(program: &Program, arguments: &[&str]) -> (Option<i32>, String) {
    let data = program.data().to_str().expect("UTF-8");
    let done = Command::new(FRAGILE).args(arguments).args(["--json", "--data", data]).output();
    let done = done.expect("runs");
    let said = String::from_utf8_lossy(&done.stdout).into_owned();
    (done.status.code(), said + &String::from_utf8_lossy(&done.stderr))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_parked_actor_survives_kills_and_goes_on_in_order() {
    let home = tempfile::tempdir().expect("a directory");
    let data = home.path().join("data");
    let program = Program::start(FRAGILE, &data).await.expect("starts");
    write(&program, "a", "zero").await;
    let mut sent = vec![line("a", "bug")];
    sent.extend((1..=150).map(|number| line("a", number)));
    sent.push(line("b", "other"));
    publish(&program, &sent);
    let held = until_letters(&program, 151).await;
    assert!(!format!("{held:?}").contains("s3cr3t"), "a letter keeps no credential");
    assert_eq!(lines(&program, "b", 1).await, ["other"]);
    program.kill().expect("killed");

    let program = Program::start(FRAGILE, &data).await.expect("starts");
    let (status, refused) = write(&program, "a", "now").await;
    assert_eq!((status, &refused["code"]), (StatusCode::CONFLICT, &json!("actor_parked")));
    publish(&program, &[line("a", 151)]);
    let held = until_letters(&program, 152).await;
    let retry = format!("/v1/dead/{}/retry", held[0]["id"]);
    let failed = program.post(&retry, &json!({})).await.expect("JSON");
    assert_eq!(failed["code"], "decide_panicked", "{failed}");
    program.kill().expect("killed");

    // A newer program without the bug, killed while it decides what waited.
    let mended = [(MENDED, "bug")];
    let program = Program::start_in(FRAGILE, &data, &[], &mended).await.expect("starts");
    assert_eq!(letters(&program).await.len(), 152, "nobody has said that it may go on");
    let done = program.post(&retry, &json!({})).await.expect("JSON");
    assert_eq!(done["status"], "completed", "{done}");
    lines(&program, "a", 20).await;
    program.kill().expect("killed");
    let program = Program::start_in(FRAGILE, &data, &[], &mended).await.expect("starts");
    until_letters(&program, 0).await;
    let (status, _) = write(&program, "a", "last").await;
    assert_eq!(status, StatusCode::OK);
    let mut expected = vec!["zero".to_owned(), "bug".to_owned()];
    expected.extend((1..=151).map(|number| number.to_string()));
    expected.push("last".to_owned());
    assert_eq!(lines(&program, "a", expected.len()).await, expected);
    let found = program.get("/v1/fragile/a/verify").await.expect("JSON");
    assert_eq!(found["ok"], true, "{found}");
    program.stop().expect("stops");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_thousand_letters_are_retried_by_the_command_line() {
    let home = tempfile::tempdir().expect("a directory");
    let data = home.path().join("data");
    let program = Program::start(FRAGILE, &data).await.expect("starts");
    let actors = ["a", "b", "c", "d", "e"];
    for actor in actors {
        write(&program, actor, "zero").await;
    }
    let numbered = |number: usize, actor: &str| match number {
        0 => line(actor, "bug"),
        _ => line(actor, number),
    };
    let sent = (0..200).flat_map(|number| actors.map(|actor| numbered(number, actor)));
    publish(&program, &sent.collect::<Vec<_>>());
    until_letters(&program, 1_000).await;
    program.kill().expect("killed");
    let mended = [(MENDED, "bug")];
    let program = Program::start_in(FRAGILE, &data, &[], &mended).await.expect("starts");
    let (code, listed) = verb(&program, &["admin", "dead", "list", "--kind", "fragile"]);
    assert_eq!((code, listed.lines().count()), (Some(0), 1_000));
    let (code, said) = verb(&program, &["admin", "dead", "bulk", "retry"]);
    let last: Value = serde_json::from_str(said.lines().last().expect("a line")).expect("JSON");
    assert_eq!(code, Some(0), "{last}");
    assert_eq!((&last["done"], &last["total"]), (&json!(1_000), &json!(1_000)));
    assert_eq!(said.lines().count(), 1_001, "a line for each letter, and the last");
    assert_eq!(letters(&program).await.len(), 0);
    let mut expected = vec!["zero".to_owned(), "bug".to_owned()];
    expected.extend((1..200).map(|number| number.to_string()));
    for actor in actors {
        assert_eq!(lines(&program, actor, 201).await, expected);
    }
    program.stop().expect("stops");
}

/// Publishes garbage on an actor's subject in EVENTS.
const INTRUDE: &str = r#"
import asyncio, json, sys
from pathlib import Path
import nats

async def main(data):
    server = json.loads((data / "nats.json").read_text())
    nc = await nats.connect(server["url"], user=server["user"], password=server["password"])
    js = nc.jetstream()
    subject = next(s for s in (await js.stream_info("EVENTS", subjects_filter="evt.>")).state.subjects
                   if s.endswith(".main.fragile.a"))
    for body in (b"garbage", (await js.get_last_msg("EVENTS", subject)).data):
        await js.publish(subject, body)
    await nc.close()

asyncio.run(main(Path(sys.argv[1])))
"#;

#[tokio::test(flavor = "multi_thread")]
async fn a_quarantined_actor_goes_on_behind_what_an_operator_names() {
    let home = tempfile::tempdir().expect("a directory");
    let program = Program::start(FRAGILE, &home.path().join("data")).await.expect("starts");
    write(&program, "a", "one").await;
    write(&program, "b", "one").await;
    let python = python::interpreter(Path::new(env!("CARGO_TARGET_TMPDIR"))).expect("python");
    python::run(Command::new(python).args(["-c", INTRUDE]).arg(program.data())).expect("published");
    publish(&program, &[line("a", "two"), line("b", "two"), line("a", "three")]);
    until_letters(&program, 2).await;
    assert_eq!(lines(&program, "b", 2).await, ["one", "two"]);
    let (_, refused) = write(&program, "a", "now").await;
    assert_eq!(refused["code"], "actor_quarantined");
    let (code, said) = verb(&program, &["admin", "quarantine", "fragile/a"]);
    let found: Value = serde_json::from_str(&said).expect("JSON");
    assert_eq!((code, found["items"].as_array().map(Vec::len)), (Some(0), Some(2)), "{said}");
    let (code, said) = verb(&program, &["admin", "quarantine", "fragile/a", "--skip"]);
    assert_eq!(code, Some(0), "{said}");
    until_letters(&program, 0).await;
    write(&program, "a", "four").await;
    assert_eq!(lines(&program, "a", 4).await, ["one", "two", "three", "four"]);
    let found = program.get("/v1/fragile/a/verify").await.expect("JSON");
    assert_eq!(found["ok"], true, "{found}");
    program.kill().expect("killed");
}
