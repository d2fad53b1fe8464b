//! Work over HTTP.

use serde_json::json;

use crate::edge::testing::Client;
use crate::edge::testing::work::{LEASE, effect};

async fn post(client: &Client, path: &str, body: serde_json::Value) -> (u16, serde_json::Value) {
    let reply = client.send("POST", path, &[], body.to_string()).await;
    (reply.status.as_u16(), reply.json())
}

#[tokio::test]
async fn work_is_leased_extended_and_answered() {
    let client = Client::default();
    let (status, body) = post(&client, "/v1/work/pictures/lease", json!({ "wait_s": 5 })).await;
    assert_eq!(status, 200, "{body}");
    let item = &body["items"][0];
    assert_eq!(item["effect_id"], json!(effect()));
    assert_eq!((&item["attempt"], &item["kind"]), (&json!(1), &json!("job")));
    let (status, none) = post(&client, "/v1/work/empty/lease", json!({})).await;
    assert_eq!((status, none), (200, json!({ "items": [] })));
    let at = format!("/v1/work/{}", effect());
    let (status, body) = post(&client, &format!("{at}/extend"), json!({ "lease": LEASE })).await;
    assert_eq!((status, body["lease_until"].is_string()), (200, true), "{body}");
    let done = json!({ "lease": LEASE, "ok": true, "output": 3 });
    let (status, body) = post(&client, &format!("{at}/outcome"), done).await;
    assert_eq!((status, &body["status"]), (200, &json!("done")), "{body}");
    assert_eq!((&body["revision"], &body["cursor"]), (&json!(2), &json!("9")));
}

#[tokio::test]
async fn what_is_no_request_of_a_worker_is_refused() {
    let client = Client::default();
    let at = format!("/v1/work/{}", effect());
    for (path, body, status, code) in [
        ("/v1/work/a.b/lease".to_owned(), json!({}), 400, "invalid_id"),
        ("/v1/work/q/lease".to_owned(), json!({ "wait_s": "long" }), 400, "invalid_input"),
        ("/v1/work/q/lease".to_owned(), json!({ "patience": 1 }), 400, "invalid_input"),
        ("/v1/work/q/lease".to_owned(), json!([]), 400, "invalid_input"),
        ("/v1/work/zz/outcome".to_owned(), json!({}), 400, "invalid_id"),
        (format!("{at}/outcome"), json!({ "ok": true }), 400, "invalid_input"),
        (format!("{at}/outcome"), json!({ "lease": "x", "ok": true }), 409, "lease_lost"),
        (format!("{at}/extend"), json!({ "lease": "x" }), 409, "lease_lost"),
    ] {
        let (told, problem) = post(&client, &path, body.clone()).await;
        assert_eq!((told, &problem["code"]), (status, &json!(code)), "{path} {body}");
    }
}

#[tokio::test]
async fn another_tenant_sees_no_work() {
    let client = Client::default();
    let headers = [("x-api-key", "other")];
    let reply = client.send("POST", "/v1/work/pictures/lease", &headers, "{}").await;
    assert_eq!(reply.json(), json!({ "items": [] }));
    let path = format!("/v1/work/{}/outcome", effect());
    let body = json!({ "lease": LEASE, "ok": true }).to_string();
    let reply = client.send("POST", &path, &headers, body).await;
    assert_eq!((reply.status.as_u16(), reply.code()), (404, "effect_not_found".to_owned()));
}
