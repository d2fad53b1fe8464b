//! Providers of the settings, in the real program: from a question in a conversation to the answer
//! in the log, and no key anywhere on the way.

use std::fs;
use std::time::Duration;

use cambium_tests::fake_models::{Fake, KEY};
use cambium_tests::program::Program;
use serde_json::{Value, json};

/// What a conversation holds once its agent has answered, or failed.
async fn answered(program: &Program, id: &str, model: &str) -> Value {
    let agent = json!({ "principal": "helper", "role": "agent", "model": model });
    let create = json!({ "kind": "group", "members": [agent] });
    let path = format!("/v1/conversation/{id}");
    let made = program.request(reqwest::Method::PUT, &path).json(&create).send().await;
    assert!(made.expect("asked").status().is_success());
    program.post(&format!("{path}/post"), &json!({ "text": "Hello?" })).await.expect("posted");
    let find = async {
        loop {
            let page = program.get(&format!("{path}/events?limit=100")).await.expect("read");
            let commits = page["items"].as_array().cloned().unwrap_or_default();
            let ends = |event: &&Value| {
                let posted = event["type"] == "MessagePosted";
                event["type"] == "AgentFailed" || posted && event["data"]["author"] == "helper"
            };
            let events = commits.iter().filter_map(|commit| commit["events"].as_array()).flatten();
            if let Some(event) = events.into_iter().find(ends) {
                return event.clone();
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(60), find).await.expect("it ends")
}

#[tokio::test]
async fn a_provider_of_the_settings_answers_and_its_key_stands_nowhere() {
    let (home, fake) = (tempfile::tempdir().expect("a directory"), Fake::start().await);
    let (data, key) = (home.path().join("data"), home.path().join("provider.key"));
    fs::create_dir_all(&data).expect("made");
    fs::write(&key, KEY).expect("written");
    let wrong = home.path().join("wrong.key");
    fs::write(&wrong, "sk-wrong-9876543210fedcba9876543210").expect("written");
    let section = |name: &str, kind: &str, key: &std::path::Path| {
        let (url, key) = (json!(fake.url), json!(key));
        format!(
            "[actors.models.providers.{name}]\nkind = \"{kind}\"\nbase_url = {url}\n\
             key_file = {key}\nheaders = {{ x-team = \"hidden-words\" }}\n"
        )
    };
    let settings = format!(
        "[actors.models]\ndetect = false\n{}{}",
        section("claude", "anthropic", &key),
        section("refused", "openai_compatible", &wrong)
    );
    fs::write(data.join("cambium.toml"), settings).expect("written");
    let binary = super::BINARY;
    let program = Program::start(binary, &data).await.expect("the program starts");
    let event = answered(&program, "good", "claude/good").await;
    assert_eq!(event["data"]["text"], "Grüße, Welt.", "{event}");
    let event = answered(&program, "refused", "refused/good").await;
    assert_eq!(
        (&event["type"], &event["data"]["code"]),
        (&json!("AgentFailed"), &json!("model_auth"))
    );
    let circuits = program.get("/v1/models/circuits").await.expect("read");
    let names: Vec<_> = circuits["items"].as_array().expect("a list").iter().collect();
    assert_eq!(names.len(), 2, "{circuits}");
    let mut texts = fs::read_to_string(data.with_extension("said")).expect("it logs");
    for id in ["good", "refused"] {
        let page = program.get(&format!("/v1/conversation/{id}/events?limit=100")).await;
        texts.push_str(&page.expect("read").to_string());
    }
    assert!(texts.contains("model_auth"), "what failed is told");
    for secret in [KEY, "sk-wrong", "9876543210fedcba", "hidden-words"] {
        assert!(!texts.contains(secret), "{secret} is told");
    }
}
