use serde_json::{Value, json};

use super::{Synapse, deck, given, now};

fn drawn(input: Value) -> Value {
    now(&given::<Synapse>([]).when("visualize", input)).clone()
}

#[test]
fn data_are_drawn_as_fits_them() {
    for (data, sort, labels) in [
        (json!({ "Tiles": 420, "Work": 900 }), "bar", 2),
        (json!({ "labels": ["2024", "2025", "2026"], "values": [1, 2, 3] }), "line", 3),
        (json!({ "a": 40, "b": 60 }), "pie", 2),
        (json!([[1, 2], [2, 4.5], [3, 9]]), "scatter", 0),
        (json!([["Month", "Sum"], ["May", 10], ["June", 20]]), "bar", 2),
        (json!([{ "side": "N", "sum": 3 }, { "side": "S", "sum": 4 }]), "bar", 2),
        (
            json!({ "categories": ["a"], "series": [{ "name": "s", "values": [1, null] }] }),
            "bar",
            1,
        ),
        (json!({ "nodes": ["a"], "edges": [["a", "b"], ["b", "a"]] }), "flow", 2),
        (json!([["Who", "What"], ["Ann", "roof"]]), "table", 2),
        (json!({ "header": ["a", "b"], "rows": [["x", 1], ["y", 2]] }), "bar", 2),
    ] {
        let told = drawn(json!({ "data": data }));
        assert_eq!(told["viz"]["type"], sort, "{data}: {told}");
        assert_eq!(told["viz"]["labels"].as_array().unwrap().len(), labels, "{told}");
        assert!(told["svg"].as_str().unwrap().starts_with("<svg"));
        assert!(!told["alt"].as_str().unwrap().is_empty());
    }
}

#[test]
fn a_description_is_drawn() {
    let told = drawn(json!({ "description": "North 10, South 20.5 %; West: 3" }));
    assert_eq!(told["viz"]["labels"], json!(["North", "South", "West"]));
    assert_eq!(told["viz"]["data"][0]["values"], json!([10.0, 20.5, 3.0]));
    let told = drawn(json!({ "description": "wash -> dry -> fold\nfold → wash" }));
    assert_eq!(
        (told["viz"]["type"].clone(), told["viz"]["data"][2]["to"].clone()),
        (json!("flow"), json!("wash"))
    );
}

#[test]
fn what_cannot_be_drawn_is_told() {
    for input in [
        json!({ "data": 7 }),
        json!({ "data": {} }),
        json!({ "data": [] }),
        json!({ "data": { "a": 1 }, "viz_type": "flow" }),
        json!({ "data": { "nodes": ["a"] }, "viz_type": "bar" }),
        json!({ "data": { "a": -1, "b": 2 }, "viz_type": "pie" }),
        json!({ "data": { "edges": [["a"]] } }),
        json!({ "data": [["a", "b"], ["c", "d"]], "viz_type": "line" }),
        json!({ "description": "nothing of note" }),
    ] {
        let then = given::<Synapse>([]).when("visualize", input);
        then.then_refused("nothing_to_draw");
    }
    for input in [json!({}), json!({ "data": { "a": 1 }, "description": "a 1" })] {
        given::<Synapse>([]).when("visualize", input).then_refused("invalid_input");
    }
}

#[test]
fn a_drawing_is_put_on_a_slide() {
    let input =
        json!({ "data": { "Tiles": 420, "Work": 900 }, "title": "Euros", "slide": "costs" });
    let then = deck().when("visualize", input.clone());
    assert_eq!(then.types(), ["SlideEdited"]);
    assert_eq!(
        (now(&then)["slide"].clone(), now(&then)["part"].clone()),
        (json!("costs"), json!(2))
    );
    let slide = &then.given.state.slide("costs").unwrap().slide;
    assert_eq!((slide.parts[2].place, slide.parts[2].content.sort()), (Some(2), "chart"));
    let again = then.given.when("visualize", input).then_refused("slide_invalid");
    let mut placed = json!({ "data": { "Tiles": 421 }, "slide": "costs", "place": 2 });
    let then = again.given.when("visualize", placed.clone());
    assert_eq!(then.given.state.slide("costs").unwrap().slide.parts.len(), 3, "it is replaced");
    then.given.state_is_the_fold();
    placed["slide"] = json!("none");
    then.given.when("visualize", placed.clone()).then_refused("slide_not_found");
    given::<Synapse>([]).when("visualize", placed).then_refused("actor_not_found");
}
