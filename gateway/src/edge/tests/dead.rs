use serde_json::json;

use crate::edge::Config;
use crate::edge::testing::Client;

#[tokio::test]
async fn letters_are_listed_shown_and_dealt_with() {
    let client = Client::default();
    let all = client.send("GET", "/v1/dead", &[], "").await.json();
    assert_eq!(all["items"][0]["id"], 7);
    assert_eq!(all["items"][0]["input"], json!({ "by": 1 }));
    let none = client.send("GET", "/v1/dead?kind=osteon", &[], "").await.json();
    assert_eq!(none["items"], json!([]));
    let early = "/v1/dead?tenant=main&code=decide_panicked&before=2020-01-01T00:00:00Z";
    assert_eq!(client.send("GET", early, &[], "").await.json()["items"], json!([]));
    let one = client.send("GET", "/v1/dead/7", &[], "").await.json();
    assert_eq!(one["code"], "decide_panicked");
    for path in ["/v1/dead/8", "/v1/dead/x"] {
        let missing = client.send("GET", path, &[], "").await;
        assert_eq!((missing.status.as_u16(), missing.code()), (404, "letter_not_found".into()));
    }
    let done = client.send("POST", "/v1/dead/7/retry", &[], "").await.json();
    assert_eq!((&done["status"], &done["output"]["value"]), (&json!("completed"), &json!(1)));
    let skipped = client.send("POST", "/v1/dead/7/skip", &[], "{}").await.json();
    assert_eq!((&skipped["action"], &skipped["status"]), (&json!("skip"), &json!("skipped")));
    let wrong = client.send("POST", "/v1/dead/7/edit", &[], r#"{"inputs": 1}"#).await;
    assert_eq!((wrong.status.as_u16(), wrong.code()), (400, "invalid_input".into()));
}

#[tokio::test]
async fn a_bulk_run_tells_its_progress_line_by_line() {
    let client = Client::default();
    let body = json!({ "action": "retry", "kind": "counter" }).to_string();
    let reply = client.send("POST", "/v1/dead/bulk", &[], body).await;
    assert_eq!(reply.header("content-type"), "application/x-ndjson");
    let lines: Vec<serde_json::Value> =
        reply.text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(lines.len(), 2);
    assert_eq!((&lines[1]["done"], &lines[1]["finished"]), (&json!(1), &json!(true)));
}

#[tokio::test]
async fn what_concerns_all_tenants_is_for_operators() {
    let client = Client::default();
    let other = [("x-api-key", "other")];
    for (method, path) in [
        ("GET", "/v1/dead"),
        ("GET", "/v1/dead/7"),
        ("POST", "/v1/dead/7/retry"),
        ("POST", "/v1/dead/7/edit"),
        ("POST", "/v1/dead/7/skip"),
        ("POST", "/v1/dead/bulk"),
        ("GET", "/v1/admin/quarantine?kind=counter&id=a"),
        ("POST", "/v1/admin/quarantine/skip"),
    ] {
        let reply = client.send(method, path, &other, "{}").await;
        assert_eq!((reply.status.as_u16(), reply.code()), (403, "forbidden".into()), "{path}");
    }
}

#[tokio::test]
async fn foreign_messages_are_listed_and_skipped_by_name() {
    let client = Client::default();
    client.send("POST", "/v1/counter/a/add", &[], "{}").await;
    let listed = client.send("GET", "/v1/admin/quarantine?kind=counter&id=a", &[], "").await;
    assert_eq!(listed.json()["items"][0]["cursor"], "3");
    let body = json!({ "kind": "counter", "id": "a", "messages": listed.json()["items"] });
    let done = client.send("POST", "/v1/admin/quarantine/skip", &[], body.to_string()).await;
    assert_eq!((done.status.as_u16(), &done.json()["revision"]), (200, &json!(1)));
}

#[tokio::test]
async fn wrong_credentials_are_written_down_at_a_bounded_rate() {
    let config = Config { audit_denials_max: 3, limits: super::failures(0), ..Config::default() };
    let client = Client::with(config);
    for _ in 0..20 {
        let wrong = [("x-api-key", "ck_wrong_secret")];
        assert_eq!(client.send("GET", "/v1/counter", &wrong, "").await.status, 401);
    }
    client.send("GET", "/v1/counter", &[("x-api-key", "good")], "").await;
    tokio::task::yield_now().await;
    let audited = client.world.audited.lock().unwrap().clone();
    assert_eq!(audited.len(), 3, "{audited:?}");
    assert!(audited.iter().all(|record| record.class.as_str() == "denied"));
    assert!(!format!("{audited:?}").contains("ck_wrong_secret"), "{audited:?}");
}
