//! Bases and memories, written by hand.

use std::sync::Arc;

use contracts::ports::{Embedder, SearchIndex as _};
use contracts::search::knowledge::PassageKey;
use contracts::search::memory::{Scope, Speaker, Until};
use contracts::{Cursor, Hash, Pages};
use serde_json::{Value, json};

use super::given::{Book, address, config, run_to, scratch};
use crate::bench::Tape;
use crate::handle::Models;
use crate::tests::engines::on_both;

on_both! {
    [] words_are_weighed_within_a_base_alone_and_vectors_are_of_one_generation;
    [] a_memory_is_told_as_it_was_then;
}

/// One number: how long a text is.
struct Length;

impl Embedder for Length {
    fn model(&self) -> &'static str {
        "fake/length"
    }

    #[expect(clippy::cast_precision_loss, reason = "texts of tests are short")]
    fn embed(&self, text: &str) -> Option<Vec<f32>> {
        Some(vec![text.len() as f32])
    }
}

async fn models(scratch: &tempfile::TempDir, tape: Tape) -> (Models, Arc<Tape>) {
    let opened = Models::embedding(config(scratch.path()), Pages::standard(), Arc::new(Length));
    let (models, tape) = (opened.await.expect("the database opens"), Arc::new(tape));
    run_to(&models, tape.clone(), tape.end()).await;
    (models, tape)
}

fn added(document: &str, documents: u32) -> (&'static str, Value) {
    let command = contracts::commit::sample_command_id(1);
    (
        "DocumentAdded",
        json!({
            "document": document, "title": "A title", "source": { "text": {} },
            "documents": documents, "command": command,
        }),
    )
}

fn read(document: &str, version: u64, texts: &[&str]) -> (&'static str, Value) {
    let passages: Vec<_> = texts.iter().map(|text| json!({ "text": text })).collect();
    (
        "PartRead",
        json!({
            "document": document, "version": version, "part": 0, "passages": passages,
        }),
    )
}

fn embedded(document: &str, version: u64, generation: u32) -> (&'static str, Value) {
    (
        "Embedded",
        json!({
            "document": document, "version": version, "part": 0, "generation": generation,
            "model": "fake/one", "blob": Hash::of(document.as_bytes()), "count": 1, "dimensions": 3,
        }),
    )
}

fn created() -> (&'static str, Value) {
    ("Created", json!({ "model": "fake/one", "passage_bytes": 1200 }))
}

async fn words_are_weighed_within_a_base_alone_and_vectors_are_of_one_generation() {
    let (scratch, mut book, tape) = (scratch(), Book::new(), Tape::new());
    let (base, other) = (address("acme/knowledge/base"), address("beta/knowledge/base"));
    let command = contracts::commit::sample_command_id(2);
    tape.extend([
        book.entry(&base, &[created()]),
        book.entry(&other, &[created()]),
        book.entry(&base, &[added("a", 1), read("a", 2, &["A ring a year.", "Ring, ring: bark."])]),
        // What stands in another tenant's base changes no number here.
        book.entry(&other, &[added("a", 1), read("a", 2, &["ring"; 40])]),
        book.entry(&base, &[added("b", 2), read("b", 3, &["Bark keeps water in."])]),
        book.entry(&base, &[embedded("a", 2, 1), embedded("b", 3, 1)]),
        book.entry(
            &base,
            &[
                (
                    "ReembedStarted",
                    json!({
                        "generation": 2, "model": "fake/two", "dimensions": 3, "command": command,
                    }),
                ),
                embedded("a", 2, 2),
            ],
        ),
    ]);
    let (models, tape) = models(&scratch, tape).await;
    let found = models.passages_by_words(&base, "RING", 9).await.expect("rows");
    let keys: Vec<_> =
        found.iter().map(|it| (it.item.document.as_str(), it.item.passage)).collect();
    assert_eq!(keys, [("a", 1), ("a", 0)], "who says it twice comes first");
    assert_eq!((found[0].words[0].count, found[0].words[0].documents), (2, 2));
    let known = models.base(&base).await.expect("rows").expect("a base");
    assert_eq!((known.model.as_deref(), known.serving, known.passages), (Some("fake/one"), 1, 3));
    let vectors = models.vectors(&base).await.expect("rows");
    assert_eq!(vectors.len(), 2, "the generation that serves");
    // Another tenant finds only its own, and nobody finds what is not asked for in words.
    assert!(models.passages_by_words(&other, "bark", 9).await.expect("rows").is_empty());
    for nothing in ["", "?!", "\"", "*", "words:bark"] {
        let found = models.passages_by_words(&base, nothing, 9).await.expect("rows");
        assert_eq!(found.is_empty(), !nothing.contains("bark"), "{nothing}");
    }
    // Replaced, taken out, served.
    tape.extend([
        book.entry(&base, &[added("a", 2), read("a", 6, &["Moss grows."]), embedded("a", 6, 2)]),
        book.entry(&base, &[("DocumentRemoved", json!({ "document": "b", "documents": 1 }))]),
        book.entry(&base, &[("Served", json!({ "generation": 2, "failed": 0 }))]),
    ]);
    run_to(&models, tape.clone(), tape.end()).await;
    for gone in ["ring", "bark"] {
        assert!(models.passages_by_words(&base, gone, 9).await.expect("rows").is_empty());
    }
    let key = PassageKey { document: "a".to_owned(), part: 0, passage: 0 };
    let passages = models.passages(&base, &[key]).await.expect("rows");
    assert_eq!((passages[0].text.as_str(), passages[0].version.0), ("Moss grows.", 6));
    let known = models.base(&base).await.expect("rows").expect("a base");
    assert_eq!((known.model.as_deref(), known.serving), (Some("fake/two"), 2));
    assert_eq!(models.vectors(&base).await.expect("rows").len(), 1);
}

fn scope(until: Until) -> Scope {
    Scope {
        tenant: "acme".parse().expect("a tenant"),
        agent: "helper".parse().expect("an id"),
        principal: None,
        until,
        without: None,
    }
}

async fn texts(models: &Models, scope: &Scope) -> Vec<String> {
    let items = models.memory(scope, 9).await.expect("rows");
    items.into_iter().map(|item| item.text).collect()
}

/// What was said in a room and in two runs.
async fn said() -> (tempfile::TempDir, Models) {
    let (scratch, mut book, tape) = (scratch(), Book::new(), Tape::new());
    let (room, run) = (address("acme/conversation/room"), address("acme/run/r1"));
    let members = json!([{ "principal": "ada", "role": "member" },
        { "principal": "agent:helper", "role": "agent", "model": "local/rules" }]);
    let post = |sequence: u64, author: &str, text: &str| {
        (
            "MessagePosted",
            json!({
                "message": format!("m_{sequence}"), "sequence": sequence, "author": author,
                "role": "member", "text": text,
            }),
        )
    };
    let start = json!({
        "command": contracts::commit::sample_command_id(1),
        "run": {
            "model": "local/rules", "turns": [
                { "role": "user", "content": "I like the beech." },
                { "role": "assistant", "content": "Noted." },
                { "role": "user", "content": "And the oak." },
            ],
            "of": { "assistant": "helper", "version": 1, "revision": 1 },
        },
    });
    let again = address("acme/run/r2");
    tape.extend([
        book.entry(
            &room,
            &[("Created", json!({ "kind": "group", "members": members, "by": "ada" }))],
        ),
        book.entry(&room, &[post(1, "ada", "The roof leaks."), post(2, "agent:helper", "Where?")]),
        book.entry(&run, &[("Started", start.clone())]),
        // Clients say all of it again.
        book.entry(&again, &[("Started", start)]),
        book.entry(
            &room,
            &[(
                "MessageEdited",
                json!({
            "message": "m_1", "sequence": 1, "text": "The cellar leaks.", "edits": 1 }),
            )],
        ),
        book.entry(
            &room,
            &[(
                "MessageDeleted",
                json!({
            "message": "m_1", "sequence": 1, "by": "ada" }),
            )],
        ),
    ]);
    let (models, _tape) = models(&scratch, tape).await;
    (scratch, models)
}

async fn a_memory_is_told_as_it_was_then() {
    let (_scratch, models) = said().await;
    let now = texts(&models, &scope(Until::Now)).await;
    assert_eq!(now.len(), 3, "each of them once: {now:?}");
    assert!(now.iter().all(|text| !text.contains("leaks")), "it was taken back");
    let at = |cursor| scope(Until::Cursor(Cursor(cursor)));
    assert!(texts(&models, &at(2)).await.contains(&"The roof leaks.".to_owned()));
    assert_eq!(texts(&models, &at(2)).await.len(), 2);
    assert!(texts(&models, &at(5)).await.contains(&"The cellar leaks.".to_owned()));
    assert_eq!(texts(&models, &at(1)).await, [] as [&str; 0]);
    let found = models.memory_by_words(&at(4), "leaks", 9).await.expect("rows");
    assert_eq!(found.len(), 1);
    assert_eq!(found[0].item.text, "The roof leaks.");
    assert_eq!((found[0].item.speaker, found[0].item.principal.as_str()), (Speaker::Told, "ada"));
    assert_eq!(found[0].item.vector, Some(vec![15.0]));
    assert!(models.memory_by_words(&scope(Until::Now), "leaks", 9).await.expect("rows").is_empty());
    let asked = models.memory(&scope(Until::Now), 9).await.expect("rows");
    let said = asked.iter().find(|item| item.text == "Where?").expect("it said so");
    assert_eq!((said.speaker, said.principal.as_str()), (Speaker::Said, "ada"));
    // Another tenant's assistant of the same name knows nothing of it.
    let other = Scope { tenant: "beta".parse().expect("a tenant"), ..scope(Until::Now) };
    assert_eq!(texts(&models, &other).await, [] as [&str; 0]);
    let rows = models.dump("memory").await.expect("rows");
    assert!(!rows.is_empty());
}
