//! The Model Context Protocol: its conformance suite in both revisions, and its official clients.

use std::fs;
use std::process::Command;

use cambium_tests::key_proxy::KeyProxy;
use cambium_tests::node_js::Node;
use cambium_tests::program::Program;
use serde_json::Value;

use super::{Client, folder};
use crate::program::{BINARY, started};

const PYTHON: Client = Client {
    name: "mcp-python",
    package: "mcp==2.3.0",
    example: "```python\nimport asyncio\nimport httpx2\nfrom mcp import Client\n\
        from mcp.client.streamable_http import streamable_http_client\n\n\
        key = open(\"cambium-data/admin.key\").read().strip()\n\nasync def main():\n    \
        http = httpx2.AsyncClient(headers={\"Authorization\": f\"Bearer {key}\"})\n    \
        transport = streamable_http_client(\"http://127.0.0.1:8080/mcp\", http_client=http)\n    \
        async with Client(transport) as client:\n        \
        told = await client.call_tool(\"counter.add\", {\"id\": \"visits\", \
        \"input\": {\"by\": 2}})\n        \
        print(told.structured_content[\"output\"])\n\nasyncio.run(main())\n```",
};

const NODE: Client = Client {
    name: "mcp-node",
    package: "@modelcontextprotocol/sdk@1.32.2",
    example: "```js\nimport { readFileSync } from \"node:fs\";\n\
        import { Client } from \"@modelcontextprotocol/sdk/client/index.js\";\n\
        import { StreamableHTTPClientTransport } from \
        \"@modelcontextprotocol/sdk/client/streamableHttp.js\";\n\n\
        const key = readFileSync(\"cambium-data/admin.key\", \"utf8\").trim();\n\
        const requestInit = { headers: { Authorization: `Bearer ${key}` } };\n\
        const transport = new StreamableHTTPClientTransport(new URL(\
        \"http://127.0.0.1:8080/mcp\"), { requestInit });\n\
        const client = new Client({ name: \"me\", version: \"1.0.0\" });\n\
        await client.connect(transport);\n\
        const told = await client.callTool({ name: \"counter.add\", arguments: { id: \"visits\", \
        input: { by: 2 } } });\nconsole.log(told.structuredContent.output);\n```",
};

#[tokio::test(flavor = "multi_thread")]
async fn mcp_in_python() {
    let (_home, program) = started().await;
    let script = include_str!("../../../clients/mcp_python.py");
    let arguments = vec![program.url().into(), program.key().into(), BINARY.into()];
    let said = PYTHON.in_python(script, arguments).await;
    super::concluded(&PYTHON, &super::scenarios(&said));
}

#[tokio::test(flavor = "multi_thread")]
async fn mcp_in_javascript() {
    let (_home, program) = started().await;
    NODE.speaks_javascript(&program, include_str!("../../../clients/mcp_node.mjs")).await;
}

/// The suite, pinned: what it asks for grows.
const SUITE: &str = "@modelcontextprotocol/conformance@0.2.0-alpha.12";

/// The revisions, with how many scenarios are scored of each.
const REVISIONS: &[(&str, usize)] = &[("2025-11-25", 30), ("2026-07-28", 37)];

/// What came of the scenarios of one revision.
struct Score {
    revision: &'static str,
    scored: usize,
    failed: Vec<String>,
}

impl Score {
    fn line(&self) -> String {
        let Self { revision, scored, failed } = self;
        format!(
            "MCP conformance {revision}: {}/{scored} scored scenarios pass",
            scored - failed.len()
        )
    }
}

/// Runs the scenarios that are scored of a revision, and reads each one's checks.
fn scored(node: &Node, url: &str, revision: &'static str) -> anyhow::Result<Score> {
    let suite = node.folder.join("node_modules/@modelcontextprotocol/conformance");
    let told = fs::read_to_string(suite.join(format!("requirements/{revision}.yaml")))?;
    let wanted: Vec<_> = told
        .lines()
        .skip_while(|line| *line != "server:")
        .skip(1)
        .map_while(|line| line.strip_prefix("  - "))
        .map(str::to_owned)
        .collect();
    let home = tempfile::tempdir()?;
    let mut asked = Command::new(&node.program);
    asked.arg(suite.join("dist/index.js")).args(["server", "--url", url]);
    asked.args(["--requirements", revision, "-o"]).arg(home.path());
    let said = asked.output()?;
    let mut failed = Vec::new();
    for scenario in &wanted {
        let checks = checks(home.path(), scenario)?;
        let wrong =
            |check: &&Value| matches!(check["status"].as_str(), Some("FAILURE" | "WARNING"));
        let wrong: Vec<_> = checks.iter().filter(wrong).collect();
        if !wrong.is_empty() || checks.is_empty() {
            let why =
                wrong.iter().map(|check| format!("{}: {}", check["id"], check["errorMessage"]));
            let why: Vec<_> = why.collect();
            failed.push(format!("{revision} {scenario} ({})", why.join("; ")));
        }
    }
    let text = String::from_utf8_lossy(&said.stdout).into_owned();
    anyhow::ensure!(!wanted.is_empty(), "the suite names no scenarios: {text}");
    Ok(Score { revision, scored: wanted.len(), failed })
}

/// The checks of a scenario, as the suite wrote them down.
fn checks(home: &std::path::Path, scenario: &str) -> anyhow::Result<Vec<Value>> {
    for entry in fs::read_dir(home)? {
        let entry = entry?.path();
        let name = entry.file_name().and_then(|name| name.to_str()).unwrap_or_default();
        let stamp = name.strip_prefix("server-").unwrap_or(name).strip_prefix(scenario);
        let fits = stamp.is_some_and(|rest| rest.starts_with("-2") || rest.is_empty());
        if fits && entry.join("checks.json").exists() {
            return Ok(serde_json::from_slice(&fs::read(entry.join("checks.json"))?)?);
        }
    }
    Ok(Vec::new())
}

/// What stands in the docs of the scores.
fn section(scores: &[Score]) -> String {
    let mut text = format!("## MCP conformance\n\n`{SUITE}`\n\n```\n");
    for score in scores {
        text.push_str(&score.line());
        text.push('\n');
    }
    text.push_str("```\n");
    for failed in scores.iter().flat_map(|score| &score.failed) {
        text.push_str(&format!("\n- **{failed}** fails"));
    }
    text
}

#[tokio::test(flavor = "multi_thread")]
async fn mcp_conformance() {
    let home = tempfile::tempdir().expect("a directory");
    let binary = env!("CARGO_BIN_EXE_mcp-conformance");
    // The suite asks faster than people do.
    let limits = [("CAMBIUM_EDGE__LIMITS__PRINCIPAL__QUOTA", "100000")];
    let data = home.path().join("data");
    let program = Program::start_in(binary, &data, &[], &limits).await.expect("it starts");
    let proxy = KeyProxy::before(program.url(), program.key()).await.expect("a proxy");
    let url = format!("{}/mcp", proxy.url());
    let run = move || {
        let node = Node::with(&folder("mcp-conformance"), &[SUITE]).expect("the suite");
        let of = |(revision, _): &(&'static str, usize)| scored(&node, &url, revision);
        REVISIONS.iter().map(of).collect::<anyhow::Result<Vec<_>>>()
    };
    let scores = tokio::task::spawn_blocking(run).await.expect("it runs").expect("it is scored");
    for score in &scores {
        println!("{}", score.line());
    }
    super::compared("mcp-conformance", &section(&scores));
    let failed: Vec<_> = scores.iter().flat_map(|score| score.failed.clone()).collect();
    assert!(failed.is_empty(), "{}", failed.join("\n"));
    let counts: Vec<_> = scores.iter().map(|score| (score.revision, score.scored)).collect();
    assert_eq!(counts, REVISIONS, "the suite scores what it is known to score");
}
