//! What the fixtures are called and what they take.

use serde_json::{Value, json};

fn tool(name: &str, schema: Value) -> Value {
    let about = "A fixture of the conformance suite.";
    json!({ "name": name, "description": about, "inputSchema": schema })
}

/// The tools without arguments.
const PLAIN: &[&str] = &[
    "test_simple_text",
    "test_image_content",
    "test_audio_content",
    "test_embedded_resource",
    "test_multiple_content_types",
    "test_tool_with_logging",
    "test_logging_tool",
    "test_tool_with_progress",
    "test_reconnection",
    "test_error_handling",
    "test_missing_capability",
    "test_streaming_elicitation",
    "test_trigger_tool_change",
    "test_trigger_prompt_change",
    "test_elicitation_sep1034_defaults",
    "test_elicitation_sep1330_enums",
    "test_input_required_result_elicitation",
    "test_input_required_result_sampling",
    "test_input_required_result_list_roots",
    "test_input_required_result_request_state",
    "test_input_required_result_multiple_inputs",
    "test_input_required_result_multi_round",
    "test_input_required_result_tampered_state",
    "test_input_required_result_capabilities",
];

/// The tools.
pub fn tools() -> Vec<Value> {
    let text = |name: &str| {
        json!({
            "type": "object", "properties": { name: { "type": "string" } }, "required": [name],
        })
    };
    let plain = PLAIN.iter().map(|name| tool(name, json!({ "type": "object", "properties": {} })));
    let mut tools: Vec<_> = plain.collect();
    tools.push(tool("test_sampling", text("prompt")));
    tools.push(tool("test_elicitation", text("message")));
    let mut marked = text("tenant");
    marked["properties"]["tenant"]["x-mcp-header"] = json!("Tenant");
    tools.push(tool("test_header_argument", marked));
    tools.push(tool("json_schema_2020_12_tool", of_2020_12()));
    tools
}

/// A schema with words that some servers lose.
fn of_2020_12() -> Value {
    json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "type": "object",
        "$defs": {
            "address": {
                "$anchor": "addressDef",
                "type": "object",
                "properties": { "street": { "type": "string" }, "city": { "type": "string" } },
            },
        },
        "properties": {
            "name": { "type": "string" },
            "address": { "$ref": "#/$defs/address" },
            "contactMethod": { "type": "string", "enum": ["phone", "email"] },
            "phone": { "type": "string" },
            "email": { "type": "string" },
        },
        "allOf": [{ "anyOf": [{ "required": ["phone"] }, { "required": ["email"] }] }],
        "if": {
            "properties": { "contactMethod": { "const": "phone" } },
            "required": ["contactMethod"],
        },
        "then": { "required": ["phone"] },
        "else": { "required": ["email"] },
        "additionalProperties": false,
    })
}

/// The resources.
pub fn resources() -> Vec<Value> {
    [
        ("test://static-text", "static-text", "text/plain"),
        ("test://static-binary", "static-binary", "image/png"),
        ("test://watched-resource", "watched-resource", "text/plain"),
    ]
    .map(|(uri, name, media)| {
        json!({ "uri": uri, "name": name, "description": "A fixture.", "mimeType": media })
    })
    .into()
}

/// The templates.
pub fn templates() -> Vec<Value> {
    vec![json!({
        "uriTemplate": "test://template/{id}/data", "name": "template",
        "description": "A fixture.", "mimeType": "application/json",
    })]
}

/// The prompts.
pub fn prompts() -> Vec<Value> {
    let needed = |names: &[&str]| -> Vec<Value> {
        let argument =
            |name: &&str| json!({ "name": name, "description": "An argument.", "required": true });
        names.iter().map(argument).collect()
    };
    [
        ("test_simple_prompt", needed(&[])),
        ("test_prompt_with_arguments", needed(&["arg1", "arg2"])),
        ("test_prompt_with_embedded_resource", needed(&["resourceUri"])),
        ("test_prompt_with_image", needed(&[])),
        ("test_input_required_result_prompt", needed(&[])),
    ]
    .map(|(name, arguments)| {
        json!({ "name": name, "description": "A fixture.", "arguments": arguments })
    })
    .into()
}
