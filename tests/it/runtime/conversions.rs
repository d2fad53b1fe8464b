//! Files in and out: what is converted once stands in the log, and nobody converts it again.

use std::path::Path;
use std::process::Command;
use std::sync::Arc;

use actors::model::Providers;
use actors::{Config, Registry};
use cambium_tests::node::{Node, address};
use cambium_tests::python;
use contracts::kinds::chaperone::answers::Exported;
use contracts::ports::History as _;
use contracts::view::{Answer, At, ReplayMode, Status};
use contracts::{Hash, Refusal, Tenant};
use nats::Memory;
use serde_json::{Value, json};

use crate::access::people::{join, named, order, send};

const CSV: &str = "item,price\nTiles,420\nWork,480\n";

/// The code that a command is refused with, at once or when its job has failed.
fn code(result: Result<Answer, Refusal>) -> String {
    match result {
        Ok(answer) => {
            assert_eq!(answer.status, Status::Failed);
            answer.reply["code"].as_str().expect("a code").to_owned()
        }
        Err(refusal) => refusal.code.into_owned(),
    }
}

fn main() -> Tenant {
    "main".parse().expect("a tenant")
}

async fn import(node: &Node, id: &str, csv: &str) -> Value {
    let input =
        json!({ "text": csv, "format": "csv", "kind": "myocyte", "id": id, "sheet": "Costs" });
    node.ask("chaperone/c", "import", input).await.expect("imported").reply
}

async fn export(node: &Node, input: Value) -> (Exported, Vec<u8>) {
    let told = node.ask("chaperone/c", "export", input).await.expect("exported").reply;
    let told: Exported = serde_json::from_value(told).expect("an answer");
    let file = node.memory.blobs().get(&main(), told.hash).await.expect("there").expect("kept");
    assert_eq!(file.len() as u64, told.bytes);
    (told, file.to_vec())
}

#[tokio::test]
async fn a_file_becomes_a_workbook_and_a_workbook_a_file_as_of_each_revision() {
    let node = Node::start().await;
    let told = import(&node, "roof", CSV).await;
    assert_eq!(
        (&told["id"], &told["revision"], &told["lost"]),
        (&json!("roof"), &json!(1), &json!(0))
    );
    let cell = json!({ "cells": { "B4": "=SUM(B2:B3)" } });
    node.ask("myocyte/roof", "set", cell).await.expect("set");
    let asked = |revision: Option<u64>, format: &str| json!({ "kind": "myocyte", "id": "roof", "revision": revision, "format": format });
    let (then, file) = export(&node, asked(Some(1), "csv")).await;
    assert_eq!(String::from_utf8(file).expect("UTF-8"), CSV.replace('\n', "\r\n"));
    assert_eq!((then.revision.0, then.filename.as_str(), then.lost), (1, "Costs.csv", 1));
    let (now, file) = export(&node, asked(None, "csv")).await;
    assert!(String::from_utf8(file).expect("UTF-8").ends_with(",900\r\n"));
    assert_eq!(now.revision.0, 2);
    assert!(now.losses.iter().any(|loss| loss.what == "formulas"), "{:?}", now.losses);
    let (one, first) = export(&node, asked(None, "xlsx")).await;
    let (two, again) = export(&node, asked(Some(2), "xlsx")).await;
    assert_eq!((one.hash, first), (two.hash, again), "the same state is the same file");
    let late = node.ask("chaperone/c", "export", asked(Some(9), "csv")).await;
    assert_eq!(code(late), "revision_not_found");
}

#[tokio::test]
async fn an_uploaded_file_comes_in_parts_and_a_replay_converts_nothing() {
    let memory = Memory::new();
    let config = Config::default();
    let node =
        Node::on(memory.clone(), Registry::standard(), config.clone(), Providers::standard()).await;
    let mut csv = String::from("n,text\n");
    let long = "long ".repeat(150);
    (0..1_500).for_each(|n| csv.push_str(&format!("{n},line number {n} {long}end\n")));
    let blob = memory.blobs().put(&main(), csv.clone().into()).await.expect("kept");
    let upload = json!({ "filename": "lines.csv", "purpose": "user_data", "blob": blob,
        "media_type": "text/csv", "bytes": csv.len() });
    node.ask("file/f1", "upload", upload).await.expect("uploaded");
    let input = json!({ "file": "file-f1", "kind": "myocyte", "id": "lines" });
    let told = node.ask("chaperone/c", "import", input).await.expect("imported").reply;
    let parts = told["parts"].as_u64().expect("a number");
    assert!(parts > 2, "{told}");
    assert_eq!(told["revision"], parts, "each part is a commit");
    let state = node.runtime.state(&address("chaperone/c"), At::Latest).await.expect("a state");
    assert_eq!(state.state["jobs"][0]["status"], "done");
    assert_eq!(state.state["jobs"][0]["done"], parts);
    let (_, file) =
        export(&node, json!({ "kind": "myocyte", "id": "lines", "format": "csv" })).await;
    assert_eq!(String::from_utf8(file).expect("UTF-8").replace("\r\n", "\n"), csv);
    let exported = node.runtime.state(&address("chaperone/c"), At::Latest).await.expect("a state");
    node.runtime.stop().await;
    // Nothing could be converted here: no file is small enough.
    let mut none = config;
    none.convert =
        actors::convert::Config { source_bytes_max: 0, made_bytes_max: 0, ..none.convert };
    let node = Node::on(memory, Registry::standard(), none, Providers::standard()).await;
    let c = address("chaperone/c");
    let replay = node.runtime.replay(&c, At::Latest, ReplayMode::Decide).await.expect("equal");
    assert!(replay.commits > parts);
    let again = node.runtime.state(&c, At::Latest).await.expect("a state");
    assert_eq!(again.state_hash, exported.state_hash);
}

#[tokio::test]
async fn a_document_comes_in_and_is_exported_as_of_each_revision_once() {
    let node = Node::start().await;
    let input = json!({ "text": "# Why\n\nIt leaks.\n\n# How\n\nTiles.\n", "format": "markdown",
        "kind": "osteon", "id": "roof", "title": "Roof" });
    let told = node.ask("chaperone/c", "import", input.clone()).await.expect("imported").reply;
    assert_eq!((&told["lost"], &told["format"]), (&json!(0), &json!("markdown")));
    let came = told["revision"].as_u64().expect("a revision");
    let set = json!({ "section": "end", "title": "End", "text": "Dry." });
    node.ask("osteon/roof", "set_section", set).await.expect("set");
    let asked = |revision: Option<u64>, format: &str| json!({ "kind": "osteon", "id": "roof", "revision": revision, "format": format });
    let (then, file) = export(&node, asked(Some(came), "text")).await;
    assert_eq!((then.revision.0, then.filename.as_str()), (came, "Roof.txt"));
    assert!(!String::from_utf8(file).expect("UTF-8").contains("Dry"));
    let (now, file) = export(&node, asked(None, "html")).await;
    assert_eq!(now.media_type, "text/html; charset=utf-8");
    assert!(String::from_utf8(file).expect("UTF-8").contains("Dry."));
    let one = node.ask("chaperone/c", "export", asked(None, "pdf"));
    let two = node.ask("chaperone/c", "export", asked(None, "pdf"));
    let (one, two) = tokio::join!(one, two);
    assert_eq!(one.expect("made").reply["hash"], two.expect("made").reply["hash"]);
    // What a file has is added to a document that is there.
    node.ask("chaperone/c", "import", input).await.expect("imported");
    let state = node.runtime.state(&address("osteon/roof"), At::Latest).await.expect("a state");
    assert_eq!(state.state["sections"].as_array().map(Vec::len), Some(5));
}

#[tokio::test]
async fn two_who_ask_for_the_same_file_at_once_get_one() {
    let node = Arc::new(Node::start().await);
    import(&node, "roof", CSV).await;
    let asked = || json!({ "kind": "myocyte", "id": "roof", "format": "xlsx" });
    let one = node.ask("chaperone/d", "export", asked());
    let two = node.ask("chaperone/d", "export", asked());
    let (one, two) = tokio::join!(one, two);
    let (one, two) = (one.expect("made").reply, two.expect("made").reply);
    assert_eq!(one["hash"], two["hash"]);
    let state = node.runtime.state(&address("chaperone/d"), At::Latest).await.expect("a state");
    let jobs = state.state["jobs"].as_array().expect("jobs");
    // The second may come when the first is done; then it is another job with the same file.
    assert_eq!(jobs.len() == 1, one["job"] == two["job"], "{jobs:?}");
}

#[tokio::test]
async fn what_cannot_be_read_is_told_by_its_code_and_leaves_nothing_behind() {
    let node = Node::start().await;
    for (input, expected) in [
        (json!({ "base64": "UEsDBA==", "format": "xlsx" }), "file_damaged"),
        (json!({ "base64": "!", "format": "xlsx" }), "file_damaged"),
        (json!({ "text": "{", "format": "json" }), "file_damaged"),
        (json!({ "file": "file-none" }), "actor_not_found"),
    ] {
        let mut input = input;
        (input["kind"], input["id"]) = (json!("myocyte"), json!("never"));
        assert_eq!(code(node.ask("chaperone/c", "import", input).await), expected);
    }
    let never = node.runtime.state(&address("myocyte/never"), At::Latest).await;
    assert_eq!(never.unwrap_err().code, "actor_not_found");
    // A second import into the same sheet stops where it stands, and says so.
    import(&node, "roof", CSV).await;
    let input =
        json!({ "text": CSV, "format": "csv", "kind": "myocyte", "id": "roof", "sheet": "Costs" });
    assert_eq!(code(node.ask("chaperone/c", "import", input).await), "sheet_exists");
}

#[tokio::test]
async fn only_who_may_read_an_actor_gets_it_as_a_file() {
    let node = Node::start().await;
    order(&node, "acme/myocyte/roof", "set", json!({ "cells": { "A1": 1 } })).await.expect("set");
    join(&node, "acme", "clerk", &[]).await;
    let grant = json!({ "capability": "cap:chaperone.export" });
    order(&node, "acme/principal/clerk", "grant", grant).await.expect("granted");
    let asked = json!({ "kind": "myocyte", "id": "roof", "format": "csv" });
    let ask = |by: &str, tenant: &str| {
        let to = format!("{tenant}/chaperone/c-{by}");
        send(&node, crate::access::people::command(named(by), &to, "export", asked.clone()))
    };
    assert_eq!(code(ask("clerk", "acme").await), "forbidden");
    // Of another tenant there is nothing to be read.
    assert_eq!(code(ask("admin", "main").await), "actor_not_found");
    let grant = json!({ "capability": "cap:myocyte.read", "condition": { "ids": ["roof"] } });
    order(&node, "acme/principal/clerk", "grant", grant).await.expect("granted");
    let told = ask("clerk", "acme").await.expect("exported").reply;
    let hash: Hash = serde_json::from_value(told["hash"].clone()).expect("a hash");
    let blobs = node.memory.blobs();
    assert_eq!(blobs.get(&main(), hash).await, Ok(None), "another tenant does not have it");
}

#[tokio::test]
async fn a_table_that_no_workbook_holds_becomes_a_file_that_others_open() {
    let node = Node::start().await;
    let mut csv = String::from("n,day,remark\n");
    (1..200_000).for_each(|n| csv.push_str(&format!("{n},2026-01-31,row {n}\n")));
    csv.push_str("200000,\"open,x\n");
    let blob = node.memory.blobs().put(&main(), csv.clone().into()).await.expect("kept");
    let upload = json!({ "filename": "lines.csv", "purpose": "user_data", "blob": blob,
        "media_type": "text/csv", "bytes": csv.len() });
    node.ask("file/f1", "upload", upload).await.expect("uploaded");
    let input = json!({ "file": "file-f1", "to": "xlsx" });
    let one = node.ask("chaperone/c", "convert", input.clone());
    let two = node.ask("chaperone/c", "convert", input);
    let (one, two) = tokio::join!(one, two);
    let (told, again) = (one.expect("made").reply, two.expect("made").reply);
    assert_eq!(told["hash"], again["hash"], "two jobs, the same file");
    assert_eq!(told["filename"], "lines.xlsx");
    let quote = json!({ "what": "quote_open", "place": "line 200001", "count": 1 });
    assert_eq!(told["losses"][0], quote);
    let hash: Hash = serde_json::from_value(told["hash"].clone()).expect("a hash");
    let file = node.memory.blobs().get(&main(), hash).await.expect("there").expect("kept");
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("lines.xlsx");
    std::fs::write(&path, &file).expect("kept");
    let home = Path::new(env!("CARGO_TARGET_TMPDIR")).join("openpyxl");
    let mut command = Command::new(python::with(&home, &["openpyxl==3.1.5"]).expect("openpyxl"));
    let said = python::run(command.args(["-c", COUNT]).arg(&path)).expect("answered");
    assert_eq!(said.trim(), "lines 200001 2026-01-31 row 7 \"open");
}

/// What openpyxl finds: the sheet, how many rows, and two of them.
const COUNT: &str = r#"
import sys
from openpyxl import load_workbook
sheet = load_workbook(sys.argv[1], read_only=True).worksheets[0]
rows = list(sheet.iter_rows(values_only=True))
print(sheet.title, len(rows), rows[7][1].date(), rows[7][2], rows[-1][1])
"#;

#[tokio::test]
async fn only_who_may_read_a_file_has_it_converted() {
    let node = Node::start().await;
    let blob = node.memory.blobs().put(&main(), "a\n1\n".into()).await.expect("kept");
    let upload = json!({ "filename": "a.csv", "purpose": "user_data", "blob": blob,
        "media_type": "text/csv", "bytes": 4 });
    order(&node, "acme/file/f1", "upload", upload).await.expect("uploaded");
    join(&node, "acme", "clerk", &[]).await;
    let grant = json!({ "capability": "cap:chaperone.convert" });
    order(&node, "acme/principal/clerk", "grant", grant).await.expect("granted");
    let ask = || {
        let asked = json!({ "file": "f1", "to": "json" });
        send(
            &node,
            crate::access::people::command(named("clerk"), "acme/chaperone/c", "convert", asked),
        )
    };
    assert_eq!(code(ask().await), "forbidden");
}
