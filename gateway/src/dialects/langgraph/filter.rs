//! Which values of the store are wanted: `{"likes": "apples", "age": {"$gte": 18}}`.

use std::cmp::Ordering;

use serde_json::{Map, Value};

/// Whether a value has all members that a filter wants.
#[must_use]
pub fn passes(value: &Map<String, Value>, filter: &Map<String, Value>) -> bool {
    filter.iter().all(|(name, wanted)| {
        let known = value.get(name).unwrap_or(&Value::Null);
        match wanted {
            Value::Object(tests) if tests.keys().any(|name| name.starts_with('$')) => {
                tests.iter().all(|(test, wanted)| holds(known, test, wanted))
            }
            _ => known == wanted,
        }
    })
}

fn holds(known: &Value, test: &str, wanted: &Value) -> bool {
    let order = || match (known, wanted) {
        (Value::Number(one), Value::Number(other)) => one.as_f64()?.partial_cmp(&other.as_f64()?),
        (Value::String(one), Value::String(other)) => Some(one.cmp(other)),
        _ => None,
    };
    match test {
        "$eq" => known == wanted,
        "$ne" => known != wanted,
        "$gt" => order() == Some(Ordering::Greater),
        "$gte" => matches!(order(), Some(Ordering::Greater | Ordering::Equal)),
        "$lt" => order() == Some(Ordering::Less),
        "$lte" => matches!(order(), Some(Ordering::Less | Ordering::Equal)),
        _ => false,
    }
}

/// The first test of a filter that is none.
#[must_use]
pub fn unknown(filter: &Map<String, Value>) -> Option<String> {
    let known = ["$eq", "$ne", "$gt", "$gte", "$lt", "$lte"];
    filter.iter().find_map(|(name, wanted)| {
        let tests = wanted.as_object()?;
        let is_test = tests.keys().any(|name| name.starts_with('$'));
        let odd = tests.keys().find(|test| !known.contains(&test.as_str()))?;
        is_test.then(|| format!("{name}.{odd}"))
    })
}

#[cfg(test)]
mod tests {
    use serde_json::{Map, Value, json};

    use super::{passes, unknown};

    fn object(value: Value) -> Map<String, Value> {
        let Value::Object(members) = value else { panic!("an object") };
        members
    }

    #[test]
    fn members_are_compared() {
        let value = object(json!({ "age": 20, "name": "Ada", "at": { "x": 1 } }));
        for (filter, wanted) in [
            (json!({}), true),
            (json!({ "name": "Ada", "age": 20 }), true),
            (json!({ "name": "Bob" }), false),
            (json!({ "age": { "$gte": 18, "$lt": 20.5 } }), true),
            (json!({ "age": { "$gt": 20 } }), false),
            (json!({ "name": { "$ne": "Bob" } }), true),
            (json!({ "at": { "x": 1 } }), true),
            (json!({ "gone": null }), true),
            (json!({ "name": { "$gt": 3 } }), false),
        ] {
            assert_eq!(passes(&value, &object(filter.clone())), wanted, "{filter}");
        }
    }

    #[test]
    fn tests_that_there_are_not_are_named() {
        assert_eq!(unknown(&object(json!({ "a": { "$in": [1] } }))).as_deref(), Some("a.$in"));
        assert_eq!(unknown(&object(json!({ "a": { "$eq": 1 }, "b": { "c": 1 } }))), None);
    }
}
