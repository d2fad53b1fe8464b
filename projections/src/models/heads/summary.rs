//! The summary of an actor: a small JSON object, folded from merge patches.

use serde_json::{Map, Value};

/// The most bytes of a summary as JSON text.
pub(super) const SUMMARY_BYTES_MAX: usize = 4 * 1024;

/// Merges `patch` into `target` as RFC 7396 says: `null` removes, objects merge, all else replaces.
pub(super) fn merge(target: &mut Value, patch: &Value) {
    let Value::Object(patch) = patch else {
        *target = patch.clone();
        return;
    };
    if !target.is_object() {
        *target = Value::Object(Map::new());
    }
    let Value::Object(members) = target else { return };
    for (name, value) in patch {
        if value.is_null() {
            members.remove(name);
        } else {
            merge(members.entry(name.as_str()).or_insert(Value::Null), value);
        }
    }
}

/// Makes `summary` an object within [`SUMMARY_BYTES_MAX`]: its largest members go first, those of
/// equal size in the order of their names, so that every fold of the log drops the same ones.
pub(super) fn fit(summary: &mut Value) {
    let mut size = summary.to_string().len();
    let Value::Object(members) = summary else {
        *summary = Value::Object(Map::new());
        return;
    };
    while size > SUMMARY_BYTES_MAX {
        let largest = members
            .iter()
            .map(|(name, value)| (value.to_string().len(), name))
            .max_by(|a, b| a.0.cmp(&b.0).then_with(|| b.1.cmp(a.1)))
            .map(|(_, name)| name.clone());
        let Some(largest) = largest else { return };
        members.remove(&largest);
        size = serde_json::to_string(members).map_or(0, |text| text.len());
    }
}

/// All texts and numbers in a summary, in lower case, one per line: what a search looks into.
pub(super) fn words(summary: &Value) -> String {
    let mut words = String::new();
    collect(summary, &mut words);
    words
}

fn collect(value: &Value, words: &mut String) {
    let mut push = |text: &str| {
        words.push_str(&text.to_lowercase());
        words.push('\n');
    };
    match value {
        Value::String(text) => push(text),
        Value::Number(number) => push(&number.to_string()),
        Value::Array(items) => items.iter().for_each(|item| collect(item, words)),
        Value::Object(members) => members.values().for_each(|member| collect(member, words)),
        Value::Null | Value::Bool(_) => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn patches_merge_as_rfc_7396_says() {
        let cases = [
            (json!({"a":"b"}), json!({"a":"c"}), json!({"a":"c"})),
            (json!({"a":"b"}), json!({"b":"c"}), json!({"a":"b","b":"c"})),
            (json!({"a":"b"}), json!({"a":null}), json!({})),
            (json!({"a":["b"]}), json!({"a":"c"}), json!({"a":"c"})),
            (json!({"a":{"b":"c"}}), json!({"a":{"b":"d","c":null}}), json!({"a":{"b":"d"}})),
            (json!({"e":null}), json!({"a":1}), json!({"e":null,"a":1})),
            (json!([1, 2]), json!({"a":"b","c":null}), json!({"a":"b"})),
            (json!({}), json!({"a":{"bb":{"ccc":null}}}), json!({"a":{"bb":{}}})),
        ];
        for (mut target, patch, expected) in cases {
            merge(&mut target, &patch);
            assert_eq!(target, expected, "{patch}");
        }
    }

    #[test]
    fn a_summary_that_is_too_large_loses_its_largest_members() {
        let long = "x".repeat(3_000);
        let mut summary = json!({ "a": long, "b": long, "title": "kept" });
        fit(&mut summary);
        assert_eq!(summary, json!({ "b": long, "title": "kept" }));
        let mut text = json!("not an object");
        fit(&mut text);
        assert_eq!(text, json!({}));
    }

    #[test]
    fn words_are_the_values_in_lower_case() {
        let summary = json!({ "title": "Über \"Bäume\"", "n": 7, "deep": [{ "x": "Leaf" }] });
        let words = words(&summary);
        for word in ["über \"bäume\"", "7", "leaf"] {
            assert!(words.contains(word), "{word} in {words}");
        }
        assert!(!words.contains("title"));
    }
}
