//! Tools that ask the person behind the client while it waits: a request in 2025, an answer that
//! says what is missing in 2026.

use cambium::dialects::mcp::extension::Asked;
use cambium::dialects::mcp::wire::RpcError;
use serde_json::{Value, json};

use super::says;

/// Calls one of them.
pub async fn called(asked: &Asked<'_>) -> Option<Result<Value, RpcError>> {
    let (message, schema) = match asked.name {
        "test_elicitation" => {
            let said = asked.arguments.get("message").and_then(Value::as_str).unwrap_or_default();
            (said.to_owned(), user())
        }
        "test_elicitation_sep1034_defaults" => ("Who are you?".to_owned(), defaults()),
        "test_elicitation_sep1330_enums" => ("Which ones?".to_owned(), choices()),
        _ => return None,
    };
    let params = json!({ "message": message, "requestedSchema": schema });
    Some(asked.peer.ask("elicitation", "elicitation/create", &params).await.map(|told| {
        let content = &told["content"];
        let action = told["action"].as_str().unwrap_or_default();
        says(&format!("Elicitation completed: action={action}, content={content}"))
    }))
}

fn user() -> Value {
    json!({
        "type": "object",
        "properties": {
            "username": { "type": "string", "description": "User's response" },
            "email": { "type": "string", "description": "User's email address" },
        },
        "required": ["username", "email"],
    })
}

fn defaults() -> Value {
    let states = ["active", "inactive", "pending"];
    json!({
        "type": "object",
        "properties": {
            "name": { "type": "string", "default": "John Doe" },
            "age": { "type": "integer", "default": 30 },
            "score": { "type": "number", "default": 95.5 },
            "status": { "type": "string", "enum": states, "default": "active" },
            "verified": { "type": "boolean", "default": true },
        },
        "required": [],
    })
}

fn choices() -> Value {
    let options = ["option1", "option2", "option3"];
    let titled = |one: &str, other: &str| {
        json!([
            { "const": "value1", "title": one },
            { "const": "value2", "title": other },
            { "const": "value3", "title": "The last one" },
        ])
    };
    json!({
        "type": "object",
        "properties": {
            "untitledSingle": { "type": "string", "enum": options },
            "titledSingle": {
                "type": "string", "oneOf": titled("First Option", "Second Option"),
            },
            "legacyEnum": {
                "type": "string", "enum": ["opt1", "opt2", "opt3"],
                "enumNames": ["Option One", "Option Two", "Option Three"],
            },
            "untitledMulti": { "type": "array", "items": { "type": "string", "enum": options } },
            "titledMulti": {
                "type": "array", "items": { "anyOf": titled("First Choice", "Second Choice") },
            },
        },
        "required": [],
    })
}
