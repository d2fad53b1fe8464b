//! The protected form of a value. It is a text, so that it can stand wherever a text can: kinds
//! carry it as they carry any other text, and whoever opens it finds it wherever it went.
//!
//! `cambium-protected.1.<class>.<form>.<bytes>.<subjects>.<key>.<sealed>~`: the subjects joined by
//! `+`, the key's id as 16 hexadecimal digits, nonce and ciphertext as base64url. The mark at the
//! end tells it from what stands behind it in a longer text.

use std::fmt;
use std::str::FromStr;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::{Deserialize, Serialize};

use super::DataClass;
use crate::ids::ActorId;

/// What every protected value begins with.
pub const MARK: &str = "cambium-protected.1.";

const END: char = '~';
const NONCE_BYTES: usize = 24;
const TAG_BYTES: usize = 16;

/// What a protected value was.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Form {
    /// A text.
    Text,
    /// Any JSON value.
    Json,
}

/// Names a key without telling it: the first 8 bytes of a hash of it.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct KeyId(pub [u8; 8]);

impl fmt::Display for KeyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for KeyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl FromStr for KeyId {
    type Err = NotProtected;
    fn from_str(text: &str) -> Result<Self, NotProtected> {
        let mut bytes = [0; 8];
        if text.len() != 16 || !text.bytes().all(|it| matches!(it, b'0'..=b'9' | b'a'..=b'f')) {
            return Err(NotProtected);
        }
        for (at, byte) in bytes.iter_mut().enumerate() {
            *byte = u8::from_str_radix(&text[2 * at..2 * at + 2], 16).map_err(|_| NotProtected)?;
        }
        Ok(Self(bytes))
    }
}

impl Serialize for KeyId {
    fn serialize<S: serde::Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        s.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for KeyId {
    fn deserialize<D: serde::Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        String::deserialize(d)?.parse().map_err(serde::de::Error::custom)
    }
}

impl schemars::JsonSchema for KeyId {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "KeyId".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({ "type": "string", "pattern": "^[0-9a-f]{16}$" })
    }
}

/// Text that is no protected value.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("no protected value")]
pub struct NotProtected;

/// A protected value.
#[derive(Clone, PartialEq, Eq)]
pub struct ProtectedText {
    /// How much it is protected.
    pub class: DataClass,
    /// What it was.
    pub form: Form,
    /// How long it was, in bytes.
    pub plain_bytes: usize,
    /// Whose it is, in order. Of several each has to be there still.
    pub subjects: Vec<ActorId>,
    /// Which key protects it.
    pub key: KeyId,
    /// The nonce.
    pub nonce: [u8; NONCE_BYTES],
    /// Ciphertext and tag.
    pub sealed: Vec<u8>,
}

impl fmt::Debug for ProtectedText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ProtectedText({}, {:?}, {} bytes)", self.class, self.subjects, self.plain_bytes)
    }
}

impl fmt::Display for ProtectedText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let form = match self.form {
            Form::Text => "t",
            Form::Json => "j",
        };
        write!(f, "{MARK}{}.{form}.{}.", self.class, self.plain_bytes)?;
        for (at, subject) in self.subjects.iter().enumerate() {
            write!(f, "{}{subject}", if at == 0 { "" } else { "+" })?;
        }
        let sealed = [&self.nonce, &self.sealed[..]].concat();
        write!(f, ".{}.{}{END}", self.key, URL_SAFE_NO_PAD.encode(sealed))
    }
}

impl FromStr for ProtectedText {
    type Err = NotProtected;
    fn from_str(text: &str) -> Result<Self, NotProtected> {
        let body = text.strip_prefix(MARK).and_then(|text| text.strip_suffix(END));
        let parts: Vec<&str> = body.ok_or(NotProtected)?.split('.').collect();
        let [class, form, plain_bytes, subjects, key, sealed] = parts[..] else {
            return Err(NotProtected);
        };
        let form = match form {
            "t" => Form::Text,
            "j" => Form::Json,
            _ => return Err(NotProtected),
        };
        let subjects = subjects.split('+').map(ActorId::new).collect::<Result<Vec<_>, _>>();
        let bytes = URL_SAFE_NO_PAD.decode(sealed).map_err(|_| NotProtected)?;
        let (nonce, sealed) = bytes.split_first_chunk().ok_or(NotProtected)?;
        let plain_bytes = plain_bytes.parse().map_err(|_| NotProtected)?;
        if sealed.len() != TAG_BYTES + plain_bytes {
            return Err(NotProtected);
        }
        Ok(Self {
            class: class.parse()?,
            form,
            plain_bytes,
            subjects: subjects.map_err(|_| NotProtected)?,
            key: key.parse()?,
            nonce: *nonce,
            sealed: sealed.to_vec(),
        })
    }
}

/// How long a text is for whoever reads it, in bytes: of a protected one what it was.
#[must_use]
pub fn plain_bytes(text: &str) -> usize {
    if !text.starts_with(MARK) {
        return text.len();
    }
    text.parse::<ProtectedText>().map_or(text.len(), |protected| protected.plain_bytes)
}

/// How long the JSON text of `value` is for whoever reads it, in bytes.
#[must_use]
pub fn plain_size(value: &serde_json::Value) -> usize {
    use serde_json::Value;
    fn hidden(value: &Value) -> usize {
        match value {
            Value::String(text) => text.len().saturating_sub(plain_bytes(text)),
            Value::Array(items) => items.iter().map(hidden).sum(),
            Value::Object(members) => members.values().map(hidden).sum(),
            Value::Null | Value::Bool(_) | Value::Number(_) => 0,
        }
    }
    value.to_string().len().saturating_sub(hidden(value))
}

/// Whether a protected value stands anywhere in `text`.
#[must_use]
pub fn carries(text: &str) -> bool {
    text.contains(MARK)
}

/// Whether a protected value stands anywhere in `value`.
#[must_use]
pub fn within(value: &serde_json::Value) -> bool {
    use serde_json::Value;
    match value {
        Value::String(text) => carries(text),
        Value::Array(items) => items.iter().any(within),
        Value::Object(members) => members.values().any(within),
        Value::Null | Value::Bool(_) | Value::Number(_) => false,
    }
}

/// A piece of a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Part<'a> {
    /// Words as they are.
    Plain(&'a str),
    /// A protected value.
    Protected(Box<ProtectedText>),
    /// What is left of one that was cut.
    Broken,
}

/// The pieces of a text in which protected values stand.
#[must_use]
pub fn parts(text: &str) -> Vec<Part<'_>> {
    let mut parts = Vec::new();
    let mut rest = text;
    while let Some(at) = rest.find(MARK) {
        if at > 0 {
            parts.push(Part::Plain(&rest[..at]));
        }
        let body = &rest[at + MARK.len()..];
        let of_it = |it: char| it.is_ascii_alphanumeric() || "._-+:@".contains(it);
        let length = body.find(|it| !of_it(it)).unwrap_or(body.len());
        let ended = body[length..].starts_with(END);
        let end = at + MARK.len() + length + usize::from(ended);
        match rest[at..end].parse::<ProtectedText>() {
            Ok(protected) => parts.push(Part::Protected(Box::new(protected))),
            Err(NotProtected) => parts.push(Part::Broken),
        }
        rest = &rest[end..];
    }
    if !rest.is_empty() {
        parts.push(Part::Plain(rest));
    }
    parts
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sample() -> ProtectedText {
        ProtectedText {
            class: DataClass::Pii,
            form: Form::Text,
            plain_bytes: 3,
            subjects: vec![ActorId::from_static("ada"), ActorId::from_static("person:p-1")],
            key: KeyId([1, 2, 3, 4, 5, 6, 7, 0xff]),
            nonce: [9; 24],
            sealed: vec![7; 19],
        }
    }

    #[test]
    fn it_reads_what_it_writes_and_knows_its_length() {
        let text = sample().to_string();
        assert_eq!(text.parse(), Ok(sample()));
        assert_eq!(plain_bytes(&text), 3);
        assert_eq!(plain_bytes("words"), 5);
        assert!(!format!("{:?}", sample()).contains(&text[60..]));
    }

    #[test]
    fn nothing_else_is_one() {
        let text = sample().to_string();
        let swapped = text.replace(".3.", ".4.");
        let upper = text.replace("pii", "PII");
        for bad in [&text[1..], &text[..text.len() - 1], &swapped, &upper, MARK, "", "a.b.c"] {
            assert!(bad.parse::<ProtectedText>().is_err(), "{bad}");
        }
    }

    #[test]
    fn it_is_found_in_longer_texts_also_when_it_was_cut() {
        let text = sample().to_string();
        let found = parts("plain");
        assert_eq!(found, [Part::Plain("plain")]);
        let long = format!("Ask {text}s, {text}{text}\". ");
        let whole = Part::Protected(Box::new(sample()));
        let expected = [
            Part::Plain("Ask "),
            whole.clone(),
            Part::Plain("s, "),
            whole.clone(),
            whole,
            Part::Plain("\". "),
        ];
        assert_eq!(parts(&long), expected);
        let cut = format!("a {} é", &text[..text.len() - 9]);
        assert_eq!(parts(&cut), [Part::Plain("a "), Part::Broken, Part::Plain(" é")]);
    }
}
