//! BIOwerk's six agents at its own paths, each asked everything that it documents.

use cambium_tests::program::Program;
use reqwest::{Method, Response};
use serde_json::{Value, json};

/// A message as BIOwerk's clients send it.
fn message(agent: &str, intent: &str, input: &Value) -> Value {
    json!({
        "id": format!("{agent}-{intent}"), "ts": 1_795_219_200.25, "origin": "tests",
        "target": agent, "intent": intent, "input": input, "api_version": "v1",
    })
}

async fn sent(program: &Program, path: &str, body: &Value) -> Response {
    let asked = program.request(Method::POST, &format!("/seeds/biowerk{path}"));
    asked.json(body).send().await.expect("an answer")
}

/// What an agent answers; the reply is one of BIOwerk's.
async fn asked(program: &Program, agent: &str, intent: &str, input: Value) -> Value {
    let body = message(agent, intent, &input);
    let told = sent(program, &format!("/v1/{agent}/{intent}"), &body).await;
    let status = told.status();
    let told: Value = told.json().await.expect("JSON");
    assert!(status.is_success() && told["ok"] == true, "{agent}.{intent}: {status} {told}");
    assert_eq!((&told["id"], &told["agent"]), (&body["id"], &json!(agent)));
    assert_eq!(told["api_version"], "v1");
    let hash = contracts::state_hash(&told["output"]).expect("a hash").to_string();
    assert_eq!(told["state_hash"], hash);
    told["output"].clone()
}

/// That `output` has all of these members.
fn has(output: &Value, members: &[&str]) {
    for member in members {
        assert!(!output[*member].is_null(), "no {member}: {output}");
    }
}

fn length(value: &Value) -> usize {
    value.as_array().unwrap_or_else(|| panic!("no list: {value}")).len()
}

async fn documents(program: &Program) {
    let told = asked(program, "osteon", "outline", json!({ "topic": "Bees", "context": "A city" }));
    let outline = told.await["outline"].clone();
    assert!(length(&outline) > 1);
    let input = json!({ "goal": "Explain bees", "section_title": "Hives", "outline": outline });
    let told = asked(program, "osteon", "draft", input).await;
    has(&told, &["sections", "toc", "citations"]);
    let input = json!({ "text": "Bees live in hives. They make honey.", "edit_type": "shorten" });
    has(&asked(program, "osteon", "edit", input).await, &["edited_text", "original_text", "diff"]);
    let input = json!({ "text": "Bees live in hives. They make honey.", "max_length": "short" });
    let told = asked(program, "osteon", "summarize", input).await;
    has(&told, &["summary", "length", "original_length"]);
    let sections = json!([{ "title": "Hives", "text": "Bees live in hives." }]);
    let input = json!({ "title": "Bees", "sections": sections, "metadata": { "by": "ann" } });
    let told = asked(program, "osteon", "export", input).await;
    assert_eq!(
        (&told["artifact"]["kind"], &told["artifact"]["meta"]["title"]),
        (&json!("osteon"), &json!("Bees"))
    );
}

async fn workbooks(program: &Program) {
    let raw = json!({ "raw_data": "metric,value\nhives,3\nhoney,40\n" });
    let told = asked(program, "myocyte", "ingest_table", raw).await;
    assert_eq!(told["tables"][0]["headers"], json!(["metric", "value"]), "{told}");
    assert_eq!(told["tables"][0]["rows"], json!([["hives", 3], ["honey", 40]]));
    has(&told, &["summary"]);
    let tables = json!([{ "id": "t1", "name": "Honey", "headers": ["month", "kilos"],
        "rows": [["May", 3], ["June", 5], ["=1+1", 7]] }]);
    let input = json!({ "tables": tables, "formulas":
        [{ "id": "sum", "expression": "SUM(Honey!B2:B4)", "description": "all" }] });
    let told = asked(program, "myocyte", "formula_eval", input).await;
    assert_eq!(told["results"][0]["value"], 15, "{told}");
    assert_eq!(told["charts_spec"][0]["data"], json!([3.0, 5.0, 7.0]), "{told}");
    let message = json!({ "input": { "tables": tables }, "origin": "tests", "target": "myocyte",
        "intent": "formula_eval" });
    let told: Value =
        sent(program, "/v1/myocyte/formula_eval", &message).await.json().await.expect("JSON");
    let suggested = &told["output"];
    assert_eq!(suggested["formulas"][1]["expression"], "SUM('Honey'!B2:B4)", "{told}");
    assert_eq!(suggested["results"][1]["value"], 15, "{told}");
    let input = json!({ "data": [3, 5, 7, 9], "forecast_type": "trend", "periods": 2 });
    let told = asked(program, "myocyte", "model_forecast", input).await;
    assert_eq!(told["forecast"]["periods"], 2, "{told}");
    assert_eq!(length(&told["forecast"]["predictions"]), 2);
    has(&told, &["confidence", "methodology", "insights"]);
    let input = json!({ "title": "Honey", "metadata": { "tables": tables,
        "formulas": [{ "expression": "=SUM(Honey!B2:B4)", "description": "all" }],
        "charts": [] } });
    let told = asked(program, "myocyte", "export", input).await;
    let artifact = &told["artifact"];
    assert_eq!((&artifact["kind"], &told["left_out"]), (&json!("myotab"), &json!(["charts"])));
    assert_eq!(artifact["body"]["sheets"][0]["cells"]["A4"], "'=1+1", "{artifact}");
}

async fn decks(program: &Program) {
    let input = json!({ "topic": "Bees", "audience": "executives", "num_slides": 3 });
    let board = asked(program, "synapse", "storyboard", input).await["storyboard"].clone();
    assert!(length(&board) > 0);
    let told = asked(program, "synapse", "slide_make", json!({ "storyboard": board }));
    let told = told.await;
    has(&told, &["slides", "speaker_notes", "layout_graph"]);
    let input = json!({ "data": { "May": 3, "June": 5 }, "viz_type": "auto" });
    has(&asked(program, "synapse", "visualize", input).await, &["viz"]);
    let metadata = json!({ "slides": told["slides"], "layout_graph": told["layout_graph"],
        "notes": told["speaker_notes"] });
    let input = json!({ "title": "Bees", "metadata": metadata });
    let told = asked(program, "synapse", "export", input).await;
    assert_eq!(told["artifact"]["kind"], "synslide", "{told}");
}

async fn plans(program: &Program) {
    let input = json!({ "goals": ["Walls", "Roof"], "duration_weeks": 8, "team_size": 6 });
    let told = asked(program, "circadian", "plan_timeline", input).await;
    has(&told, &["timeline", "assignments", "risks", "next_actions"]);
    let timeline = told["timeline"].clone();
    let tasks = json!(["Paint", { "id": 7, "name": "Tiles", "estimated_hours": 4,
        "skills": ["masonry"], "depends_on": ["Paint"] }]);
    let team = json!([{ "name": "Ann", "skills": ["masonry"] }, "Bob"]);
    let input = json!({ "tasks": tasks, "team_members": team });
    let told = asked(program, "circadian", "assign", input).await;
    assert_eq!(told["assignments"][1]["assignee"], "Ann", "{told}");
    assert_eq!(told["assignments"][1]["estimated_hours"], 4.0);
    has(&told, &["rationale"]);
    let assignments = told["assignments"].clone();
    let input = json!({ "completed_tasks": ["Walls"], "in_progress_tasks": ["g2"],
        "timeline": timeline, "current_week": 5 });
    let told = asked(program, "circadian", "track", input).await;
    has(&told, &["status", "completion_percentage", "summary", "next_milestone"]);
    assert_eq!((&told["tasks"][0]["standing"], length(&told["tasks"])), (&json!("done"), 2));
    let input = json!({ "timeline": timeline, "assignments": assignments, "current_week": 1 });
    let told = asked(program, "circadian", "remind", input).await;
    assert_eq!(length(&told["reminders"]), 2, "{told}");
    assert!(told["reminders"][0].as_str().expect("a text").starts_with("Walls is due on "));
}

async fn directing(program: &Program) {
    let input = json!({ "goal": "Write a report about bees", "requirements": ["hives"] });
    let told = asked(program, "nucleus", "plan", input).await;
    has(&told["plan"][0], &["step_id", "agent", "endpoint", "description", "depends_on"]);
    let input = json!({ "request": "Write a memo about hives" });
    let told = asked(program, "nucleus", "route", input).await;
    assert_eq!((&told["agent"], &told["routed"]), (&json!("osteon"), &json!(true)), "{told}");
    let content = json!({ "text": "Bees live in hives. They make honey." });
    let input = json!({ "content": content, "criteria": ["at least 3 words"] });
    assert_eq!(asked(program, "nucleus", "review", input).await["pass"], true);
    let results = json!([{ "step_id": "a", "agent": "osteon", "output": "Bees live in hives." }]);
    let input = json!({ "workflow_results": results, "goal": "Bees" });
    has(&asked(program, "nucleus", "finalize", input).await, &["final", "summary", "metadata"]);
}

async fn files(program: &Program) {
    let input = json!({ "content": "# Hives\n\nBees live in hives.\n", "format": "markdown",
        "artifact_type": "osteon" });
    let artifact = asked(program, "chaperone", "import_artifact", input).await["artifact"].clone();
    assert_eq!(artifact["body"]["sections"][0]["title"], "Hives", "{artifact}");
    let input = json!({ "artifact": artifact, "format": "pdf" });
    let told = asked(program, "chaperone", "export_artifact", input).await["export"].clone();
    assert_eq!((&told["format"], begins(&told)), (&json!("pdf"), "JVBER".to_owned()), "{told}");
    let body = json!({ "slides": [{ "id": "s1", "title": "Bees", "content": ["They fly."],
        "slide_type": "content" }], "layout_graph": { "nodes": [], "edges": [] },
        "notes": ["Hello"] });
    let deck = json!({ "kind": "synslide", "meta": { "title": "Bees" }, "body": body });
    let tables = json!({ "tables": [{ "id": "t1", "name": "Honey", "headers": ["month", "kilos"],
        "rows": [["May", 3]] }], "formulas": [], "charts": [] });
    let table = json!({ "kind": "myotab", "meta": { "title": "Honey" }, "body": tables });
    let text = json!({ "sections": [{ "id": "s1", "title": "Hives", "text": "Bees." }],
        "toc": ["Hives"] });
    let text = json!({ "kind": "osteon", "meta": { "title": "Bees" }, "body": text });
    for (artifact, format) in [(deck, "pptx"), (table, "xlsx"), (text, "docx")] {
        let body = json!({ "input": { "artifact": artifact, "format": format }, "origin": "tests",
            "target": "chaperone", "intent": "export_artifact" });
        let told = sent(program, "/v1/chaperone/export_artifact", &body).await;
        let told: Value = told.json().await.expect("JSON");
        let file = &told["output"]["export"];
        assert_eq!((&file["format"], begins(file)), (&json!(format), "UEsDB".to_owned()), "{told}");
        assert!(length(&file["export_notes"]) < 9, "{file}");
    }
    let input = json!({ "content": "# Hives\n\nBees live in hives.\n", "format": "markdown",
        "artifact_type": "synslide" });
    let body = json!({ "input": input, "origin": "tests", "target": "chaperone",
        "intent": "import_artifact" });
    let told = sent(program, "/v1/chaperone/import_artifact", &body).await;
    let told: Value = told.json().await.expect("JSON");
    assert_eq!(told["output"]["artifact"]["kind"], "synslide", "{told}");
}

/// How a file in an answer begins, in base64.
fn begins(file: &Value) -> String {
    let text = file["bytes_ref"].as_str().unwrap_or_else(|| panic!("no file: {file}"));
    let size = file["size_bytes"].as_u64().expect("a size");
    assert_eq!(text.len() as u64, size.div_ceil(3) * 4);
    text[..5].to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn every_intent_of_every_agent_is_answered_at_its_own_path() {
    let (_home, program) = super::started().await;
    documents(&program).await;
    workbooks(&program).await;
    decks(&program).await;
    plans(&program).await;
    directing(&program).await;
    files(&program).await;

    let body = message("circadian", "assign", &json!({ "tasks": ["Walls"] }));
    let first: Value = sent(&program, "/v1/circadian/assign", &json!({ "tasks": ["Walls"] }))
        .await
        .json()
        .await
        .expect("JSON");
    assert_eq!(first["ok"], true, "a body may be the input alone: {first}");
    let refused = sent(&program, "/v1/circadian/assign", &body).await;
    let told: Value = refused.json().await.expect("JSON");
    assert_eq!(told["code"], "idempotency_conflict", "one id is one message: {told}");
    for (path, body, status, code) in [
        ("/v1/larry/translate", json!({}), 404, "unknown_kind"),
        ("/v1/osteon/translate", json!({}), 404, "unknown_command"),
        ("/v1/circadian/assign", json!({ "tasks": [], "more": 1 }), 400, "invalid_input"),
        ("/v1/myocyte/model_forecast", json!({ "data": "many" }), 400, "invalid_input"),
        ("/v1/osteon/outline", message("synapse", "outline", &json!({})), 400, "target_mismatch"),
    ] {
        let told = sent(&program, path, &body).await;
        let seen = told.status().as_u16();
        let told: Value = told.json().await.expect("JSON");
        assert_eq!((seen, &told["code"]), (status, &json!(code)), "{path}: {told}");
    }
    unversioned(&program).await;
    manifest(&program).await;
    program.stop().expect("stops");
}

async fn unversioned(program: &Program) {
    let told = sent(program, "/osteon/outline", &json!({ "topic": "Wax" })).await;
    let header = |name: &str| told.headers()[name].to_str().expect("text").to_owned();
    assert!(header("deprecation").starts_with('@') && header("sunset").ends_with("GMT"));
    let link = "</seeds/biowerk/v1/osteon/outline>; rel=\"successor-version\"";
    assert_eq!(header("link"), link);
    let told: Value = told.json().await.expect("JSON");
    let said = &told["_deprecation_warning"];
    assert_eq!(
        (&told["ok"], &said["recommended_path"]),
        (&json!(true), &json!("/v1/osteon/outline"))
    );
}

async fn manifest(program: &Program) {
    let told = program.get("/v1/suite").await.expect("the manifest");
    let agents = told["agents"].as_array().expect("agents");
    let osteon = agents.iter().find(|agent| agent["id"] == "osteon").expect("documents");
    let draft = osteon["intents"].as_array().expect("intents").iter();
    assert!(draft.into_iter().any(|one| one["intent"] == "draft" && one["begins"] == true));
    let files = told["artifacts"].as_array().expect("artifacts");
    assert!(files.iter().any(|file| file["ext"] == ".synslide" && file["agent"] == "synapse"));
}
