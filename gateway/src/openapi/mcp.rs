//! The rows of MCP: JSON-RPC messages, which MCP's own schema describes.

use serde_json::{Value, json};

use crate::edge::routes::Route;

/// Adds to the operation of a row of MCP what it takes and answers.
pub(super) fn told(route: &Route, whole: &mut Value) {
    let message = json!({
        "type": "object",
        "description": "A JSON-RPC 2.0 message as the Model Context Protocol has it.",
        "properties": {
            "jsonrpc": { "const": "2.0" },
            "id": { "type": ["string", "integer"] },
            "method": { "type": "string" },
            "params": { "type": "object" },
        },
    });
    let of_message = json!({ "application/json": { "schema": message } });
    match route.name {
        "mcp" => {
            whole["requestBody"] = json!({ "required": true, "content": of_message });
            whole["responses"]["200"]["content"]["application/json"]["schema"] = json!({
                "type": "object", "description": "The answer, a JSON-RPC message.",
            });
            whole["responses"]["202"] = json!({ "description": "Taken; there is no answer." });
            for status in ["400", "404"] {
                whole["responses"][status] = json!({
                    "description": "What is wrong, as a JSON-RPC message or as a problem.",
                });
            }
        }
        "mcp_end" => {
            if let Some(responses) = whole["responses"].as_object_mut() {
                responses.remove("200");
                responses.insert("204".to_owned(), json!({ "description": "It has ended." }));
            }
        }
        _ => {}
    }
}
