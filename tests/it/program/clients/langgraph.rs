//! Clients of the LangGraph Platform.

use std::fs;

use cambium_tests::program::Program;
use cambium_tests::stage::Stage;

use super::{Client, concluded, scenarios};
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

#[tokio::test(flavor = "multi_thread")]
async fn langgraph_in_python() {
    let (home, stage) = (tempfile::tempdir().expect("a directory"), Stage::start().await);
    let data = home.path().join("data");
    fs::create_dir_all(&data).expect("made");
    fs::write(data.join("cambium.toml"), stage.settings(home.path())).expect("written");
    let program = Program::start(BINARY, &data).await.expect("the program starts");
    let script = include_str!("../../../clients/langgraph_python.py");
    let arguments = vec![program.url().to_owned(), program.key().to_owned(), stage.url()];
    let said = PYTHON.in_python(script, arguments).await;
    concluded(&PYTHON, &scenarios(&said));
}
