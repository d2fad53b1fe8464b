//! Values that are filled in when a step begins.

use serde_json::{Map, Value};

/// The member that says where a value is found.
pub const FROM: &str = "$from";

/// The member that says what stands for a value that is not there.
pub const OR: &str = "$or";

/// The member that puts a text together.
pub const TEXT: &str = "$text";

/// A pointer that leads nowhere.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Missing(pub String);

/// The pointers that a value names, in the order in which they stand there.
#[must_use]
pub fn pointers(value: &Value) -> Vec<&str> {
    let mut found = Vec::new();
    gather(value, &mut found);
    found
}

fn gather<'a>(value: &'a Value, found: &mut Vec<&'a str>) {
    match value {
        Value::Array(items) => items.iter().for_each(|item| gather(item, found)),
        Value::Object(members) => {
            if let Some(Value::String(pointer)) = members.get(FROM) {
                found.push(pointer);
            }
            members.values().for_each(|member| gather(member, found));
        }
        _ => {}
    }
}

/// The value with what `find` finds where it names something. Goes as deep as the value is nested;
/// a graph that was checked is not nested deeper than [`super::DEPTH_MAX`].
///
/// # Errors
/// The first pointer that leads nowhere and says no `$or`.
pub fn resolve<'a>(
    value: &Value,
    find: &impl Fn(&str) -> Option<&'a Value>,
) -> Result<Value, Missing> {
    match value {
        Value::Array(items) => items.iter().map(|item| resolve(item, find)).collect(),
        Value::Object(members) => object(members, find),
        plain => Ok(plain.clone()),
    }
}

fn object<'a>(
    members: &Map<String, Value>,
    find: &impl Fn(&str) -> Option<&'a Value>,
) -> Result<Value, Missing> {
    if let Some(Value::String(pointer)) = members.get(FROM) {
        return match (find(pointer), members.get(OR)) {
            (Some(found), _) => Ok(found.clone()),
            (None, Some(instead)) => resolve(instead, find),
            (None, None) => Err(Missing(pointer.clone())),
        };
    }
    if let Some(Value::Array(parts)) = members.get(TEXT) {
        let parts: Result<Vec<String>, Missing> =
            parts.iter().map(|part| resolve(part, find).map(|part| text(&part))).collect();
        return parts.map(|parts| Value::String(parts.concat()));
    }
    let filled = members.iter().map(|(name, member)| Ok((name.clone(), resolve(member, find)?)));
    filled.collect::<Result<Map<_, _>, _>>().map(Value::Object)
}

/// A value within a text: a text is told as it is, nothing as nothing, anything else as JSON.
fn text(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Null => String::new(),
        other => other.to_string(),
    }
}
