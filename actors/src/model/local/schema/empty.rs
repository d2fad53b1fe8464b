//! What stands where nothing was found: nothing, as plainly as the schema allows.

use serde_json::{Map, Value};

use super::resolve::{Node, types};

/// The most items that are made only to reach a limit.
const ITEMS_MAX: usize = 100;

/// The emptiest value that follows `node`: `null` where it is allowed.
pub fn empty(node: &Node<'_>) -> Value {
    let node = node.merged();
    let schema = node.value();
    if let Some(only) = schema.get("const") {
        return only.clone();
    }
    if let Some(all) = schema.get("enum").and_then(Value::as_array) {
        return none_of(all);
    }
    if let Some(usual) = schema.get("default") {
        return usual.clone();
    }
    let branches = node.branches();
    if let Some(null) = branches.iter().find(|branch| types(branch.value()).contains(&"null")) {
        return empty(null);
    }
    let kinds = types(schema);
    if let (true, Some(first)) = (kinds.is_empty(), branches.first()) {
        return empty(first);
    }
    if kinds.contains(&"null") || node.levels == 0 {
        return Value::Null;
    }
    match kinds.first().copied() {
        Some("string") => Value::from(text(&node)),
        Some("integer") => Value::from(number(&node).ceil() as i64),
        Some("number") => {
            let least = number(&node);
            let whole = least.fract() == 0.0 && least.abs() < 9e15;
            if whole { Value::from(least as i64) } else { Value::from(least) }
        }
        Some("boolean") => Value::Bool(false),
        Some("array") => {
            let least = node.number("minItems").unwrap_or(0.0) as usize;
            let item = node.items().map_or(Value::Null, |child| empty(&child));
            Value::Array(vec![item; least.min(ITEMS_MAX)])
        }
        Some("object") => object(&node),
        _ if node.properties().next().is_some() => object(&node),
        _ => Value::Null,
    }
}

fn object(node: &Node<'_>) -> Value {
    let required = node.required();
    let members = node.properties().filter(|(name, _)| required.contains(name));
    Value::Object(
        members.map(|(name, child)| (name.to_owned(), empty(&child))).collect::<Map<_, _>>(),
    )
}

/// The member of a list that says least.
fn none_of(all: &[Value]) -> Value {
    let says_nothing = |value: &&Value| match value {
        Value::Null => true,
        Value::String(text) => matches!(
            text.to_lowercase().as_str(),
            "" | "unknown" | "none" | "other" | "n/a" | "unspecified" | "not stated" | "neutral"
        ),
        _ => false,
    };
    all.iter().find(says_nothing).or(all.first()).cloned().unwrap_or(Value::Null)
}

fn text(node: &Node<'_>) -> String {
    let least = node.number("minLength").unwrap_or(0.0) as usize;
    let most = node.number("maxLength").map_or(usize::MAX, |most| most as usize);
    if least == 0 {
        return String::new();
    }
    let mut out: String = "not stated".chars().take(most).collect();
    while out.chars().count() < least.min(1_000) {
        out.push('.');
    }
    out
}

fn number(node: &Node<'_>) -> f64 {
    let least = node.number("minimum").or_else(|| Some(node.number("exclusiveMinimum")? + 1.0));
    let most = node.number("maximum").or_else(|| Some(node.number("exclusiveMaximum")? - 1.0));
    let zero = 0.0_f64;
    let at_least = least.map_or(zero, |least| zero.max(least));
    most.map_or(at_least, |most| at_least.min(most))
}
