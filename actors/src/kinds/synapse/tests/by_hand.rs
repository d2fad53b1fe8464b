use contracts::kinds::synapse::limits::{SLIDES_MAX, TEXT_BYTES_MAX};
use contracts::kinds::synapse::{Change, Event};
use serde_json::{Value, json};

use super::{Synapse, deck, given, ids, now};

#[test]
fn slides_are_added_moved_and_removed() {
    let given = deck();
    assert_eq!(ids(&given), ["damage", "costs"]);
    let then = given.when("slide_add", json!({ "title": "Why", "after": "damage" }));
    let id = now(&then)["slide"].as_str().unwrap().to_owned();
    assert_eq!((now(&then)["position"].clone(), id.starts_with("s_")), (json!(2), true));
    let then = then.given.when("slide_move", json!({ "slide": "costs" }));
    assert_eq!(ids(&then.given), ["costs", "damage", id.as_str()]);
    let again = then.given.when("slide_move", json!({ "slide": "costs" }));
    assert!(again.decided().events.is_empty());
    let then = again.given.when("slide_remove", json!({ "slide": "damage" }));
    assert_eq!((now(&then)["slides"].clone(), now(&then).get("position")), (json!(2), None));
    assert_eq!(ids(&then.given), ["costs", id.as_str()]);
    then.given.state_is_the_fold();
}

#[test]
fn what_is_not_there_is_told() {
    let gone = json!({ "slide": "none" });
    for command in ["slide_move", "slide_remove", "slide_edit", "read", "check"] {
        deck().when(command, gone.clone()).then_refused("slide_not_found");
        given::<Synapse>([]).when(command, gone.clone()).then_refused("actor_not_found");
    }
    deck().when("notes", json!({ "slide": "none", "text": "" })).then_refused("slide_not_found");
    let layout = json!({ "slide": "costs", "layout": "none" });
    deck().when("layout", layout).then_refused("layout_not_found");
    let layout = json!({ "layout": "none", "title": "A" });
    deck().when("slide_add", layout).then_refused("layout_not_found");
    deck().when("slide_add", json!({ "slide": "costs" })).then_refused("slide_exists");
    deck().when("slide_add", json!({ "after": "none" })).then_refused("slide_not_found");
    deck().when("create", json!({})).then_refused("actor_exists");
    deck()
        .when("slide_move", json!({ "slide": "costs", "after": "costs" }))
        .then_refused("invalid_input");
}

#[test]
fn an_edit_is_as_large_as_the_change() {
    let table = json!({ "head": ["Item", "Euros"], "rows": [["Tiles"], ["Work", "900"]] });
    let parts = json!([{ "place": 2, "table": table }]);
    let edit = json!({ "slide": "costs", "title": "What it costs", "parts": parts });
    let then = deck().when("slide_edit", edit.clone());
    let [Event::SlideEdited(edited)] = &then.decided().events[..] else { panic!("one change") };
    assert!(matches!(edited.changes[..], [Change::Put(0, _), Change::Insert(2, _)]));
    let slide = &then.given.state.slide("costs").unwrap().slide;
    assert_eq!(slide.parts.len(), 3);
    let again = then.given.when("slide_edit", edit);
    assert!(again.decided().events.is_empty(), "nothing is another");
    let then = again.given.when("slide_edit", json!({ "slide": "costs", "remove": [2, 1, 1] }));
    assert_eq!(then.given.state.slide("costs").unwrap().slide.parts.len(), 1);
    let hidden = then.given.when("slide_edit", json!({ "slide": "costs", "hidden": true }));
    assert!(hidden.given.state.slide("costs").unwrap().slide.hidden);
    hidden.given.state_is_the_fold();
}

#[test]
fn who_read_an_older_slide_is_told() {
    let then = deck().when("slide_edit", json!({ "slide": "costs", "title": "Prices" }));
    let changed = now(&then)["changed"].as_u64().unwrap();
    let old = json!({ "slide": "costs", "title": "Mine", "base": changed - 1 });
    let then = then.given.when("slide_edit", old).then_refused("slide_changed");
    let now = json!({ "slide": "costs", "title": "Mine", "base": changed });
    let then = then.given.when("slide_edit", now);
    assert_eq!(then.types(), ["SlideEdited"]);
    let gone = json!({ "slide": "costs", "base": changed });
    then.given.when("slide_remove", gone).then_refused("slide_changed");
}

#[test]
fn what_no_slide_can_say_is_refused() {
    let edit =
        |parts: Value| deck().when("slide_edit", json!({ "slide": "damage", "parts": parts }));
    let chart = |values: Value| json!({ "sort": "bar", "series": [{ "values": values }] });
    for parts in [
        json!([{ "place": 9, "text": "a" }]),
        json!([{ "place": 1, "chart": chart(json!(["many"])) }]),
        json!([{ "place": 1, "diagram": { "nodes": [], "edges": [{ "from": "a", "to": "b" }] } }]),
        json!([{ "text": "no place is free" }]),
        json!([{ "place": 1, "text": "a\u{0}b" }, { "place": 1, "text": "b" }]),
        json!([{ "place": 1, "picture": { "source": "https://example.com/a.png" } }]),
    ] {
        let then = edit(parts.clone());
        let code = then.result.unwrap_err().code;
        assert!(["slide_invalid", "invalid_input"].contains(&&*code), "{parts}: {code}");
    }
    for parts in [
        json!([{}]),
        json!([{ "text": "a", "table": { "head": ["a"], "rows": [] } }]),
        json!([{ "table": { "head": [], "rows": [] } }]),
        json!([{ "text": "x".repeat(TEXT_BYTES_MAX + 1) }]),
        json!(vec![json!({ "text": "a" }); 51]),
    ] {
        edit(parts).then_refused("invalid_input");
    }
    let none = json!({ "slide": "damage", "remove": [7] });
    deck().when("slide_edit", none).then_refused("slide_invalid");
}

#[test]
fn another_layout_keeps_what_is_on_a_slide() {
    let layout = |layout: &str| json!({ "slide": "costs", "layout": layout });
    let then = deck().when("layout", layout("title"));
    assert_eq!(then.types(), ["LaidOut"]);
    let slide = &then.given.state.slide("costs").unwrap().slide;
    assert_eq!(slide.parts.iter().map(|part| part.place).collect::<Vec<_>>(), [Some(0), Some(1)]);
    let then = then.given.when("layout", layout("blank"));
    let slide = &then.given.state.slide("costs").unwrap().slide;
    assert!(slide.parts.iter().all(|part| part.place.is_none() && part.area.is_some()));
    let again = then.given.when("layout", layout("blank"));
    assert!(again.decided().events.is_empty());
    again.given.state_is_the_fold();
}

#[test]
fn a_deck_changes_its_colours_and_its_title() {
    let then = deck().when("theme", json!({ "name": "night" }));
    assert_eq!(now(&then)["theme"], "night");
    let again = then.given.when("theme", json!({ "name": "night" }));
    assert!(again.decided().events.is_empty());
    for input in [json!({}), json!({ "name": "pink" })] {
        deck().when("theme", input).then_refused("invalid_input");
    }
    let mut own = json!(deck().state.frame.theme);
    own["name"] = json!("mine");
    let then = again.given.when("theme", json!({ "own": own }));
    assert_eq!(now(&then)["theme"], "mine");
    own["colors"]["ink"] = json!("red");
    then.given.when("theme", json!({ "own": own })).then_refused("invalid_input");
    let then = deck().when("rename", json!({ "title": "Repair" }));
    assert_eq!(now(&then)["title"], "Repair");
}

#[test]
fn a_deck_without_a_title_is_one() {
    let then = given::<Synapse>([]).when("create", json!({}));
    assert_eq!(now(&then)["title"], Value::Null);
    let then = then.given.when("slide_add", json!({ "text": "שלום 👋🏽 עולם" }));
    then.decided();
    let told = then.given.when("export", json!({}));
    assert_eq!(now(&told)["filename"], "deck.synslide");
}

#[test]
fn a_deck_has_so_many_slides() {
    let mut given = deck();
    let card = json!({ "title": "A" });
    for _ in 0..4 {
        let plan = json!({ "storyboard": vec![card.clone(); 100] });
        given = given.when("slide_make", plan).given;
    }
    let rest = SLIDES_MAX - given.state.slides.len();
    let plan = json!({ "storyboard": vec![card.clone(); rest] });
    let then = given.when("slide_make", plan);
    assert_eq!(then.given.state.slides.len(), SLIDES_MAX);
    let full = then.given.when("slide_add", card.clone()).then_refused("deck_full");
    full.given.when("slide_make", json!({ "storyboard": [card] })).then_refused("deck_full");
}
