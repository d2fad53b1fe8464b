//! The bodies of the rows that speak A2A. Its own specification says what each member means.

use serde_json::{Value, json};

use crate::edge::routes::Route;

/// The body of a row, by its media type; `None` = it is none of these rows, or takes none. What is
/// not known says nothing, as A2A wants it, so that the shapes are open.
pub(super) fn body(route: &Route) -> Option<Value> {
    let schema = match route.name {
        "a2a_rpc" | "a2a_assistant_rpc" => json!({
            "type": "object",
            "description": "A request of JSON-RPC 2.0.",
            "required": ["jsonrpc", "id", "method"],
            "properties": {
                "jsonrpc": { "const": "2.0" },
                "id": { "type": ["string", "number"] },
                "method": { "type": "string", "examples": ["SendMessage", "GetTask"] },
                "params": { "type": "object" },
            },
        }),
        "a2a_send" | "a2a_stream" => json!({
            "type": "object",
            "description": "A message to the agent.",
            "required": ["message"],
            "properties": {
                "message": {
                    "type": "object",
                    "required": ["messageId", "role", "parts"],
                    "properties": {
                        "messageId": { "type": "string", "minLength": 1, "maxLength": 256 },
                        "role": { "const": "ROLE_USER" },
                        "parts": {
                            "type": "array", "minItems": 1, "items": { "type": "object" },
                        },
                        "contextId": { "type": "string" },
                        "taskId": { "type": "string" },
                        "metadata": { "type": "object" },
                    },
                },
                "configuration": { "type": "object" },
                "tenant": { "type": "string" },
            },
        }),
        "a2a_push_create" => json!({
            "type": "object",
            "description": "Who is told.",
            "required": ["url"],
            "properties": {
                "id": { "type": "string" },
                "url": { "type": "string" },
                "token": { "type": "string" },
                "authentication": {
                    "type": "object",
                    "required": ["scheme"],
                    "properties": {
                        "scheme": { "type": "string" }, "credentials": { "type": "string" },
                    },
                },
            },
        }),
        "a2a_task_do" => json!({ "type": "object", "description": "Nothing that is needed." }),
        _ => return None,
    };
    Some(json!({ "application/json": { "schema": schema } }))
}
