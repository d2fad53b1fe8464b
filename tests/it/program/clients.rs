//! Official clients of other systems, unchanged, against the real program: a file for each system.
//! What each of them can do stands in `docs/clients.md`, which is made here: `UPDATE=1` writes it.

mod a2a;
mod agui;
mod anthropic;
mod langgraph;
mod mcp;
mod openai;
mod paid;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use cambium_tests::node_js::Node;
use cambium_tests::program::Program;
use cambium_tests::python;
use cambium_tests::stage::Stage;
use serde::Deserialize;

use crate::program::BINARY;

/// One client: what it is called in the docs, its package, and how it is begun there.
struct Client {
    name: &'static str,
    package: &'static str,
    example: &'static str,
}

impl Client {
    /// Runs a Python script against the program with its address and key as arguments, and
    /// compares what it tells, a line of JSON per scenario, with the client's section of the docs.
    async fn speaks_python(&'static self, program: &Program, script: &'static str) {
        let said = self.in_python(script, vec![program.url().to_owned(), program.key().to_owned()]);
        concluded(self, &scenarios(&said.await));
    }

    /// As [`Client::speaks_python`], in JavaScript.
    async fn speaks_javascript(&'static self, program: &Program, script: &'static str) {
        let said = self.in_javascript(script, vec![program.url().into(), program.key().into()]);
        concluded(self, &scenarios(&said.await));
    }

    /// What a Python script says that finds this client; it must end well.
    async fn in_python(&'static self, script: &'static str, arguments: Vec<String>) -> String {
        let run = move || {
            let python = python::with(&folder(self.name), &packages(self)).expect("the client");
            let shared = concat!(env!("CARGO_MANIFEST_DIR"), "/clients");
            let mut client = Command::new(python);
            client.env("PYTHONDONTWRITEBYTECODE", "1");
            python::run(client.env("PYTHONPATH", shared).args(["-c", script]).args(arguments))
        };
        tokio::task::spawn_blocking(run).await.expect("it runs").expect("it ends well")
    }

    /// What a module of JavaScript says that finds this client; it must end well.
    async fn in_javascript(&'static self, script: &'static str, arguments: Vec<String>) -> String {
        let run = move || {
            let node = Node::with(&folder(self.name), &packages(self)).expect("the client");
            let arguments: Vec<_> = arguments.iter().map(String::as_str).collect();
            node.run("client.mjs", script, &arguments)
        };
        tokio::task::spawn_blocking(run).await.expect("it runs").expect("it ends well")
    }
}

/// A program whose agents may ask the stage's model and call it back.
async fn staged() -> (tempfile::TempDir, Program, Stage) {
    let (home, stage) = (tempfile::tempdir().expect("a directory"), Stage::start().await);
    let data = home.path().join("data");
    fs::create_dir_all(&data).expect("made");
    fs::write(data.join("cambium.toml"), stage.settings(home.path())).expect("written");
    let program = Program::start(BINARY, &data).await.expect("the program starts");
    (home, program, stage)
}

/// What a script is told of such a program.
fn arguments(program: &Program, stage: &Stage) -> Vec<String> {
    vec![program.url().to_owned(), program.key().to_owned(), stage.url()]
}

/// A program that lets everybody ask five times in two seconds.
async fn hurried() -> (tempfile::TempDir, Program) {
    let home = tempfile::tempdir().expect("a directory");
    let limits = [
        ("CAMBIUM_EDGE__LIMITS__PRINCIPAL__QUOTA", "5"),
        ("CAMBIUM_EDGE__LIMITS__PRINCIPAL__WINDOW_S", "2"),
    ];
    let data = home.path().join("data");
    let program = Program::start_in(BINARY, &data, &[], &limits).await.expect("it starts");
    (home, program)
}

/// The packages of a client: several stand apart by a blank.
fn packages(client: &Client) -> Vec<&'static str> {
    client.package.split(' ').collect()
}

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

/// Writes a client's section of the docs, if asked to; wants all to work, and the docs to say so.
fn concluded(client: &Client, told: &[Scenario]) {
    let section = section(client, told);
    if std::env::var_os("UPDATE").is_some() {
        compared(client.name, &section);
    }
    let failed = told.iter().filter(|one| !one.ok);
    let failed: Vec<_> = failed.map(|one| format!("{}: {}", one.scenario, one.why)).collect();
    assert!(failed.is_empty(), "{}", failed.join("\n"));
    compared(client.name, &section);
}

/// Compares a section of the docs with what is so, or writes it.
fn compared(name: &str, section: &str) {
    let (begin, end) = (format!("<!-- {name} -->\n"), format!("<!-- /{name} -->\n"));
    let whole = fs::read_to_string(page()).expect("docs/clients.md");
    let (before, rest) = whole.split_once(&begin).expect("it has a section");
    let (known, after) = rest.split_once(&end).expect("the section has an end");
    if std::env::var_os("UPDATE").is_some() {
        fs::write(page(), format!("{before}{begin}{section}{end}{after}")).expect("it is written");
    } else {
        assert_eq!(known, section, "docs/clients.md is not what is so: UPDATE=1 writes it");
    }
}

fn folder(name: &str) -> PathBuf {
    Path::new(env!("CARGO_TARGET_TMPDIR")).join(name)
}
