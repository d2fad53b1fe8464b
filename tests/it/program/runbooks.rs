//! What operators are told to look at and to do: the commands of each page, run as they are
//! printed.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use cambium_tests::program::Program;
use serde_json::json;

use super::BINARY;

/// The commands in the blocks called sh of a page, also in those of a list.
fn commands(page: &str) -> Vec<String> {
    let (mut found, mut inside) = (Vec::new(), false);
    for line in page.lines().map(str::trim) {
        match line {
            "```sh" => inside = true,
            "```" => inside = false,
            _ if inside && !line.is_empty() => found.push(line.to_owned()),
            _ => {}
        }
    }
    found
}

fn pages() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/operate/runbooks");
    let files = fs::read_dir(folder).expect("pages").flatten().map(|entry| entry.path());
    let mut pages: Vec<PathBuf> = files.collect();
    pages.sort();
    pages
}

#[tokio::test(flavor = "multi_thread")]
async fn every_command_of_a_runbook_works_as_printed() {
    let (home, program) = super::started().await;
    program.post("/v1/counter/7/add", &json!({})).await.expect("JSON");
    let mut seen = 0;
    for page in pages() {
        let text = fs::read_to_string(&page).expect("text");
        let name = page.file_stem().expect("a name").to_string_lossy().into_owned();
        let folder = home.path().join(&name);
        fs::create_dir(&folder).expect("made");
        std::os::unix::fs::symlink(BINARY, folder.join("cambium")).expect("linked");
        for command in commands(&text) {
            seen += 1;
            let ran = Command::new("sh")
                .args(["-c", &command])
                .current_dir(&folder)
                .env("PATH", format!("{}:/usr/bin:/bin", folder.display()))
                .env("CAMBIUM_DATA", program.data())
                .output()
                .expect("runs");
            let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
            let said = text(&ran.stdout) + &text(&ran.stderr);
            assert!(ran.status.success(), "{name}: {command}: {said}");
        }
    }
    assert!(seen > 40, "{seen} commands");
    program.stop().expect("stops");
    // The page about restoring has left a system.
    let restored = home.path().join("restore/restored");
    let program = Program::start(BINARY, &restored).await.expect("starts");
    let state = program.get("/v1/counter/7").await.expect("JSON");
    assert_eq!(state["state"]["value"], 1, "{state}");
    program.stop().expect("stops");
}
