//! Answers that follow a schema: natively where the provider can, otherwise by telling the model
//! the schema in words. Either way the answer is checked here, and one that does not follow it is
//! given as text alone: it is never mended.

use serde_json::Value;

use super::Ask;
use crate::model::config::Structured;
use crate::model::local;

/// How a request wants its schema told.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Wanted<'a> {
    /// The schema.
    pub schema: &'a Value,
    /// What it is called.
    pub name: &'a str,
    /// How it is told.
    pub how: Structured,
}

impl<'a> Wanted<'a> {
    /// Of a request; `usual` is how its provider does it best.
    #[must_use]
    pub fn of(ask: &Ask<'a>, usual: Structured) -> Option<Self> {
        let schema = ask.request.schema.as_ref()?;
        let name = ask.request.options.schema_name.as_deref().unwrap_or("answer");
        Some(Self { schema, name, how: ask.structured.unwrap_or(usual) })
    }

    /// What the model is told in words; `None` where the provider is given the schema.
    #[must_use]
    pub fn instruction(&self) -> Option<String> {
        let Self { schema, how, .. } = self;
        (*how != Structured::Native).then(|| {
            format!(
                "Answer with one JSON value and nothing else: no words before or after it, no \
                 code fence. The value must follow this JSON Schema:\n{schema}"
            )
        })
    }
}

/// The value of an answer that follows `schema`; a code fence around it is no part of it.
#[must_use]
pub fn value_of(text: &str, schema: &Value) -> Option<Value> {
    let text = text.trim();
    let fenced = text.strip_prefix("```").and_then(|rest| rest.strip_suffix("```"));
    let bare = fenced.map_or(text, |inner| inner.strip_prefix("json").unwrap_or(inner));
    let value = serde_json::from_str(bare).ok()?;
    local::follows(&value, schema).then_some(value)
}

/// Whether a schema is one that providers can keep to by the letter: every object is closed, and
/// every member of it required.
#[must_use]
pub fn is_strict(schema: &Value) -> bool {
    match schema {
        Value::Object(members) => {
            let closed = members.get("properties").and_then(Value::as_object).is_none_or(|all| {
                let required = members.get("required").and_then(Value::as_array);
                let holds = |name: &String| {
                    required.is_some_and(|names| names.iter().any(|one| one == name.as_str()))
                };
                members.get("additionalProperties") == Some(&Value::Bool(false))
                    && all.keys().all(holds)
            });
            let open = members.get("type").is_some_and(|of| of == "object")
                && !members.contains_key("properties");
            closed && !open && members.values().all(is_strict)
        }
        Value::Array(items) => items.iter().all(is_strict),
        _ => true,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{is_strict, value_of};

    #[test]
    fn a_value_counts_only_when_it_follows_the_schema() {
        let schema = json!({
            "type": "object", "properties": { "n": { "type": "integer" } }, "required": ["n"],
        });
        assert_eq!(value_of(r#" {"n": 3} "#, &schema), Some(json!({ "n": 3 })));
        assert_eq!(value_of("```json\n{\"n\": 3}\n```", &schema), Some(json!({ "n": 3 })));
        for text in [r#"{"n": "3"}"#, "{}", "Here: {\"n\": 3}", "{\"n\": 3", ""] {
            assert_eq!(value_of(text, &schema), None, "{text}");
        }
    }

    #[test]
    fn a_strict_schema_is_closed_all_the_way_down() {
        let inner = json!({ "type": "object", "properties": { "a": {} } });
        let closed = |inner| {
            json!({
                "type": "object", "properties": { "o": inner }, "required": ["o"],
                "additionalProperties": false,
            })
        };
        assert!(is_strict(&closed(json!({ "type": "string" }))));
        assert!(!is_strict(&closed(inner)));
        assert!(!is_strict(&json!({ "type": "object" })));
    }
}
