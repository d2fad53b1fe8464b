//! The matrix over HTTP: every route, by every role, in every tenant, on the real program.

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

/// Every route by its name. One that is not here fails the test.
const ROUTES: &[(&str, Takes)] = &[
    ("a2a_assistant_card", Takes::Own("cap:assistant.ask")),
    ("a2a_assistant_rpc", Takes::Own("cap:run.start")),
    ("a2a_card", Takes::Open),
    ("a2a_card_extended", Takes::Known),
    ("a2a_push", Takes::Own("cap:run.read")),
    ("a2a_push_create", Takes::Own("cap:run.read")),
    ("a2a_push_delete", Takes::Own("cap:run.read")),
    ("a2a_push_list", Takes::Own("cap:run.read")),
    ("a2a_rpc", Takes::Own("cap:run.start")),
    ("a2a_send", Takes::Own("cap:run.start")),
    ("a2a_stream", Takes::Own("cap:run.start")),
    ("a2a_task", Takes::Own("cap:run.read")),
    ("a2a_task_do", Takes::Own("cap:run.cancel")),
    ("a2a_tasks", Takes::Known),
    ("actor_events", Takes::Own("cap:counter.read")),
    ("admin_acknowledge", Takes::Above("cap:admin.acknowledge")),
    ("admin_forget", Takes::Above("cap:admin.rebuild")),
    ("admin_lag", Takes::Above("cap:admin.read")),
    ("admin_models", Takes::Above("cap:admin.read")),
    ("admin_partitions", Takes::Above("cap:admin.read")),
    ("admin_rebuild", Takes::Above("cap:admin.rebuild")),
    ("admin_rebuilds", Takes::Above("cap:admin.read")),
    ("admin_refused", Takes::Above("cap:admin.read")),
    ("admin_roll_back", Takes::Above("cap:admin.rebuild")),
    ("admin_skip", Takes::Above("cap:admin.skip")),
    ("admin_streams", Takes::Above("cap:admin.read")),
    ("admin_timers_reconcile", Takes::Above("cap:admin.reconcile")),
    ("agui_run", Takes::Own("cap:assistant.ask")),
    ("asyncapi", Takes::Known),
    ("audio_transcription", Takes::Known),
    ("audit", Takes::Own("cap:audit.read")),
    ("audit_head", Takes::Own("cap:audit.sign")),
    ("audit_hold", Takes::Own("cap:audit.hold")),
    ("audit_holds", Takes::Own("cap:audit.read")),
    ("audit_release", Takes::Own("cap:audit.hold")),
    ("audit_retain", Takes::Own("cap:audit.retain")),
    ("audit_retention", Takes::Own("cap:audit.read")),
    ("audit_verify", Takes::Own("cap:audit.read")),
    ("biowerk_key_issue", Takes::Mine("cap:principal.issue_key")),
    ("biowerk_key_revoke", Takes::Mine("cap:principal.revoke_key")),
    ("biowerk_keys", Takes::Known),
    ("biowerk_login", Takes::Open),
    ("biowerk_logout", Takes::Known),
    ("biowerk_me", Takes::Known),
    ("biowerk_password", Takes::Known),
    ("biowerk_refresh", Takes::Open),
    ("biowerk_register", Takes::Open),
    ("chat", Takes::Own("cap:run.start")),
    ("codex32_login", Takes::Open),
    ("codex32_refresh", Takes::Open),
    ("command", Takes::Own("cap:counter.add")),
    ("command_new", Takes::Own("cap:counter.add")),
    ("command_status", Takes::Known),
    ("connector_callback", Takes::Open),
    ("connector_circuit", Takes::Own("cap:connector.read")),
    ("connector_connect", Takes::Own("cap:connector.authorize")),
    ("connector_circuit_reset", Takes::Own("cap:connector.check")),
    ("connector_key_put", Takes::Own("cap:connector.seal")),
    ("conversations_show", Takes::Own("cap:thread.read")),
    ("conversations_add", Takes::Own("cap:thread.append")),
    ("conversations_begin", Takes::Own("cap:thread.open")),
    ("conversations_items", Takes::Own("cap:thread.read")),
    ("conversations_update", Takes::Own("cap:thread.note")),
    ("create", Takes::Own("cap:counter.add")),
    ("create_with_id", Takes::Own("cap:counter.add")),
    ("dead", Takes::Above("cap:dead.read")),
    ("dead_bulk", Takes::Above("cap:dead.settle")),
    ("dead_edit", Takes::Above("cap:dead.settle")),
    ("dead_letter", Takes::Above("cap:dead.read")),
    ("dead_retry", Takes::Above("cap:dead.settle")),
    ("dead_skip", Takes::Above("cap:dead.settle")),
    ("diff", Takes::Own("cap:counter.read")),
    ("effect", Takes::Own("cap:effects.read")),
    ("effect_cancel", Takes::Own("cap:effects.control")),
    ("effect_pause", Takes::Own("cap:effects.control")),
    ("effect_resolve", Takes::Own("cap:effects.control")),
    ("effect_resume", Takes::Own("cap:effects.control")),
    ("effect_text", Takes::Own("cap:effects.read")),
    ("effects", Takes::Own("cap:effects.read")),
    ("embeddings", Takes::Own("cap:embedding.make")),
    ("error_page", Takes::Open),
    ("events", Takes::Known),
    ("export", Takes::Own("cap:archive.export")),
    ("files_show", Takes::Own("cap:file.read")),
    ("files_content", Takes::Own("cap:file.read")),
    ("files_delete", Takes::Own("cap:file.delete")),
    ("files_upload", Takes::Own("cap:file.upload")),
    ("files", Takes::Known),
    ("fork", Takes::Own("cap:counter.fork")),
    ("import", Takes::Above("cap:archive.import")),
    ("introspect", Takes::Known),
    ("jwks", Takes::Open),
    ("key_issue", Takes::Mine("cap:principal.issue_key")),
    ("key_revoke", Takes::Mine("cap:principal.revoke_key")),
    ("key_rotate", Takes::Mine("cap:principal.rotate_key")),
    ("keys", Takes::Known),
    ("limits", Takes::Own("cap:effects.read")),
    ("list", Takes::Own("cap:counter.read")),
    ("live", Takes::Own("cap:counter.read")),
    ("livez", Takes::Open),
    ("llms", Takes::Known),
    ("login", Takes::Open),
    ("logout", Takes::Known),
    ("me", Takes::Known),
    // Each tool and resource asks for its own.
    ("mcp", Takes::Known),
    ("mcp_end", Takes::Known),
    ("mcp_stream", Takes::Known),
    ("message_create", Takes::Own("cap:run.start")),
    ("message_tokens", Takes::Known),
    ("messages", Takes::Own("cap:counter.read")),
    ("metrics", Takes::Known),
    ("model", Takes::Known),
    ("model_circuit_reset", Takes::Above("cap:admin.reset")),
    ("model_circuits", Takes::Above("cap:admin.read")),
    ("models", Takes::Known),
    ("nats_user_add", Takes::Own("cap:nats_users.manage")),
    ("nats_user_revoke", Takes::Own("cap:nats_users.manage")),
    ("nats_users", Takes::Own("cap:nats_users.read")),
    ("oauth_authorization_server", Takes::Open),
    ("oauth_protected_resource", Takes::Open),
    ("oauth_protected_resource_mcp", Takes::Open),
    ("openapi", Takes::Known),
    ("openid_configuration", Takes::Open),
    ("password", Takes::Known),
    ("policy_check", Takes::Own("cap:policy.check")),
    ("policy_what_if", Takes::Own("cap:policy.what_if")),
    ("privacy_erase", Takes::Own("cap:privacy.erase")),
    ("privacy_export", Takes::Own("cap:privacy.export")),
    ("privacy_receipts", Takes::Own("cap:privacy.receipts")),
    ("quarantine", Takes::Above("cap:dead.read")),
    ("quarantine_skip", Takes::Above("cap:dead.settle")),
    ("readyz", Takes::Open),
    ("refresh", Takes::Open),
    ("register", Takes::Open),
    ("replay", Takes::Own("cap:counter.read")),
    ("reset", Takes::Open),
    ("reset_confirm", Takes::Open),
    ("reset_issue", Takes::Own("cap:principal.reset_password")),
    ("reset_mail", Takes::Own("cap:principal.claim_mail")),
    ("response", Takes::Own("cap:run.read")),
    ("response_cancel", Takes::Own("cap:run.cancel")),
    ("response_create", Takes::Own("cap:run.start")),
    ("response_input", Takes::Own("cap:run.read")),
    ("revoke", Takes::Open),
    ("secret_delete", Takes::Own("cap:secrets.delete")),
    ("secret_put", Takes::Own("cap:secrets.put")),
    ("secrets", Takes::Own("cap:secrets.list")),
    ("secrets_rotate", Takes::Above("cap:secrets.rotate")),
    ("signing_keys", Takes::Above("cap:admin.read")),
    ("signing_keys_rotate", Takes::Above("cap:admin.rotate")),
    ("state", Takes::Own("cap:counter.read")),
    ("symbia_agent_login", Takes::Open),
    ("symbia_agent_register", Takes::Own("cap:principal.register")),
    ("symbia_forgot", Takes::Open),
    ("symbia_introspect", Takes::Known),
    ("symbia_key_delete", Takes::Mine("cap:principal.revoke_key")),
    ("symbia_key_issue", Takes::Mine("cap:principal.issue_key")),
    ("symbia_key_revoke", Takes::Mine("cap:principal.revoke_key")),
    ("symbia_key_rotate", Takes::Mine("cap:principal.rotate_key")),
    ("symbia_key_verify", Takes::Known),
    ("symbia_keys", Takes::Known),
    ("symbia_login", Takes::Open),
    ("symbia_logout", Takes::Known),
    ("symbia_me", Takes::Known),
    ("symbia_member_add", Takes::Own("cap:organization.add_member")),
    ("symbia_member_change", Takes::Own("cap:organization.change_member")),
    ("symbia_member_remove", Takes::Own("cap:organization.remove_member")),
    ("symbia_org", Takes::Own("cap:organization.read")),
    ("symbia_org_create", Takes::Above("cap:organization.create")),
    ("symbia_orgs", Takes::Known),
    ("symbia_password", Takes::Known),
    ("symbia_refresh", Takes::Open),
    ("symbia_register", Takes::Open),
    ("symbia_reset", Takes::Open),
    ("symbia_user", Takes::Known),
    ("ticket_issue", Takes::Known),
    ("timeline", Takes::Known),
    ("token", Takes::Open),
    ("tools", Takes::Known),
    ("tree_head", Takes::Own("cap:tree.read")),
    ("tree_head_make", Takes::Above("cap:tree.make")),
    ("tree_heads", Takes::Own("cap:tree.read")),
    ("tree_key", Takes::Own("cap:tree.read")),
    ("tree_proof", Takes::Own("cap:tree.read")),
    ("unmute", Takes::Own("cap:counter.unmute")),
    ("knowledge_search", Takes::Own("cap:knowledge.read")),
    ("assistant_memory", Takes::Own("cap:assistant.read")),
    ("usage", Takes::Own("cap:usage.read")),
    ("verify", Takes::Own("cap:counter.read")),
    ("verify_log", Takes::Own("cap:archive.verify")),
    ("version7_login", Takes::Open),
    ("version7_logout", Takes::Known),
    ("version7_me", Takes::Known),
    ("version7_policy_apply", Takes::Own("cap:policy.put")),
    ("version7_policy_apply_template", Takes::Own("cap:policy.put")),
    ("version7_policy_current", Takes::Own("cap:policy.read")),
    ("version7_policy_dry_run", Takes::Own("cap:policy.check")),
    ("version7_policy_reload", Takes::Own("cap:policy.activate")),
    ("version7_policy_render", Takes::Own("cap:policy.check")),
    ("version7_policy_template", Takes::Known),
    ("version7_policy_templates", Takes::Known),
    ("version7_policy_wizard", Takes::Own("cap:policy.check")),
    ("version7_register", Takes::Open),
    ("version7_set_settings", Takes::Mine("cap:principal.settings")),
    ("version7_settings", Takes::Known),
    ("waiting", Takes::Own("cap:counter.read")),
    ("webhooks_create", Takes::Own("cap:webhook.create")),
    ("webhooks_rotate", Takes::Own("cap:webhook.rotate")),
    ("work_extend", Takes::Own("cap:work.conclude")),
    ("work_lease", Takes::Own("cap:work.lease")),
    ("work_outcome", Takes::Own("cap:work.conclude")),
    ("ws", Takes::Known),
];

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
    let path = path.replace("{member}", "seen").replace("{config}", "seen");
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
        "key_issue" => json!({ "label": "x" }),
        "connector_key_put" => json!({ "value": "a-key" }),
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
        _ => json!({}),
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
    let takes: BTreeMap<_, _> = ROUTES.iter().copied().collect();
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
