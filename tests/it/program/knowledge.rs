//! Knowledge bases and memories in the real program.

use cambium_tests::program::Program;
use serde_json::{Value, json};

async fn post(program: &Program, path: &str, body: Value) -> Value {
    let told = program.post(path, &body).await.expect("JSON");
    assert_eq!(told["ok"], true, "{path}: {told}");
    told
}

fn cursor(answer: &Value) -> String {
    answer["cursor"].as_str().expect("a cursor").to_owned()
}

fn documents(found: &Value) -> Vec<String> {
    let items = found["items"].as_array().unwrap_or_else(|| panic!("no items: {found}"));
    items.iter().map(|item| item["document"].as_str().expect("a document").to_owned()).collect()
}

async fn filled(program: &Program) -> String {
    post(program, "/v1/knowledge/trees/create", json!({ "name": "Trees" })).await;
    let rings = "# Age\n\nA tree lays down one ring a year.\n\n# Bark\n\nBark keeps water in.";
    let added =
        json!({ "id": "rings", "title": "Rings", "text": rings, "metadata": { "by": "ada" } });
    let told = post(program, "/v1/knowledge/trees/add", added).await;
    assert_eq!(
        (&told["output"]["passages"], &told["output"]["embedded"]),
        (&json!(2), &json!(true))
    );
    let roof = json!({ "id": "roof", "text": "Solar panels on a roof give power at noon." });
    post(program, "/v1/knowledge/trees/add", roof).await;
    post(program, "/v1/knowledge/other/create", json!({ "model": null })).await;
    let other = json!({ "id": "x", "text": "Another ring of another base." });
    cursor(&post(program, "/v1/knowledge/other/add", other).await)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_base_is_searched_by_words_and_by_vectors_and_says_why() {
    let (_home, program) = super::started().await;
    let cursor = filled(&program).await;
    let search = async |base: &str, query: &str| {
        let path = format!("/v1/knowledge/{base}/search?min_cursor={cursor}&{query}");
        program.get(&path).await.expect("JSON")
    };
    let found = search("trees", "q=how+old+is+a+tree+ring&limit=2").await;
    let best = &found["items"][0];
    assert_eq!(best["document"], "rings", "{found}");
    assert_eq!((&best["headings"], &best["version"]), (&json!(["Age"]), &json!(2)));
    assert_eq!((&best["title"], &best["metadata"]["by"]), (&json!("Rings"), &json!("ada")));
    assert_eq!(best["source"], json!({ "text": {} }));
    let words = best["why"]["words"]["words"].as_array().expect("words");
    assert!(words.iter().any(|it| it["word"] == "ring" && it["documents"] == 1), "{found}");
    assert_eq!(best["why"]["vector"]["rank"], 1, "{found}");
    assert_eq!(
        (&found["vectors"]["model"], &found["vectors"]["compared"]),
        (&json!("local/ngrams"), &json!(3))
    );
    // Parts of words are found by vectors alone.
    let near = search("trees", "q=roofing+panel&mode=vectors&limit=1").await;
    assert_eq!(documents(&near), ["roof"]);
    assert_eq!(documents(&search("trees", "q=roofing&mode=words").await), [] as [&str; 0]);
    // A base without vectors has words, and nothing of its neighbours.
    let other = search("other", "q=ring+tree").await;
    assert_eq!(documents(&other), ["x"]);
    assert_eq!(other["vectors"]["compared"], 0);
    for bad in ["q=", "q=x&limit=0", "q=x&mode=magic", "q=x&limit=51"] {
        assert_eq!(search("trees", bad).await["code"], "query_invalid", "{bad}");
    }
    assert_eq!(search("none", "q=x").await["code"], "actor_not_found");
    // What would be an operator of the engine is a word like every other.
    for odd in ["%22", "a+OR+NEAR(b)", "scope:x+*", "%27%3B+DROP+TABLE+x%3B--"] {
        assert!(search("trees", &format!("q={odd}")).await["items"].is_array(), "{odd}");
    }
    let replayed = program.get("/v1/knowledge/trees/replay?decide=true").await.expect("JSON");
    assert_eq!(replayed["drift"], json!([]), "{replayed}");
}

/// The built-in model calls a tool that it is plainly told to use, and says what it answered.
#[tokio::test(flavor = "multi_thread")]
async fn a_run_searches_a_base_and_a_memory_by_its_tools() {
    let (_home, program) = super::started().await;
    let filled = filled(&program).await;
    let define = json!({ "model": "local/rules", "memory": { "items": 3 } });
    post(&program, "/v1/assistant/helper/define", define).await;
    let text = "My favourite tree is the copper beech.";
    let told = post(&program, "/v1/assistant/helper/ask", json!({ "text": text })).await;
    for path in ["/v1/knowledge/trees/search?q=ring", "/v1/assistant/helper/memory?q=tree"] {
        let cursor = [&filled, &cursor(&told)][usize::from(path.contains("memory"))].clone();
        let found = program.get(&format!("{path}&min_cursor={cursor}")).await.expect("JSON");
        assert!(!found["items"].as_array().expect("items").is_empty(), "{found}");
    }
    let start = json!({
        "model": "local/rules", "uses": [{ "name": "knowledge_search" }],
        "turns": [{ "role": "user",
            "content": "Use knowledge_search.\nknowledge: trees\nquery: how old is a tree ring" }],
    });
    let answer = post(&program, "/v1/run/base/start", start).await;
    let said = answer["output"]["text"].as_str().expect("text");
    assert!(said.contains("\"document\":\"rings\"") && said.contains("\"why\""), "{said}");
    let state = program.get("/v1/run/base").await.expect("JSON").to_string();
    assert!(state.contains("knowledge_search"), "the call stands in the log: {state}");
    let start = json!({
        "model": "local/rules", "uses": [{ "name": "memory_search" }],
        "turns": [{ "role": "user",
            "content": "Use memory_search.\nassistant: helper\nquery: favourite tree" }],
    });
    let answer = post(&program, "/v1/run/memory/start", start).await;
    let said = answer["output"]["text"].as_str().expect("text");
    assert!(said.contains("copper beech"), "{answer}");
    // Of a base that is not there the model is told, and the run goes on.
    let start = json!({
        "model": "local/rules", "uses": [{ "name": "knowledge_search" }],
        "turns": [{ "role": "user",
            "content": "Use knowledge_search.\nknowledge: nothing\nquery: trees" }],
    });
    let answer = post(&program, "/v1/run/none/start", start).await;
    assert!(answer["output"].to_string().contains("actor_not_found"), "{answer}");
    for run in ["base", "memory", "none"] {
        let path = format!("/v1/run/{run}/replay?decide=true");
        let replayed = program.get(&path).await.expect("JSON");
        assert_eq!(replayed["drift"], json!([]), "{replayed}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn documents_come_from_elsewhere_are_replaced_embedded_anew_and_taken_out() {
    let (_home, program) = super::started().await;
    filled(&program).await;
    let goal = json!({ "goal": "A guide to composting in small flats" });
    post(&program, "/v1/osteon/compost/draft", goal).await;
    let add = json!({ "id": "compost", "title": "Compost", "osteon": "compost" });
    let told = post(&program, "/v1/knowledge/trees/add", add).await;
    assert!(told["output"]["passages"].as_u64() > Some(0), "{told}");
    let missing = json!({ "id": "gone", "osteon": "nobody" });
    let missing = program.post("/v1/knowledge/trees/add", &missing).await.expect("JSON");
    assert_ne!(missing["ok"], true, "{missing}");
    let long = "Every autumn the leaves of the beech turn brown. ".repeat(1_000);
    let add = json!({ "id": "long", "text": long });
    let told = post(&program, "/v1/knowledge/trees/add", add).await;
    assert_eq!(told["output"]["embedded"], true, "{told}");
    let new = json!({ "id": "roof", "text": "Moss grows on the north side." });
    post(&program, "/v1/knowledge/trees/add", new).await;
    let told = post(&program, "/v1/knowledge/trees/reembed", json!({ "dimensions": 64 })).await;
    assert_eq!((&told["output"]["generation"], &told["output"]["failed"]), (&json!(2), &json!(0)));
    let search = async |query: &str, cursor: &str| {
        let path = format!("/v1/knowledge/trees/search?min_cursor={cursor}&{query}");
        program.get(&path).await.expect("JSON")
    };
    let found = search("q=composting&limit=3", &cursor(&told)).await;
    assert_eq!(found["items"][0]["source"], json!({ "osteon": "compost" }), "{found}");
    assert!(found["items"][0]["source_revision"].as_u64() >= Some(1), "{found}");
    let brown = search("q=brown+beech+leaves", &cursor(&told)).await;
    assert_eq!(brown["items"][0]["document"], "long", "{brown}");
    assert!(brown["vectors"]["code"].is_null(), "all were embedded anew: {brown}");
    assert!(documents(&search("q=solar+panels&mode=words", &cursor(&told)).await).is_empty());
    let gone = post(&program, "/v1/knowledge/trees/remove", json!({ "id": "rings" })).await;
    assert!(documents(&search("q=bark&mode=words", &cursor(&gone)).await).is_empty());
    let before = search("q=brown+beech+leaves", &cursor(&gone)).await;
    let rebuilt = json!({ "models": ["knowledge", "memory"] });
    let rebuilt = program.post("/v1/admin/rebuild", &rebuilt).await.expect("JSON");
    for report in rebuilt["items"].as_array().expect("reports") {
        assert_eq!(report["equal"], true, "{report}");
    }
    let again = search("q=brown+beech+leaves", &cursor(&gone)).await;
    assert_eq!(again["items"], before["items"], "a rebuilt one answers the same");
    let replayed = program.get("/v1/knowledge/trees/replay?decide=true").await.expect("JSON");
    assert_eq!(replayed["drift"], json!([]), "{replayed}");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_assistant_remembers_and_tells_what_it_knew_at_a_point_in_time() {
    let (_home, program) = super::started().await;
    let define = json!({ "model": "local/rules", "memory": { "items": 3 } });
    post(&program, "/v1/assistant/helper/define", define).await;
    let ask = async |text: &str| {
        post(&program, "/v1/assistant/helper/ask", json!({ "text": text })).await
    };
    let first = cursor(&ask("My favourite tree is the copper beech.").await);
    let second = cursor(&ask("The meeting about the roof is on Tuesday.").await);
    let memory = async |query: &str| {
        let path = format!("/v1/assistant/helper/memory?min_cursor={second}&{query}");
        program.get(&path).await.expect("JSON")
    };
    let texts = |found: &Value| -> Vec<String> {
        let items = found["items"].as_array().unwrap_or_else(|| panic!("no items: {found}"));
        let told = items.iter().filter(|item| item["speaker"] == "told");
        told.map(|item| item["text"].as_str().expect("text").to_owned()).collect()
    };
    let tree = memory("q=which+tree+do+I+like").await;
    assert_eq!(texts(&tree)[0], "My favourite tree is the copper beech.", "{tree}");
    assert_eq!(tree["items"][0]["kind"], "run");
    let meeting = memory("q=roof+meeting").await;
    assert!(texts(&meeting)[0].contains("Tuesday"), "{meeting}");
    // Then it did not know of the meeting.
    let then = memory(&format!("q=roof+meeting&as_of={first}")).await;
    assert!(texts(&then).iter().all(|text| !text.contains("Tuesday")), "{then}");
    assert_eq!(texts(&memory(&format!("as_of={first}")).await).len(), 1);
    assert_eq!(texts(&memory("as_of=2001-01-01T00:00:00Z").await).len(), 0);
    assert_eq!(texts(&memory("principal=nobody").await).len(), 0);
    assert_eq!(memory("as_of=soon").await["code"], "query_invalid");
    let none = program.get("/v1/assistant/nobody/memory").await.expect("JSON");
    assert_eq!(none["code"], "actor_not_found");
    // What is remembered stands in the run, so that a replay needs nobody.
    let third = ask("Which tree do I like?").await;
    let run = third["output"]["run"].as_str().map(ToOwned::to_owned);
    let run = match run {
        Some(run) => run,
        None => {
            let runs = program.get("/v1/run?limit=1").await.expect("JSON");
            runs["items"][0]["id"].as_str().expect("a run").to_owned()
        }
    };
    let state = program.get(&format!("/v1/run/{run}")).await.expect("JSON");
    let recalled = state["state"]["recalled"].as_str().unwrap_or_default();
    assert!(recalled.contains("copper beech"), "{state}");
    let replayed = program.get(&format!("/v1/run/{run}/replay?decide=true")).await.expect("JSON");
    assert_eq!(replayed["drift"], json!([]), "{replayed}");
}

/// What is about a person is found by those who may see it, and by nobody once it is erased.
#[tokio::test(flavor = "multi_thread")]
async fn what_was_erased_is_neither_found_nor_remembered() {
    let (_home, program) = super::started().await;
    post(&program, "/v1/organization/main/create", json!({ "name": "Main" })).await;
    for (kind, command) in [("knowledge", "add"), ("assistant", "ask")] {
        let classed = json!({
            "kind": kind, "command": command, "pointer": "/text", "class": "pii",
            "subject": { "at": "/metadata/about" },
        });
        post(&program, "/v1/organization/main/class_data", classed).await;
    }
    post(&program, "/v1/principal/eve/register", json!({ "display": "Eve" })).await;
    let about = json!({ "about": "eve" });
    post(&program, "/v1/knowledge/notes/create", json!({})).await;
    let text = "Eve is allergic to walnuts.";
    let note = json!({ "id": "eve", "text": text, "metadata": about });
    post(&program, "/v1/knowledge/notes/add", note).await;
    post(&program, "/v1/assistant/helper/define", json!({ "model": "local/rules" })).await;
    let ask = json!({ "text": text, "metadata": about });
    let cursor = cursor(&post(&program, "/v1/assistant/helper/ask", ask).await);
    let found = async |path: &str| {
        let path = format!("{path}?q=walnuts&min_cursor={cursor}");
        program.get(&path).await.expect("JSON")
    };
    let (base, memory) = ("/v1/knowledge/notes/search", "/v1/assistant/helper/memory");
    for path in [base, memory] {
        let found = found(path).await;
        assert_eq!(found["items"][0]["text"], text, "{found}");
    }
    let erased = json!({ "reason": "asked by letter" });
    let erased = program.post("/v1/privacy/eve/erase", &erased).await.expect("JSON");
    assert!(erased["receipt"].is_object() || erased["key"].is_string(), "{erased}");
    for path in [base, memory] {
        let found = found(path).await;
        assert_eq!(found["items"], json!([]), "{found}");
    }
}
