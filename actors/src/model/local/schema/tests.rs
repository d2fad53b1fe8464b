//! Schemas filled.

use serde_json::{Map, Value, json};

use super::{Filling, conforms, fill};
use crate::model::local::LocalConfig;
use crate::model::local::schema::resolve::Node;

fn filled(schema: &Value, natural: Value, text: &str) -> Option<Value> {
    let config = LocalConfig::default();
    let natural = natural.as_object().cloned().unwrap_or_else(Map::new);
    let value = fill(schema, &Filling { natural: &natural, text, config: &config })?;
    assert!(conforms(&value, &Node::root(schema, 12)), "{value}");
    Some(value)
}

fn slots(properties: &Value, text: &str) -> Value {
    let names: Vec<_> = properties.as_object().expect("an object").keys().collect();
    let schema = json!({ "type": "object", "properties": properties, "required": names,
        "additionalProperties": false });
    filled(&schema, json!({}), text).expect("can be filled")
}

const MAIL: &str = "Hello, my name is Ann Lee and I write for the garden club.\n\
    Phone: +41 44 555 66 77\nThe deadline is 3 May 2026 and the budget is 1,200.50 euros. We \
    expect 12 people. Lunch is not included. Status: in \
    progress\nWrite to ann.lee@club.example or see \
    https://club.example/plan.\nTags: garden, spring and compost";

#[test]
fn slots_are_found_by_name_type_and_format() {
    let found = slots(
        &json!({
            "name": { "type": "string" },
            "email": { "type": "string", "format": "email" },
            "website": { "type": "string", "format": "uri" },
            "phone": { "type": "string" },
            "deadline": { "type": "string", "format": "date" },
            "budget": { "type": "number" },
            "people": { "type": "integer" },
            "lunchIncluded": { "type": "boolean" },
            "status": { "enum": ["open", "in_progress", "done"] },
            "tags": { "type": "array", "items": { "type": "string" } },
        }),
        MAIL,
    );
    assert_eq!(
        found,
        json!({
            "name": "Ann Lee", "email": "ann.lee@club.example",
            "website": "https://club.example/plan", "phone": "+41 44 555 66 77",
            "deadline": "2026-05-03", "budget": 1200.5, "people": 12, "lunchIncluded": false,
            "status": "in_progress", "tags": ["garden", "spring", "compost"],
        })
    );
}

#[test]
fn what_is_not_found_is_null_or_empty_and_never_guessed() {
    let found = slots(
        &json!({
            "author": { "type": ["string", "null"] },
            "price": { "type": "number" },
            "email": { "type": "string" },
            "rooms": { "type": "array", "items": { "type": "string" } },
            "mood": { "enum": ["good", "bad", "unknown"] },
            "level": { "type": "integer", "minimum": 1 },
            "code": { "anyOf": [{ "type": "string" }, { "type": "null" }] },
        }),
        "Nothing of that is said here.",
    );
    assert_eq!(
        found,
        json!({ "author": null, "price": 0, "email": "", "rooms": [], "mood": "unknown",
            "level": 1, "code": null })
    );
    let optional = json!({ "type": "object", "properties": { "email": { "type": "string" } } });
    assert_eq!(filled(&optional, json!({}), "No address."), Some(json!({})));
}

#[test]
fn rows_and_items_become_objects() {
    let item = json!({ "type": "object", "required": ["task", "owner"], "properties": {
        "task": { "type": "string" }, "owner": { "type": "string" },
        "hours": { "type": "integer" } } });
    let schema = json!({ "tasks": { "type": "array", "items": item } });
    let expected = json!({ "tasks": [
        { "task": "Paint", "owner": "Ann", "hours": 3 },
        { "task": "Clean", "owner": "Bob", "hours": 5 } ] });
    let piped = "| Task | Owner | Hours |\n|---|---|---|\n| Paint | Ann | 3 |\n| Clean | Bob | 5 |";
    assert_eq!(slots(&schema, piped), expected);
    assert_eq!(slots(&schema, "task,owner,hours\nPaint,Ann,3\nClean,Bob,5\n"), expected);
    let listed = slots(&schema, "Tasks:\n\n- Paint the wall\n- owner: Bob");
    assert_eq!(
        listed,
        json!({ "tasks": [
            { "task": "Paint the wall", "owner": "" }, { "task": "", "owner": "Bob" } ] })
    );
}

#[test]
fn a_task_s_result_takes_the_names_and_shapes_that_are_asked() {
    let outline = json!({ "outline": ["One", "Two", "Three"] });
    let named = json!({ "type": "object", "required": ["titles"], "properties": {
        "titles": { "type": "array", "items": { "type": "string" }, "maxItems": 2 } } });
    assert_eq!(filled(&named, outline.clone(), ""), Some(json!({ "titles": ["One", "Two"] })));
    let objects = json!({ "type": "object", "properties": { "sections": { "type": "array",
        "items": { "type": "object", "properties": { "title": { "type": "string" } } } } } });
    assert_eq!(
        filled(&objects, outline.clone(), ""),
        Some(json!({ "sections": [{ "title": "One" }, { "title": "Two" }, { "title": "Three" }] }))
    );
    let bare = json!({ "type": "array", "items": { "type": "string" } });
    assert_eq!(filled(&bare, outline, ""), Some(json!(["One", "Two", "Three"])));
    let text = json!({ "type": "string" });
    assert_eq!(filled(&text, json!({ "summary": "Short." }), ""), Some(json!("Short.")));
}

#[test]
fn members_that_a_schema_does_not_know_are_left_out() {
    let natural = json!({ "edited_text": "Better.", "unmet": ["Sing it"] });
    let one = json!({ "type": "object", "additionalProperties": false,
        "properties": { "edited_text": { "type": "string" } } });
    assert_eq!(filled(&one, natural.clone(), ""), Some(json!({ "edited_text": "Better." })));
    let both = json!({ "type": "object", "properties": { "edited_text": { "type": "string" },
        "unmet": { "type": "array", "items": { "type": "string" } } } });
    assert_eq!(filled(&both, natural.clone(), ""), Some(natural));
}

#[test]
fn references_and_parts_are_followed() {
    let schema = json!({
        "$defs": { "person": { "type": "object", "required": ["name"],
            "properties": { "name": { "type": "string" } } } },
        "allOf": [{ "type": "object", "properties": { "author": { "$ref": "#/$defs/person" } } }],
        "required": ["author"]
    });
    let value = filled(&schema, json!({}), "Name: Ann").expect("can be filled");
    assert_eq!(value, json!({ "author": { "name": "Ann" } }));
}

#[test]
fn a_schema_that_contains_itself_ends() {
    let many: Map<String, Value> =
        (0..9).map(|n| (format!("m{n}"), json!({ "$ref": "#" }))).collect();
    let names: Vec<_> = many.keys().cloned().collect();
    let schema = json!({ "type": "object", "properties": many, "required": names });
    assert_eq!(filled(&schema, json!({}), "Nothing."), None);
    let own = json!({ "$ref": "#" });
    assert!(filled(&own, json!({}), "Nothing.").is_some());
    let list = json!({ "type": "object", "properties": { "name": { "type": "string" },
        "children": { "type": "array", "items": { "$ref": "#" } } }, "required": ["name"] });
    assert!(filled(&list, json!({}), "Name: Ann").is_some());
}

#[test]
fn a_schema_that_nothing_can_follow_is_refused() {
    assert_eq!(filled(&json!(false), json!({ "text": "a" }), ""), None);
    let none = json!({ "type": "object", "required": ["a"],
        "properties": { "a": { "type": "string", "minLength": 3, "maxLength": 2 } } });
    assert_eq!(filled(&none, json!({}), ""), None);
}
