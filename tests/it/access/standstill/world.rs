//! What there is before the switch is engaged, so that no road is refused for want of its target.

use cambium::edge::routes::Method::Get;
use cambium::edge::routes::Route;
use cambium_tests::program::{Program, client};
use reqwest::{Method, RequestBuilder, Response};
use serde_json::{Value, json};

use super::super::people::said_in_a2a;
use super::super::routes::{body, form, post, seen_id};
use super::{on_the_broker, until};

const PASSWORD: &str = "a long walk home";

/// A file to transcribe, and by which model.
const SPOKEN: &str = "--x\r\nContent-Disposition: form-data; name=\"model\"\r\n\r\nm\r\n\
    --x\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a.wav\"\r\n\r\nhello\r\n\
    --x--\r\n";

/// Strangers may register, so that a switch is what keeps them out.
pub const SETTINGS: &str = "[auth]\nregistration_tenants = [\"main\"]\nfirst_user = false\n";

/// Rows that somebody asks for himself, with a session of his own.
const OWN: &[&str] = &[
    "biowerk_logout",
    "biowerk_password",
    "codex32_refresh",
    "logout",
    "password",
    "symbia_logout",
    "symbia_password",
    "version7_logout",
];

/// Other rows that are asked with something of a session.
const PAIRED: &[&str] = &[
    "biowerk_refresh",
    "introspect",
    "refresh",
    "reset_confirm",
    "revoke",
    "symbia_introspect",
    "symbia_refresh",
    "symbia_reset",
];

/// What there is.
pub struct World {
    /// Work that nobody has taken.
    pub effect: String,
    letter: String,
    export: String,
    /// Somebody's key.
    key: String,
    /// A run of the thread `seen` that is over.
    run: String,
    cron: String,
    /// A task of A2A.
    task: String,
    hold: String,
    /// Work that a worker has and goes on with, and its lease.
    going: (String, String),
    /// Work that a worker has and concludes, and its lease.
    ending: (String, String),
}

impl World {
    /// Names that nobody else has.
    pub fn names(&self) -> [&str; 4] {
        [&self.effect, &self.run, &self.cron, &self.task]
    }
}

fn told(value: &Value) -> String {
    value.as_str().unwrap_or_else(|| panic!("no text: {value}")).to_owned()
}

/// What a clean world has.
pub async fn world(program: &Program) -> World {
    let done = async |path: &str, body: Value| post(program, "main", path, body).await;
    done("/v1/counter/seen/add", json!({})).await;
    done("/v1/principal/ada/register", json!({ "roles": ["user"] })).await;
    done("/v1/auth/register", json!({ "name": "eve", "password": PASSWORD })).await;
    let key = done("/v1/keys", json!({ "label": "x", "principal": "ada" })).await;
    done("/seeds/version7/policy/apply", json!({ "content": "version: 1\n" })).await;
    done("/v1/nats-users", json!({ "name": "seen" })).await;
    let scout = json!({ "agentId": "scout", "credential": "c".repeat(40) });
    done("/seeds/symbia/api/auth/agent/register", scout).await;
    let hold = done("/v1/audit/holds", json!({ "reason": "a test" })).await;
    let run_of = json!({ "queue": "words", "input": {} });
    let begun = program.request(Method::POST, "/v1/job/held/run");
    let begun = begun.header("prefer", "wait=0").json(&run_of).send().await.expect("accepted");
    assert_eq!(begun.status(), 202);
    let effects = until(program, "/v1/effects?status=queued", |it| it["items"][0].is_object());
    let effect = told(&effects.await["items"][0]["id"]);
    let (going, ending) = (leased(program, "going").await, leased(program, "ending").await);
    let (run, cron) = langgraph(program).await;
    let said = program.request(Method::POST, "/a2a/message:send").header("a2a-version", "1.0");
    let said = said.json(&said_in_a2a()).send().await.expect("an answer");
    let task: Value = said.json().await.expect("JSON");
    let task = told(&task["task"]["id"]);
    let receiver = json!({ "id": "seen", "url": "https://hooks.example/" });
    let path = format!("/a2a/tasks/{task}/pushNotificationConfigs");
    let made = program.request(Method::POST, &path).header("a2a-version", "1.0").json(&receiver);
    assert!(made.send().await.expect("an answer").status().is_success());

    on_the_broker(program, "garbage");
    let letters = until(program, "/v1/dead", |it| it["items"][0].is_object()).await;
    let export = program.request(Method::GET, "/v1/export?kind=counter");
    let export = export.send().await.expect("an export").text().await.expect("lines");
    let (letter, key) = (letters["items"][0]["id"].to_string(), told(&key["key"]));
    let hold = told(&hold["id"]);
    World { effect, letter, export, key, run, cron, task, hold, going, ending }
}

/// Work that a worker has taken, and its lease.
async fn leased(program: &Program, queue: &str) -> (String, String) {
    let run = json!({ "queue": queue, "input": {} });
    let begun = program.request(Method::POST, &format!("/v1/job/{queue}/run"));
    let begun = begun.header("prefer", "wait=0").json(&run).send().await.expect("accepted");
    assert_eq!(begun.status(), 202);
    let lease = json!({ "worker": "w", "max": 1, "wait_s": 10 });
    let taken = post(program, "main", &format!("/v1/work/{queue}/lease"), lease).await;
    (told(&taken["items"][0]["effect_id"]), told(&taken["items"][0]["lease"]))
}

/// An assistant and a thread called `seen`; the ids of a run there and of a cron.
async fn langgraph(program: &Program) -> (String, String) {
    let done = async |path: &str, body: Value| {
        post(program, "main", &format!("/langgraph{path}"), body).await
    };
    done("/assistants", json!({ "graph_id": "agent", "assistant_id": "seen" })).await;
    done("/threads", json!({ "thread_id": "seen" })).await;
    let input = json!({ "messages": [{ "role": "user", "content": "x" }] });
    let asked = json!({ "assistant_id": "agent", "input": input });
    let run = told(&done("/threads/seen/runs", asked.clone()).await["run_id"]);
    let path = format!("/langgraph/threads/seen/runs/{run}");
    until(program, &path, |it| it["status"] == "success").await;
    let mut clock = asked;
    clock["schedule"] = json!("0 0 1 1 *");
    let cron = told(&done("/runs/crons", clock).await["cron_id"]);
    (run, cron)
}

/// Where a row is asked for.
fn path(route: &Route, world: &World) -> String {
    let cancel = format!("{}:cancel", world.task);
    let id = match route.name {
        "command_new" => "add",
        "a2a_task_do" => &cancel,
        name if name.starts_with("a2a_push") || name == "a2a_task" => &world.task,
        "langgraph_cron_update" | "langgraph_cron_delete" => &world.cron,
        "reset_issue" => "eve",
        "privacy_export" => "ada",
        "command_status" => "01900000-0000-7000-8000-000000000001",
        name if name.starts_with("effect") => &world.effect,
        "work_extend" => &world.going.0,
        "work_outcome" => &world.ending.0,
        name => seen_id(name),
    };
    let path = route.path.replace("{kind}", "counter").replace("{id}", id);
    let path = path.replace("{*id}", "local/rules");
    let path = path.replace("{command}", "add").replace("{letter}", &world.letter);
    let path = path.replace("{member}", "ada").replace("{config}", "seen");
    let path = path.replace("{run}", &world.run).replace("{checkpoint}", "1");
    let path = path.replace("{signal}", "logs");
    let path = path.replace("{agent}", "osteon").replace("{intent}", "outline");
    let path = path.replace("{code}", "none").replace("{number}", "1");
    if route.name == "knowledge_search" { format!("{path}?q=x") } else { path }
}

/// What a row is asked with; `pair` are the tokens of a session, of the rows that have one.
fn input(route: &Route, world: &World, pair: &Value) -> Value {
    match route.name {
        "a2a_push_create" => json!({ "id": "seen", "url": "https://hooks.example/" }),
        "admin_acknowledge" => json!({ "cursor": "1", "hash": "0".repeat(64) }),
        "admin_drain" => json!({ "node": "nobody" }),
        "admin_skip" => json!({ "model": "heads", "cursor": "1" }),
        "admin_log_level" => json!({ "change": "cambium=info" }),
        "audit_hold" => json!({ "reason": "a test" }),
        "audit_release" => json!({ "hold": world.hold, "reason": "a test" }),
        "audit_retain" => json!({ "class": "read", "days": 400 }),
        "dead_bulk" => json!({ "action": "retry" }),
        "dead_edit" => json!({ "input": {}, "command": "add" }),
        "effect_pause" | "effect_cancel" => json!({ "reason": "a test" }),
        "effect_resolve" => json!({ "as": "failed", "code": "lost", "message": "a test" }),
        "key_issue" => json!({ "label": "x", "principal": "ada" }),
        "key_rotate" | "key_revoke" => json!({ "principal": "ada" }),
        "langgraph_assistant_latest" => json!({ "version": 1 }),
        "langgraph_cron_create_in_thread" | "langgraph_cron_update" => {
            let input = json!({ "messages": [{ "role": "user", "content": "x" }] });
            json!({ "assistant_id": "agent", "schedule": "0 0 1 1 *", "input": input })
        }
        "langgraph_runs_cancel" => json!({ "thread_id": "seen", "run_ids": [world.run] }),
        "langgraph_state_update" => {
            json!({ "values": { "messages": [{ "role": "user", "content": "y" }] } })
        }
        "langgraph_threads_prune" => json!({ "thread_ids": ["seen"] }),
        "mcp" => {
            let who = json!({ "name": "test", "version": "1" });
            let params = json!({ "protocolVersion": "2025-11-25", "capabilities": {},
                "clientInfo": who });
            json!({ "jsonrpc": "2.0", "id": 1, "method": "initialize", "params": params })
        }
        "nats_user_add" => json!({ "name": "other" }),
        "policy_check" | "policy_what_if" => json!({ "text": "version: 1\n" }),
        "privacy_erase" => json!({ "reason": "a test" }),
        "quarantine_skip" => json!({ "kind": "counter", "id": "seen", "messages": [] }),
        "secret_put" => json!({ "value": "a-secret-value" }),
        "ticket_issue" => {
            json!({ "purpose": "command", "kind": "counter", "id": "seen", "command": "add" })
        }
        "version7_policy_dry_run" => json!({ "content": "version: 1\n" }),
        "version7_policy_render" => json!({ "name": "solo" }),
        "version7_policy_wizard" => json!({ "template": "team", "risk_profile": "low" }),
        "work_extend" => json!({ "lease": world.going.1 }),
        "work_outcome" => json!({ "lease": world.ending.1, "ok": true, "output": {} }),
        "work_lease" => json!({ "worker": "w", "max": 1, "wait_s": 0 }),
        _ => signing(route, world, pair).unwrap_or_else(|| body(route)),
    }
}

/// What a row of signing in is asked with; `None` = it is none.
fn signing(route: &Route, world: &World, pair: &Value) -> Option<Value> {
    let (name, password) = ("eve", PASSWORD);
    let new = "another walk home";
    Some(match route.name {
        "biowerk_login" | "codex32_login" => json!({ "username": name, "password": password }),
        "biowerk_password" => json!({ "current_password": password, "new_password": new }),
        "biowerk_register" => {
            json!({ "email": "b@example.org", "username": "b", "password": password })
        }
        "biowerk_refresh" | "refresh" => json!({ "refresh_token": pair["refresh_token"] }),
        "login" => json!({ "name": name, "password": password }),
        "password" => json!({ "old": password, "new": new }),
        "register" => json!({ "name": "zoe", "password": password }),
        "reset" => json!({ "name": name }),
        "reset_confirm" | "symbia_reset" => json!({ "token": pair["link"], "password": new }),
        "symbia_agent_login" => json!({ "agentId": "scout", "credential": "c".repeat(40) }),
        "symbia_forgot" => json!({ "email": name }),
        "symbia_introspect" => json!({ "token": pair["access_token"] }),
        "symbia_key_verify" => json!({ "apiKey": world.key }),
        "symbia_login" | "version7_login" => json!({ "email": name, "password": password }),
        "symbia_password" => json!({ "currentPassword": password, "newPassword": new }),
        "symbia_refresh" => json!({ "refreshToken": pair["refresh_token"] }),
        "symbia_register" | "version7_register" => {
            json!({ "email": format!("{}@example.org", route.name), "password": password })
        }
        _ => return None,
    })
}

/// A session of eve, and a link by which she sets another password: both go on.
async fn pair(program: &Program) -> Value {
    let who = json!({ "name": "eve", "password": PASSWORD });
    let mut pair = post(program, "main", "/v1/auth/login", who).await;
    let link = post(program, "main", "/v1/auth/password/reset/eve", json!({})).await;
    pair["link"] = link["token"].clone();
    pair
}

fn fields(asked: RequestBuilder, text: String) -> RequestBuilder {
    asked.header("content-type", "application/x-www-form-urlencoded").body(text)
}

/// Asks for what there is, by a request that `begin` makes of a method and a path.
pub async fn ask(
    route: &Route,
    world: &World,
    begin: impl Fn(Method, &str) -> RequestBuilder,
) -> Response {
    let method: Method = route.method.as_str().to_uppercase().parse().expect("a method");
    let asked = with(begin(method, &path(route, world)), route, world, &Value::Null);
    asked.send().await.expect("an answer")
}

fn with(asked: RequestBuilder, route: &Route, world: &World, pair: &Value) -> RequestBuilder {
    let token = || pair["access_token"].as_str().unwrap_or("none");
    let asked = match route.name {
        _ if route.method == Get => asked,
        "audio_transcription" => {
            asked.header("content-type", "multipart/form-data; boundary=x").body(SPOKEN)
        }
        "files_upload" => form(asked),
        "mcp_end" => asked.header("mcp-session-id", "none"),
        "import" => asked.header("content-type", "application/x-ndjson").body(world.export.clone()),
        "token" => {
            let password = PASSWORD.replace(' ', "+");
            fields(asked, format!("grant_type=password&username=eve&password={password}"))
        }
        "introspect" | "revoke" => fields(asked, format!("token={}", token())),
        "version7_set_settings" => asked.json(&body(route)).bearer_auth(&world.key),
        _ => asked.json(&input(route, world, pair)),
    };
    asked.header("cambium-reason", "a test").header("a2a-version", "1.0")
}

/// What a row answers.
pub async fn answer(program: &Program, route: &Route, world: &World) -> (u16, Value) {
    let method: Method = route.method.as_str().to_uppercase().parse().expect("a method");
    let signs = OWN.contains(&route.name) || PAIRED.contains(&route.name);
    let pair = if signs { pair(program).await } else { Value::Null };
    let path = path(route, world);
    let own = OWN.contains(&route.name).then(|| match route.name {
        "codex32_refresh" => &pair["refresh_token"],
        _ => &pair["access_token"],
    });
    let asked = match own {
        Some(token) => client()
            .request(method, format!("{}{path}", program.url()))
            .bearer_auth(token.as_str().expect("a token")),
        None => program.request(method, &path),
    };
    let told = with(asked, route, world, &pair).send().await.expect("an answer");
    let status = told.status().as_u16();
    // A stream has no end; that it began is enough.
    let told = if status < 300 { Value::Null } else { told.json().await.unwrap_or_default() };
    (status, told)
}
