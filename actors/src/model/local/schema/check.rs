//! Whether a value follows a schema: the keywords that structured answers use.

use serde_json::Value;

use super::resolve::{Node, types};

/// Whether `value` follows `node`. Beyond the depth limit everything does; `pattern` and `format`
/// are not checked.
pub fn conforms(value: &Value, node: &Node<'_>) -> bool {
    if node.levels == 0 {
        return true;
    }
    let node = node.merged();
    let schema = node.value();
    if let Value::Bool(allowed) = schema {
        return *allowed;
    }
    let fixed = schema.get("const").is_none_or(|only| only == value);
    let listed = schema.get("enum").and_then(Value::as_array).is_none_or(|all| all.contains(value));
    let branches = node.branches();
    fixed
        && listed
        && is_of_types(value, &types(schema))
        && (branches.is_empty() || branches.iter().any(|branch| conforms(value, branch)))
        && match value {
            Value::Object(_) => object(value, &node),
            Value::Array(items) => {
                within(items.len(), &node, "minItems", "maxItems")
                    && node
                        .items()
                        .is_none_or(|child| items.iter().all(|item| conforms(item, &child)))
            }
            Value::String(text) => within(text.chars().count(), &node, "minLength", "maxLength"),
            Value::Number(number) => number.as_f64().is_none_or(|number| {
                node.number("minimum").is_none_or(|least| number >= least)
                    && node.number("maximum").is_none_or(|most| number <= most)
                    && node.number("exclusiveMinimum").is_none_or(|least| number > least)
                    && node.number("exclusiveMaximum").is_none_or(|most| number < most)
            }),
            Value::Null | Value::Bool(_) => true,
        }
}

fn object(value: &Value, node: &Node<'_>) -> bool {
    let required = node.required().iter().all(|name| value.get(name).is_some());
    let children: Vec<_> = node.properties().collect();
    let members = value.as_object().into_iter().flatten();
    let closed = node.value().get("additionalProperties") == Some(&Value::Bool(false));
    let known = members.into_iter().all(|(name, member)| {
        let child = children.iter().find(|(known, _)| known == name);
        child.map_or(!closed, |(_, child)| conforms(member, child))
    });
    required && known
}

fn within(size: usize, node: &Node<'_>, least: &str, most: &str) -> bool {
    let size = size as f64;
    node.number(least).is_none_or(|least| size >= least)
        && node.number(most).is_none_or(|most| size <= most)
}

fn is_of_types(value: &Value, types: &[&str]) -> bool {
    let is = |name: &&str| match *name {
        "object" => value.is_object(),
        "array" => value.is_array(),
        "string" => value.is_string(),
        "number" => value.is_number(),
        "integer" => {
            value.is_i64() || value.is_u64() || value.as_f64().is_some_and(|n| n.fract() == 0.0)
        }
        "boolean" => value.is_boolean(),
        "null" => value.is_null(),
        _ => false,
    };
    types.is_empty() || types.iter().any(is)
}
