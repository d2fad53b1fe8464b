//! The matrix over HTTP: every route, by every role, in every tenant, on the real program.

mod langgraph;
mod table;

use std::collections::BTreeMap;

use cambium::edge::routes::{self, Method, Route};
use cambium_tests::program::Program;
use reqwest::{Client, StatusCode};
use serde_json::{Value, json};

use super::people::{ROLES, holds, said_in_a2a};

/// What a route takes, written down by hand.
#[derive(Clone, Copy)]
pub(super) enum Takes {
    /// Nothing: strangers too.
    Open,
    /// Any credential.
    Known,
    /// This in the tenant.
    Own(&'static str),
    /// This in the tenant `system`.
    Above(&'static str),
    /// It is one's own, when the key carries this.
    Mine(&'static str),
}

/// Somebody with a key.
pub(super) struct Person {
    pub(super) name: String,
    home: &'static str,
    /// `None` = none at all.
    role: Option<&'static str>,
    /// What the key carries, when it does not carry all.
    scope: Option<&'static str>,
    pub(super) key: String,
}

impl Person {
    /// Whether the key's holder is at home everywhere.
    fn is_admin_key(&self) -> bool {
        self.name == "admin"
    }

    /// Whether he may enter every tenant.
    fn is_above(&self) -> bool {
        self.is_admin_key() || (self.home == "system" && self.role == Some("admin"))
    }

    fn holds(&self, capability: &str) -> bool {
        self.scope.is_none_or(|scope| scope == capability)
            && self.role.is_some_and(|role| role == "admin" || holds(role, capability))
    }

    /// What is expected of a request for a route in a tenant.
    pub(super) fn expected(&self, takes: Takes, tenant: &str) -> &'static str {
        if matches!(takes, Takes::Open) {
            return "passes";
        }
        if self.key.is_empty() {
            return "unauthenticated";
        }
        if tenant != self.home && !self.is_above() {
            return "unknown";
        }
        let may = match takes {
            Takes::Open | Takes::Known => true,
            Takes::Own(capability) => self.holds(capability),
            Takes::Above(capability) => {
                self.is_admin_key() || (self.home == "system" && self.holds(capability))
            }
            Takes::Mine(capability) => self.scope.is_none_or(|scope| scope == capability),
        };
        if may { "passes" } else { "forbidden" }
    }
}

pub(super) async fn post(program: &Program, tenant: &str, path: &str, body: Value) -> Value {
    let asked = program.request(reqwest::Method::POST, path).header("cambium-tenant", tenant);
    let told = asked.json(&body).send().await.expect("an answer");
    let (status, told) = (told.status(), told.json().await.expect("JSON"));
    assert!(status.is_success(), "{path}: {told}");
    told
}

async fn join(
    program: &Program,
    (home, name): (&'static str, &str),
    role: Option<&'static str>,
    scope: Option<&'static str>,
) -> Person {
    let roles: Vec<_> = role.into_iter().collect();
    post(program, home, &format!("/v1/principal/{name}/register"), json!({ "roles": roles })).await;
    let mut body = json!({ "principal": name, "label": "test" });
    if let Some(scope) = scope {
        body["scope"] = json!([scope]);
    }
    let told = post(program, home, "/v1/keys", body).await;
    let key = told["key"].as_str().expect("shown once").to_owned();
    Person { name: name.to_owned(), home, role, scope, key }
}

pub(super) async fn people(program: &Program) -> Vec<Person> {
    let mut people = Vec::new();
    for role in ROLES {
        people.push(join(program, ("acme", &format!("as-{role}")), Some(role), None).await);
    }
    people.push(join(program, ("acme", "nothing"), None, None).await);
    let narrow = Some("cap:counter.read");
    people.push(join(program, ("acme", "narrow"), Some("admin"), narrow).await);
    people.push(join(program, ("navy", "stranger"), Some("admin"), None).await);
    people.push(join(program, ("system", "root"), Some("admin"), None).await);
    people.push(join(program, ("system", "keeper"), Some("operator"), None).await);
    let key = program.key().to_owned();
    let (role, scope) = (Some("admin"), None);
    people.push(Person { name: "admin".to_owned(), home: "main", role, scope, key });
    let (role, key) = (None, String::new());
    people.push(Person { name: "nobody".to_owned(), home: "main", role, scope, key });
    people
}

/// What the actor `seen` is called on a route: some dialects say of what kind it is.
pub(super) fn seen_id(route: &str) -> &'static str {
    match route {
        "a2a_task_do" => "seen:cancel",
        name if name.starts_with("response") => "resp_seen",
        name if name.starts_with("conversation") => "conv_seen",
        name if name.starts_with("file") => "file-seen",
        _ => "seen",
    }
}

/// A path that the route answers.
fn path(route: &Route) -> String {
    let effect = "0".repeat(64);
    let id = match route.name {
        "command_new" => "add",
        "command_status" => "01900000-0000-7000-8000-000000000001",
        name if name.starts_with("effect") => &effect,
        "work_outcome" | "work_extend" => &effect,
        name => seen_id(name),
    };
    let path =
        route.path.replace("{kind}", "counter").replace("{id}", id).replace("{*id}", "local/rules");
    let path = path.replace("{command}", "add").replace("{code}", "overloaded");
    let path = path.replace("{letter}", "7").replace("{number}", "1");
    let path = path
        .replace("{signal}", "logs")
        .replace("{member}", "seen")
        .replace("{config}", "seen")
        .replace("{checkpoint}", "1")
        .replace("{job}", "job_0123456789")
        .replace("{run}", "seen")
        .replace("{agent}", "osteon")
        .replace("{intent}", "outline");
    if route.name == "tree_proof" { format!("{path}?kind=counter&id=seen") } else { path }
}

/// A body that the route takes.
pub(super) fn body(route: &Route) -> Value {
    match route.name {
        "a2a_rpc" | "a2a_assistant_rpc" => {
            let params = said_in_a2a();
            json!({ "jsonrpc": "2.0", "id": 1, "method": "SendMessage", "params": params })
        }
        "a2a_send" | "a2a_stream" => said_in_a2a(),
        "biowerk_ask" | "biowerk_ask_unversioned" => json!({ "topic": "bees" }),
        "key_issue" => json!({ "label": "x" }),
        "connector_key_put" => json!({ "value": "a-key" }),
        "telemetry_tell" => json!({ "records": [{ "message": "x" }] }),
        "telemetry_retain" => json!({ "signal": "logs", "days": 30 }),
        "webhooks_create" => json!({ "url": "https://hooks.example/" }),
        "chat" => {
            json!({ "model": "local/rules", "messages": [{ "role": "user", "content": "x" }] })
        }
        "agui_run" => json!({ "threadId": "t", "runId": "r", "messages": [] }),
        "message_create" | "message_tokens" => {
            let mut body =
                json!({ "model": "local/rules", "messages": [{ "role": "user", "content": "x" }] });
            if route.name == "message_create" {
                body["max_tokens"] = json!(9);
            }
            body
        }
        "response_create" => json!({ "model": "local/rules", "input": "x" }),
        "embeddings" => json!({ "model": "local/ngrams", "input": "x" }),
        "conversations_add" => json!({ "items": [{ "role": "user", "content": "x" }] }),
        "symbia_agent_register" => json!({ "agentId": "scout", "credential": "c".repeat(40) }),
        "symbia_key_issue" | "biowerk_key_issue" => json!({ "name": "x" }),
        "symbia_org_create" => json!({ "name": "Navy", "slug": "navy" }),
        "symbia_member_add" => json!({ "email": "ada", "role": "member" }),
        "symbia_member_change" => json!({ "role": "viewer" }),
        "version7_policy_apply" => json!({ "content": "version: 1\n" }),
        "version7_policy_apply_template" => json!({ "name": "solo", "dry_run": false }),
        _ => langgraph::body(route).unwrap_or_else(|| json!({})),
    }
}

/// A file and what it is for.
pub(super) fn form(asked: reqwest::RequestBuilder) -> reqwest::RequestBuilder {
    let part = |name: &str, text: &str| {
        format!("--x\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{text}\r\n")
    };
    let body = format!("{}{}--x--\r\n", part("purpose", "user_data"), part("file", "hello"));
    asked.header("content-type", "multipart/form-data; boundary=x").body(body)
}

async fn seen(
    (program, client): (&Program, &Client),
    route: &Route,
    person: &Person,
    tenant: &str,
) -> (String, String) {
    let method = match route.method {
        Method::Get => reqwest::Method::GET,
        Method::Post => reqwest::Method::POST,
        Method::Put => reqwest::Method::PUT,
        Method::Patch => reqwest::Method::PATCH,
        Method::Delete => reqwest::Method::DELETE,
    };
    let path = path(route).replace("/orgs/seen", &format!("/orgs/{tenant}"));
    let url = format!("{}{path}", program.url());
    let mut asked = client.request(method, url);
    if !person.key.is_empty() {
        asked = asked.header("x-api-key", &person.key);
    }
    if route.method != Method::Get {
        let mut body = body(route);
        if route.name == "symbia_org_create" {
            body["slug"] = json!(tenant);
        }
        asked = match route.name {
            "files_upload" => form(asked),
            _ => asked.json(&body),
        };
    }
    let asked = asked.header("cambium-tenant", tenant).header("cambium-reason", "a test");
    let asked = asked.header("a2a-version", "1.0");
    let told = asked.header("accept", "*/*").send().await.expect("an answer");
    let status = told.status();
    if status.is_success() {
        // A stream has no end; that it began is enough.
        return ("passes".to_owned(), status.to_string());
    }
    let told: Value = told.json().await.unwrap_or_default();
    let code = told["code"].as_str().unwrap_or_default().to_owned();
    let seen = match (status, code.as_str()) {
        // Of this one the credential is what is asked.
        _ if route.name == "codex32_refresh" => "passes",
        (StatusCode::UNAUTHORIZED, _) | (_, "auth_failures_exceeded") => "unauthenticated",
        (StatusCode::FORBIDDEN, "forbidden") => "forbidden",
        (_, "unknown_tenant") => "unknown",
        // What this program has not, it says; every other 5xx is a fault of the row.
        (StatusCode::NOT_IMPLEMENTED, _) => "passes",
        (status, _) if status.is_server_error() => "breaks",
        _ => "passes",
    };
    (seen.to_owned(), format!("{status} {code}"))
}

#[tokio::test(flavor = "multi_thread")]
async fn every_route_asks_for_its_capability_in_every_tenant() {
    let home = tempfile::tempdir().expect("a directory");
    let binary = env!("CARGO_BIN_EXE_own-binary");
    let program = Program::start(binary, &home.path().join("data")).await.expect("it starts");
    let people = people(&program).await;
    for tenant in ["acme", "navy", "system", "main"] {
        post(&program, tenant, "/v1/counter/seen/add", json!({})).await;
        let policy = json!({ "content": "version: 1\n" });
        post(&program, tenant, "/seeds/version7/policy/apply", policy).await;
    }
    let client = cambium_tests::program::client();
    let rows = [table::ROUTES, langgraph::ROUTES].concat();
    let takes: BTreeMap<_, _> = rows.into_iter().collect();
    let (mut cells, mut surprises) = (0, Vec::new());
    for route in routes::all() {
        let takes = takes.get(route.name);
        let takes = takes.unwrap_or_else(|| panic!("{} has no row in the matrix", route.name));
        for person in &people {
            for tenant in ["acme", "navy", "system", "main"] {
                cells += 1;
                let expected = person.expected(*takes, tenant);
                let (seen, told) = seen((&program, &client), route, person, tenant).await;
                if seen != expected {
                    let who = &person.name;
                    surprises.push(format!(
                        "{} by {who} in {tenant}: {told}, expected {expected}",
                        route.name
                    ));
                }
            }
        }
    }
    println!("the matrix of routes has {cells} cells, {} surprises", surprises.len());
    assert!(surprises.is_empty(), "{}", surprises.join("\n"));
    assert_eq!(cells, takes.len() * people.len() * 4);
}
