//! The kill switch on the real program: what every road says while it is engaged, and that all goes
//! on afterwards without a restart.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use cambium::edge::routes::{self, Method, Route};
use cambium_tests::program::Program;
use cambium_tests::python;
use futures_util::{SinkExt as _, StreamExt as _};
use serde_json::{Value, json};
use tokio_tungstenite::connect_async;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::client::IntoClientRequest as _;

use super::routes::post;

/// What becomes of a route that is no `GET` while a global switch is engaged.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Then {
    /// It is refused: it would change an actor.
    Stands,
    /// It goes on: it changes no actor, or records what the world has answered.
    Moves,
}

/// Every route that is no `GET`. One that is not here fails the test.
const ROUTES: &[(&str, Then)] = &[
    ("a2a_assistant_rpc", Then::Stands),
    ("a2a_push_create", Then::Moves),
    ("a2a_push_delete", Then::Moves),
    ("a2a_rpc", Then::Stands),
    ("a2a_send", Then::Stands),
    ("a2a_stream", Then::Stands),
    ("a2a_task_do", Then::Stands),
    ("admin_acknowledge", Then::Moves),
    ("admin_drain", Then::Moves),
    ("admin_forget", Then::Moves),
    ("admin_log_level", Then::Moves),
    ("admin_rebuild", Then::Moves),
    ("admin_roll_back", Then::Moves),
    ("admin_skip", Then::Moves),
    ("admin_timers_reconcile", Then::Moves),
    ("agui_run", Then::Stands),
    ("audit_head", Then::Moves),
    ("audit_hold", Then::Moves),
    ("audit_release", Then::Moves),
    ("audit_retain", Then::Moves),
    ("otlp_logs", Then::Moves),
    ("otlp_metrics", Then::Moves),
    ("otlp_traces", Then::Moves),
    ("telemetry_retain", Then::Moves),
    ("telemetry_summary", Then::Moves),
    ("telemetry_tell", Then::Moves),
    ("audio_transcription", Then::Moves),
    ("biowerk_key_issue", Then::Stands),
    ("biowerk_key_revoke", Then::Stands),
    ("biowerk_login", Then::Moves),
    ("biowerk_logout", Then::Moves),
    ("biowerk_password", Then::Moves),
    ("biowerk_refresh", Then::Moves),
    ("biowerk_register", Then::Moves),
    ("chat", Then::Stands),
    ("codex32_login", Then::Moves),
    ("codex32_refresh", Then::Moves),
    ("command", Then::Stands),
    ("command_new", Then::Stands),
    ("connector_circuit_reset", Then::Moves),
    ("connector_connect", Then::Moves),
    ("connector_key_put", Then::Stands),
    ("conversations_add", Then::Stands),
    ("conversations_begin", Then::Stands),
    ("conversations_update", Then::Stands),
    ("create", Then::Stands),
    ("create_with_id", Then::Stands),
    ("dead_bulk", Then::Moves),
    ("dead_edit", Then::Stands),
    ("dead_retry", Then::Stands),
    ("dead_skip", Then::Stands),
    ("effect_cancel", Then::Stands),
    ("effect_pause", Then::Stands),
    ("effect_resolve", Then::Stands),
    ("effect_resume", Then::Stands),
    ("embeddings", Then::Stands),
    ("files_delete", Then::Stands),
    ("files_upload", Then::Stands),
    ("fork", Then::Stands),
    ("import", Then::Stands),
    ("introspect", Then::Moves),
    ("key_issue", Then::Stands),
    ("key_revoke", Then::Stands),
    ("key_rotate", Then::Stands),
    ("langgraph_assistant_create", Then::Stands),
    ("langgraph_assistant_delete", Then::Stands),
    ("langgraph_assistant_latest", Then::Moves),
    ("langgraph_assistant_update", Then::Moves),
    ("langgraph_assistant_versions", Then::Moves),
    ("langgraph_assistants", Then::Moves),
    ("langgraph_assistants_count", Then::Moves),
    ("langgraph_cron_create", Then::Stands),
    ("langgraph_cron_create_in_thread", Then::Moves),
    ("langgraph_cron_delete", Then::Stands),
    ("langgraph_cron_update", Then::Moves),
    ("langgraph_crons", Then::Moves),
    ("langgraph_crons_count", Then::Moves),
    ("langgraph_history", Then::Moves),
    ("langgraph_item_delete", Then::Stands),
    ("langgraph_item_put", Then::Stands),
    ("langgraph_items", Then::Moves),
    ("langgraph_namespaces", Then::Moves),
    ("langgraph_run_cancel", Then::Moves),
    ("langgraph_run_create", Then::Stands),
    ("langgraph_run_delete", Then::Moves),
    ("langgraph_run_stream", Then::Stands),
    ("langgraph_run_wait", Then::Stands),
    ("langgraph_runs_batch", Then::Stands),
    ("langgraph_runs_cancel", Then::Moves),
    ("langgraph_state_at", Then::Moves),
    ("langgraph_state_update", Then::Moves),
    ("langgraph_stateless_create", Then::Stands),
    ("langgraph_stateless_stream", Then::Stands),
    ("langgraph_stateless_wait", Then::Stands),
    ("langgraph_thread_copy", Then::Moves),
    ("langgraph_thread_create", Then::Stands),
    ("langgraph_thread_delete", Then::Moves),
    ("langgraph_thread_update", Then::Moves),
    ("langgraph_threads", Then::Moves),
    ("langgraph_threads_count", Then::Moves),
    ("langgraph_threads_prune", Then::Moves),
    ("login", Then::Moves),
    ("logout", Then::Moves),
    // A call of a tool is refused as a result of the call.
    ("mcp", Then::Moves),
    ("mcp_end", Then::Moves),
    ("message_create", Then::Stands),
    ("message_tokens", Then::Moves),
    ("model_circuit_reset", Then::Moves),
    ("nats_user_add", Then::Moves),
    ("nats_user_revoke", Then::Moves),
    ("password", Then::Moves),
    ("policy_check", Then::Moves),
    ("policy_what_if", Then::Moves),
    ("privacy_erase", Then::Moves),
    ("privacy_export", Then::Moves),
    ("quarantine_skip", Then::Stands),
    ("refresh", Then::Moves),
    ("register", Then::Moves),
    ("reset", Then::Moves),
    ("reset_confirm", Then::Moves),
    ("reset_issue", Then::Moves),
    ("reset_mail", Then::Moves),
    ("response_cancel", Then::Stands),
    ("response_create", Then::Stands),
    ("revoke", Then::Moves),
    ("secret_delete", Then::Moves),
    ("secret_put", Then::Moves),
    ("secrets_rotate", Then::Moves),
    ("signing_keys_rotate", Then::Moves),
    ("symbia_agent_login", Then::Moves),
    ("symbia_agent_register", Then::Stands),
    ("symbia_forgot", Then::Moves),
    ("symbia_introspect", Then::Moves),
    ("symbia_key_delete", Then::Stands),
    ("symbia_key_issue", Then::Stands),
    ("symbia_key_revoke", Then::Stands),
    ("symbia_key_rotate", Then::Stands),
    ("symbia_key_verify", Then::Moves),
    ("symbia_login", Then::Moves),
    ("symbia_logout", Then::Moves),
    ("symbia_member_add", Then::Stands),
    ("symbia_member_change", Then::Stands),
    ("symbia_member_remove", Then::Stands),
    ("symbia_org_create", Then::Stands),
    ("symbia_password", Then::Moves),
    ("symbia_refresh", Then::Moves),
    ("symbia_register", Then::Moves),
    ("symbia_reset", Then::Moves),
    ("ticket_issue", Then::Moves),
    ("token", Then::Moves),
    ("tree_head_make", Then::Moves),
    ("unmute", Then::Stands),
    ("version7_login", Then::Moves),
    ("version7_logout", Then::Moves),
    ("version7_policy_apply", Then::Stands),
    ("version7_policy_apply_template", Then::Stands),
    ("version7_policy_dry_run", Then::Moves),
    ("version7_policy_reload", Then::Stands),
    ("version7_policy_render", Then::Moves),
    ("version7_policy_wizard", Then::Moves),
    ("version7_register", Then::Moves),
    ("version7_set_settings", Then::Stands),
    ("webhooks_create", Then::Stands),
    ("webhooks_rotate", Then::Stands),
    ("work_extend", Then::Moves),
    ("work_lease", Then::Moves),
    ("work_outcome", Then::Moves),
];

/// What there is before the switch is engaged.
struct World {
    effect: String,
    letter: String,
    export: String,
    /// Somebody's key.
    key: String,
}

fn asked(route: &Route, world: &World) -> (String, String) {
    let id = match route.name {
        "command_new" => "add",
        name if name.starts_with("effect") => &world.effect,
        "work_outcome" | "work_extend" => &world.effect,
        name => super::routes::seen_id(name),
    };
    let path = route.path.replace("{kind}", "counter").replace("{id}", id);
    let path = path.replace("{command}", "add").replace("{letter}", &world.letter);
    let path = path.replace("{member}", "ada").replace("{config}", "seen");
    let path = path.replace("{run}", "seen");
    let body = match route.name {
        "dead_edit" => json!({ "input": {}, "command": "add" }),
        "effect_pause" | "effect_cancel" => json!({ "reason": "a test" }),
        "effect_resolve" => json!({ "as": "failed", "code": "lost", "message": "a test" }),
        "import" => return (path, world.export.clone()),
        "key_issue" => json!({ "label": "x", "principal": "ada" }),
        "key_rotate" | "key_revoke" => json!({ "principal": "ada" }),
        "quarantine_skip" => json!({ "kind": "counter", "id": "seen", "messages": [] }),
        _ => super::routes::body(route),
    };
    (path, body.to_string())
}

async fn answer(program: &Program, route: &Route, world: &World) -> (u16, Value) {
    let (path, body) = asked(route, world);
    let method = route.method.as_str().to_uppercase().parse().expect("a method");
    let media = if route.name == "import" { "application/x-ndjson" } else { "application/json" };
    let asked = program.request(method, &path);
    let mut asked = match route.name {
        "files_upload" => super::routes::form(asked),
        _ => asked.header("content-type", media).body(body),
    };
    if route.name == "version7_set_settings" {
        asked = asked.bearer_auth(&world.key);
    }
    let asked = asked.header("cambium-reason", "a test").header("a2a-version", "1.0");
    let told = asked.send().await.expect("an answer");
    (told.status().as_u16(), told.json().await.unwrap_or_default())
}

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

async fn world(program: &Program) -> World {
    post(program, "main", "/v1/counter/seen/add", json!({})).await;
    post(program, "main", "/v1/principal/ada/register", json!({ "roles": ["user"] })).await;
    let key = json!({ "label": "x", "principal": "ada" });
    let key = post(program, "main", "/v1/keys", key).await["key"].as_str().expect("one").to_owned();
    let policy = json!({ "content": "version: 1\n" });
    post(program, "main", "/seeds/version7/policy/apply", policy).await;
    let run = json!({ "queue": "words", "input": {} });
    let begun = program.request(reqwest::Method::POST, "/v1/job/held/run");
    let begun = begun.header("prefer", "wait=0").json(&run).send().await.expect("accepted");
    assert_eq!(begun.status(), 202);
    let effects =
        until(program, "/v1/effects?status=queued", |it| it["items"][0].is_object()).await;
    let effect = effects["items"][0]["id"].as_str().expect("an id").to_owned();
    on_the_broker(program, "garbage");
    let letters = until(program, "/v1/dead", |it| it["items"][0].is_object()).await;
    let export = program.request(reqwest::Method::GET, "/v1/export?kind=counter");
    let export = export.send().await.expect("an export").text().await.expect("lines");
    World { effect, letter: letters["items"][0]["id"].to_string(), export, key }
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

#[tokio::test(flavor = "multi_thread")]
async fn an_engaged_switch_stops_every_road_and_a_released_one_none() {
    let home = tempfile::tempdir().expect("a directory");
    let binary = env!("CARGO_BIN_EXE_own-binary");
    let program = Program::start(binary, &home.path().join("data")).await.expect("it starts");
    let world = world(&program).await;
    switch(&program, "engage", json!({ "scope": "global", "reason": "wrong figures" })).await;

    let rows: BTreeMap<_, _> = ROUTES.iter().copied().collect();
    let mut surprises = Vec::new();
    for route in routes::all().filter(|route| route.method != Method::Get) {
        let then = rows.get(route.name);
        let then = *then.unwrap_or_else(|| panic!("{} has no row", route.name));
        let (status, told) = answer(&program, route, &world).await;
        let stands = status == 503 && told["code"] == "kill_switch_engaged";
        if stands != (then == Then::Stands) {
            surprises.push(format!("{}: {status} {told}, meant: {then:?}", route.name));
        }
    }
    assert!(surprises.is_empty(), "{}", surprises.join("\n"));

    let asked = program.request(reqwest::Method::POST, "/v1/counter/seen/add").json(&json!({}));
    let told = asked.send().await.expect("an answer");
    assert_eq!(told.headers()["retry-after"], "5");
    let told: Value = told.json().await.expect("JSON");
    assert!(told["detail"].as_str().is_some_and(|it| it.contains("wrong figures")), "{told}");
    assert_eq!(on_the_broker(&program, "ask"), "kill_switch_engaged");
    assert!(on_the_socket(&program).await.contains("kill_switch_engaged"));
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

    switch(&program, "release", json!({ "scope": "global" })).await;
    post(&program, "main", "/v1/counter/seen/add", json!({})).await;
    let stored = |it: &Value| it["state"]["value"] == 5;
    until(&program, "/v1/counter/stored", stored).await;
    let lease = json!({ "worker": "w", "max": 1, "wait_s": 10 });
    let leased = program.post("/v1/work/words/lease", &lease).await.expect("leased");
    assert_eq!(leased["items"][0]["effect_id"], world.effect.as_str(), "{leased}");
}
