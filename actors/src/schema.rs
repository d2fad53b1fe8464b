//! JSON Schema: whether one can be used, and what of a value is against it.

use jsonschema::{PatternOptions, Validator};
use serde_json::Value;

/// The most faults that are told at once.
const FAULTS_MAX: usize = 5;

/// The longest telling of one fault, in bytes.
const FAULT_BYTES_MAX: usize = 300;

/// What `schema` asks for, ready to be used. References lead nowhere but into itself.
///
/// # Errors
/// Why it is no schema.
pub fn compile(schema: &Value) -> Result<Validator, String> {
    let options = jsonschema::options().with_pattern_options(PatternOptions::regex());
    options.build(schema).map_err(|error| shortened(error.to_string()))
}

/// What of `value` is against `schema`; `None` = nothing. A schema that is none forbids nothing
/// here: whoever takes one in asks [`compile`] first.
#[must_use]
pub fn fault(schema: &Value, value: &Value) -> Option<String> {
    let validator = compile(schema).ok()?;
    let told = validator.iter_errors(value).take(FAULTS_MAX).map(|error| {
        let place = error.instance_path().to_string();
        let place = if place.is_empty() { "the value".to_owned() } else { place };
        shortened(format!("{place}: {error}"))
    });
    let told: Vec<_> = told.collect();
    (!told.is_empty()).then(|| told.join("; "))
}

fn shortened(mut text: String) -> String {
    if text.len() > FAULT_BYTES_MAX {
        let end = text.floor_char_boundary(FAULT_BYTES_MAX);
        text.truncate(end);
        text.push('…');
    }
    text
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{compile, fault};

    #[test]
    fn what_is_against_a_schema_is_named() {
        let schema = json!({
            "type": "object",
            "required": ["n"],
            "properties": { "n": { "type": "integer" }, "t": { "pattern": "^a+$" } },
            "additionalProperties": false,
        });
        assert_eq!(fault(&schema, &json!({ "n": 1, "t": "aa" })), None);
        let told = fault(&schema, &json!({ "n": "x" })).expect("a fault");
        assert!(told.starts_with("/n: "), "{told}");
        assert!(fault(&schema, &json!({})).is_some_and(|it| it.contains("\"n\"")));
        assert!(fault(&schema, &json!({ "n": 1, "more": 2 })).is_some());
    }

    #[test]
    fn a_schema_leads_nowhere_and_is_told_when_it_is_none() {
        assert!(compile(&json!({ "type": "nothing" })).is_err());
        assert!(compile(&json!({ "$ref": "https://example.com/schema.json" })).is_err());
        assert!(compile(&json!({ "$ref": "file:///etc/passwd" })).is_err());
        assert!(compile(&json!({ "$ref": "#/$defs/a", "$defs": { "a": true } })).is_ok());
        assert!(compile(&json!(true)).is_ok());
    }

    #[test]
    fn a_long_fault_is_cut_short() {
        let told = fault(&json!({ "type": "integer" }), &json!("ü".repeat(9_000)));
        assert!(told.is_some_and(|it| it.len() < 400));
    }
}
