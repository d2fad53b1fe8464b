//! What every input must keep to, whatever its kind and its road.

use serde_json::Value;

use crate::canonical;
use crate::limits::{INPUT_DEPTH_MAX, STRING_BYTES_MAX};
use crate::refusal::{Refusal, RefusalClass};

/// Checks depth, string lengths and integers.
///
/// # Errors
/// `input_too_deep`, `string_too_long` or `number_imprecise`.
pub fn check(input: &Value) -> Result<(), Refusal> {
    canonical::ensure_exact(input).map_err(|error| {
        Refusal::new(RefusalClass::Malformed, "number_imprecise", error.to_string())
    })?;
    within(input, "input", INPUT_DEPTH_MAX)
}

fn within(value: &Value, path: &str, depth: usize) -> Result<(), Refusal> {
    if depth == 0 {
        return Err(Refusal::new(
            RefusalClass::Malformed,
            "input_too_deep",
            format!("an input nests at most {INPUT_DEPTH_MAX} deep"),
        ));
    }
    match value {
        Value::String(text) => short(text, path),
        Value::Array(items) => items
            .iter()
            .enumerate()
            .try_for_each(|(at, item)| within(item, &format!("{path}[{at}]"), depth - 1)),
        Value::Object(members) => members.iter().try_for_each(|(key, member)| {
            short(key, path)?;
            within(member, &format!("{path}.{key}"), depth - 1)
        }),
        Value::Null | Value::Bool(_) | Value::Number(_) => Ok(()),
    }
}

fn short(text: &str, path: &str) -> Result<(), Refusal> {
    if text.len() <= STRING_BYTES_MAX {
        return Ok(());
    }
    let message = format!("a string has at most {STRING_BYTES_MAX} bytes");
    Err(Refusal::new(RefusalClass::TooLarge, "string_too_long", message.clone())
        .field(path, message))
}
