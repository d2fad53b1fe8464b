//! Official clients of other systems, unchanged, against the real program. What each of them can do
//! stands in `docs/clients.md`, which is made here: `UPDATE=1` writes it.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use cambium_tests::node_js::Node;
use cambium_tests::program::Program;
use cambium_tests::python;
use serde::Deserialize;

/// One client: what it is called in the docs, its package, and how it is begun there.
struct Client {
    name: &'static str,
    package: &'static str,
    example: &'static str,
}

const PYTHON: Client = Client {
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

/// What came of one scenario.
#[derive(Deserialize)]
struct Scenario {
    scenario: String,
    ok: bool,
    #[serde(default)]
    why: String,
}

fn scenarios(said: &str) -> Vec<Scenario> {
    let read = |line: &str| serde_json::from_str(line).unwrap_or_else(|_| panic!("{line}"));
    said.lines().map(read).collect()
}

/// What the docs say of a client, failures told as failures.
fn section(client: &Client, told: &[Scenario]) -> String {
    let Client { name, package, example } = client;
    let mut text = format!("## {name}\n\n`{package}`\n\n{example}\n\n| scenario | works |\n");
    text.push_str("| --- | --- |\n");
    for Scenario { scenario, ok, .. } in told {
        text.push_str(&format!("| {scenario} | {} |\n", if *ok { "yes" } else { "**no**" }));
    }
    text
}

fn page() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/clients.md")
}

/// Compares a client's section of the docs with what is so, or writes it; then wants all to work.
fn concluded(client: &Client, told: &[Scenario]) {
    let (begin, end) =
        (format!("<!-- {} -->\n", client.name), format!("<!-- /{} -->\n", client.name));
    let whole = fs::read_to_string(page()).expect("docs/clients.md");
    let (before, rest) = whole.split_once(&begin).expect("the client has a section");
    let (known, after) = rest.split_once(&end).expect("the section has an end");
    let section = section(client, told);
    if std::env::var_os("UPDATE").is_some() {
        fs::write(page(), format!("{before}{begin}{section}{end}{after}")).expect("it is written");
    } else {
        assert_eq!(known, section, "docs/clients.md is not what is so: UPDATE=1 writes it");
    }
    let failed = told.iter().filter(|one| !one.ok);
    let failed: Vec<_> = failed.map(|one| format!("{}: {}", one.scenario, one.why)).collect();
    assert!(failed.is_empty(), "{}", failed.join("\n"));
}

fn folder(name: &str) -> PathBuf {
    Path::new(env!("CARGO_TARGET_TMPDIR")).join(name)
}

#[tokio::test(flavor = "multi_thread")]
async fn openai_in_python() {
    let (_home, program) = super::started().await;
    let python = python::with(&folder("openai-python"), &[PYTHON.package]).expect("the client");
    let script = include_str!("../../clients/openai_python.py");
    let arguments = [program.url().to_owned(), program.key().to_owned()];
    let said = tokio::task::spawn_blocking(move || {
        python::run(Command::new(python).args(["-c", script]).args(arguments))
    });
    concluded(&PYTHON, &scenarios(&said.await.expect("it runs").expect("it ends well")));
}

#[tokio::test(flavor = "multi_thread")]
async fn openai_in_javascript() {
    let (_home, program) = super::started().await;
    let node = Node::with(&folder("openai-node"), &[NODE.package]).expect("the client");
    let script = include_str!("../../clients/openai_node.mjs");
    let (url, key) = (program.url().to_owned(), program.key().to_owned());
    let said = tokio::task::spawn_blocking(move || node.run("openai.mjs", script, &[&url, &key]));
    concluded(&NODE, &scenarios(&said.await.expect("it runs").expect("it ends well")));
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
    let home = tempfile::tempdir().expect("a directory");
    let limits = [
        ("CAMBIUM_EDGE__LIMITS__PRINCIPAL__QUOTA", "5"),
        ("CAMBIUM_EDGE__LIMITS__PRINCIPAL__WINDOW_S", "2"),
    ];
    let data = home.path().join("data");
    let program = Program::start_in(super::BINARY, &data, &[], &limits).await.expect("it starts");
    let python = python::with(&folder("openai-python"), &[PYTHON.package]).expect("the client");
    let arguments = [program.url().to_owned(), program.key().to_owned()];
    let said = tokio::task::spawn_blocking(move || {
        python::run(Command::new(python).args(["-c", PATIENT]).args(arguments))
    });
    said.await.expect("it runs").expect("it is patient");
}
