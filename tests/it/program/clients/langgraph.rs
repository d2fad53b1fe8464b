//! Clients of the LangGraph Platform.

use std::time::Duration;

use cambium_tests::program::Program;
use serde_json::{Value, json};

use super::{Client, arguments, concluded, scenarios, staged};
use crate::program::BINARY;

const PYTHON: Client = Client {
    name: "langgraph-python",
    package: "langgraph-sdk==0.4.14",
    example: "```python\nfrom langgraph_sdk import get_sync_client\n\nkey = \
        open(\"cambium-data/admin.key\").read().strip()\nclient = \
        get_sync_client(url=\"http://127.0.0.1:8080/langgraph\", api_key=key)\nthread = \
        client.threads.create()\nvalues = client.runs.wait(thread[\"thread_id\"], \"agent\", \
        input={\n    \"messages\": [{\"role\": \"user\", \"content\": \"What is 6 times \
        7?\"}]})\nprint(values[\"messages\"][-1][\"content\"])\n```",
};

const NODE: Client = Client {
    name: "langgraph-node",
    package: "@langchain/langgraph-sdk@2.0.0",
    example: "```js\nimport { readFileSync } from \"node:fs\";\nimport { Client } from \
        \"@langchain/langgraph-sdk\";\n\nconst apiKey = \
        readFileSync(\"cambium-data/admin.key\", \"utf8\").trim();\nconst client = new Client({ \
        apiUrl: \"http://127.0.0.1:8080/langgraph\", apiKey });\nconst { thread_id } = await \
        client.threads.create();\nconst input = { messages: [{ role: \"user\", content: \"What is \
        6 times 7?\" }] };\nfor await (const { event, data } of client.runs.stream(thread_id, \
        \"agent\", { input })) {\n  console.log(event, data);\n}\n```",
};

#[tokio::test(flavor = "multi_thread")]
async fn langgraph_in_python() {
    let (_home, program, stage) = staged().await;
    let script = include_str!("../../../clients/langgraph_python.py");
    let said = PYTHON.in_python(script, arguments(&program, &stage)).await;
    concluded(&PYTHON, &scenarios(&said));
}

#[tokio::test(flavor = "multi_thread")]
async fn langgraph_in_javascript() {
    let (_home, program, stage) = staged().await;
    let script = include_str!("../../../clients/langgraph_node.mjs");
    let said = NODE.in_javascript(script, arguments(&program, &stage)).await;
    concluded(&NODE, &scenarios(&said));
}

/// How often a cron has fired, and what came of the last time.
async fn fired(program: &Program, mark: &str) -> (u64, Value) {
    let wanted = json!({ "metadata": { "mark": mark } });
    let told = program.post("/langgraph/runs/crons/search", &wanted).await.expect("crons");
    (told[0]["runs"].as_u64().expect("a number"), told[0].clone())
}

/// Waits until it has fired more often than that, and a run answered.
async fn fires(program: &Program, mark: &str, than: u64) -> u64 {
    let patience = async {
        loop {
            let (times, told) = fired(program, mark).await;
            if times > than && told["last_run"].is_object() {
                assert_eq!(told["last_error"], Value::Null, "{told}");
                return times;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(60), patience).await.expect("it fires")
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cron_goes_on_after_the_program_was_killed() {
    let home = tempfile::tempdir().expect("a directory");
    let data = home.path().join("data");
    let program = Program::start(BINARY, &data).await.expect("the program starts");
    let input = json!({ "messages": [{ "role": "user", "content": "What is 6 times 7?" }] });
    let cron = json!({
        "assistant_id": "agent", "schedule": "* * * * * *", "input": input,
        "metadata": { "mark": "every-second" },
    });
    program.post("/langgraph/runs/crons", &cron).await.expect("set");
    let before = fires(&program, "every-second", 0).await;
    program.kill().expect("killed");
    let program = Program::start(BINARY, &data).await.expect("the program starts again");
    fires(&program, "every-second", before + 1).await;
    // Each firing has one run, in a thread of its own, and no firing has two.
    let (_, told) = fired(&program, "every-second").await;
    let thread = told["last_run"]["thread_id"].as_str().expect("a thread");
    let runs = program.get(&format!("/langgraph/threads/{thread}/runs")).await.expect("runs");
    assert_eq!(runs.as_array().map(Vec::len), Some(1), "{runs}");
}
