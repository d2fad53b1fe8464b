use contracts::kinds::osteon::SourceRecord;
use contracts::kinds::osteon::limits::SOURCES_MAX;
use serde_json::{Value, json};

use super::super::cite::{numbered, stored, used, without};
use super::{Osteon, document, now};
use crate::kinds::testing::Given;

fn ids() -> Vec<String> {
    vec!["c_a".to_owned(), "c_b".to_owned()]
}

#[test]
fn numbers_become_ids_and_ids_numbers() {
    let text = "One [1], both [1, 2] and [2][1], none [3] [0] [x] [] [1";
    let kept = "One [@c_a], both [@c_a][@c_b] and [@c_b][@c_a], none [3] [0] [x] [] [1";
    assert_eq!(stored(text, &ids()), kept);
    assert_eq!(numbered(kept, &ids()), text.replace("[1, 2]", "[1][2]"));
    assert_eq!(stored(kept, &ids()), kept, "ids stay ids");
}

#[test]
fn other_brackets_stay_as_they_are() {
    for text in ["[[1]", "[99999999999999999999999]", "[1,]", "[-1]", "[@]", "[@c a]", "[ü]", "]["]
    {
        let expected = if text == "[[1]" { "[[@c_a]" } else { text };
        assert_eq!(stored(text, &ids()), expected);
        assert_eq!(numbered(text, &ids()), text);
    }
}

#[test]
fn used_sources_stand_in_order_of_first_use() {
    let texts = ["x [@c_b] [@c_x]", "[@c_a] [@c_b]"];
    assert_eq!(used(texts, |id| id != "c_x"), ["c_b", "c_a"]);
}

#[test]
fn a_text_without_citations_has_no_gaps() {
    let source = SourceRecord::new("List", None);
    let text = format!("Nine [@{0}], ten[@{0}] [@{0}]. [@c_x]", source.id);
    let sources = [(source.id.clone(), source)].into();
    assert_eq!(without(&text, &sources), "Nine, ten. [@c_x]");
}

fn cite(given: Given<Osteon>, section: &str, title: &str) -> Given<Osteon> {
    let input = json!({ "section": section, "source": { "title": title } });
    given.when("cite", input).given
}

fn listed(given: &Given<Osteon>) -> Value {
    let citations = given.state.citations();
    let one = |cited: &contracts::kinds::osteon::artifact::Citation| {
        json!([cited.number, cited.title, cited.sections])
    };
    citations.iter().map(one).collect()
}

fn shown(given: &Given<Osteon>, place: usize) -> String {
    let state = &given.state;
    state.shown(&state.sections[place], &state.numbers()).text
}

#[test]
fn citations_are_numbered_over_the_document() {
    let given = cite(document(), "costs", "List");
    let given = cite(given, "damage", "Report");
    let given = cite(given, "damage", "List");
    let expected = json!([[1, "Report", ["damage"]], [2, "List", ["damage", "costs"]]]);
    assert_eq!(listed(&given), expected);
    assert_eq!(shown(&given, 0), "Forty tiles broke. [1] [2]");
    assert_eq!(shown(&given, 1), "It costs 900 euros. [2]");
    let then = given.when("move_section", json!({ "section": "costs" }));
    let expected = json!([[1, "List", ["costs", "damage"]], [2, "Report", ["damage"]]]);
    assert_eq!(listed(&then.given), expected);
    let then = then.given.when("remove_section", json!({ "section": "damage" }));
    assert_eq!(listed(&then.given), json!([[1, "List", ["costs"]]]), "only what is cited");
}

#[test]
fn citing_again_changes_nothing() {
    let input = json!({ "section": "costs", "source": { "title": "List", "reference": "p. 1" } });
    let then = document().when("cite", input.clone());
    let first = now(&then).clone();
    assert_eq!(first["citations"][0]["reference"], "p. 1");
    then.given.when("cite", input).then_events(&[]).then_reply(first);
}

#[test]
fn what_is_shown_can_be_sent_back() {
    let given = cite(cite(document(), "costs", "List"), "damage", "Report");
    let text = shown(&given, 1);
    assert_eq!(text, "It costs 900 euros. [2]");
    let text = text.replace("900", "800");
    let then = given.when("set_section", json!({ "section": "costs", "text": text }));
    assert_eq!(shown(&then.given, 1), "It costs 800 euros. [2]");
    assert_eq!(listed(&then.given), json!([[1, "Report", ["damage"]], [2, "List", ["costs"]]]));
}

#[test]
fn a_source_may_be_cited_by_its_id() {
    let given = cite(document(), "costs", "List");
    let id = SourceRecord::new("List", None).id;
    let text = format!("See [@{id}].");
    let then = given.when("set_section", json!({ "section": "damage", "text": text }));
    assert_eq!(listed(&then.given), json!([[1, "List", ["damage", "costs"]]]));
}

#[test]
fn sources_that_nothing_cites_are_forgotten_first() {
    let mut given = document();
    for number in 0..=SOURCES_MAX {
        given = cite(given, "costs", &format!("Source {number}"));
        let text = json!({ "section": "costs", "text": "It costs 900 euros." });
        given = given.when("set_section", text).given;
    }
    assert!(given.state.sources.len() <= SOURCES_MAX);
    let given = cite(given, "costs", "Another");
    assert_eq!(listed(&given), json!([[1, "Another", ["costs"]]]));
    given.state_is_the_fold();
}

#[test]
fn a_document_has_room_for_so_many_cited_sources() {
    let mut given = document();
    for number in 0..SOURCES_MAX {
        given = cite(given, "costs", &format!("Source {number}"));
    }
    let input = json!({ "section": "costs", "source": { "title": "Another" } });
    given.when("cite", input).then_refused("document_full");
}
