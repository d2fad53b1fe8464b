//! The bodies of the rows that speak Anthropic's language: the members that are taken, and of what
//! sort each is. Anthropic's own description says what they mean.

use contracts::kinds::run::limits::TOKENS_MAX;
use serde_json::{Map, Value, json};

use super::shapes::{object, reference, sparse};
use crate::edge::routes::Route;

/// Members of a prompt: what is said, and what may be called.
const PROMPT: &[&str] = &[
    "cache_control",
    "context_management",
    "messages",
    "model",
    "output_config",
    "output_format",
    "speed",
    "system",
    "thinking",
    "tool_choice",
    "tools",
];

/// Members that say how it is answered.
const ANSWER: &[&str] = &[
    "max_tokens",
    "metadata",
    "service_tier",
    "stop_sequences",
    "stream",
    "temperature",
    "thread",
    "top_k",
    "top_p",
];

/// The body of a row, by its media type; `None` = it is none of these rows.
pub(super) fn body(route: &Route) -> Option<Value> {
    let (needed, more): (&[&str], &[&str]) = match route.name {
        "message_create" => (&["model", "messages", "max_tokens"], ANSWER),
        "message_tokens" => (&["model", "messages"], &[]),
        _ => return None,
    };
    let members: Map<_, _> =
        PROMPT.iter().chain(more).map(|name| ((*name).to_owned(), sort(name))).collect();
    let schema = sparse("As Anthropic's interface has it.", needed, Value::Object(members));
    Some(json!({ "application/json": { "schema": schema } }))
}

fn sort(name: &str) -> Value {
    match name {
        "model" => json!({ "type": "string", "minLength": 1 }),
        "messages" => json!({ "type": "array", "minItems": 1, "items": object(
            "A message.",
            &["role", "content"],
            json!({
                "role": { "enum": ["user", "assistant", "system"] },
                "content": { "type": ["string", "array"] },
            }),
        ) }),
        "system" => json!({ "type": ["string", "array", "null"] }),
        "max_tokens" => json!({ "type": "integer", "minimum": 1, "maximum": TOKENS_MAX }),
        "top_k" => json!({ "type": ["integer", "null"], "minimum": 1, "maximum": u32::MAX }),
        "tool_choice" => json!({ "anyOf": [{ "type": "null" }, object(
            "Whether a tool is called, and which.",
            &["type"],
            json!({
                "type": { "enum": ["auto", "any", "tool", "none"] },
                "name": { "type": ["string", "null"] },
                "disable_parallel_tool_use": { "type": ["boolean", "null"] },
            }),
        )] }),
        "tools" => json!({ "type": ["array", "null"], "items": object(
            "A tool of the caller's.",
            &["name", "input_schema"],
            json!({ "name": { "type": "string" }, "type": { "enum": ["custom", null] } }),
        ) }),
        // Where a provider may cut its cache says nothing about the answer.
        "cache_control" => reference("schemas", "Json"),
        "temperature" | "top_p" => {
            json!({ "type": ["number", "null"], "minimum": 0, "maximum": 1 })
        }
        "stream" => json!({ "type": ["boolean", "null"] }),
        "stop_sequences" => json!({ "type": ["array", "null"], "items": { "type": "string" } }),
        "speed" => json!({ "enum": ["standard", null] }),
        "service_tier" => json!({ "enum": ["auto", "standard_only", null] }),
        _ => json!({ "type": ["object", "null"] }),
    }
}
