//! Telemetry that would become too much, and telemetry that comes at once under one name.

use futures_util::future::join_all;
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use super::{asked, get, packed, tell};

/// A small request that says so much of all its records that they would fill gigabytes.
fn bomb() -> Value {
    let attributes: Vec<Value> = (0..60)
        .map(|n| json!({ "key": format!("k{n}"), "value": { "stringValue": "x".repeat(4_000) } }))
        .collect();
    let records: Vec<Value> =
        (0..9_000).map(|_| json!({ "body": { "stringValue": "m" } })).collect();
    json!({ "resourceLogs": [{ "resource": { "attributes": attributes },
        "scopeLogs": [{ "logRecords": records }] }] })
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_few_bytes_would_become_is_counted_before_it_is_made() {
    let (_home, program) = crate::program::started().await;
    let text = bomb().to_string().into_bytes();
    let request = asked(&program, Method::POST, "/v1/logs", "main");
    let request = request.header("content-type", "application/json");
    let small = packed(&text);
    assert!(small.len() < 8_192, "{} bytes", small.len());
    let refused = request.header("content-encoding", "gzip").body(small).send().await;
    let refused = refused.expect("an answer");
    assert_eq!(refused.status(), StatusCode::PAYLOAD_TOO_LARGE);
    assert_eq!(refused.json::<Value>().await.expect("JSON")["code"], "telemetry_too_large");
    let labels: serde_json::Map<_, _> =
        (0..60).map(|n| (format!("k{n}"), json!("x".repeat(4_000)))).collect();
    let records: Vec<Value> = (0..9_000).map(|_| json!({ "message": "m" })).collect();
    let refused = tell(&program, "logs", &json!({ "labels": labels, "records": records })).await;
    assert_eq!(refused.status(), StatusCode::PAYLOAD_TOO_LARGE);
    let few = tell(&program, "logs", &json!({ "labels": labels, "records": &records[..9] })).await;
    assert_eq!(few.status(), StatusCode::OK, "what fits is kept");
    program.stop().expect("it ends in order");
}

#[tokio::test(flavor = "multi_thread")]
async fn of_records_that_come_at_once_under_one_key_one_is_kept_and_the_others_know() {
    let (_home, program) = crate::program::started().await;
    let send = |n: usize| {
        let body = json!({ "records": [{ "message": format!("m{n}") }] });
        let request = asked(&program, Method::POST, "/v1/telemetry/logs", "main");
        let sent = request.header("idempotency-key", "once").json(&body).send();
        async move { (n, sent.await.expect("an answer")) }
    };
    let (mut kept, mut cursor) = (Vec::new(), String::new());
    for (n, answer) in join_all((0..8).map(send)).await {
        let (status, told) = (answer.status(), answer.json::<Value>().await.expect("JSON"));
        if status == StatusCode::OK {
            cursor = told["cursor"].as_str().expect("a cursor").to_owned();
            kept.push(format!("m{n}"));
        } else {
            assert_eq!(
                (status, &told["code"]),
                (StatusCode::CONFLICT, &json!("idempotency_conflict"))
            );
        }
    }
    assert_eq!(kept.len(), 1, "one is acknowledged: {kept:?}");
    let rows = get(&program, &format!("/v1/telemetry/logs?min_cursor={cursor}")).await;
    let rows: Vec<_> =
        rows["items"].as_array().expect("rows").iter().map(|row| &row["message"]).collect();
    assert_eq!(rows, [&json!(kept[0])], "and it is the one that is there");
    program.stop().expect("it ends in order");
}
