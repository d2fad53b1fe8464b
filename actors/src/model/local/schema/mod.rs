//! Structured answers: a schema filled with what a task made, by name and type, and with what a
//! text says where the task made nothing of that name.

mod check;
mod empty;
mod find;
mod lists;
mod resolve;
mod slots;

use serde_json::{Map, Value};

pub use check::conforms;
use resolve::{Node, types};

use super::LocalConfig;

/// What may be filled in.
pub struct Filling<'a> {
    /// What the task made, by its natural names.
    pub natural: &'a Map<String, Value>,
    /// The text that slots are looked for in.
    pub text: &'a str,
    /// The limits.
    pub config: &'a LocalConfig,
}

/// Names under which callers ask for the same thing.
const ALIASES: &[(&str, &[&str])] = &[
    ("outline", &["titles", "toc", "sections", "headings", "section_titles", "items", "result"]),
    ("sections", &["draft", "parts", "chapters", "items", "result"]),
    (
        "edited_text",
        &["text", "edited", "content", "result", "output", "answer", "revised", "body"],
    ),
    ("unmet", &["not_done", "unmet_feedback"]),
    ("summary", &["text", "abstract", "tldr", "content", "result", "output", "answer"]),
    ("text", &["content", "answer", "message", "reply", "response", "output", "result", "body"]),
];

/// A value that follows `schema`; `None` when this model cannot make one.
pub fn fill(schema: &Value, filling: &Filling<'_>) -> Option<Value> {
    let root = Node::root(schema, filling.config.schema_levels_max);
    let value = object_or_value(&root, filling);
    if root.is_spent() {
        return None;
    }
    let fresh = Node::root(schema, filling.config.schema_levels_max);
    conforms(&value, &fresh).then_some(value)
}

/// Whether `value` follows `schema`, looked at so many levels deep.
pub fn follows(value: &Value, schema: &Value, levels_max: usize) -> bool {
    conforms(value, &Node::root(schema, levels_max))
}

fn object_or_value(node: &Node<'_>, filling: &Filling<'_>) -> Value {
    let merged = node.merged();
    if merged.properties().next().is_none() {
        return bare(&merged, filling);
    }
    let required = merged.required();
    let mut out = Map::new();
    for (name, child) in merged.properties() {
        let value = natural(name, filling.natural)
            .and_then(|value| fit(value, &child))
            .or_else(|| slots::slot(name, &child, filling.text, filling.config));
        match value {
            Some(value) => {
                out.insert(name.to_owned(), value);
            }
            None if required.contains(&name) => {
                out.insert(name.to_owned(), empty::empty(&child));
            }
            None => {}
        }
    }
    for name in required {
        if !out.contains_key(name) {
            let value = natural(name, filling.natural).cloned();
            out.insert(name.to_owned(), value.unwrap_or(Value::Null));
        }
    }
    Value::Object(out)
}

/// A schema without properties: the whole answer, its main part, or a slot without a name.
fn bare(node: &Node<'_>, filling: &Filling<'_>) -> Value {
    let whole = Value::Object(filling.natural.clone());
    let main = filling.natural.values().next().cloned();
    let kinds = types(node.value());
    if !filling.natural.is_empty() && (kinds.is_empty() || kinds.contains(&"object")) {
        return whole;
    }
    main.as_ref()
        .and_then(|main| fit(main, node))
        .or_else(|| slots::slot("", node, filling.text, filling.config))
        .unwrap_or_else(|| empty::empty(node))
}

/// What the task made under this name or one of its other names.
fn natural<'a>(name: &str, natural: &'a Map<String, Value>) -> Option<&'a Value> {
    let lower = name.to_lowercase();
    natural.get(name).or_else(|| {
        let known = ALIASES.iter().filter(|(_, names)| names.contains(&lower.as_str()));
        known.into_iter().find_map(|(own, _)| natural.get(*own))
    })
}

/// `value` made to follow `node`: members that it does not know are left out, lists are cut to
/// their limit, numbers and texts become each other. `None` when that is not enough.
fn fit(value: &Value, node: &Node<'_>) -> Option<Value> {
    let node = node.merged();
    if conforms(value, &node) {
        return Some(value.clone());
    }
    let kinds = types(node.value());
    let made = match value {
        Value::Array(items) => {
            if kinds.contains(&"string") && !kinds.contains(&"array") {
                let words: Vec<_> = items.iter().filter_map(Value::as_str).collect();
                (words.len() == items.len()).then(|| Value::from(words.join("\n")))?
            } else {
                let most = node.number("maxItems").map_or(usize::MAX, |most| most as usize);
                let child = node.items()?;
                let made = items.iter().take(most).map(|item| fit(item, &child));
                Value::Array(made.collect::<Option<_>>()?)
            }
        }
        Value::Object(members) => {
            let mut made = Map::new();
            for (name, child) in node.properties() {
                match natural(name, members).and_then(|value| fit(value, &child)) {
                    Some(value) => {
                        made.insert(name.to_owned(), value);
                    }
                    None if node.required().contains(&name) => {
                        made.insert(name.to_owned(), empty::empty(&child));
                    }
                    None => {}
                }
            }
            Value::Object(made)
        }
        Value::String(text) => text_as(text, &node, &kinds)?,
        _ => return None,
    };
    conforms(&made, &node).then_some(made)
}

fn text_as(text: &str, node: &Node<'_>, kinds: &[&str]) -> Option<Value> {
    if kinds.contains(&"array") {
        let child = node.items()?;
        return Some(Value::Array(vec![fit(&Value::from(text), &child)?]));
    }
    if kinds.contains(&"object") {
        // A title where a section is wanted.
        let child =
            node.properties().find(|(name, _)| matches!(*name, "title" | "name" | "text"))?;
        return Some(Value::Object(Map::from_iter([(child.0.to_owned(), Value::from(text))])));
    }
    let most = node.number("maxLength")? as usize;
    Some(Value::from(super::text::tokens::clip(text, most)))
}

#[cfg(test)]
mod tests;
