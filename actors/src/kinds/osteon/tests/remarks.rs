use contracts::kinds::osteon::limits::{COMMENTS_MAX, REVIEWS_KEPT_MAX};
use contracts::kinds::osteon::{Change, Event, Place, Splice};
use proptest::proptest;
use serde_json::{Value, json};

use super::super::splice::{Fault, applied, located};
use super::{Osteon, created, document, given, now, set};
use crate::kinds::testing::{Given, Then};

fn change(old: &str, new: &str) -> Change {
    Change { old: old.to_owned(), new: new.to_owned() }
}

fn changed(given: Given<Osteon>, section: &str, changes: &[(&str, &str)]) -> Then<Osteon> {
    let changes: Vec<_> = changes.iter().map(|(old, new)| change(old, new)).collect();
    given.when("change_section", json!({ "section": section, "changes": changes }))
}

fn text(given: &Given<Osteon>, section: &str) -> String {
    given.state.section(section).expect("a section").text.clone()
}

/// The refusal of a command that met another text.
fn conflict(then: &Then<Osteon>) -> Value {
    let refusal = then.result.as_ref().expect_err("refused");
    assert_eq!(refusal.code, "section_changed");
    json!(refusal.details)
}

#[test]
fn a_change_is_made_where_its_words_stand() {
    let changes = [change("Forty", "Fifty"), change("", " All of them.")];
    let made = located("Forty tiles broke.", &changes).expect("made");
    let splice = |at, removed: &str, added: &str| Splice {
        at,
        removed: removed.to_owned(),
        added: added.to_owned(),
    };
    assert_eq!(made, [splice(1, "or", "if"), splice(18, "", " All of them.")]);
    assert_eq!(applied("Forty tiles broke.", &made), "Fifty tiles broke. All of them.");
    assert_eq!(located("aba", &[change("a", "b")]), Err(Fault::Twice(0)));
    assert_eq!(located("aba", &[change("c", "b")]), Err(Fault::Missing));
    let both = [change("ab", "x"), change("bc", "y")];
    assert_eq!(located("abc", &both), Err(Fault::Overlap(1)));
    assert_eq!(located("abc", &[change("abc", "abc")]), Ok(Vec::new()));
}

proptest! {
    #[test]
    fn a_change_is_a_replacement(
        before in "[ab é]{0,8}",
        old in "[cdü]{1,5}",
        new in "[a-d éü]{0,6}",
        after in "[ab é]{0,8}",
    ) {
        let text = format!("{before}{old}{after}");
        let made = located(&text, &[change(&old, &new)]).expect("it stands there once");
        assert_eq!(applied(&text, &made), format!("{before}{new}{after}"));
    }
}

#[test]
fn two_people_change_one_section_and_both_changes_stay() {
    let given = changed(document(), "damage", &[("Forty", "Fifty")]).given;
    let then = changed(given, "damage", &[("broke", "broke in the storm")]);
    assert_eq!(text(&then.given, "damage"), "Fifty tiles broke in the storm.");
    assert_eq!(now(&then)["changed"], 5);
    let then = changed(then.given, "damage", &[("Forty", "Sixty")]);
    let told = conflict(&then);
    assert_eq!(told["theirs"], "Fifty tiles broke in the storm.");
    assert_eq!(told["yours"], json!([{ "old": "Forty", "new": "Sixty" }]));
    assert_eq!((&told["section"], &told["changed"]), (&json!("damage"), &json!(5)));
    let then = changed(then.given, "damage", &[("o", "u")]);
    then.given.state_is_the_fold();
    changed(document(), "damage", &[("o", "u")]).then_refused("invalid_input");
    changed(document(), "damage", &[]).then_refused("invalid_input");
    changed(document(), "none", &[("a", "b")]).then_refused("section_not_found");
    let full = "x".repeat(65_000);
    changed(document(), "damage", &[("", &full), ("Forty", &full)]).then_refused("document_full");
    changed(document(), "damage", &[("Forty", "Forty")]).then_events(&[]);
}

#[test]
fn a_section_is_replaced_only_as_it_was_read() {
    let mine = |base: u64| json!({ "section": "costs", "text": "Mine.", "base": base });
    let then = document().when("set_section", mine(2));
    let told = conflict(&then);
    assert_eq!((&told["theirs"], &told["yours"]), (&json!("It costs 900 euros."), &json!("Mine.")));
    let base = told["changed"].as_u64().expect("a revision");
    let then = then.given.when("set_section", mine(base));
    assert_eq!(text(&then.given, "costs"), "Mine.");
    let remove = json!({ "section": "costs", "base": base });
    let then = then.given.when("remove_section", remove);
    assert_eq!(conflict(&then)["theirs"], "Mine.");
}

#[test]
fn comments_stay_until_they_are_dealt_with() {
    let about = json!({ "section": "costs", "quote": "900", "text": "With tax?" });
    let comment = |id: &str| {
        let mut input = about.clone();
        input["comment"] = json!(id);
        input
    };
    let then = document().when("comment", comment("m1"));
    assert_eq!(*now(&then), json!({ "comment": "m1", "open": 1 }));
    let kept = json!(then.given.state.comments);
    assert_eq!((&kept[0]["text"], &kept[0]["section"]), (&json!("With tax?"), &json!("costs")));
    assert!(kept[0]["by"].is_string());
    let version = then.given.state.version;
    let then = then.given.when("comment", comment("m1")).then_refused("invalid_input");
    let other = json!({ "section": "costs", "quote": "800", "text": "x" });
    let then = then.given.when("comment", other);
    conflict(&then);
    let then = then.given.when("resolve", json!({ "comment": "m1" }));
    assert_eq!(now(&then)["open"], 0);
    assert_eq!(then.given.state.version, version, "the document itself is as it was");
    let gone = json!({ "comment": "m1" });
    let then = then.given.when("resolve", gone).then_refused("comment_not_found");
    let then = then.given.when("comment", comment("m2"));
    let then = then.given.when("remove_section", json!({ "section": "costs" }));
    assert!(then.given.state.comments.is_empty(), "they go with their section");
    let mut given = then.given;
    for _ in 0..COMMENTS_MAX {
        given = given.when("comment", json!({ "section": "damage", "text": "x" })).given;
    }
    let more = json!({ "section": "damage", "text": "x" });
    given.when("comment", more).then_refused("document_full").given.state_is_the_fold();
}

#[test]
fn a_suggestion_is_taken_after_others_changed_the_section() {
    let suggest = |id: &str, old: &str, new: &str| {
        let changes = json!([{ "old": old, "new": new }]);
        json!({ "suggestion": id, "section": "damage", "changes": changes, "why": "Clearer." })
    };
    let then = document().when("suggest", suggest("u1", "broke", "were broken"));
    assert_eq!(text(&then.given, "damage"), "Forty tiles broke.", "nothing changed");
    let then = then.given.when("suggest", suggest("u2", "Forty", "40"));
    let then = then.given.when("suggest", suggest("u3", "tiles", "slates"));
    assert_eq!(now(&then)["open"], 3);
    let then = changed(then.given, "damage", &[("Forty", "Fifty")]);
    let then = then.given.when("settle", json!({ "suggestion": "u1", "accept": true }));
    assert_eq!(text(&then.given, "damage"), "Fifty tiles were broken.");
    let then = then.given.when("settle", json!({ "suggestion": "u2", "accept": true }));
    assert_eq!(conflict(&then)["theirs"], "Fifty tiles were broken.");
    let turned = json!({ "suggestion": "u2", "accept": false, "why": "It is fifty." });
    let then = then.given.when("settle", turned);
    assert_eq!(then.given.state.suggestions.len(), 1);
    let then = then.given.when("settle", json!({ "suggestion": "u2", "accept": true }));
    then.given.state_is_the_fold();
    let none = json!({ "suggestion": "u9", "accept": true });
    document().when("settle", none).then_refused("suggestion_not_found");
    let then = document().when("suggest", suggest("u1", "stones", "x"));
    conflict(&then);
}

#[test]
fn a_review_names_its_criteria_and_what_it_looked_at() {
    let verdicts = json!([{ "criterion": "Costs are told", "met": true },
        { "criterion": "Sources are cited", "met": false, "remark": "None is." }]);
    let then = document().when("review", json!({ "verdicts": verdicts }));
    let expected = json!({ "version": 3, "passed": false, "missed": ["Sources are cited"] });
    assert_eq!(*now(&then), expected);
    let mut given = then.given;
    for _ in 0..REVIEWS_KEPT_MAX {
        let met = json!([{ "criterion": "Costs are told", "met": true }]);
        let then = given.when("review", json!({ "verdicts": met }));
        assert_eq!(now(&then)["passed"], true);
        given = then.given;
    }
    assert_eq!(given.state.reviews.len(), REVIEWS_KEPT_MAX);
    let twice = json!([{ "criterion": "a", "met": true }, { "criterion": "a", "met": false }]);
    given.when("review", json!({ "verdicts": twice })).then_refused("invalid_input");
    document().when("review", json!({ "verdicts": [] })).then_refused("invalid_input");
}

/// What a commit holds of it: the events and the answer.
fn bytes(then: &Then<Osteon>) -> usize {
    json!(then.decided().events).to_string().len() + now(then).to_string().len()
}

#[test]
fn a_change_costs_its_own_size_and_not_that_of_the_document() {
    let long = "Water comes in. ".repeat(400);
    let part = |number: u32| {
        let text = format!("Part {number}. {}", &long[..6_000]);
        let before = number.checked_sub(1).map(|before| Place::After(format!("s{before}")));
        let (id, title) = (format!("s{number}"), format!("Section {number}"));
        set(&id, &title, &text, before.unwrap_or(Place::First), number + 1)
    };
    let given = given::<Osteon>(std::iter::once(created()).chain((0..500).map(part)));
    let whole = json!(given.state).to_string().len();
    assert!(whole > 3_000_000, "{whole}");
    let then = changed(given, "s250", &[("Part 250.", "The part 250.")]);
    let [Event::SectionChanged(event)] = &then.decided().events[..] else { panic!("one event") };
    assert_eq!(event.changes.len(), 1);
    assert!(bytes(&then) < 300, "{}", bytes(&then));
    let then = then.given.when("move_section", json!({ "section": "s499" }));
    assert!(bytes(&then) < 300, "{}", bytes(&then));
    let then = then.given.when("remove_section", json!({ "section": "s7" }));
    assert!(bytes(&then) < 300, "{}", bytes(&then));
    let new = json!({ "title": "New", "text": "Dry.", "after": "s3" });
    let then = then.given.when("set_section", new);
    assert!(bytes(&then) < 400, "{}", bytes(&then));
}
