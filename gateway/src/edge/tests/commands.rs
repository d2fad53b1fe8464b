//! Commands: envelopes in, answers out.

use std::time::Duration;

use contracts::ports::Wait;
use contracts::{Refusal, RefusalClass, Revision};
use serde_json::json;

use crate::edge::Config;
use crate::edge::testing::{Client, Mood};

const UUID: &str = "01900000-0000-7000-8000-000000000001";

#[tokio::test]
async fn an_answer_is_the_message_envelope_with_tag_and_place() {
    let client = Client::default();
    let reply = client.post("/v1/counter/a/add", r#"{"by": 2}"#).await;
    assert_eq!(reply.status, 200, "{}", reply.text);
    let told = reply.json();
    let names = [
        "id",
        "ts",
        "agent",
        "ok",
        "output",
        "state_hash",
        "api_version",
        "kind",
        "actor",
        "revision",
        "cursor",
    ];
    let members: Vec<_> = told.as_object().unwrap().keys().map(String::as_str).collect();
    assert_eq!(members.len(), names.len());
    assert!(names.iter().all(|name| members.contains(name)), "{members:?}");
    assert_eq!(told["output"], json!({ "value": 2 }));
    let hash = contracts::state_hash(&told["output"]).unwrap().to_string();
    assert_eq!(told["state_hash"], hash);
    assert_eq!(
        (&told["ok"], &told["revision"], &told["cursor"]),
        (&json!(true), &json!(1), &json!("1"))
    );
    assert_eq!(told["ts"], 1_763_700_000.0);
    assert_eq!(reply.header("etag"), "\"1\"");
    assert_eq!(reply.header("location"), "/v1/counter/a");
    assert_eq!(reply.header("cambium-command-id"), told["id"].as_str().unwrap());
    assert_eq!(reply.header("preference-applied"), "");
}

#[tokio::test]
async fn an_empty_body_and_messagepack_are_inputs_too() {
    let client = Client::default();
    let reply = client.send("POST", "/v1/counter/a/add", &[], "").await;
    assert_eq!(reply.json()["output"]["value"], 1, "{}", reply.text);
    let packed = contracts::codec::encode(&json!({ "by": 5 })).unwrap();
    let media = [("content-type", "application/msgpack")];
    let reply = client.send("POST", "/v1/counter/a/add", &media, packed).await;
    assert_eq!(reply.json()["output"]["value"], 6, "{}", reply.text);
}

#[tokio::test]
async fn creation_answers_201_and_says_where() {
    let client = Client::default();
    let reply = client.send("PUT", "/v1/counter/a", &[], r#"{"by": 3}"#).await;
    assert_eq!((reply.status.as_u16(), reply.header("location")), (201, "/v1/counter/a"));
    let again = client.send("PUT", "/v1/counter/a", &[], r#"{"by": 3}"#).await;
    assert_eq!(again.status, 200, "it existed already");
    let only_new = [("if-none-match", "*")];
    let refused = client.send("PUT", "/v1/counter/a", &only_new, "{}").await;
    assert_eq!((refused.status.as_u16(), refused.code()), (412, "precondition_failed".into()));
    let made = client.post("/v1/counter", "{}").await;
    assert_eq!(made.status, 201);
    let id = made.json()["actor"].as_str().unwrap().to_owned();
    assert_eq!(made.header("location"), format!("/v1/counter/{id}"));
    assert_eq!(client.get(&format!("/v1/counter/{id}")).await.json()["state"]["value"], 1);
    let new = client.post("/v1/counter/add", r#"{"by": 9}"#).await;
    assert_eq!(new.json()["output"]["value"], 9);
    assert_ne!(new.json()["actor"], made.json()["actor"]);
}

#[tokio::test]
async fn a_key_makes_a_repeat_harmless_and_leads_to_the_same_actor() {
    let client = Client::default();
    let key = [("idempotency-key", "order 7")];
    for path in ["/v1/counter", "/v1/counter/a/add"] {
        let first = client.send("POST", path, &key, r#"{"by": 2}"#).await;
        let second = client.send("POST", path, &key, r#"{"by": 2}"#).await;
        for name in ["actor", "id", "revision", "output"] {
            assert_eq!(first.json()[name], second.json()[name], "{path} {name}");
        }
        let other = client.send("POST", path, &key, r#"{"by": 3}"#).await;
        assert_eq!((other.status.as_u16(), other.code()), (409, "idempotency_conflict".into()));
    }
    let id = [("cambium-command-id", UUID)];
    let named = client.send("POST", "/v1/counter/b/add", &id, "{}").await;
    assert_eq!(named.json()["id"], UUID);
    let both = [("cambium-command-id", UUID), ("idempotency-key", "x")];
    assert_eq!(
        client.send("POST", "/v1/counter/b/add", &both, "{}").await.code(),
        "header_invalid"
    );
}

#[tokio::test]
async fn the_keys_of_two_tenants_do_not_meet() {
    let client = Client::default();
    let mine = [("idempotency-key", "k")];
    let theirs = [("idempotency-key", "k"), ("x-api-key", "other")];
    let first = client.send("POST", "/v1/counter", &mine, "{}").await;
    let second = client.send("POST", "/v1/counter", &theirs, r#"{"by": 4}"#).await;
    assert_eq!(second.status, 201, "{}", second.text);
    assert_ne!(first.json()["actor"], second.json()["actor"]);
    assert_ne!(first.json()["id"], second.json()["id"]);
}

#[tokio::test]
async fn if_match_is_the_optimistic_lock() {
    let client = Client::default();
    let at = |tag: &'static str| [("if-match", tag)];
    let missing = client.send("POST", "/v1/counter/a/add", &at("*"), "{}").await;
    assert_eq!((missing.status.as_u16(), missing.code()), (412, "precondition_failed".into()));
    client.post("/v1/counter/a/add", "{}").await;
    assert_eq!(client.send("POST", "/v1/counter/a/add", &at("*"), "{}").await.status, 200);
    assert_eq!(client.send("POST", "/v1/counter/a/add", &at("\"2\""), "{}").await.status, 200);
    let stale = client.send("POST", "/v1/counter/a/add", &at("\"2\""), "{}").await;
    assert_eq!(stale.status, 412);
    assert_eq!(stale.json()["details"]["revision"], 3);
    for bad in ["2", "W/\"2\"", "\"x\""] {
        let reply = client.send("POST", "/v1/counter/a/add", &at(bad), "{}").await;
        assert_eq!(
            (reply.status.as_u16(), reply.code()),
            (400, "if_match_invalid".into()),
            "{bad}"
        );
    }
    let asked = client.world.asked.lock().unwrap();
    assert_eq!(asked.last().unwrap().0.expected, Some(Revision(2)));
}

#[tokio::test]
async fn a_message_envelope_is_a_body_and_its_id_comes_back() {
    let client = Client::default();
    let message = |target: &str, intent: &str, version: &str| {
        json!({
            "id": "m-1", "ts": 1.5, "origin": "bench", "target": target, "intent": intent,
            "input": { "by": 4 }, "api_version": version,
        })
        .to_string()
    };
    let good = message("counter", "add", "v1");
    for path in ["/v1/counter/a/add", "/v1/counter/a/add", "/v1/counter/add", "/v1/counter"] {
        let reply = client.post(path, &good).await;
        assert!(reply.status.is_success(), "{path}: {}", reply.text);
        assert_eq!(reply.json()["id"], "m-1");
        assert_eq!(reply.json()["output"]["value"], 4, "{path}: repeated, not done again");
    }
    for (path, body, code) in [
        ("/v1/counter/a/add", message("other", "add", "v1"), "target_mismatch"),
        ("/v1/counter/a/add", message("counter", "reset", "v1"), "target_mismatch"),
        ("/v1/counter/a/add", message("counter", "add", "v2"), "unsupported_version"),
        (
            "/v1/counter/a/add",
            r#"{"origin": "b", "target": "counter", "intent": "add", "more": 1}"#.to_owned(),
            "invalid_message",
        ),
    ] {
        let reply = client.post(path, &body).await;
        assert_eq!((reply.status.as_u16(), reply.code()), (400, code.into()), "{body}");
    }
}

#[tokio::test]
async fn who_does_not_wait_gets_202_and_where_to_ask() {
    let client = Client::default();
    *client.world.mood.lock().unwrap() = Mood::Busy;
    for (prefer, wait, applied) in [
        ("", Wait::Completed(Duration::from_secs(30)), ""),
        ("wait=0", Wait::Accepted, "wait=0"),
        ("respond-async", Wait::Accepted, "wait=0"),
        ("wait=7", Wait::Completed(Duration::from_secs(7)), "wait=7"),
        ("wait=999999", Wait::Completed(Duration::from_secs(300)), "wait=300"),
    ] {
        let reply = client.send("POST", "/v1/counter/a/add", &[("prefer", prefer)], "{}").await;
        assert_eq!(reply.status, 202, "{prefer}");
        let told = reply.json();
        let command = told["command"].as_str().unwrap();
        assert_eq!(reply.header("location"), format!("/v1/commands/{command}"));
        assert_eq!(reply.header("preference-applied"), applied);
        assert_eq!((&told["status"], &told["ok"]), (&json!("accepted"), &json!(null)));
        assert_eq!(client.world.asked.lock().unwrap().last().unwrap().1, wait, "{prefer}");
        let status = client.get(reply.header("location")).await;
        assert_eq!((status.status.as_u16(), &status.json()["id"]), (200, &told["command"]));
    }
    let reply = client.send("POST", "/v1/counter/a/add", &[("prefer", "wait=soon")], "{}").await;
    assert_eq!(reply.code(), "header_invalid");
}

#[tokio::test]
async fn a_failed_command_is_an_answer_that_says_so() {
    let client = Client::default();
    *client.world.mood.lock().unwrap() = Mood::Failing;
    let reply = client.post("/v1/counter/a/add", "{}").await;
    assert_eq!(reply.status, 200);
    assert_eq!(reply.json()["ok"], false);
    assert_eq!(reply.json()["output"]["code"], "model_unknown");
}

#[tokio::test]
async fn an_unknown_command_is_told_from_an_unknown_route() {
    let client = Client::default();
    for path in ["/v1/counter/a/subtract", "/v1/counter/subtract", "/v1/counter/a/cambium:fork"] {
        let reply = client.post(path, "{}").await;
        assert_eq!(
            (reply.status.as_u16(), reply.code()),
            (404, "unknown_command".into()),
            "{path}"
        );
        assert!(reply.json()["detail"].as_str().unwrap().contains("add, reset"));
    }
    assert_eq!(client.post("/v1/counter/a/add/more", "{}").await.code(), "unknown_route");
}

#[tokio::test]
async fn every_class_of_refusal_has_its_status() {
    use RefusalClass as C;
    let client = Client::default();
    for (class, status) in [
        (C::Malformed, 400),
        (C::Forbidden, 403),
        (C::NotFound, 404),
        (C::Conflict, 409),
        (C::Precondition, 412),
        (C::TooLarge, 413),
        (C::Rejected, 422),
        (C::Overloaded, 429),
        (C::Internal, 500),
        (C::Unavailable, 503),
        (C::Timeout, 504),
    ] {
        let refusal = Refusal::new(class, "some_code", "no").retry_after(1_500);
        *client.world.mood.lock().unwrap() = Mood::Refusing(refusal);
        let reply = client.post("/v1/counter/a/add", "{}").await;
        assert_eq!((reply.status.as_u16(), reply.code()), (status, "some_code".into()));
        assert_eq!(reply.header("retry-after"), "2");
        assert_eq!(reply.json()["retry_after_ms"], 1_500);
    }
}

#[tokio::test]
async fn the_envelope_says_who_why_and_where_in_a_trace() {
    let client = Client::default();
    let parent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
    let sent = [
        ("traceparent", parent),
        ("tracestate", "v=1"),
        ("x-correlation-id", "errand-1"),
        ("cambium-tenant", "third"),
    ];
    client.send("POST", "/v1/counter/a/add", &sent, "{}").await;
    let asked = client.world.asked.lock().unwrap();
    let envelope = &asked[0].0;
    let trace = envelope.trace.as_ref().unwrap();
    assert_eq!((trace.parent.as_str(), trace.state.as_deref()), (parent, Some("v=1")));
    assert_eq!(envelope.correlation.as_ref().unwrap().as_str(), "errand-1");
    assert_eq!(envelope.to.to_string(), "third/counter/a");
    assert_eq!(envelope.by.principal.as_str(), "admin");
}

#[tokio::test(start_paused = true)]
async fn a_bus_that_says_nothing_ends_in_a_timeout() {
    let config = Config { wait_max_ms: 1_000, request_timeout_ms: 1_000, ..Config::default() };
    let client = Client::with(config);
    *client.world.mood.lock().unwrap() = Mood::Silent;
    let reply = client.post("/v1/counter/a/add", "{}").await;
    assert_eq!((reply.status.as_u16(), reply.code()), (504, "timeout".into()));
}
