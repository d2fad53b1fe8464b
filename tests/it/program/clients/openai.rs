//! OpenAI's clients.

use super::{Client, hurried};
use crate::program::started;

pub(super) const PYTHON: Client = Client {
    name: "openai-python",
    package: "openai==3.54.0",
    example: "```python\nfrom openai import OpenAI\n\nclient = OpenAI(base_url=\
        \"http://127.0.0.1:8080/v1\",\n                api_key=open(\"cambium-data/admin.key\")\
        .read().strip())\ntold = client.chat.completions.create(\n    model=\"local/rules\", \
        messages=[{\"role\": \"user\", \"content\": \"What is 6 times 7?\"}])\n\
        print(told.choices[0].message.content)\n```",
};

const NODE: Client = Client {
    name: "openai-node",
    package: "openai@7.57.0",
    example: "```js\nimport { readFileSync } from \"node:fs\";\nimport OpenAI from \"openai\";\n\n\
        const apiKey = readFileSync(\"cambium-data/admin.key\", \"utf8\").trim();\n\
        const client = new OpenAI({ baseURL: \"http://127.0.0.1:8080/v1\", apiKey });\n\
        const told = await client.responses.create({ model: \"local/rules\", input: \
        \"What is 6 times 7?\" });\nconsole.log(told.output_text);\n```",
};

#[tokio::test(flavor = "multi_thread")]
async fn openai_in_python() {
    let (_home, program) = started().await;
    PYTHON.speaks_python(&program, include_str!("../../../clients/openai_python.py")).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn openai_in_javascript() {
    let (_home, program) = started().await;
    NODE.speaks_javascript(&program, include_str!("../../../clients/openai_node.mjs")).await;
}

/// Asks until it is refused, then once more with patience: the client waits as it is told to.
const PATIENT: &str = r#"
import sys, time
import openai
url, key = sys.argv[1:]
hasty = openai.OpenAI(base_url=f"{url}/v1", api_key=key, max_retries=0)
try:
    for _ in range(100):
        hasty.models.list()
    raise SystemExit("nothing was refused")
except openai.RateLimitError as error:
    assert error.code == "rate_limited", error
    assert int(error.response.headers["retry-after-ms"]) > 0, error.response.headers
patient = openai.OpenAI(base_url=f"{url}/v1", api_key=key, max_retries=5)
assert len(patient.models.list().data) > 0
"#;

#[tokio::test(flavor = "multi_thread")]
async fn openai_waits_as_it_is_told_to() {
    let (_home, program) = hurried().await;
    PYTHON.in_python(PATIENT, vec![program.url().to_owned(), program.key().to_owned()]).await;
}
