//! The state that an application shares with its agent: an assistant whose answers follow a schema
//! answers with it.

use serde_json::{Map, Value, json};

/// The events' data that lead from the state that the caller has to `value`: what changed where
/// both are objects, otherwise all of it.
#[must_use]
pub fn told(before: &Value, value: &Value) -> Value {
    match (before, value) {
        (Value::Object(old), Value::Object(new)) if !old.is_empty() => {
            json!({ "type": "STATE_DELTA", "delta": changes(old, new) })
        }
        _ => json!({ "type": "STATE_SNAPSHOT", "snapshot": value }),
    }
}

/// The members that are new or other. What an answer does not name stays as it is.
fn changes(old: &Map<String, Value>, new: &Map<String, Value>) -> Vec<Value> {
    let changed = new.iter().filter(|(name, value)| old.get(*name) != Some(value));
    changed
        .map(|(name, value)| {
            let op = if old.contains_key(name) { "replace" } else { "add" };
            let path = format!("/{}", name.replace('~', "~0").replace('/', "~1"));
            json!({ "op": op, "path": path, "value": value })
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_changed_is_told_as_a_patch() {
        let told =
            told(&json!({ "a": 1, "b": 2, "keep": 3 }), &json!({ "a": 1, "b": 5, "c/d": 4 }));
        let delta = json!([
            { "op": "replace", "path": "/b", "value": 5 },
            { "op": "add", "path": "/c~1d", "value": 4 },
        ]);
        assert_eq!(told, json!({ "type": "STATE_DELTA", "delta": delta }));
    }

    #[test]
    fn a_first_state_is_told_whole() {
        for before in [json!(null), json!({}), json!([1])] {
            let told = told(&before, &json!({ "a": 1 }));
            assert_eq!(told, json!({ "type": "STATE_SNAPSHOT", "snapshot": { "a": 1 } }));
        }
    }
}
