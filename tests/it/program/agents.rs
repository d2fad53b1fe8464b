//! Runs and assistants over HTTP and the command line, through a crash.

use std::process::Command;

use cambium_tests::program::Program;
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

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

/// What is answered to a body that the program may not want to read to its end: whoever writes on
/// is cut off, and reads all the same.
async fn sent(program: &Program, path: &str, body: String) -> String {
    let host = program.url().trim_start_matches("http://").to_owned();
    let stream = tokio::net::TcpStream::connect(&host).await.expect("it listens");
    let (mut read, mut write) = stream.into_split();
    let head = format!(
        "POST {path} HTTP/1.1\r\nhost: {host}\r\nx-api-key: {}\r\n\
         content-type: application/json\r\ncontent-length: {}\r\n\r\n",
        program.key(),
        body.len()
    );
    let writing = tokio::spawn(async move {
        write.write_all(head.as_bytes()).await?;
        write.write_all(body.as_bytes()).await
    });
    let mut told = Vec::new();
    let reading = async {
        let mut piece = [0; 4_096];
        while let Ok(bytes @ 1..) = read.read(&mut piece).await {
            told.extend_from_slice(&piece[..bytes]);
        }
    };
    tokio::time::timeout(std::time::Duration::from_secs(60), reading).await.expect("in time");
    writing.abort();
    String::from_utf8(told).expect("text")
}

/// With the limits as they come: what is too long is refused by a code before anything is kept,
/// what is not is taken whole, and the program goes on.
#[tokio::test(flavor = "multi_thread")]
async fn a_prompt_of_ten_megabytes_is_refused_and_a_long_one_is_kept_whole() {
    let (home, program) = super::started().await;
    let words = |bytes: usize| "A ring a year. ".repeat(bytes / 15);
    let chat = |text: &str| {
        let messages = json!([{ "role": "user", "content": text }]);
        ("/v1/chat/completions", json!({ "model": "local/rules", "messages": messages }))
    };
    let message = |text: &str| {
        let (_, mut body) = chat(text);
        body["max_tokens"] = json!(100);
        ("/v1/messages", body)
    };
    let response = |text: &str| ("/v1/responses", json!({ "model": "local/rules", "input": text }));
    let turns = |text: &str| json!([{ "role": "user", "content": text }]);
    let start = |text: &str| {
        ("/v1/run/long/start", json!({ "model": "local/rules", "turns": turns(text) }))
    };
    let (huge, large) = (words(10 * 1_024 * 1_024), words(1_024 * 1_024));
    for (path, body) in [chat(&huge), message(&huge), response(&huge), start(&huge)] {
        let told = sent(&program, path, body.to_string()).await;
        assert!(told.starts_with("HTTP/1.1 413"), "{path}: {told}");
        assert!(told.contains("body_too_large"), "{path}: {told}");
    }
    for (path, body) in [chat(&large), message(&large), response(&large), start(&large)] {
        let answer = program.request(reqwest::Method::POST, path).json(&body).send().await;
        let answer = answer.expect("it is answered");
        assert_eq!(answer.status(), 400, "{path}");
        let told: Value = answer.json().await.expect("JSON");
        assert_eq!(told["code"], "invalid_input", "{path}: {told}");
    }
    let runs = program.get("/v1/run").await.expect("JSON");
    assert_eq!(runs["items"], json!([]), "nothing is kept of what was refused");
    let (path, body) = start(&words(300 * 1_024));
    let answer = program.post(path, &body).await.expect("an answer");
    assert_eq!(answer["output"]["status"], "completed", "{answer}");
    program.kill().expect("killed");
    let program = Program::start(BINARY, &home.path().join("data")).await.expect("it starts again");
    let state = program.get("/v1/run/long").await.expect("a run");
    assert_eq!(state["state"]["turns"][0], body["turns"][0], "it is there to the last sign");
    let verified = program.get("/v1/run/long/verify").await.expect("a check");
    assert_eq!(verified["ok"], true, "{verified}");
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
