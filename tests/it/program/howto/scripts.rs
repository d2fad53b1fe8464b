//! Pages whose blocks follow from each other: run as one script.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::PathBuf;

use cambium_tests::program::Program;

use super::{BINARY, page, said};

/// A directory to work in, with the program and its data by the names that the pages use.
pub(super) async fn scene() -> (tempfile::TempDir, PathBuf, Program) {
    let home = tempfile::tempdir().expect("a directory");
    let (data, folder) = (home.path().join("data"), home.path().join("work"));
    fs::create_dir(&folder).expect("made");
    let program = Program::start(BINARY, &data).await.expect("starts");
    symlink(BINARY, folder.join("cambium")).expect("linked");
    symlink(&data, folder.join("cambium-data")).expect("linked");
    (home, folder, program)
}

/// The blocks of a language, one after another.
pub(super) fn blocks(text: &str, language: &str) -> Vec<String> {
    let begin = format!("```{language}\n");
    let after = text.split(&begin).skip(1);
    after.filter_map(|it| it.split("```").next()).map(str::to_owned).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_graph_is_run_and_run_again_as_the_page_says() {
    let (_home, folder, program) = scene().await;
    let text = page("graphs.md");
    let [graph] = &blocks(&text, "json")[..] else { panic!("one graph") };
    fs::write(folder.join("report.json"), graph).expect("written");
    let script = blocks(&text, "sh").concat();
    let told = said(&folder, &program, &format!("set -e\n{script}"));
    let run = program.get("/v1/run/report").await.expect("a run");
    assert_eq!(run["state"]["status"], "completed", "{told}");
    assert_eq!(run["state"]["graph"]["steps"]["figures"]["turn"], 2, "{told}");
    let other = program.get("/v1/run/other").await.expect("a run");
    assert_eq!(other["state"]["graph"]["steps"]["figures"]["actor"], "other-figures-3", "{told}");
    assert_eq!(other["state"]["graph"]["steps"]["text"]["actor"], "report-text", "{told}");
    program.stop().expect("stops");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_comes_in_and_goes_out_as_the_page_says() {
    let (_home, folder, program) = scene().await;
    let script = blocks(&page("files.md"), "sh").concat();
    let script = script.replace("localhost:8080", program.url());
    let told = said(&folder, &program, &format!("set -e\n{script}"));
    let file = fs::read(folder.join("costs.xlsx")).unwrap_or_else(|_| panic!("no file: {told}"));
    assert!(file.starts_with(b"PK"), "a real workbook: {told}");
    for (format, begin) in
        [("docx", "PK"), ("pdf", "%PDF-"), ("html", "<!DOCTYPE"), ("markdown", "---")]
    {
        let file = fs::read(folder.join(format!("roof.{format}"))).expect("a file");
        assert!(file.starts_with(begin.as_bytes()), "{format}: {told}");
    }
    for (format, begin) in
        [("pptx", "PK"), ("pdf", "%PDF-"), ("svg", "<svg"), ("markdown", "# Roof")]
    {
        let file = fs::read(folder.join(format!("talk.{format}"))).expect("a file");
        assert!(file.starts_with(begin.as_bytes()), "{format}: {told}");
    }
    program.stop().expect("stops");
}
