//! Through an input: every text with the way to it.

use serde_json::Value;

/// Calls `seen` with each text of `input`, keys included, and the names on the way to it.
pub fn texts<'a>(input: &'a Value, seen: &mut impl FnMut(&[&'a str], &'a str)) {
    let mut way = Vec::new();
    walk(input, &mut way, seen);
}

fn walk<'a>(value: &'a Value, way: &mut Vec<&'a str>, seen: &mut impl FnMut(&[&'a str], &'a str)) {
    match value {
        Value::String(text) => seen(way, text),
        Value::Array(items) => items.iter().for_each(|item| walk(item, way, seen)),
        Value::Object(members) => {
            for (name, member) in members {
                way.push(name);
                walk(member, way, seen);
                way.pop();
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

/// Whether `way` is the one that `field` names: its names joined by dots.
#[must_use]
pub fn is_at(way: &[&str], field: &str) -> bool {
    let mut names = field.split('.');
    way.iter().all(|step| names.next() == Some(*step)) && names.next().is_none()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{is_at, texts};

    #[test]
    fn every_text_is_seen_with_its_way() {
        let input = json!({ "a": "1", "b": [{ "c": "2" }, "3"], "d": { "e": { "f": "4" } } });
        let mut found = Vec::new();
        texts(&input, &mut |way, text| found.push((way.join("."), text.to_owned())));
        let found: Vec<_> = found.iter().map(|(way, text)| (&**way, &**text)).collect();
        assert_eq!(found, [("a", "1"), ("b.c", "2"), ("b", "3"), ("d.e.f", "4")]);
        assert!(is_at(&["d", "e", "f"], "d.e.f") && !is_at(&[], ""));
        assert!(!is_at(&["d", "e"], "d.e.f") && !is_at(&["d", "e", "f"], "d.e"));
    }
}
