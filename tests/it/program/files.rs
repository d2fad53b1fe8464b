//! Documents in and out of the program, opened and made by programs that we did not write.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use cambium_tests::program::Program;
use cambium_tests::python;
use serde_json::{Value, json};

fn oracle(verb: &str, path: &Path) -> String {
    let home = Path::new(env!("CARGO_TARGET_TMPDIR")).join("documents");
    let packages = ["python-docx==1.2.0", "pypdf==6.19.0", "pikepdf==10.17.0"];
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("oracle/document.py");
    let mut command = Command::new(python::with(&home, &packages).expect("clients"));
    python::run(command.arg(script).arg(verb).arg(path)).expect("answered")
}

fn base64(path: &Path) -> String {
    let mut command = Command::new("python3");
    let script =
        "import base64,sys; print(base64.b64encode(open(sys.argv[1],'rb').read()).decode())";
    python::run(command.args(["-c", script]).arg(path)).expect("base64").trim().to_owned()
}

fn told(verb: &str, path: &Path) -> Value {
    serde_json::from_str(&oracle(verb, path)).expect("JSON")
}

async fn asked(program: &Program, path: &str, input: Value) -> Value {
    let answer = program.post(path, &input).await.expect("an answer");
    assert_eq!(answer["ok"], true, "{path}: {answer}");
    answer["output"].clone()
}

/// Exports the document `roof` and keeps the file in `folder`; what the answer says, and where.
async fn exported(
    program: &Program,
    folder: &Path,
    format: &str,
    revision: Option<u64>,
) -> (Value, PathBuf) {
    let input = json!({ "kind": "osteon", "id": "roof", "format": format, "revision": revision });
    let told = asked(program, "/v1/chaperone/desk/export", input).await;
    let content = told["content"].as_str().expect("a route");
    let response = program.request(reqwest::Method::GET, content).send().await.expect("a file");
    assert_eq!(response.status(), 200);
    let named = response.headers()["content-disposition"].to_str().expect("a name");
    let filename = told["filename"].as_str().expect("a name").to_owned();
    assert!(named.starts_with("attachment") && named.contains("filename"), "{named}");
    let path = folder.join(&filename);
    fs::write(&path, response.bytes().await.expect("bytes")).expect("kept");
    (told, path)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_document_of_a_word_processor_comes_in_and_goes_out_in_every_format() {
    let (home, program) = super::started().await;
    let theirs = home.path().join("theirs.docx");
    oracle("write", &theirs);
    let input =
        json!({ "base64": base64(&theirs), "format": "docx", "kind": "osteon", "id": "roof" });
    let imported = asked(&program, "/v1/chaperone/desk/import", input).await;
    let losses = imported["losses"].to_string();
    assert!(losses.contains("page_headers") && !losses.contains("comments"), "{imported}");
    let state = program.get("/v1/osteon/roof").await.expect("a state");
    let said = &state["state"]["comments"][0];
    assert_eq!((&said["author"], &said["text"]), (&json!("Ann"), &json!("why?")), "{said}");
    assert_eq!(state["state"]["title"], "Größe & more");
    assert_eq!(state["state"]["sections"][0]["title"], "Roof");
    let set = json!({ "section": "end", "title": "End", "text": "It is *dry* שלום." });
    asked(&program, "/v1/osteon/roof/set_section", set).await;
    let cite = json!({ "section": "end", "source": {
        "title": "Weather", "reference": "https://example.org/w" } });
    asked(&program, "/v1/osteon/roof/cite", cite).await;

    let (_, path) = exported(&program, home.path(), "docx", None).await;
    let read = told("read", &path);
    assert_eq!(read["title"], "Größe & more");
    assert_eq!(read["comments"], json!([{ "by": "Ann", "text": "why?" }]));
    let styled = |text: &str| {
        let all = read["paragraphs"].as_array().expect("paragraphs");
        all.iter().find(|it| it["text"] == text).map(|it| it["style"].clone())
    };
    assert_eq!(styled("End"), Some(json!("Heading 1")), "{read}");
    assert_eq!(read["tables"][0][1][1], "420.5");
    let (pdf, path) = exported(&program, home.path(), "pdf", None).await;
    let read = told("pdf", &path);
    assert!(read["pages"].to_string().contains("420.5"), "{read}");
    assert!(read["outline"].to_string().contains("End"), "{read}");
    let lost = pdf["losses"].to_string();
    assert!(lost.contains("letters"), "no face has the astronaut: {pdf}");
    for (format, expected) in [
        ("markdown", "It is _dry_"),
        ("html", "<em>dry</em>"),
        ("text", "It is dry"),
        ("osteon", "\"content_hash\""),
        ("json", "\"content_hash\""),
    ] {
        let (_, path) = exported(&program, home.path(), format, None).await;
        let text = fs::read_to_string(&path).expect("UTF-8");
        assert!(text.contains(expected), "{format}: {text}");
        let (_, path) = exported(&program, home.path(), format, Some(1)).await;
        assert!(!fs::read_to_string(&path).expect("UTF-8").contains("dry"), "{format} as it was");
    }
    program.stop().expect("stops");
}

#[tokio::test(flavor = "multi_thread")]
async fn hostile_documents_are_refused_by_their_codes() {
    let (_home, program) = super::started().await;
    for (input, code) in [
        (json!({ "base64": "UEsDBCBhbmQgdGhlbiBub3RoaW5n", "format": "docx" }), "file_damaged"),
        (json!({ "base64": "//4A", "format": "markdown" }), "file_damaged"),
        (json!({ "text": "{}", "format": "osteon" }), "file_damaged"),
    ] {
        let mut input = input;
        (input["kind"], input["id"]) = (json!("osteon"), json!("never"));
        let path = "/v1/chaperone/desk/import";
        let answer = program.post(path, &input).await.expect("an answer");
        assert_eq!(answer["ok"], false, "{answer}");
        let text = answer.to_string();
        assert!(text.contains(code), "{code}: {text}");
    }
    let pdf = json!({ "base64": "JVBERi0=", "format": "pdf", "kind": "osteon" });
    let refused =
        program.request(reqwest::Method::POST, "/v1/chaperone/desk/import").json(&pdf).send().await;
    assert!(refused.expect("an answer").text().await.expect("text").contains("file_unsupported"));
    let missing = program.request(reqwest::Method::GET, "/v1/osteon/never").send().await;
    assert_eq!(missing.expect("an answer").status(), 404);
    program.stop().expect("stops");
}

/// A person who may write documents, and a key of theirs.
async fn person(program: &Program, name: &str) -> String {
    let roles = json!({ "roles": ["developer"] });
    let path = format!("/v1/principal/{name}/register");
    let told = program.post(&path, &roles).await.expect("an answer");
    assert_eq!(told["ok"], true, "{told}");
    let key = program.post("/v1/keys", &json!({ "principal": name, "label": "test" })).await;
    key.expect("a key")["key"].as_str().expect("a key").to_owned()
}

/// What the holder of `key` is answered.
async fn says(program: &Program, key: &str, command: &str, input: Value) -> (u16, Value) {
    let url = format!("{}/v1/osteon/roof/{command}", program.url());
    let request = cambium_tests::program::client().post(url).header("x-api-key", key);
    let answer = request.json(&input).send().await.expect("an answer");
    (answer.status().as_u16(), answer.json().await.expect("JSON"))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_document_of_two_people_and_an_agent_is_forked_compared_exported_and_verified() {
    let (home, program) = super::started().await;
    let (ada, ben) = (person(&program, "ada").await, person(&program, "ben").await);
    let done = async |key: &str, command: &str, input: Value| {
        let (status, answer) = says(&program, key, command, input).await;
        assert_eq!(status, 200, "{command}: {answer}");
        answer["output"].clone()
    };
    done(&ada, "create", json!({ "title": "Roof" })).await;
    let text = "The roof leaks in the north. Forty tiles are broken.";
    done(&ada, "set_section", json!({ "section": "why", "title": "Why", "text": text })).await;
    let text = "The work costs 900 euros. It takes a week. We begin in May.";
    done(&ben, "set_section", json!({ "section": "how", "title": "How", "text": text })).await;
    let changes = |old: &str, new: &str| json!([{ "old": old, "new": new }]);
    let change = |old: &str, new: &str| json!({ "section": "why", "changes": changes(old, new) });
    done(&ada, "change_section", change("Forty", "Fifty")).await;
    done(&ben, "change_section", change("north", "north and the west")).await;
    let (status, refused) = says(&program, &ben, "change_section", change("Forty", "Sixty")).await;
    assert_eq!(status, 409, "{refused}");
    let text = refused.to_string();
    assert!(text.contains("section_changed") && text.contains("Fifty tiles"), "{text}");
    let suggestion = json!({ "suggestion": "u1", "section": "why", "why": "Clearer.",
        "changes": changes("are broken", "broke in the storm") });
    done(&ben, "suggest", suggestion).await;
    done(&ada, "settle", json!({ "suggestion": "u1", "accept": true })).await;
    let fork = json!({ "id": "other", "at": 7 });
    let forked = program.post("/v1/osteon/roof/fork", &fork).await.expect("an answer");
    assert!(forked["error"].is_null(), "{forked}");
    // The agent is the built-in model.
    let edited = done(&ada, "edit", json!({ "section": "how", "edit_type": "shorten" })).await;
    assert_eq!(edited["generated_by"]["provider"], "local");
    let remark = json!({ "section": "how", "text": "Is this all?" });
    done(&ben, "comment", remark).await;
    let verdicts = json!([{ "criterion": "Costs are told", "met": true }]);
    assert_eq!(done(&ben, "review", json!({ "verdicts": verdicts })).await["passed"], true);

    let state = program.get("/v1/osteon/roof").await.expect("a state");
    let why = "The roof leaks in the north and the west. Fifty tiles broke in the storm.";
    assert_eq!(state["state"]["sections"][0]["text"], why);
    assert_eq!(state["state"]["comments"][0]["by"], "ben");
    let fork = program.get("/v1/osteon/other").await.expect("a state");
    assert_ne!(fork["state"]["sections"], state["state"]["sections"]);
    let diff = program.get("/v1/osteon/other/diff?parent=true").await.expect("a difference");
    assert!(diff.to_string().contains("how") || diff.to_string().contains("text"), "{diff}");

    compared(&program).await;
    let (then, path) = exported(&program, home.path(), "docx", Some(3)).await;
    assert_eq!(then["revision"], 3);
    assert!(told_paragraphs(&path).contains("Forty tiles are broken"));
    let (_, path) = exported(&program, home.path(), "docx", None).await;
    assert!(told_paragraphs(&path).contains("Fifty tiles broke in the storm"));
    let (_, path) = exported(&program, home.path(), "pdf", None).await;
    let read = told("pdf", &path)["pages"].to_string();
    assert!(read.contains("Fifty tiles broke"), "{read}");
    for id in ["roof", "other"] {
        let verified = program.get(&format!("/v1/osteon/{id}/verify")).await.expect("JSON");
        assert_eq!(verified["ok"], true, "{verified}");
        let path = format!("/v1/osteon/{id}/replay?decide=true");
        let replayed = program.get(&path).await.expect("JSON");
        assert_eq!(replayed["drift"], json!([]), "{replayed}");
    }
    program.stop().expect("stops");
}

fn told_paragraphs(path: &Path) -> String {
    told("read", path)["paragraphs"].to_string()
}

/// What changed since revision 3, and from the fork.
async fn compared(program: &Program) {
    let since = json!({ "kind": "osteon", "id": "roof", "format": "json",
        "since": { "revision": 3 } });
    let made = asked(program, "/v1/chaperone/desk/export", since.clone()).await;
    let words = program.get(made["content"].as_str().expect("a route")).await.expect("JSON");
    let parts = words["changes"][0]["parts"].as_array().expect("parts");
    let part = |what: &str, text: &str| parts.contains(&json!({ "what": what, "text": text }));
    assert!(part("removed", "Forty") && part("added", "Fifty"), "{words}");
    let mut since = since;
    (since["format"], since["since"]) = (json!("html"), json!({ "id": "other" }));
    asked(program, "/v1/chaperone/desk/export", since.clone()).await;
    since["format"] = json!("pdf");
    let refused = program.post("/v1/chaperone/desk/export", &since).await.expect("an answer");
    assert!(refused.to_string().contains("file_unsupported"), "{refused}");
}
