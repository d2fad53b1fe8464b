use serde_json::{Value, json};

#[tokio::test(flavor = "multi_thread")]
async fn rebuilt_read_models_equal_the_live_ones_twice() {
    let (_home, program) = super::started().await;
    let mut cursor = String::new();
    for number in 0..40 {
        let path = format!("/v1/counter/c{}/add", number % 5);
        let answer = program.post(&path, &json!({})).await.expect("JSON");
        cursor = answer["cursor"].as_str().expect("a cursor").to_owned();
    }
    let create = json!({ "kind": "group", "title": "Team" });
    program.post("/v1/conversation/team/create", &create).await.expect("JSON");
    for text in ["Hello.", "And again."] {
        let post = json!({ "text": text });
        let answer = program.post("/v1/conversation/team/post", &post).await.expect("JSON");
        cursor = answer["cursor"].as_str().expect("a cursor").to_owned();
    }
    let path = format!("/v1/conversation/team/messages?min_cursor={cursor}");
    let messages = program.get(&path).await.expect("JSON");
    assert_eq!(messages["items"].as_array().map(Vec::len), Some(2), "{messages}");
    for check in [true, false, false] {
        let rebuilt =
            program.post("/v1/admin/rebuild", &json!({ "check": check })).await.expect("JSON");
        let reports = rebuilt["items"].as_array().expect("reports");
        assert_eq!(reports.len(), 11, "{rebuilt}");
        for report in reports {
            assert_eq!(report["equal"], true, "{report}");
            assert!(report["rows"].as_u64().is_some(), "{report}");
        }
    }
    let heads = program.get("/v1/counter").await.expect("JSON");
    let values: Vec<&Value> = heads["items"]
        .as_array()
        .expect("rows")
        .iter()
        .map(|row| &row["summary"]["value"])
        .collect();
    assert_eq!(values, [&json!(8); 5]);
}

/// A fork is listed and read as whole as any other actor, as of where it left its parent.
#[tokio::test(flavor = "multi_thread")]
async fn a_forks_rows_hold_what_it_shares() {
    let (_home, program) = super::started().await;
    let post = async |path: &str, body: Value| program.post(path, &body).await.expect("JSON");
    post("/v1/conversation/talk/create", json!({ "kind": "group", "title": "Team" })).await;
    for text in ["one", "two", "three"] {
        post("/v1/conversation/talk/post", json!({ "text": text })).await;
    }
    let said = program.get("/v1/conversation/talk").await.expect("JSON");
    let message = said["state"]["messages"][1]["sequence"].clone();
    let edited = json!({ "message": message, "text": "2" });
    let edit = post("/v1/conversation/talk/edit_message", edited).await;
    assert_eq!(edit["ok"], true, "{edit}");
    post("/v1/conversation/talk/fork", json!({ "id": "early", "at": 3 })).await;
    post("/v1/conversation/early/fork", json!({ "id": "earlier", "at": 2 })).await;
    let last = post("/v1/conversation/early/post", json!({ "text": "other" })).await;
    let cursor = last["cursor"].as_str().expect("a cursor").to_owned();
    let texts = async |id: &str| {
        let path = format!("/v1/conversation/{id}/messages?min_cursor={cursor}");
        let page = program.get(&path).await.expect("JSON");
        let items = page["items"].as_array().expect("items").clone();
        let text = |item: &Value| item["text"].as_str().unwrap_or_default().to_owned();
        let mut texts: Vec<String> = items.iter().map(text).collect();
        texts.sort();
        texts
    };
    assert_eq!(texts("talk").await, ["2", "one", "three"]);
    assert_eq!(texts("early").await, ["one", "other", "two"]);
    assert_eq!(texts("earlier").await, ["one"]);
    let list = program.get("/v1/conversation?order=id").await.expect("JSON");
    for item in list["items"].as_array().expect("items") {
        assert_eq!(item["summary"]["title"], "Team", "{item}");
    }
    let check = json!({ "models": ["heads", "messages"], "check": true });
    let report = program.post("/v1/admin/rebuild", &check).await.expect("JSON");
    assert_eq!(report["items"].as_array().map(Vec::len), Some(2), "{report}");
    assert!(!report.to_string().contains("\"equal\":false"), "{report}");
    program.stop().expect("stops");
}
