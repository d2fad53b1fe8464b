use std::process::Command;

use cambium_tests::python;
use reqwest::Method;
use serde_json::{Value, json};

/// An independent RFC 8785 and an independent BLAKE3, both by others than us.
const REPRODUCE: &str = "
import json, sys
import blake3, rfc8785
answer = json.load(sys.stdin)
print(blake3.blake3(rfc8785.dumps(answer['output'])).hexdigest())
";

#[tokio::test(flavor = "multi_thread")]
async fn a_draft_has_a_state_hash_that_a_stranger_reproduces() {
    let (home, program) = super::started().await;
    // As curl sends it with -d and no content type of its own.
    let response = program
        .request(Method::POST, "/v1/osteon/draft")
        .header("content-type", "application/x-www-form-urlencoded")
        .body(r#"{"goal": "A one-page brief on rooftop solar for a city council"}"#)
        .send()
        .await
        .expect("an answer");
    assert_eq!(response.status(), 200);
    let text = response.text().await.expect("text");
    let answer: Value = serde_json::from_str(&text).expect("JSON");
    assert!(!answer["output"]["sections"].as_array().expect("sections").is_empty());
    assert_eq!(answer["output"]["generated_by"]["provider"], "local");
    let file = home.path().join("answer.json");
    std::fs::write(&file, &text).expect("written");
    let mut reproduce = Command::new(
        python::interpreter(std::path::Path::new(env!("CARGO_TARGET_TMPDIR"))).expect("python"),
    );
    reproduce.args(["-c", REPRODUCE]).stdin(std::fs::File::open(&file).expect("readable"));
    let hash = python::run(&mut reproduce).expect("runs");
    assert_eq!(answer["state_hash"], hash.trim());
    let state = program
        .get(&format!("/v1/osteon/{}", answer["actor"].as_str().expect("an id")))
        .await
        .expect("a state");
    let expected = contracts::state_hash(&state["state"]).expect("canonical").to_string();
    assert_eq!(state["state_hash"], expected);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_document_is_outlined_drafted_edited_summarised_and_exported() {
    let (_home, program) = super::started().await;
    let goal = json!({ "goal": "A guide to composting in small flats", "sections": 5 });
    let outline = program.post("/v1/osteon/compost/outline", &goal).await.expect("an answer");
    assert_eq!(outline["ok"], true, "{outline}");
    assert_eq!(outline["output"]["outline"].as_array().expect("titles").len(), 5);
    let draft = program
        .post("/v1/osteon/compost/draft", &json!({ "goal": goal["goal"] }))
        .await
        .expect("an answer");
    let section = draft["output"]["sections"][0]["id"].as_str().expect("an id").to_owned();
    let edit = json!({ "section": section, "edit_type": "shorten" });
    let edited = program.post("/v1/osteon/compost/edit", &edit).await.expect("an answer");
    assert_eq!(edited["ok"], true, "{edited}");
    let diff = &edited["output"]["diff"];
    assert!(diff["unified"].is_string() && diff["hunks"].is_array(), "{edited}");
    let summary =
        program.post("/v1/osteon/compost/summarize", &json!({})).await.expect("an answer");
    assert!(summary["output"]["summary"].as_str().is_some_and(|text| !text.is_empty()));
    let exported = program.post("/v1/osteon/compost/export", &json!({})).await.expect("an answer");
    assert_eq!(exported["output"]["artifact"]["kind"], "osteon");
    let again = program.post("/v1/osteon/compost/export", &json!({})).await.expect("an answer");
    assert_eq!(exported["state_hash"], again["state_hash"], "an export depends on no clock");
    let verified = program.get("/v1/osteon/compost/verify").await.expect("an answer");
    assert_eq!(verified["ok"], true);
    let replayed = program.get("/v1/osteon/compost/replay?decide=true").await.expect("an answer");
    assert_eq!(replayed["drift"], json!([]), "deciding again decides the same");
}
