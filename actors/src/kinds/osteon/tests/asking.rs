use contracts::commit::sample_command_id;
use contracts::kinds::osteon::limits::{MATERIAL_BYTES_MAX, SECTION_BYTES_MAX, WAITING_MAX};
use contracts::kinds::osteon::{Event, Length};
use contracts::limits::COMMIT_BYTES_MAX;
use contracts::model::{Role, Task};
use serde_json::{Value, json};

use super::{Osteon, document, given, request};
use crate::kinds::testing::Then;

fn types(then: &Then<Osteon>) -> Vec<String> {
    then.types()
}

#[test]
fn an_outline_begins_a_document_and_asks_a_model() {
    let input = json!({ "topic": "Roofs", "goal": "Explain the repair.", "context": "Tiles." });
    let then = given::<Osteon>([]).when("outline", input);
    assert_eq!(types(&then), ["Created", "OutlineAsked"]);
    assert_eq!(then.given.state.title.as_deref(), Some("Roofs"));
    assert!(then.given.state.waiting.contains_key(&sample_command_id(1)));
    let request = request(&then.effects[0]);
    assert_eq!(
        request.task,
        Task::Outline {
            goal: "Roofs: Explain the repair.".to_owned(),
            context: Some("Tiles.".to_owned()),
            sections_min: 5,
            sections_max: 8,
        }
    );
    assert_eq!((request.model.as_str(), request.seed), ("local/rules", 0));
    assert_eq!(request.turns[0].role, Role::System);
    let user = &request.turns[1].content;
    assert!(user.contains("Explain the repair.") && user.contains("Tiles."), "{user}");
    let schema = request.schema.as_ref().unwrap();
    assert_eq!(schema["properties"]["outline"]["minItems"], 5);
}

#[test]
fn an_outline_needs_a_goal_or_a_topic() {
    for input in [
        json!({}),
        json!({ "context": "Tiles." }),
        json!({ "goal": " " }),
        json!({ "goal": "x".repeat(4_097) }),
        json!({ "goal": "x", "sections": 0 }),
        json!({ "goal": "x", "sections": 41 }),
        json!({ "goal": "x", "audience": "all" }),
        json!({ "goal": "x", "context": "x".repeat(MATERIAL_BYTES_MAX + 1) }),
    ] {
        given::<Osteon>([]).when("outline", input).then_refused("invalid_input");
    }
}

#[test]
fn a_section_is_asked_for_with_its_sources() {
    let input = json!({ "section_title": "Damage", "goal": "Explain", "audience": "owners",
        "context": "Old house.", "title": "The roof", "model": "ollama/small",
        "sources": [{ "title": "Report", "reference": "p. 3", "text": "Tiles broke." }] });
    let then = given::<Osteon>([]).when("draft", input);
    assert_eq!(types(&then), ["Created", "DraftAsked"]);
    assert_eq!(then.given.state.title.as_deref(), Some("The roof"));
    let request = request(&then.effects[0]);
    assert_eq!(request.model, "ollama/small");
    let Task::Draft { titles, context, sources, audience, .. } = &request.task else {
        panic!("not a draft")
    };
    assert_eq!(titles, &["Damage"]);
    assert_eq!(context.as_deref(), Some("Old house."));
    assert_eq!((sources[0].text.as_str(), audience.as_deref()), ("Tiles broke.", Some("owners")));
    let user = &request.turns[1].content;
    for part in ["- Damage", "Source [1] Report, p. 3", "Tiles broke.", "Old house.", "owners"] {
        assert!(user.contains(part), "{user}");
    }
}

#[test]
fn a_draft_without_an_outline_asks_for_one_first() {
    let then = given::<Osteon>([]).when("draft", json!({ "goal": "Explain the repair." }));
    assert_eq!(then.given.state.title.as_deref(), Some("Explain the repair"));
    assert!(matches!(request(&then.effects[0]).task, Task::Outline { .. }));
}

#[test]
fn a_draft_follows_the_outline_that_is_given() {
    let input = json!({ "goal": "Explain", "outline": ["Damage", "Work"], "title": "The roof" });
    let then = document().when("draft", input);
    assert_eq!(types(&then), ["Renamed", "OutlineMade", "DraftAsked"]);
    assert_eq!(*then.given.state.outline, ["Damage", "Work"]);
    let Task::Draft { titles, .. } = &request(&then.effects[0]).task else { panic!("a draft") };
    assert_eq!(titles, &["Damage", "Work"]);
    let again = then.given.when("draft", json!({ "goal": "Explain" }));
    let Task::Draft { titles, .. } = &request(&again.effects[0]).task else { panic!("a draft") };
    assert_eq!(titles, &["Damage", "Work"], "the outline is kept");
}

#[test]
fn a_draft_needs_a_goal_or_a_section_title() {
    let source = json!({ "title": "a", "text": "b" });
    for input in [
        json!({}),
        json!({ "audience": "all" }),
        json!({ "goal": "x", "outline": [] }),
        json!({ "goal": "x", "outline": ["A", " a "] }),
        json!({ "goal": "x", "outline": vec!["A"; 41] }),
        json!({ "goal": "x", "sources": vec![source; 101] }),
        json!({ "goal": "x", "sources": [{ "title": "a", "text": "b", "page": 1 }] }),
        json!({ "goal": "x", "sources": [{ "title": "", "text": "b" }] }),
        json!({ "goal": "x", "title": "x".repeat(201) }),
        json!({ "goal": "x", "id": "s_1" }),
    ] {
        given::<Osteon>([]).when("draft", input).then_refused("invalid_input");
    }
}

#[test]
fn a_section_or_a_text_is_edited() {
    let edit = json!({ "section": "costs", "edit_type": "shorten", "feedback": "Say less." });
    let then = document().when("edit", edit);
    assert_eq!(types(&then), ["EditAsked"]);
    assert_eq!(
        request(&then.effects[0]).task,
        Task::Edit {
            text: "It costs 900 euros.".to_owned(),
            edit_type: "shorten".to_owned(),
            feedback: Some("Say less.".to_owned()),
        }
    );
    let then = given::<Osteon>([]).when("edit", json!({ "text": "Hello." }));
    assert_eq!(then.given.state.created, None, "a free text begins no document");
    let Task::Edit { text, edit_type, .. } = &request(&then.effects[0]).task else {
        panic!("not an edit")
    };
    assert_eq!((text.as_str(), edit_type.as_str()), ("Hello.", "improve"));
}

#[test]
fn an_edit_needs_one_thing_to_edit() {
    for input in [
        json!({}),
        json!({ "section": "costs", "text": "x" }),
        json!({ "text": " " }),
        json!({ "text": "x".repeat(SECTION_BYTES_MAX + 1) }),
        json!({ "text": "x", "edit_type": "destroy" }),
        json!({ "text": "x", "feedback": "x".repeat(4_097) }),
    ] {
        document().when("edit", input).then_refused("invalid_input");
    }
    document().when("edit", json!({ "section": "none" })).then_refused("section_not_found");
    let edit = json!({ "section": "costs" });
    given::<Osteon>([]).when("edit", edit.clone()).then_refused("actor_not_found");
    let empty = document().when("set_section", json!({ "section": "costs", "text": "" }));
    empty.given.when("edit", edit).then_refused("invalid_input");
}

#[test]
fn a_text_sections_or_the_document_are_summarised() {
    let task = |input: Value| {
        let then = document().when("summarize", input);
        let Task::Summarize { text, sentences_max } = request(&then.effects[0]).task.clone() else {
            panic!("not a summary")
        };
        (text, sentences_max)
    };
    assert_eq!(task(json!({ "text": "Long.", "max_length": "short" })), ("Long.".to_owned(), 2));
    let sections = json!({ "sections": [{ "title": "A", "text": "b" }, { "title": "C" }] });
    assert_eq!(task(sections), ("A\n\nb\n\nC\n\n".to_owned(), Length::Medium.sentences_max()));
    let all = "Damage\n\nForty tiles broke.\n\nCosts\n\nIt costs 900 euros.";
    assert_eq!(task(json!({ "max_length": "long" })), (all.to_owned(), 12));
}

#[test]
fn marks_are_not_summarised() {
    let cite = json!({ "section": "costs", "source": { "title": "List" } });
    let then = document().when("cite", cite).given.when("summarize", json!({}));
    let Task::Summarize { text, .. } = &request(&then.effects[0]).task else { panic!("a summary") };
    assert!(text.ends_with("It costs 900 euros."), "{text}");
}

#[test]
fn there_must_be_something_to_summarise() {
    given::<Osteon>([]).when("summarize", json!({})).then_refused("actor_not_found");
    let empty = given::<Osteon>([super::created()]);
    empty.when("summarize", json!({})).then_refused("document_empty");
    for input in [
        json!({ "text": "a", "sections": [] }),
        json!({ "sections": [] }),
        json!({ "sections": [{ "title": "A", "text": " " }] }),
        json!({ "text": "" }),
        json!({ "text": "a", "max_length": "tiny" }),
    ] {
        document().when("summarize", input).then_refused("invalid_input");
    }
}

#[test]
fn a_document_waits_for_so_many_answers() {
    let mut given = document();
    for _ in 0..WAITING_MAX {
        given = given.when("edit", json!({ "text": "Hello." })).given;
    }
    let then = given.when("edit", json!({ "text": "Hello." })).then_refused("too_many_waiting");
    assert!(then.result.unwrap_err().retry_after_ms.is_some());
}

/// Bytes of the events and effects, in MessagePack.
fn bytes(then: &Then<Osteon>) -> usize {
    let whole = json!([then.decided().events, then.effects]);
    contracts::codec::encode(&whole).unwrap().len()
}

#[test]
fn the_largest_requests_fit_into_a_commit() {
    let text = "x".repeat(MATERIAL_BYTES_MAX - 10);
    let sources = json!([{ "title": "a", "text": text }]);
    let then = given::<Osteon>([]).when("draft", json!({ "goal": "x", "sources": sources }));
    assert!(bytes(&then) > 3 * MATERIAL_BYTES_MAX && bytes(&then) < COMMIT_BYTES_MAX);
    let text = "x".repeat(SECTION_BYTES_MAX);
    let then = given::<Osteon>([]).when("edit", json!({ "text": text }));
    assert!(bytes(&then) < COMMIT_BYTES_MAX);
    let text = "x".repeat(256 * 1024);
    let then = given::<Osteon>([]).when("summarize", json!({ "text": text }));
    assert!(bytes(&then) < COMMIT_BYTES_MAX);
    assert!(matches!(then.decided().events[0], Event::SummaryAsked(_)));
}
