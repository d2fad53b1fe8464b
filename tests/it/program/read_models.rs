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
        assert_eq!(reports.len(), 4, "{rebuilt}");
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
