//! Secrets that the program knows stand in no record.

use contracts::records::Record;
use serde_json::Value;

use crate::logging::mask::masked;

/// `record` with a mask in the place of each secret that is known.
pub fn record(record: &mut Record) {
    for text in [&mut record.service, &mut record.name, &mut record.message, &mut record.kind] {
        hide(text);
    }
    let names: Vec<String> = record.labels.keys().filter(|name| !is_clean(name)).cloned().collect();
    for name in names {
        if let Some(value) = record.labels.remove(&name) {
            let mut name = name;
            hide(&mut name);
            record.labels.insert(name, value);
        }
    }
    record.labels.values_mut().for_each(hide_within);
    hide_within(&mut record.more);
}

fn is_clean(text: &str) -> bool {
    matches!(masked(text.as_bytes()), std::borrow::Cow::Borrowed(_))
}

fn hide(text: &mut String) {
    if let std::borrow::Cow::Owned(hidden) = masked(text.as_bytes()) {
        *text = String::from_utf8_lossy(&hidden).into_owned();
    }
}

fn hide_within(value: &mut Value) {
    match value {
        Value::String(text) => hide(text),
        Value::Array(items) => items.iter_mut().for_each(hide_within),
        Value::Object(members) => members.values_mut().for_each(hide_within),
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}
