use contracts::kinds::osteon::{Event, Place, SectionDrafted, SourceRecord};
use contracts::{Decider, OutcomeResult, Refusal};
use serde_json::{Value, json};

use super::{
    Osteon, answered, completion, document, done, failed, given, local, outcome, outcome_of,
    request, sample_command_id,
};
use crate::kinds::testing::{Given, Then};

fn titles(given: &Given<Osteon>) -> Vec<&str> {
    given.state.sections.iter().map(|section| section.title.as_str()).collect()
}

fn written(titles: &[&str]) -> Value {
    let section = |title: &&str| json!({ "title": title, "text": format!("About {title}.") });
    json!({ "sections": titles.iter().map(section).collect::<Vec<_>>() })
}

#[test]
fn an_outline_is_answered_and_kept() {
    let then = given::<Osteon>([]).when("outline", json!({ "goal": "Explain", "sections": 2 }));
    let then = answered(then, json!({ "outline": [" Damage ", "Work"] }));
    let outline = json!(["Damage", "Work"]);
    assert_eq!(*done(&then), json!({ "outline": outline, "generated_by": local() }));
    assert_eq!(completion(&then).command_id, sample_command_id(1));
    assert_eq!(json!(then.given.state.outline), outline);
    assert!(then.given.state.waiting.is_empty());
}

#[test]
fn a_section_is_drafted_with_its_citations() {
    let then = given::<Osteon>([]).when(
        "draft",
        json!({
            "section_title": "Damage", "goal": "Explain",
            "sources": [{ "title": "Unused", "text": "x" },
                { "title": "Report", "reference": "p. 3", "text": "Tiles broke." }]
        }),
    );
    let text = "Tiles broke [2], but a[0] is code.";
    let value = json!({ "sections": [{ "title": "Damage", "text": text, "sources": [1] }] });
    let then = answered(then, value);
    let source = SourceRecord::new("Report", Some("p. 3"));
    let Event::SectionDrafted(drafted) = &then.decided().events[0] else { panic!("a section") };
    assert_eq!(
        *drafted,
        SectionDrafted {
            section: drafted.section.clone(),
            title: "Damage".to_owned(),
            text: format!("Tiles broke [@{}], but a[0] is code.", source.id),
            sources: vec![source.clone()],
            place: Place::First,
            sections: 1,
            generated_by: serde_json::from_value(local()).unwrap(),
        }
    );
    assert!(drafted.section.starts_with("s_"));
    assert_eq!(
        *done(&then),
        json!({
            "sections": [{ "id": drafted.section, "title": "Damage",
                "text": "Tiles broke [1], but a[0] is code." }],
            "toc": ["Damage"],
            "citations": [{ "id": source.id, "number": 1, "title": "Report", "reference": "p. 3",
                "sections": [drafted.section] }],
            "generated_by": local(),
        })
    );
    then.given.state_is_the_fold();
}

#[test]
fn a_draft_outlines_first_and_answers_once() {
    let sources = json!([{ "title": "Report", "text": "Tiles broke." }]);
    let then = given::<Osteon>([]).when("draft", json!({ "goal": "Explain", "sources": sources }));
    let outline = ["A", "B", "C", "D", "E"];
    let then = answered(then, json!({ "outline": outline }));
    assert!(then.decided().completes.is_empty(), "the command still waits");
    assert_eq!(then.given.state.waiting.len(), 1);
    assert!(request(&then.effects[0]).turns[1].content.contains("Source [1] Report"));
    let outcome = outcome(&then.effects[0], written(&outline));
    let then = then.given.when_outcome(&outcome);
    assert_eq!(done(&then)["toc"], json!(outline));
    assert_eq!(completion(&then).command_id, sample_command_id(1));
    assert_eq!(titles(&then.given), outline);
    assert!(then.given.state.waiting.is_empty());
    let ids: std::collections::BTreeSet<_> =
        then.given.state.sections.iter().map(|section| &section.id).collect();
    assert_eq!(ids.len(), outline.len());
    let again = then.given.when_outcome(&outcome).then_events(&[]);
    assert!(again.decided().completes.is_empty());
    again.given.state_is_the_fold();
}

#[test]
fn a_section_of_the_same_title_is_replaced_in_its_place() {
    let then = document().when("draft", json!({ "section_title": "DAMAGE", "goal": "x" }));
    let then = answered(then, written(&["DAMAGE"]));
    assert_eq!(done(&then)["sections"][0]["id"], "damage");
    assert_eq!(titles(&then.given), ["DAMAGE", "Costs"]);
}

#[test]
fn new_sections_stand_where_the_outline_has_them() {
    let outline = json!({ "goal": "x", "outline": ["Why", "Damage", "Work", "Costs", "End"] });
    let kept = document().when("draft", outline).given;
    let mut given = kept;
    for (title, expected) in [
        ("Work", vec!["Damage", "Work", "Costs"]),
        ("Why", vec!["Why", "Damage", "Work", "Costs"]),
        ("Other", vec!["Why", "Damage", "Work", "Costs", "Other"]),
        ("End", vec!["Why", "Damage", "Work", "Costs", "End", "Other"]),
    ] {
        let then = given.when("draft", json!({ "section_title": title }));
        given = answered(then, written(&[title])).given;
        assert_eq!(titles(&given), expected);
    }
}

#[test]
fn sections_that_others_changed_meanwhile_are_left_alone() {
    let outline = json!({ "goal": "x", "outline": ["Damage", "Work", "Costs"] });
    let then = document().when("draft", outline);
    let value = outcome(&then.effects[0], written(&["Costs", "Work", "Damage"]));
    let by_hand = json!({ "section": "costs", "text": "Nothing." });
    let then = then.given.when("set_section", by_hand);
    let then = then.given.when("set_section", json!({ "title": "Work", "text": "Mine." }));
    let then = then.given.when_outcome(&value);
    let reply = done(&then);
    assert_eq!(reply["sections"].as_array().unwrap().len(), 1);
    assert_eq!(reply["skipped"][0]["title"], "Work");
    assert_eq!(reply["skipped"][1]["code"], "section_changed");
    let texts: Vec<_> =
        then.given.state.sections.iter().map(|section| section.text.as_str()).collect();
    assert_eq!(texts, ["About Damage.", "Nothing.", "Mine."]);
}

#[test]
fn a_draft_of_which_nothing_can_be_written_fails() {
    let then = document().when("draft", json!({ "section_title": "Costs" }));
    let value = outcome(&then.effects[0], written(&["Costs"]));
    let changed = json!({ "section": "costs", "text": "Nothing." });
    let changed = then.given.when("set_section", changed).given;
    failed(&changed.when_outcome(&value), "section_changed");
    let then = document().when("draft", json!({ "section_title": "Costs" }));
    let removed = then.given.when("remove_section", json!({ "section": "costs" })).given;
    failed(&removed.when_outcome(&value), "section_not_found");
}

#[test]
fn an_edit_changes_the_section_and_tells_the_difference() {
    let then = document().when("edit", json!({ "section": "costs" }));
    let then = answered(then, json!({ "edited_text": "It costs 800 euros." }));
    assert_eq!(
        *done(&then),
        json!({
            "section": "costs",
            "edited_text": "It costs 800 euros.",
            "original_text": "It costs 900 euros.",
            "diff": {
                "unified": "@@ -1 +1 @@\n-It costs 900 euros.\n\\ No newline at end of file\n\
                    +It costs 800 euros.\n\\ No newline at end of file\n",
                "hunks": [{ "op": "replace", "old_start": 1, "old_lines": 1, "new_start": 1,
                    "new_lines": 1, "old": "It costs 900 euros.", "new": "It costs 800 euros." }],
                "words": { "added": 1, "removed": 1 },
            },
            "generated_by": local(),
        })
    );
    let section = then.given.state.section("costs").unwrap();
    assert_eq!(section.text, "It costs 800 euros.");
    assert_eq!(json!(section.generated_by), local());
}

#[test]
fn an_edit_that_changes_nothing_leaves_no_trace() {
    let then = document().when("edit", json!({ "section": "costs" }));
    let version = then.given.state.version;
    let then = answered(then, json!({ "edited_text": "It costs 900 euros." }));
    let diff = json!({ "unified": "", "hunks": [], "words": { "added": 0, "removed": 0 } });
    assert_eq!(done(&then)["diff"], diff);
    assert_eq!(then.given.state.version, version);
}

#[test]
fn an_edit_of_a_free_text_leaves_the_document_alone() {
    let before = document().state.sections;
    let then = document().when("edit", json!({ "text": "Hello." }));
    let then = answered(then, json!({ "edited_text": "Good day." }));
    assert_eq!(done(&then)["original_text"], "Hello.");
    assert_eq!(done(&then).get("section"), None);
    assert_eq!(then.given.state.sections, before);
}

#[test]
fn an_edit_keeps_the_citations_whatever_their_numbers_became() {
    let cite =
        |section: &str, title: &str| json!({ "section": section, "source": { "title": title } });
    let given = document().when("cite", cite("costs", "List")).given;
    let then = given.when("edit", json!({ "section": "costs" }));
    let value = json!({ "edited_text": "900 euros [1]." });
    let value = outcome(&then.effects[0], value);
    let then = then.given.when("cite", cite("damage", "Report"));
    let then = then.given.when_outcome(&value);
    assert_eq!(done(&then)["edited_text"], "900 euros [2].");
    assert_eq!(done(&then)["original_text"], "It costs 900 euros. [2]");
    let citations = then.given.state.citations();
    let cited: Vec<_> = citations.iter().map(|cited| cited.title.as_str()).collect();
    assert_eq!(cited, ["Report", "List"]);
}

#[test]
fn an_edit_never_overwrites_what_others_wrote() {
    let then = document().when("edit", json!({ "section": "costs" }));
    let value = outcome(&then.effects[0], json!({ "edited_text": "new" }));
    let by_hand = json!({ "section": "costs", "text": "Nothing." });
    let then = then.given.when("set_section", by_hand).given.when_outcome(&value);
    failed(&then, "section_changed");
    assert_eq!(then.given.state.section("costs").unwrap().text, "Nothing.");
    let then = document().when("edit", json!({ "section": "costs" }));
    let then = then.given.when("remove_section", json!({ "section": "costs" }));
    failed(&then.given.when_outcome(&value), "section_not_found");
}

#[test]
fn moving_a_section_does_not_disturb_its_edit() {
    let then = document().when("edit", json!({ "section": "costs" }));
    let value = outcome(&then.effects[0], json!({ "edited_text": "new" }));
    let then = then.given.when("move_section", json!({ "section": "costs" }));
    assert_eq!(done(&then.given.when_outcome(&value))["edited_text"], "new");
}

#[test]
fn a_summary_tells_its_lengths_in_characters() {
    let then = document().when("summarize", json!({ "text": "Größe zählt." }));
    let then = answered(then, json!({ "summary": "Größe." }));
    assert_eq!(
        *done(&then),
        json!({
            "summary": "Größe.", "length": 6, "original_length": 12, "generated_by": local()
        })
    );
}

fn asked(name: &str) -> Then<Osteon> {
    let input = match name {
        "outline" => json!({ "goal": "x", "sections": 2 }),
        "draft" => json!({ "section_title": "New",
            "sources": [{ "title": "a", "text": "b" }] }),
        "edit" => json!({ "section": "costs" }),
        _ => json!({}),
    };
    document().when(name, input)
}

#[test]
fn a_failed_model_fails_the_command_and_harms_nothing() {
    let before = document().state.sections;
    for name in ["outline", "draft", "edit", "summarize"] {
        let then = asked(name);
        let refusal = Refusal::unavailable("model_unavailable", "the provider is away");
        let outcome = outcome_of(&then.effects[0], OutcomeResult::Failed(refusal));
        let then = then.given.when_outcome(&outcome);
        failed(&then, "model_unavailable");
        assert_eq!(then.given.state.sections, before);
        let unknown = outcome_of(&asked(name).effects[0], OutcomeResult::Unknown);
        failed(&asked(name).given.when_outcome(&unknown), "effect_unknown");
    }
}

#[test]
fn an_answer_that_does_not_follow_the_schema_is_refused() {
    let section = |title: &str, text: &str, source: u32| {
        let section = json!({ "title": title, "text": text, "sources": [source] });
        json!({ "sections": [section] })
    };
    for (name, value) in [
        ("outline", json!("Introduction")),
        ("outline", json!({ "outline": [] })),
        ("outline", json!({ "outline": ["A"] })),
        ("outline", json!({ "outline": ["A", "B", "C"] })),
        ("outline", json!({ "outline": ["A", "a"] })),
        ("outline", json!({ "outline": ["A", " "] })),
        ("outline", json!({ "outline": ["A", "B"], "note": "x" })),
        ("draft", json!({ "sections": [] })),
        ("draft", section("Other", "x", 0)),
        ("draft", section("New", " ", 0)),
        ("draft", section("New", "x", 1)),
        ("draft", section("New", &"x".repeat(65_537), 0)),
        ("edit", json!({ "edited_text": "" })),
        ("edit", json!({ "text": "x" })),
        ("summarize", json!({ "summary": 1 })),
        ("summarize", json!({ "summary": "\0" })),
    ] {
        failed(&answered(asked(name), value), "model_answer_invalid");
    }
}

#[test]
fn an_answer_may_be_json_text() {
    let then = asked("edit");
    let mut outcome = outcome(&then.effects[0], json!({ "edited_text": "new" }));
    if let OutcomeResult::Llm(response) = &mut outcome.result {
        response.value = None;
    }
    assert_eq!(done(&then.given.when_outcome(&outcome))["edited_text"], "new");
}

#[test]
fn an_answer_about_too_many_passages_is_refused() {
    let text: String = "a\nb\n".repeat(4_000);
    let then = document().when("edit", json!({ "text": text }));
    let changed = text.replace("a\n", "c\n");
    let then = answered(then, json!({ "edited_text": changed.trim_end() }));
    assert_eq!(done(&then)["diff"]["hunks"].as_array().unwrap().len(), 1);
    let text = "\u{1}".repeat(65_536);
    let then = document().when("edit", json!({ "text": text }));
    let changed = text.replacen('\u{1}', "x", 1);
    failed(&answered(then, json!({ "edited_text": changed })), "text_too_large");
}

#[test]
fn a_fork_waits_for_nothing() {
    let mut then = asked("edit");
    let outcome = outcome(&then.effects[0], json!({ "edited_text": "new" }));
    let forked = Osteon::forked(then.given.state.clone());
    assert!(forked.waiting.is_empty());
    assert_eq!(forked.sections, then.given.state.sections);
    let cx = then.given.context();
    let decision = Osteon::outcome(&forked, &outcome, &cx);
    assert!(decision.events.is_empty() && decision.completes.is_empty());
}

#[test]
fn a_tag_of_somebody_else_changes_nothing() {
    let then = asked("edit");
    let mut outcome = outcome(&then.effects[0], json!({ "edited_text": "new" }));
    outcome.tag = json!({ "command": "?" });
    then.given.when_outcome(&outcome).then_events(&[]);
}
