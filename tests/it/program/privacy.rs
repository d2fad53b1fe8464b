//! Erased is erased: what was said about a person, by whatever road, is nowhere on the disk of the
//! real program, before the erasure under a key and after it not at all.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use cambium_tests::program::Program;
use cambium_tests::python;
use futures_util::{SinkExt as _, StreamExt as _};
use serde_json::{Value, json};
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::client::IntoClientRequest as _;

use super::BINARY;

/// What every planted value has in it, whoever planted it.
const MARK: &str = "zqxunmistakable";

/// What is planted where nothing is classed: it shows that looking finds what is there.
const CONTROL: &str = "zqxcontrolvalue";

/// Says the same on the roads of NATS: stored and asked.
const ON_NATS: &str = r#"
import asyncio, json, sys
from pathlib import Path
import nats

async def main(data):
    server = json.loads((data / "nats.json").read_text())
    nc = await nats.connect(server["url"], user=server["user"], password=server["password"],
                            inbox_prefix=b"_INBOX_main")
    key = (data / "admin.key").read_text().strip()
    inbox = nc.new_inbox()
    replies = await nc.subscribe(inbox)
    js = nc.jetstream()
    said = json.dumps({"text": "zqxunmistakable-by-cmd", "from": "admin"}).encode()
    headers = {"cambium-command": "post", "cambium-reply-to": inbox}
    await js.publish("cmd.main.conversation.ward", said, headers=headers)
    reply = json.loads((await replies.next_msg(timeout=20)).data)
    assert reply["ok"] is False and "zqx" not in json.dumps(reply), reply
    said = json.dumps({"text": "zqxunmistakable-by-cmd"}).encode()
    await js.publish("cmd.main.conversation.press", said, headers=headers)
    reply = json.loads((await replies.next_msg(timeout=20)).data)
    assert reply["ok"] is True, reply
    said = json.dumps({"about": "zqxunmistakable-by-ask"}).encode()
    headers = {"cambium-command": "profile", "cambium-key": key}
    reply = json.loads((await nc.request("ask.main.principal.ada", said, headers=headers, timeout=20)).data)
    assert reply["ok"] is True, reply
    commands = await js.stream_info("COMMANDS", subjects_filter="cmd.>")
    assert not commands.state.subjects, commands.state
    await nc.close()

asyncio.run(main(Path(sys.argv[1])))
"#;

async fn post(program: &Program, path: &str, body: Value) -> Value {
    let answer = program.post(path, &body).await.expect("an answer");
    assert_eq!(answer["ok"], true, "{path}: {answer}");
    answer
}

/// Says something over the WebSocket.
async fn over_socket(program: &Program) {
    let url = format!("{}/v1/ws", program.url().replacen("http", "ws", 1));
    let mut request = url.into_client_request().expect("a request");
    let key = program.key().parse().expect("visible");
    request.headers_mut().insert("x-api-key", key);
    let (mut socket, _) = tokio_tungstenite::connect_async(request).await.expect("opens");
    let frame = json!({
        "type": "command", "ref": 1, "kind": "principal", "id": "ada", "command": "settings",
        "input": { "settings": { "nick": format!("{MARK}-by-socket"), "shoe": 43 } },
    });
    socket.send(Message::text(frame.to_string())).await.expect("sent");
    while let Some(Ok(Message::Text(text))) = socket.next().await {
        let frame: Value = serde_json::from_str(&text).expect("JSON");
        if frame["type"] == "answer" {
            assert_eq!(frame["ok"], true, "{frame}");
            return;
        }
        assert_eq!(frame["type"], "ready", "{frame}");
    }
    panic!("the socket ended without an answer");
}

/// Says something by every road, of every size, to a model too.
async fn plant(program: &Program) {
    post(program, "/v1/organization/main/create", json!({ "name": "Main" })).await;
    for (command, class) in [("post", "phi"), ("edit_message", "phi")] {
        let classed = json!({
            "kind": "conversation", "command": command, "pointer": "/text", "class": class,
        });
        post(program, "/v1/organization/main/class_data", classed).await;
    }
    let ada = json!({ "display": format!("{MARK} Ada"), "email": format!("ada@{MARK}.example") });
    post(program, "/v1/principal/ada/register", ada).await;
    let label = json!({ "principal": "ada", "label": format!("{MARK}-label") });
    let key = program.post("/v1/keys", &label).await.expect("an answer");
    assert!(key["key"].is_string(), "{key}");
    over_socket(program).await;
    let bot = json!({ "principal": "bot", "role": "agent" });
    let ward = json!({ "title": CONTROL, "members": [bot] });
    post(program, "/v1/conversation/ward/create", ward).await;
    let press = json!({ "members": [{ "principal": "publisher" }] });
    post(program, "/v1/conversation/press/create", press).await;
    let said = json!({ "text": format!("{MARK}: my knee hurts when I climb stairs") });
    let posted = post(program, "/v1/conversation/ward/post", said).await;
    let message = posted["output"]["message"].clone();
    let edit = json!({ "message": message, "text": format!("{MARK}, edited") });
    post(program, "/v1/conversation/ward/edit_message", edit).await;
    // Too large to stand in the commit: its input is a blob.
    let long = json!({ "text": format!("{MARK} ").repeat(3_500) });
    post(program, "/v1/conversation/ward/post", long).await;
    let command = json!({
        "kind": "principal", "id": "ada", "name": "profile",
        "input": { "display": format!("{MARK}-proposed") },
    });
    post(program, "/v1/approval/a/propose", json!({ "command": command })).await;
    // Enough commits for a snapshot.
    for number in 0..120 {
        let profile = json!({ "about": format!("{MARK} number {number}") });
        post(program, "/v1/principal/ada/profile", profile).await;
    }
    let python = python::interpreter(Path::new(env!("CARGO_TARGET_TMPDIR"))).expect("python");
    python::run(Command::new(python).args(["-c", ON_NATS]).arg(program.data()))
        .expect("it says so");
}

fn files(folder: &Path, into: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        if path.is_dir() { files(&path, into) } else { into.push(path) }
    }
}

/// The files below `folder` in which `text` stands, in whatever case.
fn holding(folder: &Path, text: &str) -> Vec<PathBuf> {
    let mut all = Vec::new();
    files(folder, &mut all);
    all.retain(|path| {
        let bytes = fs::read(path).unwrap_or_default();
        let text = text.as_bytes();
        bytes.windows(text.len()).any(|window| window.eq_ignore_ascii_case(text))
    });
    all
}

fn cli(program: &Program, args: &[&str]) -> Output {
    let mut command = Command::new(BINARY);
    command.args(args).args(["--url", program.url(), "--key", program.key()]);
    command.output().expect("runs")
}

fn done(program: &Program, args: &[&str]) -> String {
    let output = cli(program, args);
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    let complained = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{args:?}: {said}{complained}");
    said
}

async fn hashes(program: &Program) -> Vec<Value> {
    let mut hashes = Vec::new();
    for actor in ["principal/ada", "conversation/ward", "conversation/press", "approval/a"] {
        let state = program.get(&format!("/v1/{actor}")).await.expect("a state");
        assert!(state["state_hash"].is_string(), "{state}");
        hashes.push(state["state_hash"].clone());
    }
    hashes
}

/// The chains, the tree heads, the replays and the read models are what they were.
fn holds_together(program: &Program) {
    let verified = done(program, &["verify", "--all", "--states"]);
    assert!(verified.contains(" 0 broken"), "{verified}");
    for actor in ["principal/ada", "conversation/ward"] {
        let replayed = done(program, &["replay", actor, "--decide"]);
        assert!(replayed.contains("✓ every command would be decided the same today"), "{replayed}");
    }
    done(program, &["rebuild", "--check"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_said_of_a_person_is_nowhere() {
    let (home, program) = super::started().await;
    plant(&program).await;
    let shown = program.get("/v1/principal/ada").await.expect("a state").to_string();
    assert!(shown.contains(MARK) && shown.contains("\"shoe\":43"), "who may sees it: {shown}");
    let messages = program.get("/v1/conversation/ward/messages").await.expect("messages");
    assert!(messages.to_string().contains(MARK), "{messages}");
    let events = program.get("/v1/principal/ada/events?limit=5").await.expect("events");
    assert!(events.to_string().contains(MARK), "{events}");
    let viewer = viewer(&program).await;
    let hidden = viewed(&program, &viewer, "/v1/conversation/ward/messages").await;
    assert!(hidden.contains("\"protected\":\"phi\"") && !hidden.contains(MARK), "{hidden}");

    let known = home.path().join("known.jsonl");
    let export = ["privacy", "export", "ada", "-o", known.to_str().expect("UTF-8")];
    done(&program, &export);
    let nobody = cli(&program, &["privacy", "export", "nobody"]);
    let said = String::from_utf8_lossy(&nobody.stderr).into_owned();
    assert!(nobody.status.code() == Some(1) && said.contains("actor_not_found"), "{said}");
    assert!(nobody.stdout.is_empty(), "nothing is told of nobody");
    let lines = fs::read_to_string(&known).expect("written");
    let places = ["Ada", "ada@", "-label", "-by-socket", "-by-ask", "number 119", "-proposed"];
    for place in places {
        assert!(lines.contains(&format!("{MARK}{place}")) || lines.contains(place), "{place}");
    }
    assert!(!lines.contains("\"hash\":") && lines.contains("\"type\":\"end\""));
    fs::remove_file(&known).expect("it is ours");

    let before = hashes(&program).await;
    done(&program, &["tree", "make"]);
    let receipt = home.path().join("receipt.json");
    for subject in ["ada", "admin", "publisher"] {
        let told = done(&program, &["privacy", "erase", subject, "asked by letter", "--json"]);
        fs::write(&receipt, &told).expect("written");
        let key = done(&program, &["tree", "key"]);
        let (file, key) = (receipt.to_str().expect("UTF-8"), key.trim());
        let verify = ["privacy", "verify-receipt", file, "--public-key", key, "--subject", subject];
        assert!(Command::new(BINARY).args(verify).status().expect("runs").success());
        let other = ["privacy", "verify-receipt", file, "--public-key", key, "--subject", "eve"];
        assert_eq!(Command::new(BINARY).args(other).status().expect("runs").code(), Some(1));
    }
    let gone = program.get("/v1/principal/ada").await.expect("a state");
    assert_eq!(gone["state"]["profile"]["display"]["erased"], true, "{gone}");
    assert_eq!(hashes(&program).await, before, "no state is another");
    holds_together(&program);
    done(&program, &["tree", "make"]);
    program.stop().expect("it stops in order");

    let program = Program::start(BINARY, &home.path().join("data")).await.expect("starts again");
    assert_eq!(hashes(&program).await, before, "nor after a restart");
    holds_together(&program);
    let log = home.path().join("log.jsonl");
    done(&program, &["export", "--all-tenants", "-o", log.to_str().expect("UTF-8")]);
    done(&program, &["privacy", "export", "ada", "-o", known.to_str().expect("UTF-8")]);
    assert!(fs::read_to_string(&known).expect("written").contains("\"erased\":true"));
    program.stop().expect("it stops in order");
    assert!(!holding(home.path(), CONTROL).is_empty(), "what is there is found");
    assert_eq!(holding(home.path(), MARK), [] as [PathBuf; 0], "what was erased is nowhere");
}

/// A key of somebody who reads and sees nobody's personal data.
async fn viewer(program: &Program) -> String {
    let eve = json!({ "roles": ["viewer"] });
    post(program, "/v1/principal/eve/register", eve).await;
    let label = json!({ "principal": "eve", "label": "test" });
    let told = program.post("/v1/keys", &label).await.expect("an answer");
    told["key"].as_str().expect("shown once").to_owned()
}

async fn viewed(program: &Program, key: &str, path: &str) -> String {
    let client = cambium_tests::program::client();
    let asked = client.get(format!("{}{path}", program.url())).header("x-api-key", key);
    asked.send().await.expect("an answer").text().await.expect("text")
}
