//! From the text of a policy to its document, and back.

use contracts::kinds::policy::Document;
use contracts::kinds::policy::limits::DOCUMENT_BYTES_MAX;
use contracts::{FieldError, Hash, read, state_hash};
use serde_json::Value;

/// How deep a document may be nested.
const DEPTH_MAX: usize = 16;

/// Reads YAML or JSON. Aliases are bounded, keys may not come twice, unknown members are refused.
///
/// # Errors
/// Where it is no document, and why.
pub fn read(text: &str) -> Result<Document, Vec<FieldError>> {
    document(value(text)?)
}

/// Reads YAML or JSON as data, within the same bounds.
///
/// # Errors
/// Why it is neither.
pub fn value(text: &str) -> Result<Value, Vec<FieldError>> {
    if text.len() > DOCUMENT_BYTES_MAX {
        let message = format!("has {} bytes; {DOCUMENT_BYTES_MAX} are allowed", text.len());
        return Err(fault("", message));
    }
    let options = serde_saphyr::options! {
        budget: serde_saphyr::budget! {
            max_events: 20_000,
            max_nodes: 20_000,
            max_depth: DEPTH_MAX,
            max_aliases: 50,
            max_anchors: 50,
        },
        strict_booleans: true,
        with_snippet: false,
    };
    serde_saphyr::from_str_with_options(text, options).map_err(|error| fault("", error.to_string()))
}

/// Reads a document that is data already.
///
/// # Errors
/// Which member is not of its shape.
pub fn document(value: Value) -> Result<Document, Vec<FieldError>> {
    if !value.is_object() {
        return Err(fault("", "a policy is a map with a member `version`"));
    }
    read::located(value).map_err(|read::Misplaced { path, error }| {
        fault(if path == "." { "" } else { &path }, error.to_string())
    })
}

/// The YAML of a document.
///
/// # Errors
/// When it has none.
pub fn write(document: &Document) -> Result<String, String> {
    serde_saphyr::to_string(document).map_err(|error| error.to_string())
}

/// BLAKE3 of the canonical JSON of a document: the same for the same rules, however written.
#[must_use]
pub fn digest(document: &Document) -> Hash {
    let value = serde_json::to_value(document).unwrap_or_default();
    state_hash(&value).unwrap_or(Hash::ZERO)
}

fn fault(field: &str, message: impl Into<String>) -> Vec<FieldError> {
    vec![FieldError { field: field.to_owned(), message: message.into() }]
}

#[cfg(test)]
mod tests {
    use contracts::kinds::policy::Ruling;

    use super::{digest, document, read, write};

    const SMALL: &str = "version: 1\nrules:\n  - id: a\n    effect: deny\n";

    #[test]
    fn yaml_and_json_are_the_same_document() {
        let yaml = read(SMALL).unwrap();
        let json = read(r#"{"version": 1, "rules": [{"id": "a", "effect": "deny"}]}"#).unwrap();
        assert_eq!(yaml, json);
        assert_eq!(yaml.rules[0].effect, Ruling::Deny);
        assert_eq!(digest(&yaml), digest(&json));
        assert_eq!(read(&write(&yaml).unwrap()).unwrap(), yaml);
    }

    #[test]
    fn what_is_unknown_or_twice_is_refused_with_its_place() {
        for (text, place) in [
            ("version: 1\nrulez: []\n", "rulez"),
            ("version: 1\nrules:\n  - id: a\n    effect: deny\n    then: x\n", "rules[0]"),
            ("version: 1\nrules:\n  - id: a\n    effect: forbid\n", "rules[0].effect"),
            ("version: one\n", "version"),
            ("rules: []\n", ""),
            ("version: 1\nversion: 1\n", ""),
            ("just text", ""),
            ("version: 1\nrules: [", ""),
            ("", ""),
        ] {
            let errors = read(text).expect_err(text);
            assert!(errors[0].field.starts_with(place), "{text}: {errors:?}");
        }
        assert!(document(serde_json::json!([])).is_err());
    }

    #[test]
    fn a_text_that_multiplies_itself_is_refused() {
        let mut text = "a0: &a0 [x, x, x, x, x, x, x, x, x]\n".to_owned();
        for n in 1..9 {
            let alias = format!("*a{}, ", n - 1).repeat(9);
            text.push_str(&format!("a{n}: &a{n} [{alias}]\n"));
        }
        assert!(read(&text).is_err());
        let deep = format!("version: {}1{}", "[".repeat(5_000), "]".repeat(5_000));
        assert!(read(&deep).is_err());
        assert!(read(&"#".repeat(70_000)).is_err());
    }
}
