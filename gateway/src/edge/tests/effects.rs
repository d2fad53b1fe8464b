//! Effects and limits over HTTP.

use serde_json::{Value, json};

use crate::edge::testing::Client;
use crate::edge::testing::effects::{done, waiting};

async fn get(client: &Client, path: &str) -> (u16, Value) {
    let reply = client.send("GET", path, &[], "").await;
    (reply.status.as_u16(), reply.json())
}

async fn post(client: &Client, path: &str, body: Value) -> (u16, Value) {
    let reply = client.send("POST", path, &[], body.to_string()).await;
    (reply.status.as_u16(), reply.json())
}

#[tokio::test]
async fn what_the_log_says_and_what_is_done_now_are_told_as_one() {
    let client = Client::default();
    let (status, all) = get(&client, "/v1/effects").await;
    assert_eq!((status, all["items"].as_array().map(Vec::len)), (200, Some(2)), "{all}");
    let (first, second) = (&all["items"][0], &all["items"][1]);
    assert_eq!((&first["id"], &first["status"]), (&json!(done()), &json!("done")));
    assert_eq!(first["why"], Value::Null);
    assert_eq!((&second["id"], &second["status"]), (&json!(waiting()), &json!("queued")));
    let why = second["why"].as_str().expect("why");
    assert!(why.contains("key:account") && why.contains("running"), "{why}");
    assert_eq!(second["hold"]["held_by"], "limit");
    let (_, queued) = get(&client, "/v1/effects?status=queued&class=llm&key=account").await;
    assert_eq!(queued["items"][0]["id"], json!(waiting()));
    for none in ["status=running", "status=queued&key=other", "status=queued&after=4-0"] {
        assert_eq!(get(&client, &format!("/v1/effects?{none}")).await.1["items"], json!([]));
    }
    let (_, finished) = get(&client, "/v1/effects?status=done").await;
    assert_eq!(finished["items"].as_array().map(Vec::len), Some(1));
    let (_, one) = get(&client, &format!("/v1/effects/{}", waiting())).await;
    assert_eq!((&one["status"], &one["actor"]), (&json!("queued"), &json!("a")));
    let (status, limits) = get(&client, "/v1/limits").await;
    assert_eq!((status, &limits["items"][0]["scope"]), (200, &json!("key:account")));
    assert_eq!(limits["items"][0]["why"], "it has as many running as may");
}

#[tokio::test]
async fn operators_do_something_about_an_effect() {
    let client = Client::default();
    let at = format!("/v1/effects/{}", waiting());
    for (verb, body, status) in [
        ("pause", json!({ "reason": "not now" }), "paused"),
        ("resume", json!({}), "queued"),
        ("cancel", json!({}), "cancelled"),
        ("resolve", json!({ "as": "done", "value": "yes" }), "resolved"),
        ("resolve", json!({ "as": "failed", "code": "no", "message": "no" }), "resolved"),
        ("resolve", json!({ "as": "retry" }), "resolved"),
    ] {
        let (code, told) = post(&client, &format!("{at}/{verb}"), body).await;
        assert_eq!((code, &told["status"]), (200, &json!(status)), "{verb}: {told}");
        assert_eq!((&told["revision"], &told["cursor"]), (&json!(2), &json!("9")));
    }
}

#[tokio::test]
async fn what_cannot_be_meant_is_refused() {
    let client = Client::default();
    let at = format!("/v1/effects/{}", waiting());
    let gone = format!("/v1/effects/{}/cancel", done());
    for (path, body, status, code) in [
        (format!("{at}/pause"), json!({ "because": 1 }), 400, "invalid_input"),
        (format!("{at}/resume"), json!({ "reason": "x" }), 400, "invalid_input"),
        (format!("{at}/resolve"), json!({ "as": "guessed" }), 400, "invalid_input"),
        (format!("{at}/resolve"), json!({ "as": "done", "value": 3 }), 400, "resolution_invalid"),
        ("/v1/effects/zz/cancel".to_owned(), json!({}), 400, "invalid_id"),
        (gone, json!({}), 404, "effect_not_found"),
    ] {
        let (told, problem) = post(&client, &path, body.clone()).await;
        assert_eq!((told, &problem["code"]), (status, &json!(code)), "{path} {body}");
    }
    for bad in ["status=gone", "status=queued&after=x", "limit=0", "key=a.b"] {
        let (told, problem) = get(&client, &format!("/v1/effects?{bad}")).await;
        assert_eq!((told, &problem["code"]), (400, &json!("query_invalid")), "{bad}");
    }
}

#[tokio::test]
async fn another_tenant_sees_and_changes_nothing() {
    let client = Client::default();
    let headers = [("x-api-key", "other")];
    for path in ["/v1/effects", "/v1/effects?status=queued", "/v1/limits"] {
        let reply = client.send("GET", path, &headers, "").await;
        assert_eq!(reply.json()["items"], json!([]), "{path}");
    }
    let at = format!("/v1/effects/{}", waiting());
    let reply = client.send("GET", &at, &headers, "").await;
    assert_eq!((reply.status.as_u16(), reply.code()), (404, "effect_not_found".to_owned()));
    let reply = client.send("POST", &format!("{at}/cancel"), &headers, "{}").await;
    assert_eq!((reply.status.as_u16(), reply.code()), (404, "effect_not_found".to_owned()));
}

/// A listing of what there cannot be says so, instead of being empty.
#[tokio::test]
async fn no_listing_is_filtered_by_what_there_is_not() {
    let client = Client::default();
    for path in [
        "/v1/effects?kind=nokind",
        "/v1/effects?kind=nokind&status=queued",
        "/v1/timeline?kind=nokind",
        "/v1/events?kind=nokind",
        "/v1/export?kind=nokind",
        "/v1/effects?kind=no.kind",
        "/v1/nokind",
    ] {
        let (status, told) = get(&client, path).await;
        assert_eq!((status, &told["code"]), (404, &json!("unknown_kind")), "{path}: {told}");
    }
    for path in [
        "/v1/timeline?type=NoSuch",
        "/v1/timeline?kind=counter&type=SectionDrafted",
        "/v1/timeline?type=cambium:NoSuch",
        "/v1/effects?class=nothing",
        "/v1/effects?status=nothing",
    ] {
        let (status, told) = get(&client, path).await;
        assert_eq!((status, &told["code"]), (400, &json!("query_invalid")), "{path}: {told}");
    }
    for path in [
        "/v1/timeline?type=Added",
        "/v1/timeline?kind=counter&type=Added",
        "/v1/timeline?type=cambium:Parked",
        "/v1/effects?kind=counter",
    ] {
        assert_eq!(get(&client, path).await.0, 200, "{path}");
    }
}

/// The id of a limit says what is limited, so none is made up.
#[tokio::test]
async fn a_kind_whose_ids_mean_something_wants_one() {
    let client = Client::default();
    for path in ["/v1/limit", "/v1/limit/set", "/v1/limit/pause"] {
        let (status, told) = post(&client, path, json!({})).await;
        assert_eq!((status, &told["code"]), (400, &json!("id_needed")), "{path}: {told}");
    }
    assert!(client.world.asked.lock().unwrap().is_empty(), "nobody was asked");
}
