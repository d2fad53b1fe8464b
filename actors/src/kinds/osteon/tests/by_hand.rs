use contracts::kinds::osteon::limits::{DOCUMENT_BYTES_MAX, SECTION_BYTES_MAX, SECTIONS_MAX};
use contracts::kinds::osteon::{Event, Place, SectionMoved, SectionRemoved};
use contracts::{Page, Revision};
use serde_json::json;

use super::{Osteon, created, document, given, now, page, set};
use crate::kinds::testing::Given;

fn ids(given: &Given<Osteon>) -> Vec<&str> {
    given.state.sections.iter().map(|section| section.id.as_str()).collect()
}

#[test]
fn a_document_is_created_once() {
    let create = json!({ "title": "Roof", "metadata": { "year": 2026 } });
    let then = given::<Osteon>([]).when("create", create.clone());
    assert_eq!(*now(&then), create);
    let then = then.given.when("create", create).then_refused("actor_exists");
    let untitled = given::<Osteon>([]).when("create", json!({}));
    assert_eq!(*now(&untitled), json!({ "title": null, "metadata": {} }));
    then.given.state_is_the_fold();
}

#[test]
fn a_free_edit_does_not_begin_the_document() {
    let then = given::<Osteon>([]).when("edit", json!({ "text": "Hello." }));
    then.given.when("create", json!({ "title": "Roof" })).decided();
}

#[test]
fn nothing_is_arranged_before_there_is_a_document() {
    for (name, input) in [
        ("set_section", json!({ "title": "A", "text": "b" })),
        ("remove_section", json!({ "section": "a" })),
        ("move_section", json!({ "section": "a" })),
        ("cite", json!({ "section": "a", "source": { "title": "b" } })),
        ("rename", json!({ "title": "a" })),
        ("set_metadata", json!({ "metadata": {} })),
        ("export", json!({})),
    ] {
        given::<Osteon>([]).when(name, input).then_refused("actor_not_found");
    }
}

#[test]
fn a_section_is_added_at_the_end_or_after_another() {
    let then = document().when("set_section", json!({ "title": "End", "text": "x" }));
    let id = now(&then)["section"].as_str().unwrap().to_owned();
    assert!(id.starts_with("s_"));
    assert_eq!(ids(&then.given), ["damage", "costs", id.as_str()]);
    let input = json!({ "section": "work", "title": "Work", "text": "x", "after": "damage" });
    let then = then.given.when("set_section", input);
    assert_eq!(ids(&then.given), ["damage", "work", "costs", id.as_str()]);
    assert_eq!((&now(&then)["place"], &now(&then)["sections"]), (&json!(2), &json!(4)));
}

#[test]
fn a_section_is_replaced_where_it_is_or_moved() {
    let input = json!({ "section": "damage", "text": "None." });
    let event = set("damage", "Damage", "None.", Place::Kept, 2);
    let then = document().when("set_section", input.clone()).then_events(&[event]);
    let then = then.given.when("set_section", input).then_events(&[]);
    let input = json!({ "section": "damage", "text": "None.", "after": "costs" });
    let then = then.given.when("set_section", input);
    assert_eq!(ids(&then.given), ["costs", "damage"]);
    assert_eq!(then.given.state.section("damage").unwrap().changed, Revision(5));
}

#[test]
fn a_section_that_is_not_there_cannot_be_named() {
    let unknown = json!({ "section": "none", "text": "x" });
    document().when("set_section", unknown).then_refused("section_not_found");
    let after = json!({ "title": "A", "text": "x", "after": "none" });
    document().when("set_section", after).then_refused("section_not_found");
    let after = json!({ "section": "costs", "text": "x", "after": "none" });
    document().when("set_section", after).then_refused("section_not_found");
    let none = json!({ "section": "none" });
    document().when("remove_section", none.clone()).then_refused("section_not_found");
    document().when("move_section", none).then_refused("section_not_found");
    let after = json!({ "section": "costs", "after": "none" });
    document().when("move_section", after).then_refused("section_not_found");
    let cite = json!({ "section": "none", "source": { "title": "a" } });
    document().when("cite", cite).then_refused("section_not_found");
}

#[test]
fn inputs_are_held_to_their_limits() {
    let long = "x".repeat(SECTION_BYTES_MAX + 1);
    for (name, input) in [
        ("set_section", json!({ "text": "x" })),
        ("set_section", json!({ "title": "", "text": "x" })),
        ("set_section", json!({ "title": "A", "text": long })),
        ("set_section", json!({ "section": "a b", "title": "A", "text": "x" })),
        ("set_section", json!({ "section": "costs", "text": "x", "after": "costs" })),
        ("set_section", json!({ "section": "costs", "text": "x", "note": 1 })),
        ("move_section", json!({ "section": "costs", "after": "costs" })),
        ("cite", json!({ "section": "costs", "source": { "title": " " } })),
        ("cite", json!({ "section": "costs", "source": { "title": "a", "page": 1 } })),
        ("rename", json!({ "title": "x".repeat(201) })),
        ("set_metadata", json!({ "metadata": { "title": "x" } })),
        ("set_metadata", json!({ "metadata": { "created_at": "x" } })),
        ("set_metadata", json!({ "metadata": { "big": u64::MAX } })),
        ("set_metadata", json!({ "metadata": { "long": "x".repeat(16_384) } })),
        ("set_metadata", json!({ "metadata": [] })),
    ] {
        document().when(name, input).then_refused("invalid_input");
    }
}

#[test]
fn a_document_has_room_for_so_many_sections_and_bytes() {
    let mut given = given::<Osteon>([created()]);
    for _ in 0..SECTIONS_MAX {
        given = given.when("set_section", json!({ "title": "A", "text": "x" })).given;
    }
    let more = json!({ "title": "A", "text": "x" });
    given.when("set_section", more).then_refused("document_full");
    let mut given = super::given::<Osteon>([created()]);
    let full = json!({ "title": "A", "text": "x".repeat(SECTION_BYTES_MAX) });
    for _ in 1..DOCUMENT_BYTES_MAX / SECTION_BYTES_MAX {
        given = given.when("set_section", full.clone()).given;
    }
    given.when("set_section", full).then_refused("document_full");
}

#[test]
fn a_section_moves_after_another_or_to_the_beginning() {
    let moved = |section: &str, place| {
        Event::SectionMoved(SectionMoved { section: section.to_owned(), place })
    };
    let then = document()
        .when("move_section", json!({ "section": "costs" }))
        .then_events(&[moved("costs", Place::First)]);
    assert_eq!(ids(&then.given), ["costs", "damage"]);
    let back = json!({ "section": "costs", "after": "damage" });
    let then = then
        .given
        .when("move_section", back.clone())
        .then_events(&[moved("costs", Place::After("damage".to_owned()))]);
    then.given.when("move_section", back).then_events(&[]);
    document().when("move_section", json!({ "section": "damage" })).then_events(&[]);
}

#[test]
fn a_section_is_removed() {
    let removed = SectionRemoved { section: "damage".to_owned(), sections: 1 };
    let then = document()
        .when("remove_section", json!({ "section": "damage" }))
        .then_events(&[Event::SectionRemoved(removed)]);
    assert_eq!(ids(&then.given), ["costs"]);
}

#[test]
fn title_and_metadata_change() {
    let then = document().when("rename", json!({ "title": "House" }));
    assert_eq!(now(&then)["title"], "House");
    let then = then.given.when("rename", json!({ "title": "House" })).then_events(&[]);
    let metadata = json!({ "metadata": { "year": 2026 } });
    let then = then.given.when("set_metadata", metadata.clone());
    assert_eq!(now(&then)["metadata"], metadata["metadata"]);
    then.given.when("set_metadata", metadata).then_events(&[]);
}

#[test]
fn heads_tell_title_and_counts() {
    let then = document().when("remove_section", json!({ "section": "costs" }));
    let then = then.given.when("rename", json!({ "title": "House" }));
    let mut head = json!({});
    for event in then.given.happened() {
        json_patch::merge(&mut head, &page::Osteon::summary(event).unwrap());
    }
    let expected = json!({ "title": "House", "sections": 1, "outline": 0, "last": "Renamed" });
    assert_eq!(head, expected);
}
