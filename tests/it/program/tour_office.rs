//! `cambium tour office` on a clean directory: what it leaves, opened by programs that we did not
//! write, and the same numbers in all of it.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use cambium_tests::program::{Program, without_own_settings};
use cambium_tests::python;
use serde_json::Value;

use super::BINARY;
use super::branches::cambium;
use crate::calendars::theirs;
use crate::office::pages::{by_libreoffice, looks_whole, pages};
use crate::office::{has_impress, has_libreoffice, has_writer, oracle};

fn asked(packages: &[&str], home: &str, script: &str, verb: &str, path: &Path) -> Value {
    let home = Path::new(env!("CARGO_TARGET_TMPDIR")).join(home);
    let mut command = Command::new(python::with(&home, packages).expect("clients"));
    let told = python::run(command.arg(oracle(script)).arg(verb).arg(path)).expect("answered");
    serde_json::from_str(&told).expect("JSON")
}

fn document(verb: &str, path: &Path) -> Value {
    let packages = ["python-docx==1.2.0", "pypdf==6.19.0", "pikepdf==10.17.0"];
    asked(&packages, "documents", "document.py", verb, path)
}

fn workbook(path: &Path) -> Value {
    asked(&["openpyxl==3.1.5"], "openpyxl", "workbook.py", "read", path)
}

/// What the tour says at its end, with its files in `folder`.
fn toured(folder: &Path) -> Value {
    let mut command = Command::new(BINARY);
    without_own_settings(&mut command);
    command.current_dir(folder.parent().expect("a folder"));
    let done = command.args(["--json", "tour", "office", "--into"]).arg(folder).output();
    let done = done.expect("it runs");
    let said = String::from_utf8_lossy(&done.stderr).into_owned();
    assert!(done.status.success(), "{said}");
    serde_json::from_slice(&done.stdout).expect("JSON")
}

/// The number of a cell as texts of the tour show it, such as `40,914`.
fn shown(sheets: &Value, sheet: &str, cell: &str) -> String {
    let number: f64 = sheets[sheet][cell]["shown"]
        .as_str()
        .and_then(|text| text.parse().ok())
        .unwrap_or_else(|| panic!("{sheet}!{cell}: {}", sheets[sheet][cell]));
    let digits = format!("{:.0}", number.abs());
    let groups: Vec<_> = digits.as_bytes().rchunks(3).rev().collect();
    groups.iter().map(|it| String::from_utf8_lossy(it)).collect::<Vec<_>>().join(",")
}

#[tokio::test(flavor = "multi_thread")]
async fn the_office_tour_leaves_files_that_others_open_and_that_agree() {
    let home = tempfile::tempdir().expect("a directory");
    let folder = home.path().join("files");
    let told = toured(&folder);
    let files: BTreeMap<String, PathBuf> = told["files"]
        .as_array()
        .expect("files")
        .iter()
        .map(|file| {
            let path = PathBuf::from(file["path"].as_str().expect("a path"));
            let bytes = fs::metadata(&path).expect("a file").len();
            assert_eq!(file["bytes"], bytes, "{file}");
            (path.file_name().expect("a name").to_string_lossy().into_owned(), path)
        })
        .collect();
    let commands = told["commands"].as_array().expect("commands");
    assert!(commands.len() > 20 && commands.iter().all(|it| it["ok"] == true), "{told}");

    let book = workbook(&files["figures.xlsx"]);
    let sheets = &book["sheets"];
    let numbers = [("Products", "D5"), ("Plan", "B3"), ("Plan", "B14"), ("Plan", "B16")]
        .map(|(sheet, cell)| shown(sheets, sheet, cell));
    let formulas = sheets
        .as_object()
        .into_iter()
        .flatten()
        .flat_map(|(_, cells)| cells.as_object().into_iter().flatten().map(|(_, cell)| cell));
    let formulas: Vec<_> = formulas
        .filter(|cell| cell["value"].as_str().is_some_and(|it| it.starts_with('=')))
        .collect();
    assert!(formulas.len() > 150, "{}", formulas.len());
    let wrong =
        formulas.iter().find(|cell| cell["shown"].as_str().is_none_or(|it| it.contains('#')));
    assert_eq!(wrong, None);

    let memo = document("read", &files["memo.docx"]).to_string();
    assert!(memo.contains("shop"), "{memo}");
    let report = document("read", &files["report.docx"]);
    let text = report["paragraphs"].to_string();
    for number in &numbers {
        assert!(text.contains(number.as_str()), "{number}: {text}");
    }
    assert_eq!(report["tables"].as_array().map(Vec::len), Some(7), "{report}");
    assert!(!text.contains("{{") && !text.contains("#VALUE"), "{text}");
    let printed = document("pdf", &files["report.pdf"]);
    assert_eq!(printed["tagged"], true);
    let text = printed["pages"].to_string();
    assert!(numbers.iter().all(|number| text.contains(number.as_str())), "{text}");
    let markdown = fs::read_to_string(&files["report.md"]).expect("UTF-8");
    assert!(numbers.iter().all(|number| markdown.contains(number.as_str())), "{markdown}");

    let packages = ["python-pptx==1.0.2", "pypdf==6.19.0", "pikepdf==10.17.0"];
    let deck = asked(&packages, "decks", "deck.py", "read", &files["slides.pptx"]);
    let text = deck["slides"].to_string();
    assert_eq!(deck["slides"].as_array().map(Vec::len), Some(8), "{deck}");
    assert!(numbers.iter().all(|number| text.contains(number.as_str())), "{text}");
    assert!(text.contains("COLUMN_CLUSTERED") && text.contains("LINE"), "{text}");
    assert_eq!(document("pdf", &files["slides.pdf"])["pages"].as_array().map(Vec::len), Some(8));

    let calendar: Value =
        serde_json::from_str(&theirs("read", &files["schedule.ics"], None)).expect("JSON");
    assert_eq!(calendar["entries"].as_array().map(Vec::len), Some(11), "{calendar}");
    for picture in ["revenue.svg", "schedule.svg"] {
        let svg = fs::read_to_string(&files[picture]).expect("UTF-8");
        assert!(svg.starts_with("<svg") && svg.contains("</svg>"), "{picture}");
    }
    shown_by_others(home.path(), &files, &numbers);
    gone_on(&folder, &told).await;
}

/// Pages of the files, ours and LibreOffice's.
fn shown_by_others(home: &Path, files: &BTreeMap<String, PathBuf>, numbers: &[String]) {
    let has = |text: &str| numbers.iter().all(|number| text.contains(number.as_str()));
    let text = |path: &Path, margin: f64| {
        let pages = pages(path);
        looks_whole(&pages, margin);
        (pages.iter().map(|page| page.text.as_str()).collect::<String>(), pages.len())
    };
    let (said, count) = text(&files["report.pdf"], 0.03);
    assert!(has(&said) && (3..8).contains(&count), "{count}: {said}");
    if has_writer() {
        let (said, count) = text(&by_libreoffice(&files["report.docx"], home), 0.03);
        assert!(has(&said) && (3..8).contains(&count), "{count}: {said}");
    }
    if has_libreoffice() {
        let (said, count) = text(&by_libreoffice(&files["figures.xlsx"], home), 0.02);
        // What does not fit into its column is shown as hashes.
        assert!(has(&said) && !said.contains("##") && count >= 6, "{count}: {said}");
    }
    let (said, count) = text(&files["slides.pdf"], 0.0);
    assert!(has(&said) && count == 8, "{count}: {said}");
    if has_impress() {
        let (said, count) = text(&by_libreoffice(&files["slides.pptx"], home), 0.0);
        assert!(has(&said) && count == 8, "{count}: {said}");
    }
}

/// What the tour says one may do next.
async fn gone_on(folder: &Path, told: &Value) {
    let next: Vec<_> = told["next"].as_array().into_iter().flatten().collect();
    let typed = |word: &str| next.iter().any(|it| it.as_str().is_some_and(|it| it.contains(word)));
    assert!(["fork", "diff", "replay", "verify --all"].iter().all(|word| typed(word)), "{told}");
    let program = Program::start(BINARY, &folder.join("data")).await.expect("starts");
    cambium(&program, &["fork", "osteon/linden", "--at", "7", "--as", "linden-otherwise"]);
    let said = cambium(&program, &["diff", "osteon/linden", "osteon/linden-otherwise"]);
    assert!(said.contains("sections"), "{said}");
    cambium(&program, &["replay", "myocyte/linden"]);
    let set = r#"{"sheet": "Plan", "cells": {"B9": -21000}}"#;
    cambium(&program, &["send", "myocyte/linden", "set", "--input", set]);
    let export = ["--field", "kind=myocyte", "--field", "id=linden", "--field", "format=xlsx"];
    let said = cambium(&program, &[&["send", "chaperone/linden", "export"][..], &export].concat());
    assert!(said.contains("figures") || said.contains(".xlsx"), "{said}");
    cambium(&program, &["verify", "--all"]);
    program.stop().expect("stops");
}
