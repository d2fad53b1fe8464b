use reqwest::Method;
use serde_json::json;

/// A kind of one's own has routes, docs, read models and time travel without another line.
#[tokio::test(flavor = "multi_thread")]
async fn a_kind_of_ones_own_is_a_full_citizen() {
    let (_home, program) = super::started().await;
    let made = program
        .request(Method::PUT, "/v1/lamp/desk")
        .json(&json!({ "on": true }))
        .send()
        .await
        .expect("an answer");
    assert!(made.status().is_success());
    let again = program.post("/v1/lamp/desk/switch", &json!({ "on": true })).await.expect("JSON");
    assert_eq!(again["code"], "lamp_already_so");
    let off = program.post("/v1/lamp/desk/switch", &json!({ "on": false })).await.expect("JSON");
    let list = program
        .get(&format!("/v1/lamp?min_cursor={}", off["cursor"].as_str().expect("a cursor")))
        .await
        .expect("JSON");
    assert_eq!(list["items"][0]["summary"], json!({ "on": false }));
    let before = program.get("/v1/lamp/desk?at=1").await.expect("JSON");
    assert_eq!(before["state"], json!({ "on": true }));
    let openapi = program.get("/openapi.json").await.expect("JSON");
    assert!(openapi["paths"]["/v1/lamp/{id}/switch"].is_object());
}
