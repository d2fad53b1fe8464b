//! The worked examples of the documentation, run as they stand there.

mod kinds;
mod scripts;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use cambium_tests::program::Program;
use cambium_tests::python;
use reqwest::Method;
use serde_json::json;

use super::BINARY;

/// Cambium with the kind of the page about timers.
const REMINDER: &str = env!("CARGO_BIN_EXE_reminder");

/// A command of an example, and the lines that it is said to print.
struct Step {
    command: String,
    output: Vec<String>,
}

/// The commands in the `console` blocks of a page.
fn steps(page: &str) -> Vec<Step> {
    let mut steps: Vec<Step> = Vec::new();
    let mut inside = false;
    for line in page.lines() {
        match (inside, line) {
            (false, "```console") => inside = true,
            (true, "```") => inside = false,
            (true, line) => match line.strip_prefix("$ ") {
                Some(command) => {
                    let command = command.to_owned();
                    steps.push(Step { command, output: Vec::new() });
                }
                None => steps.last_mut().expect("a command first").output.push(line.to_owned()),
            },
            (false, _) => {}
        }
    }
    steps
}

/// Whether `line` is what `wanted` says, in which `…` stands for any text.
fn matches(wanted: &str, line: &str) -> bool {
    let mut parts = wanted.split('…');
    let first = parts.next().unwrap_or_default();
    let Some(mut rest) = line.strip_prefix(first) else { return false };
    let mut open = false;
    for part in parts {
        open = true;
        if part.is_empty() {
            rest = "";
            continue;
        }
        let Some(at) = rest.find(part) else { return false };
        rest = &rest[at + part.len()..];
    }
    rest.is_empty() || (open && wanted.ends_with('…'))
}

#[test]
fn a_gap_stands_for_any_text_and_nothing_else_does() {
    assert!(matches("a … c", "a b c") && matches("a …", "a b c") && matches("a", "a"));
    assert!(!matches("a … c", "a b d") && !matches("a", "ab") && !matches("… b", "a b c"));
}

/// Writes the files that a page shows: blocks of YAML whose first line names one.
fn write_files(page: &str, folder: &Path) {
    for block in page.split("```yaml\n# ").skip(1) {
        let (name, text) = block.split_once('\n').expect("a name first");
        let text = text.split("```").next().unwrap_or_default();
        fs::write(folder.join(name), text).expect("written");
    }
}

/// Runs the commands in the `console` blocks of a page, in a folder of their own.
fn goes_as_said(folder: &Path, program: &Program, page: &str) {
    fs::create_dir(folder).expect("made");
    std::os::unix::fs::symlink(BINARY, folder.join("cambium")).expect("linked");
    write_files(page, folder);
    for Step { command, output } in steps(page) {
        let ran = said(folder, program, &command);
        let lines: Vec<&str> = ran.lines().collect();
        let same = lines.len() == output.len()
            && output.iter().zip(&lines).all(|(wanted, line)| matches(wanted, line));
        assert!(same, "$ {command}\nthe page says:\n{}\nit says:\n{ran}", output.join("\n"));
    }
}

/// What a command prints.
fn said(folder: &Path, program: &Program, command: &str) -> String {
    let ran = Command::new("sh")
        .args(["-c", command])
        .current_dir(folder)
        .env("PATH", format!("{}:/usr/bin:/bin", folder.display()))
        .env("CAMBIUM_DATA", program.data())
        .env("CAMBIUM_URL", program.url())
        .output()
        .expect("runs");
    let (out, err) = (String::from_utf8_lossy(&ran.stdout), String::from_utf8_lossy(&ran.stderr));
    assert!(ran.status.success(), "{command}: {out}{err}");
    out.into_owned()
}

fn page(name: &str) -> String {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    fs::read_to_string(root.join("docs/howto").join(name)).expect("the page")
}

/// Runs the examples of a page and compares what they print.
async fn goes_as_it_says(name: &str) {
    let (home, program) = super::started().await;
    let (page, folder) = (page(name), home.path().join("work"));
    assert!(steps(&page).len() > 15, "the examples are found");
    goes_as_said(&folder, &program, &page);
    program.stop().expect("stops");
}

#[tokio::test(flavor = "multi_thread")]
async fn signing_in_goes_as_the_page_says() {
    let (home, program) = super::started().await;
    let (page, folder) = (page("sign-in.md"), home.path().join("work"));
    assert!(steps(&page).len() > 5, "the examples are found");
    goes_as_said(&folder, &program, &page);
    let script = shell(&page);
    assert!(script.len() > 6, "the examples are found");
    let told = said(&folder, &program, &format!("set -e\n{}", script.join("\n")));
    for part in ["\"principal\":\"ada\"", "\"refresh_token\"", "\"keys\":[{"] {
        assert!(told.contains(part), "{part}: {told}");
    }
    program.stop().expect("stops");
}

#[tokio::test(flavor = "multi_thread")]
async fn budgets_go_as_the_page_says() {
    let (home, program) = super::started().await;
    let (page, folder) = (page("budgets.md"), home.path().join("work"));
    assert!(steps(&page).len() > 10, "the examples are found");
    goes_as_said(&folder, &program, &page);
    program.stop().expect("stops");
}

#[tokio::test(flavor = "multi_thread")]
async fn telemetry_is_told_and_found_as_the_page_says() {
    goes_as_it_says("telemetry.md").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn time_travel_goes_as_the_page_says() {
    goes_as_it_says("time-travel.md").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn rules_are_tried_and_put_into_force_as_the_page_says() {
    goes_as_it_says("policies.md").await;
}

/// The commands in the `sh` blocks of a page, without their comments.
fn shell(page: &str) -> Vec<String> {
    let mut inside = false;
    let mut commands: Vec<String> = Vec::new();
    for line in page.lines() {
        match (inside, line) {
            (false, "```sh") => inside = true,
            (true, "```") => inside = false,
            (true, line) => {
                let line = line.split(" #").next().unwrap_or_default().trim();
                match commands.last_mut().filter(|last| last.ends_with('\\')) {
                    Some(last) => {
                        last.pop();
                        last.push_str(line);
                    }
                    None => commands.push(line.to_owned()),
                }
            }
            (false, _) => {}
        }
    }
    commands.retain(|command| !command.is_empty());
    commands
}

/// A message that is no command, and one on an actor's subject that is no commit.
const TROUBLE: &str = r#"
import asyncio, json, sys
from pathlib import Path
import nats

async def main(data):
    server = json.loads((data / "nats.json").read_text())
    nc = await nats.connect(server["url"], user=server["user"], password=server["password"])
    js = nc.jetstream()
    for _ in range(4):
        await js.publish("cmd.main.counter.x", b"garbage", headers={"cambium-command": "add"})
    subjects = (await js.stream_info("EVENTS", subjects_filter="evt.>")).state.subjects
    await js.publish(next(s for s in subjects if s.endswith(".main.counter.7")), b"garbage")
    await nc.close()

asyncio.run(main(Path(sys.argv[1])))
"#;

/// A system in which the commands of the pages have something to do.
struct Scene {
    program: Program,
    folder: PathBuf,
    jobs: u32,
}

impl Scene {
    fn run(&self, command: &str) -> (Option<i32>, String) {
        let path = format!("{}:/usr/bin:/bin", self.folder.display());
        let ran = Command::new("sh")
            .args(["-c", command])
            .current_dir(&self.folder)
            .env("PATH", path)
            .env("CAMBIUM_DATA", self.program.data())
            .env("KEY", self.program.key())
            .env("VALUE", "of a provider")
            .output()
            .expect("runs");
        let said = String::from_utf8_lossy(&ran.stdout).into_owned();
        (ran.status.code(), said + &String::from_utf8_lossy(&ran.stderr))
    }

    /// The id of an effect that waits, of an actor of its own.
    async fn effect(&mut self, paused: bool) -> String {
        self.jobs += 1;
        let job = format!("work-{}", self.jobs);
        let ask = json!({ "queue": "words", "input": {} });
        let path = format!("/v1/job/{job}/run");
        let request = self.program.request(Method::POST, &path).header("prefer", "wait=0");
        request.json(&ask).send().await.expect("accepted");
        let listed = loop {
            let listed = self.program.get(&format!("/v1/effects?id={job}")).await.expect("JSON");
            if listed["items"][0]["id"].is_string() {
                break listed;
            }
        };
        let id = listed["items"][0]["id"].as_str().expect("an id").to_owned();
        if paused {
            let told = self.program.post(&format!("/v1/effects/{id}/pause"), &json!({})).await;
            assert_eq!(told.expect("JSON")["status"], "paused");
        }
        id
    }

    /// A command as it is printed, about what there is here.
    async fn about(&mut self, command: &str) -> String {
        let mut command = command.replace("http://localhost:8080", "localhost:8080");
        command = command.replace("localhost:8080", self.program.url());
        if command.contains("<effect>") {
            let paused = command.contains(" resume ") || command.contains(" resolve ");
            command = command.replace("<effect>", &self.effect(paused).await);
        }
        if command.contains(" 17") {
            let letters = self.program.get("/v1/dead").await.expect("JSON");
            command = command.replace(" 17", &format!(" {}", letters["items"][0]["id"]));
        }
        command
    }
}

/// Commands that end with 1, as their page says: the verification of a quarantined actor, letters
/// that still cannot be read, a commit at which nothing stands still.
const NO: &[&str] = &[
    "cambium verify counter/7",
    "cambium admin dead retry 17",
    "cambium admin dead edit 17",
    "cambium admin skip-commit heads 660",
];

/// A file that only its owner may read.
fn private(path: &Path, text: &str) {
    fs::write(path, text).expect("written");
    let mode = std::os::unix::fs::PermissionsExt::from_mode(0o600);
    fs::set_permissions(path, mode).expect("its mode");
}

#[tokio::test(flavor = "multi_thread")]
async fn every_shell_block_works_as_printed() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let python = python::interpreter(Path::new(env!("CARGO_TARGET_TMPDIR"))).expect("python");
    let mut seen = 0;
    for page in [
        "howto/dead-letters.md",
        "howto/effects.md",
        "howto/export-import.md",
        "howto/publish-from-nats.md",
        "howto/rebuild.md",
        "howto/timers.md",
        "operate/audit.md",
        "operate/http.md",
        "operate/privacy.md",
        "operate/secrets.md",
        "operate/timers.md",
    ] {
        let home = tempfile::tempdir().expect("a directory");
        let folder = home.path().join("work");
        fs::create_dir(&folder).expect("made");
        std::os::unix::fs::symlink(REMINDER, folder.join("cambium")).expect("linked");
        let program = Program::start(REMINDER, &home.path().join("data")).await.expect("starts");
        program.post("/v1/counter/7/add", &json!({})).await.expect("JSON");
        let ask = json!({ "queue": "words", "input": {} });
        let request = program.request(Method::POST, "/v1/job/a/run").header("prefer", "wait=0");
        request.json(&ask).send().await.expect("accepted");
        if page.ends_with("dead-letters.md") {
            python::run(Command::new(&python).args(["-c", TROUBLE]).arg(program.data()))
                .expect("published");
            while program.get("/v1/dead").await.expect("JSON")["items"].as_array().map(Vec::len)
                != Some(4)
            {}
        }
        private(&folder.join("stripe-key"), "sk_of_a_provider");
        let mut scene = Scene { program, folder, jobs: 0 };
        let text = fs::read_to_string(root.join("docs").join(page)).expect("the page");
        for printed in shell(&text) {
            seen += 1;
            let command = scene.about(&printed).await;
            let (code, said) = scene.run(&command);
            let no = NO.iter().any(|no| printed.starts_with(no));
            assert!(code == Some(0) || (no && code == Some(1)), "{page}: {printed}: {said}");
            assert!(!said.contains("\"status\":40"), "{page}: {printed}: {said}");
        }
        scene.program.stop().expect("stops");
    }
    assert!(seen > 30, "{seen} commands");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_webhook_is_received_as_the_page_says() {
    let home = tempfile::tempdir().expect("a directory");
    let (data, folder) = (home.path().join("data"), home.path().join("work"));
    fs::create_dir_all(&data).and_then(|()| fs::create_dir(&folder)).expect("made");
    let free = std::net::TcpListener::bind("127.0.0.1:0").and_then(|it| it.local_addr());
    let port = free.expect("a port").port().to_string();
    let page = page("webhooks.md");
    let settings = page.split("```toml\n").nth(1).and_then(|it| it.split("```").next());
    let settings = settings.expect("settings").replace("8090", &port);
    fs::write(data.join("cambium.toml"), settings).expect("written");
    let program = Program::start(BINARY, &data).await.expect("starts");
    std::os::unix::fs::symlink(BINARY, folder.join("cambium")).expect("linked");
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let root = root.canonicalize().expect("a folder");
    std::os::unix::fs::symlink(root.join("docs"), folder.join("docs")).expect("linked");
    std::os::unix::fs::symlink(&data, folder.join("cambium-data")).expect("linked");
    let block = page.split("```sh\n").nth(1).and_then(|it| it.split("```").next());
    let script = block.expect("a script").replace("8090", &port);
    let script = script.replace("http://localhost:8080", program.url());
    let told = said(&folder, &program, &format!("set -e\n{script}"));
    let printed = page.split("It prints\n\n```log\n").nth(1).and_then(|it| it.split("```").next());
    let mut received: Vec<&str> = told.lines().filter(|it| it.starts_with("verified")).collect();
    received.sort_unstable();
    let mut printed: Vec<&str> = printed.expect("what it prints").lines().collect();
    printed.sort_unstable();
    assert_eq!(received, printed, "{told}");
    program.stop().expect("stops");
}

/// Pages whose blocks are run elsewhere are named; a new page belongs to one of the lists.
#[test]
fn every_page_with_shell_blocks_is_run() {
    let docs = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs");
    let mut found = Vec::new();
    for folder in ["howto", "operate"] {
        for entry in fs::read_dir(docs.join(folder)).expect("a folder").flatten() {
            // What to do when something is wrong is run by `runbooks`.
            if entry.path().is_dir() {
                continue;
            }
            let text = fs::read_to_string(entry.path()).expect("UTF-8");
            let plain = text.lines().scan(false, |inside, line| {
                let begins = line.starts_with("```") && !*inside;
                *inside = if line.starts_with("```") { !*inside } else { *inside };
                Some(begins && matches!(line, "```" | "```text") && text.contains("\ncambium "))
            });
            let name = entry.file_name().into_string().expect("UTF-8");
            let quiet = !plain.into_iter().any(|it| it) || name == "work-in-any-language.md";
            assert!(quiet, "{name}: commands stand in blocks called sh");
            if !shell(&text).is_empty() {
                found.push(format!("{folder}/{name}"));
            }
        }
    }
    found.sort();
    let wanted = [
        "howto/dead-letters.md",
        "howto/effects.md",
        "howto/export-import.md",
        "howto/files.md",
        "howto/graphs.md",
        // Its models come from a package index: `.ci/local-models` installs and asks them.
        "howto/local-models.md",
        // Its commands are those that `tour_office` goes on with.
        "howto/office.md",
        "howto/publish-from-nats.md",
        "howto/rebuild.md",
        // Its blocks are run as one script, after its examples.
        "howto/sign-in.md",
        "howto/timers.md",
        // Its script is run as a whole, with its receiver.
        "howto/webhooks.md",
        // Its workers are run by `work`.
        "howto/work-in-any-language.md",
        // Its program is built and run by `own_kind`.
        "howto/your-own-binary.md",
        "operate/audit.md",
        // Its backups are made and restored by `backup`.
        "operate/backup.md",
        "operate/http.md",
        // Its nodes are started by `cluster`.
        "operate/nodes.md",
        "operate/privacy.md",
        "operate/secrets.md",
        // Its backends are asked by `.ci/otlp-backend`.
        "operate/telemetry.md",
        "operate/timers.md",
    ];
    assert_eq!(found, wanted);
}
