//! `json`: exact work on values: look, merge, patch, compare.

use contracts::{Refusal, Timestamp};
use serde_json::{Value, json};

use super::{Pure, fault, view};
use crate::schema;

/// The most members of a list that is told.
const ITEMS_MAX: usize = 1_000;

pub(super) fn tool() -> Pure {
    let operations = ["get", "keys", "merge", "patch", "diff", "validate", "parse", "print"];
    let parameters = json!({
        "type": "object",
        "properties": {
            "operation": { "type": "string", "enum": operations },
            "value": { "description": "The value; of parse, its text." },
            "pointer": {
                "type": "string",
                "description": "Of get and keys: where, as a JSON pointer such as /items/0/name.",
            },
            "with": {
                "description": "Of merge a merge patch (RFC 7396), of patch a list of operations \
                    (RFC 6902), of diff the other value, of validate a JSON Schema.",
            },
        },
        "required": ["operation", "value"],
        "additionalProperties": false,
        "examples": [{ "operation": "get", "value": { "a": [1, 2] }, "pointer": "/a/1" }],
    });
    let about = "Exact work on JSON: get by pointer, keys, merge (RFC 7396), patch and diff (RFC \
                 6902), validate against a JSON Schema, parse a text, print canonically.";
    Pure { view: view("json", about, parameters), run }
}

fn run(input: &Value, _: Timestamp) -> Result<Value, Refusal> {
    let (value, with) = (&input["value"], &input["with"]);
    let pointer = input["pointer"].as_str().unwrap_or_default();
    let found = || {
        let found = value.pointer(pointer);
        found.ok_or_else(|| fault(format!("nothing stands at {pointer:?}")))
    };
    let result = match input["operation"].as_str().unwrap_or_default() {
        "get" => found()?.clone(),
        "keys" => keys(found()?)?,
        "merge" => {
            let mut value = value.clone();
            json_patch::merge(&mut value, with);
            value
        }
        "patch" => {
            let patch: json_patch::Patch = contracts::read::from_ref(with)
                .map_err(|error| fault(format!("`with` is no JSON Patch: {error}")))?;
            let mut value = value.clone();
            json_patch::patch(&mut value, &patch).map_err(|error| fault(error.to_string()))?;
            value
        }
        "diff" => json!(json_patch::diff(value, with)),
        "validate" => {
            schema::compile(with)
                .map_err(|reason| fault(format!("`with` is no schema: {reason}")))?;
            let reason = schema::fault(with, value);
            json!({ "valid": reason.is_none(), "reason": reason })
        }
        "parse" => {
            let text = value.as_str().ok_or_else(|| fault("`value` is no text"))?;
            serde_json::from_str(text).map_err(|error| fault(error.to_string()))?
        }
        "print" => {
            let bytes = contracts::canonical::to_canonical(value);
            let bytes = bytes.map_err(|error| fault(error.to_string()))?;
            json!(String::from_utf8_lossy(&bytes))
        }
        other => return Err(fault(format!("there is no operation {other}"))),
    };
    Ok(json!({ "result": result }))
}

fn keys(value: &Value) -> Result<Value, Refusal> {
    match value {
        Value::Object(members) => Ok(json!(members.keys().take(ITEMS_MAX).collect::<Vec<_>>())),
        Value::Array(items) => Ok(json!({ "length": items.len() })),
        _ => Err(fault("neither an object nor an array stands there")),
    }
}

#[cfg(test)]
mod tests {
    use contracts::Timestamp;
    use serde_json::{Value, json};

    fn told(operation: &str, value: Value, more: Value) -> Value {
        let mut input = json!({ "operation": operation, "value": value });
        for (name, value) in more.as_object().into_iter().flatten() {
            input[name] = value.clone();
        }
        let told = super::run(&input, Timestamp::from_millis(0));
        told.map_or_else(|it| json!(it.code), |mut it| it["result"].take())
    }

    #[test]
    fn values_are_looked_at_changed_and_compared() {
        let value = json!({ "a": [1, { "b": null }], "c": "d" });
        assert_eq!(told("get", value.clone(), json!({ "pointer": "/a/0" })), 1);
        assert_eq!(told("keys", value.clone(), json!({})), json!(["a", "c"]));
        assert_eq!(told("keys", value.clone(), json!({ "pointer": "/a" })), json!({ "length": 2 }));
        let merged = told("merge", value.clone(), json!({ "with": { "a": null, "e": 1 } }));
        assert_eq!(merged, json!({ "c": "d", "e": 1 }));
        let diff = told("diff", value.clone(), json!({ "with": merged }));
        assert_eq!(told("patch", value, json!({ "with": diff })), merged);
        assert_eq!(told("parse", json!("{\"n\": 1.0}"), json!({})), json!({ "n": 1.0 }));
        assert_eq!(told("print", json!({ "b": 1, "a": 2.0 }), json!({})), "{\"a\":2,\"b\":1}");
        let broken = told("validate", json!("x"), json!({ "with": { "type": "integer" } }));
        assert_eq!(broken["valid"], false);
    }

    #[test]
    fn what_cannot_be_done_is_told() {
        for (operation, value, more) in [
            ("get", json!({}), json!({ "pointer": "/a" })),
            ("keys", json!(1), json!({})),
            ("patch", json!({}), json!({ "with": [{ "op": "remove", "path": "/a" }] })),
            ("patch", json!({}), json!({ "with": 7 })),
            ("parse", json!("{"), json!({})),
            ("validate", json!(1), json!({ "with": { "type": 3 } })),
        ] {
            assert_eq!(told(operation, value, more), "tool_arguments_invalid", "{operation}");
        }
    }
}
