//! The pages of the kinds: their blocks, run one after another as they stand there, page by page,
//! on one program.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;

use cambium_tests::program::Program;
use serde_json::json;

use super::scripts::{blocks, scene};

/// What asks somebody outside, who is not here.
const ELSEWHERE: &[&str] = &["/connector/my-openai/check"];

/// `curl` as a reader has it, but that a refusal ends the script, and a stream ends by itself.
const CURL: &str = r#"#!/bin/sh
case "$*" in
*event-stream*) /usr/bin/curl -sS --fail-with-body --max-time 2 "$@" || test $? -eq 28 ;;
*) exec /usr/bin/curl -sS --fail-with-body --max-time 120 "$@" ;;
esac
"#;

/// The pages, by their names.
fn pages() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/kinds");
    let files = fs::read_dir(folder).expect("the pages").map(|file| file.expect("a page").path());
    let mut pages: Vec<_> = files.collect();
    pages.sort();
    pages
}

/// What a page lets a reader do, without what asks others.
fn script(page: &Path) -> String {
    let text = fs::read_to_string(page).expect("the page");
    let lines = blocks(&text, "sh").concat();
    let here = |line: &&str| !ELSEWHERE.iter().any(|place| line.contains(place));
    lines.lines().filter(here).map(|line| format!("{line}\n")).collect()
}

/// The key of a person that a page speaks of.
async fn person(program: &Program, name: &str) -> String {
    let register = json!({ "roles": ["admin"] });
    program.post(&format!("/v1/principal/{name}/register"), &register).await.expect("registered");
    let told = program.post("/v1/keys", &json!({ "principal": name, "label": "page" })).await;
    told.expect("a key")["key"].as_str().expect("shown once").to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn every_block_of_every_kind_works_as_printed() {
    let (_home, folder, program) = scene().await;
    let curl = folder.join("curl");
    fs::write(&curl, CURL).expect("written");
    fs::set_permissions(&curl, PermissionsExt::from_mode(0o755)).expect("its mode");
    let anna = person(&program, "anna").await;
    let (mut seen, mut broken) = (0, Vec::new());
    for page in pages() {
        let script = script(&page).replace("localhost:8080", program.url());
        seen += script.matches("curl ").count() + script.matches("cambium ").count();
        let ran = Command::new("sh")
            .args(["-c", &format!("set -ex\n{script}")])
            .current_dir(&folder)
            .env("PATH", format!("{}:/usr/bin:/bin", folder.display()))
            .env("CAMBIUM_DATA", program.data())
            .env("CAMBIUM_URL", program.url())
            .env("annas_key", format!("X-API-Key: {anna}"))
            .output()
            .expect("runs");
        if !ran.status.success() {
            let (out, err) =
                (String::from_utf8_lossy(&ran.stdout), String::from_utf8_lossy(&ran.stderr));
            let last =
                |text: &str| text.lines().rev().take(3).map(str::to_owned).collect::<Vec<_>>();
            broken.push(format!("{}: {:?} {:?}", page.display(), last(&out), last(&err)));
        }
    }
    assert!(seen > 90, "{seen} commands are not those of the pages");
    assert!(broken.is_empty(), "{}", broken.join("\n"));
    program.stop().expect("stops");
}
