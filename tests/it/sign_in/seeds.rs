//! What clients of the four systems before this one say, each under its prefix, as their
//! documentation has it.

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use super::{PASSWORD, World, text};

/// A program that lets strangers register.
async fn world() -> World {
    World::with("[auth]\nregistration_tenants = [\"main\"]\nfirst_user = false\n").await
}

async fn get(world: &World, path: &str, credential: &str) -> Value {
    let (status, told) = world.ask((Method::GET, path), Some(credential), &Value::Null).await;
    assert_eq!(status, StatusCode::OK, "{path}: {told}");
    told
}

#[tokio::test(flavor = "multi_thread")]
async fn codex32_signs_in_and_refreshes_with_the_refresh_token_as_bearer() {
    let world = world().await;
    world.user("ada", &["user"]).await;
    let body = json!({ "username": "ada", "password": PASSWORD });
    let told = world.done("/seeds/codex32/api/v1/auth/login", None, body).await;
    assert_eq!((&told["token_type"], &told["expires_in"]), (&json!("bearer"), &json!(1800)));
    let (access, refresh) = (text(&told["access_token"]), text(&told["refresh_token"]));
    world.done("/v1/counter/c/add", Some(access), json!({})).await;
    let path = "/seeds/codex32/api/v1/auth/refresh";
    assert_eq!(world.refused(path, Some(access), json!({})).await, "token_type_wrong");
    let next = world.done(path, Some(refresh), json!({})).await;
    world.done("/v1/counter/c/add", Some(text(&next["access_token"])), json!({})).await;
    assert_eq!(world.refused(path, Some(refresh), json!({})).await, "refresh_reused");
    let wrong = json!({ "username": "ada", "password": "another long walk" });
    let refused = world.refused("/seeds/codex32/api/v1/auth/login", None, wrong).await;
    assert_eq!(refused, "login_failed");
}

#[tokio::test(flavor = "multi_thread")]
async fn version7_registers_by_address_and_nobody_makes_himself_more_than_he_is() {
    let world = world().await;
    let body = json!({ "email": "ada@example.org", "password": PASSWORD });
    let told = world.done("/seeds/version7/auth/register", None, body.clone()).await;
    assert_eq!(told["user"]["email"], "ada@example.org");
    let told = world.done("/seeds/version7/auth/login", None, body.clone()).await;
    let session = text(&told["session_id"]);
    let again = world.refused("/seeds/version7/auth/register", None, body).await;
    assert_eq!(again, "principal_exists");
    // There a user made himself `pro` by his settings, and passed a gate with it.
    let path = (Method::PATCH, "/seeds/version7/me/settings");
    let wanted = json!({ "role": "pro", "theme": "dark" });
    let (status, told) = world.ask(path, Some(session), &wanted).await;
    assert_eq!((status, &told["theme"]), (StatusCode::OK, &json!("dark")), "{told}");
    let me = get(&world, "/seeds/version7/me", session).await;
    assert_eq!((&me["is_admin"], &me["roles"]), (&json!(false), &json!(["user"])));
    let body = json!({ "content": "version: 1\n" });
    let refused = world.refused("/seeds/version7/policy/apply", Some(session), body).await;
    assert_eq!(refused, "forbidden");
    world.done("/seeds/version7/auth/logout", Some(session), json!({})).await;
    let (status, _) =
        world.ask((Method::GET, "/seeds/version7/me"), Some(session), &Value::Null).await;
    assert_eq!(status, StatusCode::UNAUTHORIZED);
    // Addresses stand in no id.
    assert!(!world.log().await.contains("/ada@example.org"));
}

/// A policy as Version_7 documents it.
const POLICY: &str = r#"
version: "1"
allowed_dirs: [api, docs]
deny_globs: ["**/*.pem"]
max_diff_lines: 800
rules:
  - id: no-resets
    description: Nobody resets.
    match: { intents: [reset], targets: [counter] }
    action: deny
"#;

#[tokio::test(flavor = "multi_thread")]
async fn version7_policies_are_in_force() {
    let world = world().await;
    let key = world.program.key().to_owned();
    let key = Some(key.as_str());
    let at = |path: &str| format!("/seeds/version7/policy/{path}");
    let none = get(&world, &at("current"), world.program.key()).await;
    assert_eq!((&none["policy"], &none["rules_count"]), (&Value::Null, &json!(0)));
    for (content, status) in
        [(POLICY, "ok"), ("version: '1'\nallowed_dirs: []\n", "invalid"), ("version: [\n", "error")]
    {
        let told = world.done(&at("dry-run"), key, json!({ "content": content })).await;
        assert_eq!(told["status"], status, "{told}");
    }
    let unreadable = world.post(&at("apply"), key, json!({ "content": "version: [\n" })).await;
    assert_eq!((unreadable.0.as_u16(), &unreadable.1["code"]), (400, &json!("policy_unreadable")));
    let invalid = json!({ "content": "version: '1'\nallowed_dirs: []\n" });
    assert_eq!(world.refused(&at("apply"), key, invalid).await, "policy_invalid");
    let only = json!({ "content": POLICY, "dry_run": true });
    assert_eq!(world.done(&at("apply"), key, only).await["status"], "validated");
    world.done("/v1/counter/c/add", key, json!({})).await;
    world.done("/v1/counter/c/reset", key, json!({})).await;

    let told = world.done(&at("apply"), key, json!({ "content": POLICY })).await;
    assert_eq!((&told["status"], &told["version"]), (&json!("applied"), &json!(1)));
    assert_eq!(world.refused("/v1/counter/c/reset", key, json!({})).await, "policy_denied");
    let now = get(&world, &at("current"), world.program.key()).await;
    assert_eq!((&now["rules_count"], &now["policy"]["version"]), (&json!(1), &json!(1)));
    let told = world.done(&at("reload"), key, json!({})).await;
    assert_eq!((&told["status"], &told["rule_count"]), (&json!("reloaded"), &json!(1)));
    let file = json!({ "path": "/etc/passwd" });
    assert_eq!(world.refused(&at("reload"), key, file).await, "policy_version_not_found");
}

#[tokio::test(flavor = "multi_thread")]
async fn version7_templates_and_wizard_make_policies_that_can_be_used() {
    let world = world().await;
    let key = world.program.key().to_owned();
    let at = |path: &str| format!("/seeds/version7/policy/{path}");
    let all = get(&world, &at("templates"), &key).await;
    for template in all.as_array().expect("a list") {
        let name = text(&template["name"]);
        let told = get(&world, &at(&format!("templates/{name}")), &key).await;
        let told =
            world.done(&at("dry-run"), Some(&key), json!({ "content": told["content"] })).await;
        assert_eq!(told["status"], "ok", "{name}: {told}");
    }
    let (status, told) =
        world.ask((Method::GET, &at("templates/none")), Some(&key), &Value::Null).await;
    let code = text(&told["code"]);
    assert_eq!((status.as_u16(), code), (404, "policy_template_not_found"));
    let body = json!({ "name": "solo_dev", "overrides": { "allowed_dirs": ["api"] } });
    let told = world.done(&at("render-from-template"), Some(&key), body.clone()).await;
    assert_eq!(told["policy"]["files"]["allowed_dirs"], json!(["api"]), "{told}");
    let told = world.done(&at("apply-from-template"), Some(&key), body).await;
    assert_eq!(told["status"], "applied");
    let body = json!({ "template": "team", "risk_profile": "low", "goals": ["ship"],
        "overrides": { "max_diff_lines": 5 }, "annotate": true });
    let told = world.done(&at("wizard"), Some(&key), body).await;
    assert_eq!(told["policy"]["files"]["max_diff_lines"], 5, "{told}");
    assert_eq!(told["diff"]["changed"]["files"]["to"]["max_diff_lines"], 5);
    let body = json!({ "template": "team", "risk_profile": "none" });
    assert_eq!(world.refused(&at("wizard"), Some(&key), body).await, "policy_invalid");
}

#[tokio::test(flavor = "multi_thread")]
async fn symbia_people_and_agents_sign_in() {
    let world = world().await;
    let at = |path: &str| format!("/seeds/symbia/api/{path}");
    let body = json!({ "email": "ada@example.org", "password": PASSWORD, "name": "Ada" });
    let told = world.done(&at("auth/register"), None, body.clone()).await;
    assert_eq!((&told["user"]["name"], &told["user"]["email"]), (&json!("Ada"), &body["email"]));
    let told = world.done(&at("auth/login"), None, body.clone()).await;
    assert_eq!(told["user"]["organizations"][0]["id"], "main");
    let token = text(&told["token"]);
    let me = get(&world, &at("auth/me"), token).await;
    assert_eq!((&me["type"], &me["user"]["isSuperAdmin"]), (&json!("user"), &json!(false)));
    let unknown = json!({ "email": "eve@example.org", "password": PASSWORD });
    assert_eq!(world.refused(&at("auth/login"), None, unknown).await, "login_failed");

    // An agent does not register itself, and whoever registers it gives no more than he has.
    let agent = json!({
        "agentId": "scout", "credential": "a credential of more than 32 characters",
        "name": "Scout", "capabilities": ["cap:counter.add"],
    });
    let path = at("auth/agent/register");
    assert_eq!(world.refused(&path, None, agent.clone()).await, "unauthenticated");
    assert_eq!(world.refused(&path, Some(token), agent.clone()).await, "forbidden");
    let key = world.program.key().to_owned();
    let told = world.done(&path, Some(&key), agent.clone()).await;
    assert_eq!(told["agent"]["capabilities"], json!(["cap:counter.add"]));
    let told = world.done(&at("auth/agent/login"), None, agent).await;
    let scout = text(&told["token"]);
    let me = get(&world, &at("auth/me"), scout).await;
    assert_eq!((&me["type"], &me["agent"]["agentId"]), (&json!("agent"), &json!("scout")));
    world.done("/v1/counter/c/add", Some(scout), json!({})).await;
    assert_eq!(world.refused("/v1/counter/c/reset", Some(scout), json!({})).await, "forbidden");

    let told = world.done(&at("auth/introspect"), Some(token), json!({ "token": token })).await;
    assert_eq!((&told["active"], &told["type"]), (&json!(true), &json!("user")));
    let told = world.done(&at("auth/introspect"), Some(token), json!({ "token": "x" })).await;
    assert_eq!(told["active"], false);
    world.done(&at("auth/logout"), Some(token), json!({})).await;
    assert_eq!(world.code(token).await, "token_revoked");
}

#[tokio::test(flavor = "multi_thread")]
async fn symbia_keys_and_organizations() {
    let world = world().await;
    let at = |path: &str| format!("/seeds/symbia/api/{path}");
    let body = json!({ "email": "ada@example.org", "password": PASSWORD, "name": "Ada" });
    let ada = world.done(&at("auth/register"), None, body).await;
    let token = text(&ada["token"]);
    let body = json!({ "name": "ci", "scopes": ["cap:counter.add"] });
    let told = world.done(&at("api-keys"), Some(token), body).await;
    let (id, key) = (text(&told["id"]).to_owned(), text(&told["key"]).to_owned());
    world.done("/v1/counter/c/add", Some(&key), json!({})).await;
    let verify = |key: String| json!({ "apiKey": key });
    let told = world.done(&at("auth/verify-api-key"), Some(token), verify(key.clone())).await;
    assert_eq!(
        (&told["valid"], &told["keyId"], &told["name"]),
        (&json!(true), &json!(id), &json!("ci"))
    );
    let told = get(&world, &at("api-keys"), token).await;
    assert_eq!(told[0]["id"], id.as_str());
    assert!(!told.to_string().contains(&key));
    let next = world.done(&at(&format!("api-keys/{id}/rotate")), Some(token), json!({})).await;
    assert_eq!(world.code(&key).await, "unauthenticated");
    let path = at(&format!("api-keys/{}", text(&next["id"])));
    let (status, _) = world.ask((Method::DELETE, &path), Some(token), &json!({})).await;
    assert_eq!(status, StatusCode::OK);
    assert_eq!(world.code(text(&next["key"])).await, "unauthenticated");

    let body = json!({ "name": "Acme", "slug": "acme" });
    assert_eq!(world.refused(&at("orgs"), Some(token), body.clone()).await, "unknown_tenant");
    let admin = world.program.key().to_owned();
    world.done(&at("orgs"), Some(&admin), body).await;
    let grace = json!({ "roles": ["user"] });
    let asked = world.program.request(Method::POST, "/v1/principal/grace/register");
    let asked = asked.header("cambium-tenant", "acme").header("cambium-reason", "a test");
    assert!(asked.json(&grace).send().await.expect("an answer").status().is_success());
    let body = json!({ "email": "grace", "role": "member" });
    let told = world.done(&at("orgs/acme/members/invite"), Some(&admin), body).await;
    assert_eq!((&told["id"], &told["role"]), (&json!("grace"), &json!("member")));
    let path = at("orgs/acme/members/grace");
    let (_, told) =
        world.ask((Method::PATCH, &path), Some(&admin), &json!({ "role": "viewer" })).await;
    assert_eq!(told["role"], "viewer", "{told}");
    let told = get(&world, &at("orgs/acme"), &admin).await;
    assert_eq!((&told["name"], &told["plan"]), (&json!("Acme"), &json!("free")), "{told}");
    let (status, _) = world.ask((Method::DELETE, &path), Some(&admin), &json!({})).await;
    assert_eq!(status, StatusCode::OK);
    let (status, told) =
        world.ask((Method::GET, &at("orgs/acme")), Some(token), &Value::Null).await;
    assert_eq!((status.as_u16(), &told["code"]), (404, &json!("unknown_tenant")));
}

#[tokio::test(flavor = "multi_thread")]
async fn biowerk_signs_in_by_form_and_changes_a_password() {
    let world = world().await;
    let at = |path: &str| format!("/seeds/biowerk/{path}");
    let body = json!({ "email": "ada@example.org", "username": "ada", "password": PASSWORD });
    let (status, told) = world.post(&at("register"), None, body).await;
    assert_eq!((status, &told["username"]), (StatusCode::CREATED, &json!("ada")), "{told}");
    let url = format!("{}{}", world.program.url(), at("login"));
    let form = [("username", "ada"), ("password", PASSWORD)];
    let form: String =
        form.map(|(name, value)| format!("{name}={}", value.replace(' ', "%20"))).join("&");
    let asked = world.client.post(url).header("content-type", "application/x-www-form-urlencoded");
    let told: Value = asked.body(form).send().await.expect("an answer").json().await.expect("JSON");
    let token = text(&told["access_token"]).to_owned();
    assert_eq!((&told["token_type"], &told["user"]["username"]), (&json!("bearer"), &json!("ada")));
    let body = json!({ "refresh_token": told["refresh_token"] });
    let next = world.done(&at("refresh"), None, body.clone()).await;
    assert_eq!(world.refused(&at("refresh"), None, body).await, "refresh_reused");
    assert_eq!(world.code(text(&next["access_token"])).await, "token_revoked");
    assert_eq!(world.code(&token).await, "token_revoked", "the family is one");

    let told = world.login("ada").await;
    let token = text(&told["access_token"]);
    let body = json!({ "name": "ci", "scopes": ["cap:counter.*"], "expires_in_days": 30 });
    let key = world.done(&at("api-keys"), Some(token), body).await;
    assert!(key["expires_at"].is_string(), "{key}");
    world.done("/v1/counter/c/add", Some(text(&key["key"])), json!({})).await;
    let path = at(&format!("api-keys/{}", text(&key["id"])));
    let (status, _) = world.ask((Method::DELETE, &path), Some(token), &json!({})).await;
    assert_eq!(status, StatusCode::NO_CONTENT);
    let body = json!({ "current_password": PASSWORD, "new_password": "an even longer walk home" });
    let (status, _) = world.post(&at("change-password"), Some(token), body).await;
    assert_eq!(status, StatusCode::NO_CONTENT);
    assert_eq!(world.code(token).await, "token_revoked");
    let old = json!({ "username": "ada", "password": PASSWORD });
    assert_eq!(world.refused(&at("login"), None, old).await, "login_failed");
}
