use serde_json::{Map, Value, json};

use super::{Synapse, deck, given, ids, now};

#[test]
fn a_deck_is_loaded_as_it_was() {
    let old = deck().given_with_all();
    let state = &old.state;
    let frame = json!(*state.frame);
    let design: Map<String, Value> = super::super::evolve::DESIGN
        .iter()
        .map(|name| ((*name).to_owned(), frame[*name].clone()))
        .collect();
    let slides: Vec<Value> = state.slides.iter().map(|kept| json!(kept.slide)).collect();
    let load = json!({ "title": "Roof", "design": design, "slides": slides });
    let then = given::<Synapse>([]).when("load", load.clone());
    assert_eq!(then.types()[..2], ["Created", "DesignTaken"]);
    assert_eq!(then.given.state.deck(), state.deck());
    then.given.state_is_the_fold();
    let again = then.given.when("load", load);
    assert_eq!(again.given.state.slides.len(), 2 * slides.len());
    let mut ids = ids(&again.given);
    ids.sort_unstable();
    ids.dedup();
    assert_eq!(ids.len(), 2 * slides.len(), "an id that is taken becomes another");
}

#[test]
fn what_is_no_deck_is_not_loaded() {
    for (input, code) in [
        (json!({ "design": { "size": { "wide": 1, "high": 1 } } }), "slide_invalid"),
        (json!({ "design": { "size": "large" } }), "slide_invalid"),
        (json!({ "design": { "colour": "red" } }), "invalid_input"),
        (json!({ "slides": [{ "id": "a" }] }), "invalid_input"),
        (
            json!({ "slides": [{ "id": "a", "layout": "title", "parts": [
                { "place": 7, "content": { "text": [] } }
            ] }] }),
            "slide_invalid",
        ),
    ] {
        given::<Synapse>([]).when("load", input).then_refused(code);
    }
}

#[test]
fn a_slide_of_an_unknown_layout_is_laid_out_by_another() {
    let words = json!({ "text": [{ "words": [{ "text": "Said" }] }] });
    let area = json!({ "x": 0, "y": 0, "wide": 914_400, "high": 914_400 });
    let slide = json!({ "id": "odd id", "layout": "theirs", "parts": [
        { "place": 3, "content": words }, { "area": area, "content": words }
    ] });
    let then = deck().when("load", json!({ "slides": [slide] }));
    let id = now(&then)["loaded"][0].as_str().unwrap();
    let slide = &then.given.state.slide(id).expect("it came").slide;
    assert_eq!((slide.layout.as_str(), slide.parts[0].place), ("title_and_content", Some(1)));
    assert!(id.starts_with("s_"));
}

impl crate::kinds::testing::Given<Synapse> {
    /// The deck with one of everything.
    fn given_with_all(self) -> Self {
        let chart = json!({ "sort": "line", "categories": ["a", "b"],
            "series": [{ "name": "s", "values": [0.1, null] }], "alt": "A line" });
        let edges = json!([{ "from": "a", "to": "b" }, { "from": "b", "to": "a" }]);
        let nodes = json!([{ "id": "a", "label": "A" }, { "id": "b", "label": "B" }]);
        let diagram = json!({ "nodes": nodes, "edges": edges, "alt": "A circle" });
        let picture = json!({ "source": format!("blob:{}", "a".repeat(64)), "alt": "A dot" });
        let parts = json!([{ "chart": chart }, { "diagram": diagram }]);
        let given = self
            .when(
                "slide_add",
                json!({ "layout": "two_columns", "title": "Both",
            "parts": parts, "notes": "Say **it**.", "hidden": true }),
            )
            .given;
        let seen = json!({ "layout": "picture", "parts": [{ "picture": picture }] });
        given.when("slide_add", seen).given
    }
}
