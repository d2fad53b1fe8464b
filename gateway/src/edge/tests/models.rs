//! Growing answers and circuits over HTTP.

use serde_json::{Value, json};

use crate::edge::testing::Client;
use crate::edge::testing::effects::{done, waiting};

async fn told(client: &Client, method: &str, path: &str) -> (u16, Value) {
    let reply = client.send(method, path, &[], "").await;
    (reply.status.as_u16(), reply.json())
}

#[tokio::test]
async fn a_watcher_sees_how_far_an_answer_has_come() {
    let client = Client::default();
    let path = |id| format!("/v1/effects/{id}/text");
    let (status, text) = told(&client, "GET", &path(waiting())).await;
    let want = json!({ "id": waiting(), "status": "queued", "offset": 7, "text": "Half an" });
    assert_eq!((status, text), (200, want));
    let (status, text) = told(&client, "GET", &path(done())).await;
    let want = json!({ "id": done(), "status": "done", "offset": null, "text": null });
    assert_eq!((status, text), (200, want), "what is whole stands in the log");
    let nobody = "0".repeat(64);
    let (status, problem) = told(&client, "GET", &format!("/v1/effects/{nobody}/text")).await;
    assert_eq!((status, &problem["code"]), (404, &json!("effect_not_found")));
}

#[tokio::test]
async fn circuits_are_shown_and_reset() {
    let client = Client::default();
    let paid = json!({ "provider": "paid", "state": "closed", "calls": 3, "failed": 1 });
    let all = told(&client, "GET", "/v1/models/circuits").await;
    assert_eq!(all, (200, json!({ "items": [paid] })));
    assert_eq!(told(&client, "POST", "/v1/models/circuits/paid/reset").await, (200, paid));
    let (status, problem) = told(&client, "POST", "/v1/models/circuits/free/reset").await;
    assert_eq!((status, &problem["code"]), (422, &json!("model_unknown")));
}
