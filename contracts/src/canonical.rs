//! Canonical JSON (RFC 8785) and the hash over it.
//!
//! RFC 8785 writes every number as an IEEE 754 double. An integer that a double cannot hold is
//! refused: two values that differ must never share a hash.

use serde::de::DeserializeSeed as _;
use serde_json::Value;

use self::unique::Unique;
use crate::hash::Hash;

/// The largest magnitude below which every integer is a double: 2^53.
pub const INTEGER_EXACT_MAX: u64 = 1 << 53;

/// JSON that has no canonical form, or text that is not JSON.
#[derive(Debug, thiserror::Error)]
pub enum CanonicalError {
    /// An integer that a double cannot hold.
    #[error("the integer {0} cannot be held exactly by a JSON number; send it as a string")]
    Imprecise(String),
    /// The text is not JSON.
    #[error("{0}")]
    Syntax(#[from] serde_json::Error),
}

/// The canonical bytes of `value`.
///
/// # Errors
/// [`CanonicalError::Imprecise`] when an integer would lose precision.
pub fn to_canonical(value: &Value) -> Result<Vec<u8>, CanonicalError> {
    ensure_exact(value)?;
    Ok(serde_json_canonicalizer::to_vec(value)?)
}

/// BLAKE3-256 of the canonical bytes of `value`.
///
/// # Errors
/// As [`to_canonical`].
pub fn state_hash(value: &Value) -> Result<Hash, CanonicalError> {
    Ok(Hash::of(&to_canonical(value)?))
}

/// Refuses integers that a double cannot hold.
///
/// # Errors
/// [`CanonicalError::Imprecise`], naming the first.
pub fn ensure_exact(value: &Value) -> Result<(), CanonicalError> {
    match value {
        Value::Number(number) => {
            let exact = number.as_u64().map_or_else(
                || number.as_i64().is_none_or(|int| is_exact(i128::from(int))),
                |int| is_exact(i128::from(int)),
            );
            if exact { Ok(()) } else { Err(CanonicalError::Imprecise(number.to_string())) }
        }
        Value::Array(items) => items.iter().try_for_each(ensure_exact),
        Value::Object(members) => members.values().try_for_each(ensure_exact),
        Value::Null | Value::Bool(_) | Value::String(_) => Ok(()),
    }
}

/// Parses JSON text, refusing integers of any length that would lose precision on the way, and
/// objects that have a member twice.
///
/// # Errors
/// [`CanonicalError::Syntax`] for text that is not UTF-8 JSON, including `NaN`;
/// [`CanonicalError::Imprecise`] for integers a double cannot hold.
pub fn parse_exact(text: &[u8]) -> Result<Value, CanonicalError> {
    let mut reader = serde_json::Deserializer::from_slice(text);
    let value = Unique.deserialize(&mut reader)?;
    reader.end()?;
    for token in integers(text) {
        if token.len() > 15 && !token.parse::<i128>().is_ok_and(is_exact) {
            return Err(CanonicalError::Imprecise(token.to_owned()));
        }
    }
    Ok(value)
}

/// Whether a JSON number says exactly this integer: up to 2^53, or when the shortest text of the
/// nearest double is the integer's own text, so that no two texts share a canonical form.
#[expect(clippy::cast_precision_loss, reason = "the loss is what is tested")]
fn is_exact(int: i128) -> bool {
    int.unsigned_abs() <= u128::from(INTEGER_EXACT_MAX)
        || format!("{}", int as f64) == int.to_string()
}

/// The integer tokens of valid JSON text: numbers outside strings without fraction or exponent.
fn integers(text: &[u8]) -> impl Iterator<Item = &str> {
    let mut at = 0;
    std::iter::from_fn(move || {
        while at < text.len() {
            match text[at] {
                b'"' => {
                    at += 1;
                    while at < text.len() && text[at] != b'"' {
                        at += if text[at] == b'\\' { 2 } else { 1 };
                    }
                    at += 1;
                }
                b'-' | b'0'..=b'9' => {
                    let start = at;
                    while at < text.len()
                        && matches!(text[at], b'-' | b'+' | b'.' | b'e' | b'E' | b'0'..=b'9')
                    {
                        at += 1;
                    }
                    let token = &text[start..at];
                    if !token.iter().any(|byte| matches!(byte, b'.' | b'e' | b'E')) {
                        return std::str::from_utf8(token).ok();
                    }
                }
                _ => at += 1,
            }
        }
        None
    })
}

#[cfg(test)]
mod tests;
mod unique;
