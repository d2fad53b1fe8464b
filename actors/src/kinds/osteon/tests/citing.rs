use contracts::kinds::osteon::limits::SOURCES_MAX;
use contracts::kinds::osteon::{Event, Place, SourceRecord};
use serde_json::{Value, json};

use super::super::cite::{numbered, stored, used, without};
use super::{Osteon, created, document, given, now, set};
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

/// A section `code` of this text in a document that cites two sources, after one command.
fn coded(text: &str, name: &str, mut input: Value) -> crate::kinds::testing::Then<Osteon> {
    let given = cite(cite(document(), "damage", "Report"), "damage", "List");
    let set = json!({ "section": "code", "title": "Code", "text": text });
    let given = given.when("set_section", set).given;
    input["section"] = json!("code");
    given.when(name, input)
}

#[test]
fn only_words_cite() {
    let plain = "`a[1]`\n\n```c\na[1] = b[2];\n```\n\n    a[1]\n\n[1](https://x.example) \\[1] \
        [see [2]](https://x.example) ![a[1]](https://x.example/a.png) <i title=\"[1]\">\n\n\
        <div>\n[1]\n</div>\n\n[2]\n\n[2]: https://y.example\n";
    assert_eq!(stored(plain, &ids()), plain);
    let text = "**Bold [1]** and `a[1]` and [2].\n\n- [1]\n\n| a |\n| - |\n| [2] |\n";
    let kept = "**Bold [@c_a]** and `a[1]` and [@c_b].\n\n- [@c_a]\n\n| a |\n| - |\n| [@c_b] |\n";
    assert_eq!(stored(text, &ids()), kept);
    assert_eq!(numbered(kept, &ids()), text);
}

#[test]
fn a_change_cites_by_what_stands_around_it() {
    let text = "So `a[1]` is the first [1].";
    let changes = |old: &str, new: &str| json!({ "changes": [{ "old": old, "new": new }] });
    let ids: Vec<_> = ["Report", "List"].map(|it| SourceRecord::new(it, None).id).into();
    let kept = |input: Value| {
        let then = coded(text, "change_section", input);
        then.given.state.section("code").expect("a section").text.clone()
    };
    let first = format!("[@{}]", ids[0]);
    assert_eq!(kept(changes("`a[1]`", "`b[1]`")), format!("So `b[1]` is the first {first}."));
    assert_eq!(kept(changes("a[1]` is", "a[2]` was")), format!("So `a[2]` was the first {first}."));
    let second = format!("[@{}]", ids[1]);
    assert_eq!(
        kept(changes("first [1]", "second [2]")),
        format!("So `a[1]` is the second {second}.")
    );
    assert_eq!(
        kept(changes("", " See [2].")),
        format!("So `a[1]` is the first {first}. See {second}.")
    );
    coded(text, "change_section", changes("[1]", "[2]")).then_refused("invalid_input");
    coded(text, "change_section", changes("[2]", "[1]")).then_refused("section_changed");
    let about = json!({ "text": "Why?", "quote": "first [1]" });
    let then = coded(text, "comment", about);
    let comment = then.given.state.comments.last().expect("a comment");
    assert_eq!(comment.quote.as_deref(), Some(format!("first {first}").as_str()));
}

#[test]
fn a_citation_breaks_nothing_that_a_section_ends_with() {
    let glued = ["It leaks", "- one\n\nThen this *one*", "# A\nb"];
    let apart = [
        "```rust\nfn main() {}\n```",
        "```\nnever ends",
        "~~~~ c\n```\nnever ends",
        "- a\n\n  ```\n  never ends",
        "| a |\n| - |\n| 1 |",
        "<div>\nx\n</div>",
        "<!-- contents -->",
        "<!-- never ends",
        "a\n\n    code",
        "a\n\n## H",
        "a\n\n---",
        "a\n===",
        "- a\n- b",
        "> quoted",
        "a[^1]\n\n[^1]: A note.",
        "See [there].\n\n[there]: https://x.example",
        "a\\",
    ];
    let mark = format!("[@{}]", SourceRecord::new("New", None).id);
    for text in glued {
        let then = coded(text, "cite", json!({ "source": { "title": "New" } }));
        let now = &then.given.state.section("code").expect("a section").text;
        assert_eq!(*now, format!("{text} {mark}"));
    }
    for text in apart {
        let then = coded(text, "cite", json!({ "source": { "title": "New" } }));
        let now = &then.given.state.section("code").expect("a section").text;
        assert!(now.starts_with(text) && now.ends_with(&format!("\n\n{mark}")), "{now}");
        let shown = now.replace(&mark, "[1]");
        let ids = [SourceRecord::new("New", None).id];
        assert_eq!(stored(&shown, &ids), *now, "it is words");
        then.given.state_is_the_fold();
    }
}

#[test]
fn what_was_cited_before_folds_as_it_did() {
    let source = json!({ "id": "c_0123456789", "title": "Report" });
    let old = json!({ "section": "costs", "source": source });
    let cited: contracts::kinds::osteon::Cited = serde_json::from_value(old.clone()).expect("old");
    assert_eq!(serde_json::to_value(&cited).expect("JSON"), old);
    let Given { state, .. } = given::<Osteon>([
        created(),
        set("costs", "Costs", "- a", Place::First, 1),
        Event::Cited(cited),
    ]);
    assert_eq!(state.sections[0].text, "- a [@c_0123456789]");
}

#[test]
fn what_is_summarised_has_no_notes() {
    let text = "The roof leaks[^1] in the north. It `a[^1]` is old.\n\n[^1]: Measured.\n";
    let then = coded(text, "comment", json!({ "text": "x" })).given.when("summarize", json!({}));
    let asked = serde_json::to_string(super::request(&then.effects[0])).expect("JSON");
    assert!(asked.contains("leaks in the north") && asked.contains("a[^1]"), "{asked}");
    assert!(!asked.contains("Measured"), "{asked}");
}

#[test]
fn a_comment_on_words_that_are_not_there_says_so() {
    let about = json!({ "text": "Why?", "quote": "zzz" });
    let refusal = coded("It leaks.", "comment", about).result.expect_err("refused");
    assert_eq!(refusal.code, "section_changed");
    assert!(refusal.message.contains("does not say the words"), "{}", refusal.message);
    assert_eq!(json!(refusal.details)["quote"], "zzz");
}
