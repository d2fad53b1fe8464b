//! The rows of MCP: JSON-RPC messages, which MCP's own schema describes.

use serde_json::{Value, json};

use super::parameters::header;
use crate::dialects::mcp::supported;
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
    if let ("mcp" | "mcp_stream" | "mcp_end", Some(parameters)) =
        (route.name, whole["parameters"].as_array_mut())
    {
        parameters.extend(headers(route));
    }
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

/// The headers that say to what a message belongs. Which of them a message needs, it says itself:
/// the beginning of a session names none, and whoever listens to one or ends it names it.
fn headers(route: &Route) -> Vec<Value> {
    let visible = json!({ "type": "string", "pattern": "^[!-~]{1,128}$" });
    let about = "The session, as its beginning was answered; 2026-07-28 has none.";
    let mut session = header("Mcp-Session-Id", about, visible);
    session["required"] = json!(route.name != "mcp");
    let about = "The revision that is spoken.";
    let version = json!({ "type": "string", "enum": supported() });
    let version = header("MCP-Protocol-Version", about, version);
    let about = "The last event that was seen of a stream that was lost.";
    let place = json!({ "type": "string", "pattern": "^[0-9]{1,15}-[0-9]{1,15}$" });
    let place = header("Last-Event-ID", about, place);
    match route.name {
        "mcp" => vec![session, version],
        "mcp_stream" => vec![session, place],
        _ => vec![session],
    }
}
