//! Decks in and out of the program, opened and made by programs that we did not write.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use cambium_tests::program::Program;
use cambium_tests::python;
use serde_json::{Value, json};

/// What an independent reader of decks or pages says.
fn stranger(script: &str, verb: &str, path: &Path) -> String {
    let home = Path::new(env!("CARGO_TARGET_TMPDIR")).join("decks");
    let packages = ["python-pptx==1.0.2", "pypdf==6.19.0", "pikepdf==10.17.0"];
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("oracle").join(script);
    let mut command = Command::new(python::with(&home, &packages).expect("clients"));
    python::run(command.arg(script).arg(verb).arg(path)).expect("answered")
}

fn told(script: &str, verb: &str, path: &Path) -> Value {
    serde_json::from_str(&stranger(script, verb, path)).expect("JSON")
}

fn base64(path: &Path) -> String {
    let script =
        "import base64,sys; print(base64.b64encode(open(sys.argv[1],'rb').read()).decode())";
    let mut command = Command::new("python3");
    python::run(command.args(["-c", script]).arg(path)).expect("base64").trim().to_owned()
}

async fn asked(program: &Program, path: &str, input: Value) -> Value {
    let answer = program.post(path, &input).await.expect("an answer");
    assert_eq!(answer["ok"], true, "{path}: {answer}");
    answer["output"].clone()
}

/// Exports the deck `roof` and keeps the file in `folder`.
async fn exported(program: &Program, folder: &Path, more: Value) -> (Value, PathBuf) {
    let mut input = json!({ "kind": "synapse", "id": "roof" });
    let members = input.as_object_mut().expect("an object");
    members.extend(more.as_object().expect("an object").clone());
    let told = asked(program, "/v1/chaperone/desk/export", input).await;
    let content = told["content"].as_str().expect("a route");
    let response = program.request(reqwest::Method::GET, content).send().await.expect("a file");
    assert_eq!(response.status(), 200);
    let path = folder.join(told["filename"].as_str().expect("a name"));
    fs::write(&path, response.bytes().await.expect("bytes")).expect("kept");
    (told, path)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_deck_of_a_presentation_program_comes_in_and_goes_out_in_every_format() {
    let (home, program) = super::started().await;
    let theirs = home.path().join("theirs.pptx");
    stranger("deck.py", "write", &theirs);
    let input =
        json!({ "base64": base64(&theirs), "format": "pptx", "kind": "synapse", "id": "roof" });
    let imported = asked(&program, "/v1/chaperone/desk/import", input).await;
    let lost: Vec<_> =
        imported["losses"].as_array().expect("losses").iter().map(|it| &it["what"]).collect();
    assert_eq!(lost, ["arrows", "shapes"], "{imported}");
    let read = asked(&program, "/v1/synapse/roof/read", json!({})).await;
    assert_eq!(
        (&read["title"], &read["slides"][0]["title"]),
        (&json!("Größe & more"), &json!("Roof"))
    );
    let parts = json!(["table", "picture", "text", "text"]);
    assert_eq!(read["slides"][3]["parts"], parts);
    let first = read["slides"][0]["id"].as_str().expect("an id").to_owned();
    let before = imported["revision"].as_u64().expect("a revision");
    let edit = json!({ "slide": first, "title": "Roof, again" });
    asked(&program, "/v1/synapse/roof/slide_edit", edit).await;

    let (_, path) = exported(&program, home.path(), json!({ "format": "pptx" })).await;
    let ours = told("deck.py", "read", &path);
    assert_eq!(ours["slides"][0]["title"], "Roof, again");
    assert_eq!(ours["slides"][0]["notes"], "Slowly.\nTwice.");
    assert!(ours["slides"][3]["shapes"].to_string().contains("PICTURE"), "{ours}");
    let old = json!({ "format": "pptx", "revision": before });
    let (answer, path) = exported(&program, home.path(), old).await;
    assert_eq!(answer["revision"], before);
    assert_eq!(told("deck.py", "read", &path)["slides"][0]["title"], "Roof");
    let (_, path) = exported(&program, home.path(), json!({ "format": "pdf" })).await;
    let pages = told("document.py", "pdf", &path).to_string();
    assert!(pages.contains("Roof, again") && pages.contains("anywhere"), "{pages}");
    let last = read["slides"][3]["id"].clone();
    let (_, path) =
        exported(&program, home.path(), json!({ "format": "svg", "slide": last })).await;
    let svg = fs::read_to_string(path).expect("a text");
    assert!(svg.contains("data:image/png;base64,") && svg.contains("anywhere"));
    let (answer, path) = exported(&program, home.path(), json!({ "format": "markdown" })).await;
    assert!(fs::read_to_string(path).expect("a text").contains("## Roof, again"));
    assert!(answer["losses"].to_string().contains("charts"), "{answer}");

    let (_, path) = exported(&program, home.path(), json!({ "format": "synslide" })).await;
    let native = fs::read(&path).expect("a file");
    let text = String::from_utf8(native.clone()).expect("a text");
    let input = json!({ "text": text, "format": "synslide", "kind": "synapse", "id": "twin" });
    let twin = asked(&program, "/v1/chaperone/desk/import", input).await;
    assert_eq!(twin["lost"], 0, "{twin}");
    let again = json!({ "id": "twin", "format": "synslide" });
    let (_, path) = exported(&program, home.path(), again).await;
    assert_eq!(fs::read(path).expect("a file"), native, "what comes in is what went out");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_that_is_no_deck_is_not_taken() {
    let (home, program) = super::started().await;
    let broken = home.path().join("broken.pptx");
    fs::write(&broken, b"PK\x03\x04 and no more").expect("written");
    let input = json!({ "base64": base64(&broken), "format": "pptx", "kind": "synapse",
        "id": "never" });
    let answer = program.post("/v1/chaperone/desk/import", &input).await.expect("an answer");
    assert!(answer.to_string().contains("file_damaged"), "{answer}");
    let none = program.get("/v1/synapse/never").await.expect("an answer");
    assert_eq!(none["code"], "actor_not_found", "{none}");
}
