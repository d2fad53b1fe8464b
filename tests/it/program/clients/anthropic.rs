//! Anthropic's clients.

use super::{Client, hurried};
use crate::program::started;

pub(super) const PYTHON: Client = Client {
    name: "anthropic-python",
    package: "anthropic==2.12.0",
    example: "```python\nfrom anthropic import Anthropic\n\nclient = Anthropic(base_url=\
        \"http://127.0.0.1:8080\",\n                   api_key=open(\"cambium-data/admin.key\")\
        .read().strip())\ntold = client.messages.create(\n    model=\"local/rules\", \
        max_tokens=500,\n    messages=[{\"role\": \"user\", \"content\": \"What is 6 times 7?\"}])\
        \nprint(told.content[0].text)\n```",
};

const NODE: Client = Client {
    name: "anthropic-node",
    package: "@anthropic-ai/sdk@1.12.0",
    example: "```js\nimport { readFileSync } from \"node:fs\";\nimport Anthropic from \
        \"@anthropic-ai/sdk\";\n\nconst apiKey = readFileSync(\"cambium-data/admin.key\", \
        \"utf8\").trim();\nconst client = new Anthropic({ baseURL: \"http://127.0.0.1:8080\", \
        apiKey });\nconst told = await client.messages.create({\n  model: \"local/rules\", \
        max_tokens: 500,\n  messages: [{ role: \"user\", content: \"What is 6 times 7?\" }],\n});\
        \nconsole.log(told.content[0].text);\n```",
};

#[tokio::test(flavor = "multi_thread")]
async fn anthropic_in_python() {
    let (_home, program) = started().await;
    PYTHON.speaks_python(&program, include_str!("../../../clients/anthropic_python.py")).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn anthropic_in_javascript() {
    let (_home, program) = started().await;
    NODE.speaks_javascript(&program, include_str!("../../../clients/anthropic_node.mjs")).await;
}

/// Asks until it is refused, then once more with patience: the client waits as it is told to.
const PATIENT: &str = r#"
import sys
import anthropic
url, key = sys.argv[1:]
hasty = anthropic.Anthropic(base_url=url, api_key=key, max_retries=0)
try:
    for _ in range(100):
        hasty.models.list()
    raise SystemExit("nothing was refused")
except anthropic.RateLimitError as error:
    assert (error.type, error.error_code) == ("rate_limit_error", "rate_limited"), error.body
    assert int(error.response.headers["retry-after"]) > 0, error.response.headers
patient = anthropic.Anthropic(base_url=url, api_key=key, max_retries=5)
assert len(patient.models.list().data) > 0
"#;

#[tokio::test(flavor = "multi_thread")]
async fn anthropic_waits_as_it_is_told_to() {
    let (_home, program) = hurried().await;
    PYTHON.in_python(PATIENT, vec![program.url().to_owned(), program.key().to_owned()]).await;
}
