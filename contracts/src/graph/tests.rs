use serde_json::{Value, json};

use super::{Condition, Fault, Graph, Missing, check, order, resolve};

fn graph(steps: Value) -> Graph {
    serde_json::from_value(json!({ "steps": steps })).expect("a graph")
}

fn step(id: &str, input: Value) -> Value {
    json!({ "id": id, "kind": "counter", "command": "add", "input": input })
}

fn from(pointer: &str) -> Value {
    json!({ "$from": pointer })
}

#[test]
fn steps_go_after_what_they_name() {
    let graph = graph(json!([
        step("sum", json!({ "by": from("/steps/b/reply/value"), "too": [from("/steps/a/actor")] })),
        step("a", json!({})),
        { "id": "b", "kind": "counter", "command": "add", "needs": ["a"] },
        step("alone", json!({ "by": from("/input/by") })),
    ]));
    assert_eq!(check(&graph), []);
    let order = order(&graph).expect("no cycle");
    assert_eq!(order.steps, ["a", "alone", "b", "sum"]);
    assert_eq!(order.last, ["alone", "sum"]);
}

#[test]
fn a_cycle_is_named() {
    let graph = graph(json!([
        step("before", json!({})),
        step("one", json!({ "by": from("/steps/three/reply") })),
        step("two", json!({ "by": from("/steps/one/reply") })),
        { "id": "three", "kind": "counter", "command": "add", "needs": ["two", "before"] },
    ]));
    let faults = check(&graph);
    let [Fault::Cycle(cycle)] = &faults[..] else { panic!("{faults:?}") };
    assert_eq!(cycle.first(), cycle.last());
    assert_eq!(cycle.len(), 4, "{cycle:?}");
    let own = graph_of_itself();
    assert_eq!(check(&own), [Fault::Cycle(vec!["me".to_owned(), "me".to_owned()])]);
}

fn graph_of_itself() -> Graph {
    graph(json!([step("me", json!({ "by": from("/steps/me/reply") }))]))
}

#[test]
fn what_is_wrong_is_told_with_its_place() {
    let graph = graph(json!([
        step("Upper", json!({})),
        step("twice", json!({})),
        step("twice", json!({})),
        step("far", json!({ "by": from("/steps/nobody/reply") })),
        step("odd", json!({ "by": { "$from": "/secrets/x" } })),
        step("both", json!({ "by": { "$from": "/input", "more": 1 } })),
        step("text", json!({ "by": { "$text": "no list" } })),
        { "id": "need", "kind": "counter", "command": "add", "needs": ["gone"] },
    ]));
    let fields: Vec<String> = check(&graph)
        .into_iter()
        .map(|fault| match fault {
            Fault::Member { field, .. } => field,
            Fault::Cycle(cycle) => panic!("{cycle:?}"),
        })
        .collect();
    let wanted = [
        "steps[0].id",
        "steps[2].id",
        "steps[3]",
        "steps[4]",
        "steps[5].input",
        "steps[6].input",
        "steps[7].needs",
    ];
    assert_eq!(fields, wanted);
    assert!(!check(&Graph::default()).is_empty(), "no steps are no graph");
}

#[test]
fn values_are_filled_in() {
    let data = json!({
        "input": { "who": "Ada", "n": 3 },
        "steps": { "a": { "actor": "x-1", "reply": { "list": [1, { "t": "two" }] } } },
    });
    let filled = |value| resolve(&value, &|pointer: &str| data.pointer(pointer));
    assert_eq!(filled(json!([from("/steps/a/reply/list/1/t"), 5])), Ok(json!(["two", 5])));
    assert_eq!(filled(from("/input")), Ok(json!({ "who": "Ada", "n": 3 })));
    let text = json!({ "$text": ["Dear ", from("/input/who"), ", ", from("/input/n"), null] });
    assert_eq!(filled(text), Ok(json!("Dear Ada, 3")));
    let gone = json!({ "deep": [from("/steps/a/reply/none")] });
    assert_eq!(filled(gone), Err(Missing("/steps/a/reply/none".to_owned())));
    let instead = json!({ "$from": "/steps/b/reply", "$or": from("/input/n") });
    assert_eq!(filled(instead), Ok(json!(3)));
}

#[test]
fn conditions_hold_of_values() {
    let data = json!({ "input": { "n": 3, "no": false, "nothing": null, "t": "x" } });
    let holds = |condition: Value| {
        let condition: Condition = serde_json::from_value(condition).expect("a condition");
        condition.holds(data.pointer(&condition.from))
    };
    let at = |pointer: &str, more: Value| {
        let mut condition = more;
        condition["$from"] = json!(pointer);
        condition
    };
    for (pointer, more, expected) in [
        ("/input/n", json!({}), true),
        ("/input/no", json!({}), false),
        ("/input/nothing", json!({}), false),
        ("/input/gone", json!({}), false),
        ("/input/gone", json!({ "exists": false }), true),
        ("/input/n", json!({ "is": [1, 3.0] }), true),
        ("/input/n", json!({ "is_not": [3] }), false),
        ("/input/t", json!({ "is_not": ["y"] }), true),
        ("/input/n", json!({ "min": 3.0, "max": 3.0 }), true),
        ("/input/n", json!({ "min": 3.5 }), false),
        ("/input/t", json!({ "min": 0.0 }), false),
    ] {
        assert_eq!(holds(at(pointer, more.clone())), expected, "{pointer} {more}");
    }
}
