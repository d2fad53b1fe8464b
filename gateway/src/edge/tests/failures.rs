//! Every failure is a problem with a code, whatever goes wrong.

use serde_json::json;

use super::{failures, principal};
use crate::edge::Config;
use crate::edge::testing::{Client, Mood, Reply};

fn is_problem(reply: &Reply, code: &str) {
    let told = reply.json();
    assert_eq!(reply.header("content-type"), "application/problem+json", "{}", reply.text);
    assert_eq!(told["code"], code, "{}", reply.text);
    assert_eq!(told["type"], format!("/docs/errors/{code}"));
    assert_eq!(told["status"], reply.status.as_u16());
    assert_eq!(told["error"]["code"], code);
    let (message, detail) = (told["error"]["message"].as_str(), told["detail"].as_str());
    assert!(message.unwrap().starts_with(detail.unwrap()), "{}", reply.text);
    assert!(told["title"].is_string() && told["errors"].is_array() && told["instance"].is_string());
    assert_eq!(told["trace_id"].as_str().unwrap().len(), 32);
    assert!(reply.header("traceparent").contains(told["trace_id"].as_str().unwrap()));
    assert!(!reply.header("x-request-id").is_empty());
}

#[tokio::test]
async fn what_leads_nowhere_is_a_problem_too() {
    let client = Client::default();
    for (path, status, code) in [
        ("/", 404, "unknown_route"),
        ("/nothing", 404, "unknown_route"),
        ("/v1", 404, "unknown_route"),
        ("/v1/counter/a/b/c", 404, "unknown_route"),
        ("/v1/counter/a/messages", 404, "unknown_route"),
        ("/v1/nokind", 404, "unknown_kind"),
        ("/v1/nokind/a", 404, "unknown_kind"),
        ("/v1/counter/missing", 404, "actor_not_found"),
        ("/v1/counter/a/add", 405, "method_not_allowed"),
        ("/v1/commands/no-uuid", 400, "invalid_id"),
        ("/v1/commands/01900000-0000-7000-8000-000000000009", 404, "unknown_command_id"),
        ("/v2/counter/a", 400, "unsupported_version"),
        ("/api/v9/counter/a", 400, "unsupported_version"),
        ("/docs/errors/no_such_code", 404, "error_unknown"),
        ("/v1/counter?limit=0", 400, "query_invalid"),
        ("/v1/counter?limit=501", 400, "query_invalid"),
        ("/v1/counter?limit=1&limit=1", 400, "query_invalid"),
        ("/v1/counter/a?at=0", 400, "query_invalid"),
        ("/v1/events?after=x", 400, "query_invalid"),
        ("/v1/events?kind=nokind", 404, "unknown_kind"),
        ("/v1/ws", 400, "upgrade_required"),
    ] {
        let reply = client.get(path).await;
        assert_eq!(reply.status, status, "{path}: {}", reply.text);
        is_problem(&reply, code);
        let instance = path.split('?').next().unwrap();
        assert_eq!(reply.json()["instance"], instance);
    }
}

#[tokio::test]
async fn a_panic_is_a_problem_and_harms_nobody_else() {
    let client = Client::default();
    *client.world.mood.lock().unwrap() = Mood::Panicking;
    let reply = client.post("/v1/counter/a/add", "{}").await;
    assert_eq!(reply.status, 500);
    is_problem(&reply, "internal");
    assert!(!reply.text.contains("broken"), "what panicked is not told");
    *client.world.mood.lock().unwrap() = Mood::Willing;
    assert_eq!(client.post("/v1/counter/a/add", "{}").await.status, 200);
}

#[tokio::test]
async fn inputs_have_limits() {
    let client = Client::default();
    let deep = format!("{}1{}", "[".repeat(80), "]".repeat(80));
    let deeper = format!("{}1{}", "[".repeat(300), "]".repeat(300));
    let long = json!({ "by": "x".repeat(contracts::limits::STRING_BYTES_MAX + 1) }).to_string();
    for (body, status, code) in [
        (deep, 400, "input_too_deep"),
        (deeper, 400, "input_too_deep"),
        (long, 413, "string_too_long"),
        ("{\"by\": 1e999}".to_owned(), 400, "invalid_json"),
        ("{\"by\": 123456789012345678901234567890}".to_owned(), 400, "number_imprecise"),
    ] {
        let reply = client.post("/v1/counter/a/add", &body).await;
        assert_eq!(reply.status, status, "{code}");
        is_problem(&reply, code);
    }
    assert!(client.world.asked.lock().unwrap().is_empty());
}

#[tokio::test]
async fn heads_have_limits() {
    let client = Client::with(Config {
        headers_max: 4,
        header_bytes_max: 64,
        uri_bytes_max: 64,
        ..Config::default()
    });
    let many = [("x-a", "1"), ("x-b", "1"), ("x-c", "1"), ("x-d", "1")];
    let long_value = "x".repeat(65);
    let long = [("x-a", long_value.as_str())];
    for (path, headers) in
        [("/livez", &many[..]), ("/livez", &long[..]), (&*format!("/{long_value}"), &[])]
    {
        let reply = client.send("GET", path, headers, "").await;
        assert_eq!(reply.status, 413);
        is_problem(&reply, "headers_too_large");
    }
}

#[tokio::test]
async fn tenants_are_entered_by_those_who_may() {
    let client = Client::default();
    let of =
        |key: &'static str, tenant: &'static str| [("x-api-key", key), ("cambium-tenant", tenant)];
    let path = "/v1/counter/a/add";
    assert_eq!(client.send("POST", path, &of("good", "other"), "{}").await.status, 200);
    assert_eq!(client.send("POST", path, &of("other", "other"), "{}").await.json()["revision"], 2);
    assert_eq!(client.send("POST", path, &of("other", ""), "{}").await.json()["revision"], 3);
    let refused = client.send("POST", path, &of("other", "main"), "{}").await;
    assert_eq!(refused.status, 404);
    is_problem(&refused, "unknown_tenant");
    let wrong = client.send("POST", path, &of("good", "a.b"), "{}").await;
    is_problem(&wrong, "invalid_id");
    assert_eq!(client.get("/v1/counter/a").await.code(), "actor_not_found", "main has none");
}

#[tokio::test]
async fn what_is_for_operators_is_not_for_tenants() {
    let client = Client::default();
    let key = [("x-api-key", "other")];
    for part in ["streams", "lag", "partitions", "nodes", "models"] {
        let path = format!("/v1/admin/{part}");
        let refused = client.send("GET", &path, &key, "").await;
        assert_eq!(refused.status, 403);
        is_problem(&refused, "forbidden");
        let told = client.get(&path).await.json();
        assert!(told["items"][0]["name"].as_str().unwrap().starts_with(part));
    }
    let timers = "/v1/admin/timers/reconcile";
    assert_eq!(client.send("POST", timers, &key, "").await.status, 403);
    assert_eq!(client.post(timers, "").await.json()["items"][0]["name"], "timers");
    assert_eq!(client.send("POST", "/v1/admin/rebuild", &key, "{}").await.status, 403);
    let rebuilt = client.post("/v1/admin/rebuild", r#"{"models": ["heads"], "check": true}"#).await;
    assert_eq!(rebuilt.json()["items"][0]["name"], "rebuild [\"heads\"] Check");
    for (path, body, told) in [
        ("/v1/admin/rebuild/roll_back", r#"{"models": ["heads"]}"#, "rebuild [\"heads\"] RollBack"),
        ("/v1/admin/rebuild/forget", "{}", "forget []"),
        ("/v1/admin/models/skip", r#"{"model": "heads", "cursor": "7"}"#, "skip heads 7 admin"),
    ] {
        assert_eq!(client.send("POST", path, &key, body).await.status, 403, "{path}");
        assert_eq!(client.post(path, body).await.json()["items"][0]["name"], told);
        assert_eq!(client.post(path, r#"{"chek": true}"#).await.code(), "invalid_input");
    }
    for (path, told) in
        [("/v1/admin/rebuild", "rebuilds"), ("/v1/admin/refused?after=3&limit=2", "refused 3 2")]
    {
        assert_eq!(client.send("GET", path, &key, "").await.status, 403, "{path}");
        assert_eq!(client.get(path).await.json()["items"][0]["name"], told);
    }
    assert_eq!(client.post("/v1/admin/rebuild", r#"{"chek": true}"#).await.code(), "invalid_input");
}

#[tokio::test]
async fn a_credential_has_a_share_and_is_told_what_is_left() {
    let client = Client::with(Config { limits: principal(2), ..Config::default() });
    let first = client.get("/v1/counter").await;
    assert_eq!(first.header("ratelimit-policy"), "\"default\";q=2;w=60");
    assert!(first.header("ratelimit").starts_with("\"default\";r=1;t="));
    client.get("/v1/counter").await;
    let refused = client.get("/v1/counter").await;
    assert_eq!(refused.status, 429);
    is_problem(&refused, "rate_limited");
    assert!(refused.header("retry-after").parse::<u64>().unwrap() <= 30);
    assert!(refused.header("ratelimit").starts_with("\"default\";r=0;"));
    let other = client.send("GET", "/v1/counter", &[("x-api-key", "other")], "").await;
    assert_eq!(other.status, 200, "another credential has a share of its own");
    let off = Client::with(Config { limits: principal(0), ..Config::default() });
    assert!(off.get("/v1/counter").await.header("ratelimit").starts_with("\"address\";"));
}

#[tokio::test]
async fn guessing_keys_is_slowed_down_and_a_good_key_still_works() {
    let client = Client::with(Config { limits: failures(2), ..Config::default() });
    let wrong = [("x-api-key", "wrong")];
    for _ in 0..2 {
        assert_eq!(client.send("GET", "/v1/counter", &wrong, "").await.status, 401);
    }
    let slowed = client.send("GET", "/v1/counter", &wrong, "").await;
    assert_eq!(slowed.status, 429);
    is_problem(&slowed, "auth_failures_exceeded");
    assert_eq!(client.get("/v1/counter").await.status, 200);
}

#[tokio::test]
async fn overload_is_an_answer_and_probes_still_answer() {
    let client = Client::with(Config { requests_concurrent_max: 0, ..Config::default() });
    let shed = client.get("/v1/counter").await;
    assert_eq!(shed.status, 503);
    is_problem(&shed, "overloaded");
    assert_eq!(shed.header("retry-after"), "1");
    assert_eq!(client.get("/livez").await.status, 200);
    assert_eq!(client.get("/readyz").await.status, 200);
}

#[tokio::test]
async fn a_request_is_called_what_its_caller_calls_it() {
    let client = Client::default();
    let named = client.send("GET", "/livez", &[("x-request-id", "r-1")], "").await;
    assert_eq!(named.header("x-request-id"), "r-1");
    for odd in ["with space", &"x".repeat(300)] {
        let reply = client.send("GET", "/livez", &[("x-request-id", odd)], "").await;
        assert_eq!(reply.header("x-request-id").len(), 36, "{odd}");
    }
}
