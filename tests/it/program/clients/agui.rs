//! AG-UI's client.

use super::Client;
use crate::program::started;

const NODE: Client = Client {
    name: "agui-node",
    package: "@ag-ui/client@1.0.0",
    example: "```js\nimport { readFileSync } from \"node:fs\";\nimport { HttpAgent } from \
        \"@ag-ui/client\";\n\nconst key = readFileSync(\"cambium-data/admin.key\", \"utf8\").trim();\n\
        const agent = new HttpAgent({\n  url: \"http://127.0.0.1:8080/v1/agui/my-assistant\",\n  \
        headers: { Authorization: `Bearer ${key}` },\n});\nagent.addMessage({ id: \"1\", role: \
        \"user\", content: \"What is 6 times 7?\" });\nconst { newMessages } = await \
        agent.runAgent();\nconsole.log(newMessages.at(-1).content);\n```",
};

#[tokio::test(flavor = "multi_thread")]
async fn agui_in_javascript() {
    let (_home, program) = started().await;
    NODE.speaks_javascript(&program, include_str!("../../../clients/agui_node.mjs")).await;
}
