//! Clients of A2A.

use super::{Client, arguments, concluded, scenarios, staged};

const PYTHON: Client = Client {
    name: "a2a-python",
    package: "a2a-sdk[http-server]==1.3.0",
    example: "```python\nimport asyncio, uuid\nimport httpx\nfrom a2a.client import \
        A2ACardResolver, ClientConfig, ClientFactory\nfrom a2a.types import Message, Part, Role, \
        SendMessageRequest\n\nasync def main():\n    key = \
        open(\"cambium-data/admin.key\").read().strip()\n    http = \
        httpx.AsyncClient(headers={\"x-api-key\": key})\n    card = await A2ACardResolver(http, \
        \"http://127.0.0.1:8080\").get_agent_card()\n    client = \
        ClientFactory(ClientConfig(httpx_client=http)).create(card)\n    message = \
        Message(message_id=str(uuid.uuid4()), role=Role.ROLE_USER,\n                      \
        parts=[Part(text=\"What is 6 times 7?\")])\n    async for event in \
        client.send_message(SendMessageRequest(message=message)):\n        print(event)\n\n\
        asyncio.run(main())\n```",
};

const NODE: Client = Client {
    name: "a2a-node",
    package: "@a2a-js/sdk@1.3.0",
    example: "```js\nimport { readFileSync } from \"node:fs\";\nimport { SendMessageRequest } from \
        \"@a2a-js/sdk\";\nimport { ClientFactory, JsonRpcTransportFactory } from \
        \"@a2a-js/sdk/client\";\n\nconst key = \
        readFileSync(\"cambium-data/admin.key\", \"utf8\").trim();\nconst fetchImpl = (input, \
        init = {}) =>\n  fetch(input, { ...init, headers: { ...init.headers, \"x-api-key\": key } \
        });\nconst factory = new ClientFactory({ transports: [new JsonRpcTransportFactory({ \
        fetchImpl })] });\nconst client = await \
        factory.createFromUrl(\"http://127.0.0.1:8080\");\nconst task = await \
        client.sendMessage(SendMessageRequest.fromJSON({ message: {\n  messageId: \
        crypto.randomUUID(), role: \"ROLE_USER\", parts: [{ text: \"What is 6 times 7?\" }] } \
        }));\nconsole.log(task);\n```",
};

#[tokio::test(flavor = "multi_thread")]
async fn a2a_in_python() {
    let (_home, program, stage) = staged().await;
    let script = include_str!("../../../clients/a2a_python.py");
    let said = PYTHON.in_python(script, arguments(&program, &stage)).await;
    concluded(&PYTHON, &scenarios(&said));
}

#[tokio::test(flavor = "multi_thread")]
async fn a2a_in_javascript() {
    let (_home, program, stage) = staged().await;
    let script = include_str!("../../../clients/a2a_node.mjs");
    let said = NODE.in_javascript(script, arguments(&program, &stage)).await;
    concluded(&NODE, &scenarios(&said));
}
