//! The kill switch on the real program: what every road says while it is engaged, and that all goes
//! on afterwards without a restart.

mod rows;
pub(super) mod world;

use std::collections::BTreeMap;
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use cambium::edge::routes::{self, Method};
use cambium_tests::program::Program;
use cambium_tests::python;
use futures_util::{SinkExt as _, StreamExt as _};
use serde_json::{Value, json};
use tokio_tungstenite::connect_async;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::client::IntoClientRequest as _;

use super::routes::post;
use rows::{ROUTES, Then};
use world::{World, answer, world};

/// What a client of the broker is told: of a question, and of a durable command.
const ON_THE_BROKER: &str = r#"
import asyncio, json, sys
from pathlib import Path
import nats

async def main(data, what):
    server = json.loads((data / "nats.json").read_text())
    nc = await nats.connect(server["url"], user=server["user"], password=server["password"],
                            inbox_prefix=b"_INBOX_main")
    js = nc.jetstream()
    key = (data / "admin.key").read_text().strip()
    add = {"cambium-command": "add"}
    if what == "garbage":
        await js.publish("cmd.main.counter.garbage", b"\xff\x00", headers=add)
    else:
        reply = await nc.request("ask.main.counter.seen", b"{}", timeout=20,
                                 headers={**add, "cambium-key": key})
        print(json.loads(reply.data).get("error", {}).get("code"))
        await js.publish("cmd.main.counter.stored", b'{"by": 5}', headers=add)
    await nc.close()

asyncio.run(main(Path(sys.argv[1]), sys.argv[2]))
"#;

fn on_the_broker(program: &Program, what: &str) -> String {
    let python = python::interpreter(Path::new(env!("CARGO_TARGET_TMPDIR"))).expect("python");
    let mut command = Command::new(python);
    let said = python::run(command.args(["-c", ON_THE_BROKER]).arg(program.data()).arg(what));
    said.expect("it runs").trim().to_owned()
}

/// What a path answers once it is as wanted.
async fn until(program: &Program, path: &str, wanted: impl Fn(&Value) -> bool) -> Value {
    let begun = Instant::now();
    loop {
        let told = program.get(path).await.expect("an answer");
        if wanted(&told) {
            return told;
        }
        assert!(begun.elapsed() < Duration::from_secs(30), "{path}: {told}");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

async fn on_the_socket(program: &Program) -> String {
    let url = format!("{}/v1/ws", program.url().replacen("http", "ws", 1));
    let mut request = url.into_client_request().expect("a request");
    request.headers_mut().insert("x-api-key", program.key().parse().expect("a header"));
    let (mut socket, _) = connect_async(request).await.expect("open");
    let frame = json!({
        "type": "command", "ref": "1", "kind": "counter", "id": "seen", "command": "add",
    });
    socket.send(Message::text(frame.to_string())).await.expect("sent");
    loop {
        let said = socket.next().await.expect("a frame").expect("a frame");
        let Message::Text(text) = said else { continue };
        let told: Value = serde_json::from_str(text.as_str()).expect("JSON");
        if told["type"] != "ready" {
            return told.to_string();
        }
    }
}

async fn switch(program: &Program, verb: &str, body: Value) {
    post(program, "system", &format!("/v1/policy/kill-switch/{verb}"), body).await;
}

async fn every_row_says_what_is_meant(program: &Program, world: &World) {
    let rows: BTreeMap<_, _> = ROUTES.iter().copied().collect();
    let mut surprises = Vec::new();
    for route in routes::all().filter(|route| route.method != Method::Get) {
        let then = rows.get(route.name);
        let then = *then.unwrap_or_else(|| panic!("{} has no row", route.name));
        let (status, told) = answer(program, route, world).await;
        let code = told["code"].as_str().unwrap_or_default();
        let as_meant = match then {
            Then::Stands => status == 503 && code == "kill_switch_engaged",
            Then::Moves => (200..300).contains(&status),
            Then::Says(wanted, named) => status == wanted && code == named,
        };
        if !as_meant {
            surprises.push(format!("{}: {status} {told}, meant: {then:?}", route.name));
        }
    }
    assert!(surprises.is_empty(), "{}", surprises.join("\n"));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_engaged_switch_stops_every_road_and_a_released_one_none() {
    let home = tempfile::tempdir().expect("a directory");
    let binary = env!("CARGO_BIN_EXE_own-binary");
    let data = home.path().join("data");
    std::fs::create_dir_all(&data).expect("made");
    std::fs::write(data.join("cambium.toml"), world::SETTINGS).expect("written");
    let program = Program::start(binary, &data).await.expect("it starts");
    let world = world(&program).await;
    let nosuch = json!({ "scope": "kind:nosuch", "reason": "wrong figures" });
    let path = "/v1/policy/kill-switch/engage";
    let told = program.post(path, &nosuch).await.expect("an answer");
    assert_eq!(told["code"], "invalid_input", "a switch that would stop nothing: {told}");

    // What is asked first after the answer is refused already: nothing is waited for.
    switch(&program, "engage", json!({ "scope": "global", "reason": "wrong figures" })).await;
    let asked = program.request(reqwest::Method::POST, "/v1/counter/seen/add").json(&json!({}));
    let told = asked.send().await.expect("an answer");
    assert_eq!(told.headers()["retry-after"], "5");
    let told: Value = told.json().await.expect("JSON");
    assert!(told["detail"].as_str().is_some_and(|it| it.contains("wrong figures")), "{told}");
    assert!(on_the_socket(&program).await.contains("kill_switch_engaged"));
    assert_eq!(on_the_broker(&program, "ask"), "kill_switch_engaged");

    every_row_says_what_is_meant(&program, &world).await;

    // Nothing that was asked of the world begins, and it is told why.
    let lease = json!({ "worker": "w", "max": 1, "wait_s": 0 });
    let leased = program.post("/v1/work/words/lease", &lease).await.expect("leased");
    assert_eq!(leased["items"], json!([]), "{leased}");
    let held = program.get(&format!("/v1/effects/{}", world.effect)).await.expect("it waits");
    assert_eq!(held["hold"]["held_by"], "switch", "{held}");

    // Reads and health go on.
    for path in ["/livez", "/readyz", "/metrics", "/v1/events"] {
        let read = program.request(reqwest::Method::GET, path).send().await.expect("an answer");
        assert!(read.status().is_success(), "{path}: {}", read.status());
    }
    let state = program.get("/v1/counter/seen").await.expect("a state");
    assert_eq!(state["state"]["value"], 1);
    let stored = program.get("/v1/counter/stored").await.expect("an answer");
    assert_eq!(stored["code"], "actor_not_found", "what is stored waits: {stored}");

    switch(&program, "release", json!({ "scope": "global" })).await;
    post(&program, "main", "/v1/counter/seen/add", json!({})).await;
    let stored = |it: &Value| it["state"]["value"] == 5;
    until(&program, "/v1/counter/stored", stored).await;
    let lease = json!({ "worker": "w", "max": 1, "wait_s": 10 });
    let leased = program.post("/v1/work/words/lease", &lease).await.expect("leased");
    assert_eq!(leased["items"][0]["effect_id"], world.effect.as_str(), "{leased}");
}
