//! A flipped byte is found and named.

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use cambium_tests::python;
use serde_json::{Value, json};

use super::BINARY;

fn verify(args: &[&str], file: &Path) -> Output {
    Command::new(BINARY).args(args).arg(file).output().expect("runs")
}

#[tokio::test(flavor = "multi_thread")]
async fn a_flipped_byte_in_an_export_is_named_offline() {
    let (home, program) = super::started().await;
    for _ in 0..6 {
        program.post("/v1/counter/good/add", &json!({})).await.expect("JSON");
        program.post("/v1/counter/bad/add", &json!({})).await.expect("JSON");
    }
    let file = home.path().join("export.jsonl");
    let exported = Command::new(BINARY)
        .args(["export", "--data"])
        .arg(program.data())
        .arg("-o")
        .arg(&file)
        .output()
        .expect("runs");
    assert!(exported.status.success(), "{}", String::from_utf8_lossy(&exported.stderr));
    program.stop().expect("stops");
    let whole = verify(&["verify", "--json", "--file"], &file);
    assert!(whole.status.success(), "{}", String::from_utf8_lossy(&whole.stdout));

    let text = fs::read_to_string(&file).expect("UTF-8");
    let mut flipped = Vec::new();
    for line in text.lines() {
        let mut commit: Value = serde_json::from_str(line).expect("JSON");
        if commit["id"] == "bad" && commit["revision"] == 4 {
            let raw = commit["raw"].as_str().expect("raw bytes").to_owned();
            let middle = raw.len() / 2;
            let other = if raw.as_bytes()[middle] == b'A' { "B" } else { "A" };
            commit["raw"] = json!(format!("{}{other}{}", &raw[..middle], &raw[middle + 1..]));
        }
        flipped.push(commit.to_string());
    }
    fs::write(&file, flipped.join("\n")).expect("written");
    let broken = verify(&["verify", "--json", "--file"], &file);
    assert_eq!(broken.status.code(), Some(1));
    let said = String::from_utf8_lossy(&broken.stdout).into_owned()
        + &String::from_utf8_lossy(&broken.stderr);
    assert!(said.contains("bad") && said.contains('4'), "{said}");
    assert!(!said.contains("counter/good is broken"), "{said}");
}

/// Publishes, as an intruder with the broker's password, a copy of an actor's last commit with one
/// byte flipped.
const INTRUDE: &str = r#"
import asyncio, json, sys
from pathlib import Path
import nats

async def main(data):
    server = json.loads((data / "nats.json").read_text())
    nc = await nats.connect(server["url"], user=server["user"], password=server["password"])
    js = nc.jetstream()
    subject = next(s for s in (await js.stream_info("EVENTS", subjects_filter="evt.>")).state.subjects
                   if s.endswith(".main.counter.bad"))
    last = await js.get_last_msg("EVENTS", subject)
    flipped = bytearray(last.data)
    flipped[len(flipped) // 2] ^= 1
    await js.publish(subject, bytes(flipped))
    await nc.close()

asyncio.run(main(Path(sys.argv[1])))
"#;

#[tokio::test(flavor = "multi_thread")]
async fn an_intruder_on_the_log_quarantines_one_actor_and_is_named() {
    let (_home, program) = super::started().await;
    for _ in 0..3 {
        program.post("/v1/counter/good/add", &json!({})).await.expect("JSON");
        program.post("/v1/counter/bad/add", &json!({})).await.expect("JSON");
    }
    let python = python::interpreter(Path::new(env!("CARGO_TARGET_TMPDIR"))).expect("python");
    python::run(Command::new(python).args(["-c", INTRUDE]).arg(program.data())).expect("published");
    let found = program.get("/v1/counter/bad/verify").await.expect("JSON");
    assert_eq!((&found["ok"], &found["broken_at"]), (&json!(false), &json!(4)), "{found}");
    let refused = program.post("/v1/counter/bad/add", &json!({})).await.expect("JSON");
    assert_eq!(refused["code"], "actor_quarantined", "{refused}");
    let fine = program.post("/v1/counter/good/add", &json!({})).await.expect("JSON");
    assert_eq!(fine["output"]["value"], 4);
    let verified =
        Command::new(BINARY).args(["verify", "--all", "--data"]).arg(program.data()).output();
    let verified = verified.expect("runs");
    assert_eq!(verified.status.code(), Some(1));
    let said = String::from_utf8_lossy(&verified.stdout).into_owned()
        + &String::from_utf8_lossy(&verified.stderr);
    assert!(said.contains("counter/bad"), "{said}");
}

/// Publishes, as an intruder with the broker's password, on a subject that is no actor's.
const STRAY: &str = r#"
import asyncio, json, sys
from pathlib import Path
import nats

async def main(data):
    server = json.loads((data / "nats.json").read_text())
    nc = await nats.connect(server["url"], user=server["user"], password=server["password"])
    await nc.jetstream().publish("evt.none.of.our.subjects", b"stray")
    await nc.close()

asyncio.run(main(Path(sys.argv[1])))
"#;

#[tokio::test(flavor = "multi_thread")]
async fn a_stray_message_fails_verify_until_an_operator_knows_it() {
    let (_home, program) = super::started().await;
    program.post("/v1/counter/good/add", &json!({})).await.expect("JSON");
    let python = python::interpreter(Path::new(env!("CARGO_TARGET_TMPDIR"))).expect("python");
    python::run(Command::new(python).args(["-c", STRAY]).arg(program.data())).expect("published");
    let run = |args: &[&str]| {
        let done = Command::new(BINARY).args(args).arg("--data").arg(program.data()).output();
        let done = done.expect("runs");
        let said = String::from_utf8_lossy(&done.stdout).into_owned()
            + &String::from_utf8_lossy(&done.stderr);
        (done.status.code(), said)
    };
    let (code, said) = run(&["verify", "--all"]);
    assert_eq!(code, Some(1), "{said}");
    assert!(said.contains("message_stray: cursor 2: it stands on evt.none.of.our.subj"), "{said}");
    assert!(said.contains("1 stray message") && !said.contains("lost"), "{said}");
    // Exactly the command that the line names.
    let at = said.find("cambium admin refused").expect("a remedy");
    let named = said[at..].lines().next().expect("a line");
    let words: Vec<&str> = named.split_whitespace().skip(1).collect();
    let (code, said) = run(&words);
    assert_eq!(code, Some(0), "{said}");
    let (code, said) = run(&["verify", "--all"]);
    assert_eq!(code, Some(0), "{said}");
    assert!(said.contains("1 foreign message, acknowledged by admin"), "{said}");
}
