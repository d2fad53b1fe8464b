//! What a source has: its tools as models are told of them.

use std::collections::BTreeMap;

use contracts::model::ToolView;
use globset::Glob;
use serde_json::Value;

use super::called;
use crate::schema;
use crate::tools::config::McpLimits;

/// The tools of a source, by what they are called here, each with its own name.
pub(super) type Listed = BTreeMap<String, (String, ToolView)>;

/// The tools that are let through. One whose schema is too long or none is left out, and said so:
/// no model can keep to it.
pub(super) fn listed(
    source: &str,
    tools: Vec<rmcp::model::Tool>,
    (through, limits): (&[String], &McpLimits),
) -> Listed {
    let mut listed = Listed::new();
    for tool in tools {
        let own = tool.name.to_string();
        if listed.len() >= limits.tools_max {
            tracing::warn!(source, most = limits.tools_max, "tools.too_many");
            break;
        }
        if !lets(through, &own) {
            continue;
        }
        let parameters = Value::Object((*tool.input_schema).clone());
        let bytes = parameters.to_string().len();
        if bytes > limits.schema_bytes_max || schema::compile(&parameters).is_err() {
            tracing::warn!(source, tool = %own, bytes, "tools.schema_unusable");
            continue;
        }
        let annotations = tool.annotations.unwrap_or_default();
        let reads = annotations.read_only_hint == Some(true);
        let about = tool.description.unwrap_or_default();
        let about = about[..about.floor_char_boundary(limits.about_bytes_max)].to_owned();
        let view = ToolView {
            name: called(source, &own),
            about,
            parameters,
            changes: !reads,
            repeatable: reads || annotations.idempotent_hint == Some(true),
            timeout_ms: limits.call_timeout_ms,
            output_bytes_max: limits.output_bytes_max,
        };
        listed.insert(view.name.clone(), (own, view));
    }
    listed
}

/// Whether a tool is let through.
fn lets(through: &[String], own: &str) -> bool {
    let is_of = |pattern: &String| {
        let glob = Glob::new(pattern).map(|glob| glob.compile_matcher());
        pattern == own || glob.is_ok_and(|glob| glob.is_match(own))
    };
    through.is_empty() || through.iter().any(is_of)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{McpLimits, listed};

    fn tool(told: serde_json::Value) -> rmcp::model::Tool {
        serde_json::from_value(told).expect("a tool")
    }

    #[test]
    fn what_may_be_repeated_follows_its_hints_and_what_cannot_be_used_is_left_out() {
        let schema = json!({ "type": "object" });
        let tools = vec![
            tool(json!({ "name": "pay", "description": "é".repeat(9), "inputSchema": schema })),
            tool(json!({
                "name": "look", "inputSchema": schema, "annotations": { "readOnlyHint": true },
            })),
            tool(json!({
                "name": "set", "inputSchema": schema, "annotations": { "idempotentHint": true },
            })),
            tool(json!({ "name": "odd", "inputSchema": { "type": 3 } })),
            tool(json!({ "name": "long", "inputSchema": { "title": "x".repeat(200) } })),
            tool(json!({ "name": "secret_thing", "inputSchema": schema })),
        ];
        let limits =
            McpLimits { schema_bytes_max: 100, about_bytes_max: 5, ..McpLimits::default() };
        let through = ["pay", "look", "set", "odd", "lo*"].map(str::to_owned);
        let listed = listed("s", tools, (&through, &limits));
        let told: Vec<_> = listed
            .values()
            .map(|(own, view)| (own.as_str(), view.changes, view.repeatable))
            .collect();
        assert_eq!(told, [("look", false, true), ("pay", true, false), ("set", true, true)]);
        assert_eq!(listed["mcp__s__pay"].1.about, "éé", "cut between letters");
    }
}
