//! Runs and assistants over HTTP and the command line, through a crash.

use std::process::Command;

use cambium_tests::program::Program;
use serde_json::{Value, json};

use super::BINARY;

/// What the command line says, and whether it was content.
fn cli(program: &Program, args: &[&str]) -> (bool, String) {
    let said = Command::new(BINARY)
        .args(args)
        .env("CAMBIUM_URL", program.url())
        .env("CAMBIUM_KEY", program.key())
        .output()
        .expect("it runs");
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    (said.status.success(), text(&said.stdout) + &text(&said.stderr))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_is_kept_through_a_crash_replayed_and_run_against_another() {
    let (home, program) = super::started().await;
    let tools = program.get("/v1/tools").await.expect("tools");
    let names: Vec<_> =
        tools["items"].as_array().expect("a list").iter().map(|tool| &tool["name"]).collect();
    assert!(names.contains(&&json!("calculator")), "{tools}");
    let start = json!({
        "model": "local/rules",
        "turns": [{ "role": "user", "content": "What is 6 times 7?" }],
        "uses": [{ "name": "calculator" }],
    });
    let answer = program.post("/v1/run/first/start", &start).await.expect("an answer");
    assert_eq!(answer["output"]["status"], "completed", "{answer}");
    let text = answer["output"]["text"].as_str().expect("text").to_owned();
    assert!(text.contains("42"), "{text}");
    let after = json!({
        "model": "local/rules", "after": "first",
        "turns": [{ "role": "user", "content": "What did I ask?" }],
    });
    let second = program.post("/v1/run/second/start", &after).await.expect("an answer");
    assert_eq!(second["output"]["status"], "completed", "{second}");
    program.kill().expect("killed");
    let program = Program::start(BINARY, &home.path().join("data")).await.expect("it starts again");
    for run in ["run/first", "run/second"] {
        let (ok, said) = cli(&program, &["replay", run, "--decide"]);
        assert!(ok && said.contains("decided the same"), "{said}");
    }
    let (ok, said) = cli(&program, &["replay", "run/first", "--against", "local/rules", "--json"]);
    assert!(ok, "{said}");
    let told: Value = serde_json::from_str(&said).expect("JSON");
    assert_eq!((&told["same_answer"], &told["now"]["status"]), (&json!(true), &json!("completed")));
    let again = told["now"]["run"].as_str().expect("an id");
    let state = program.get(&format!("/v1/run/{again}")).await.expect("a run");
    assert_eq!(state["state"]["run"]["recorded"], "first", "it says of which run it is");
    let (ok, said) = cli(&program, &["replay", "counter/x", "--against", "local/rules"]);
    assert!(!ok && said.contains("takes a run"), "{said}");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_assistant_is_asked_over_http_and_a_run_is_run_against_it() {
    let (_home, program) = super::started().await;
    let define = json!({ "model": "local/rules", "instructions": "Answer in one sentence." });
    let defined = program.post("/v1/assistant/helper/define", &define).await.expect("an answer");
    assert_eq!(defined["output"], json!({ "version": 1, "retired": false }), "{defined}");
    let ask = json!({ "text": "What is 6 times 7?" });
    let answer = program.post("/v1/assistant/helper/ask", &ask).await.expect("an answer");
    let run = format!("run/{}", answer["output"]["run"].as_str().expect("a run"));
    assert!(answer["output"]["text"].as_str().is_some_and(|it| it.contains("42")), "{answer}");
    let (ok, said) = cli(&program, &["replay", &run, "--against", "assistant/helper@1"]);
    assert!(ok && said.contains("the same answer"), "{said}");
    program.post("/v1/assistant/helper/retire", &json!({})).await.expect("retired");
    let refused = program.post("/v1/assistant/helper/ask", &ask).await.expect("an answer");
    assert_eq!(refused["code"], "assistant_retired");
}
