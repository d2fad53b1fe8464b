//! Settings as TOML, each value with where it comes from.

use std::fmt::Write as _;

use serde_json::Value;

use super::load::Loaded;

/// The effective settings as a settings file, secrets masked. A line whose value is not the
/// default says where it comes from; a setting without a value is a comment.
#[must_use]
pub fn to_toml(loaded: &Loaded) -> String {
    let value = serde_json::to_value(&loaded.settings)
        .expect("settings are made of JSON values with string keys");
    let mut text = String::new();
    section(&value, "", loaded, &mut text);
    text
}

fn section(value: &Value, path: &str, loaded: &Loaded, text: &mut String) {
    let Value::Object(members) = value else { return };
    let (inner, plain): (Vec<_>, Vec<_>) = members.iter().partition(|(_, value)| value.is_object());
    for (name, value) in plain {
        let key = join(path, name);
        let origin = loaded.origins.get(&key);
        let line = match value {
            Value::Null => format!("# {name} is not set"),
            value => format!("{} = {}", toml_key(name), toml_value(value)),
        };
        let comment = origin.map_or_else(String::new, |origin| format!("  # {origin}"));
        let _ = writeln!(text, "{line}{comment}");
    }
    for (name, value) in inner {
        let key = join(path, name);
        let _ = writeln!(text, "\n[{key}]");
        section(value, &key, loaded, text);
    }
}

fn join(path: &str, name: &str) -> String {
    if path.is_empty() { name.to_owned() } else { format!("{path}.{name}") }
}

/// A name of the user's own may hold a dot or a colon.
fn toml_key(name: &str) -> String {
    let bare = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
    if name.bytes().all(bare) { name.to_owned() } else { Value::from(name).to_string() }
}

/// JSON's strings, numbers, booleans and arrays are TOML's, except for a null inside an array,
/// which no setting has.
fn toml_value(value: &Value) -> String {
    value.to_string()
}
