//! The stored bytes: MessagePack with named fields.

use serde::Serialize;
use serde::de::{DeserializeOwned, IgnoredAny};

use crate::read;

/// How deep a stored value may nest.
pub const DEPTH_MAX: usize = 128;

/// Bytes that could not be written or read as MessagePack.
#[derive(Debug, thiserror::Error)]
pub enum CodecError {
    /// The value has no MessagePack form.
    #[error("cannot encode: {0}")]
    Encode(#[from] rmp_serde::encode::Error),
    /// The bytes are not the MessagePack of the expected shape.
    #[error("cannot decode: {0}")]
    Decode(#[from] serde_json::Error),
    /// There are bytes after the value.
    #[error("{0} bytes follow the value")]
    Trailing(u64),
}

/// `value` as a MessagePack map with field names, UUIDs and hashes as `bin`.
///
/// # Errors
/// When a value has no MessagePack form, such as a map without a known length, or nests deeper than
/// [`DEPTH_MAX`]: what is stored must be readable again.
pub fn encode<T: Serialize>(value: &T) -> Result<Vec<u8>, CodecError> {
    let bytes = rmp_serde::to_vec_named(value)?;
    decode::<IgnoredAny>(&bytes)?;
    Ok(bytes)
}

/// Reads what [`encode`] wrote; bytes left over are an error.
///
/// # Errors
/// When the bytes are not exactly one value of the expected shape.
pub fn decode<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, CodecError> {
    let (value, left) = read::packed(bytes, DEPTH_MAX)?;
    if left == 0 { Ok(value) } else { Err(CodecError::Trailing(left as u64)) }
}

/// Reads MessagePack of a stranger as a JSON value.
///
/// # Errors
/// When the bytes are not exactly one value, or hold what JSON cannot: NaN, infinity, binary,
/// extension types, keys that are not strings.
pub fn decode_json(bytes: &[u8]) -> Result<serde_json::Value, CodecError> {
    decode::<json::Exact>(bytes).map(|exact| exact.0)
}

mod json;

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{DEPTH_MAX, decode, encode};
    use crate::commit::Input;

    #[test]
    fn what_is_encoded_can_be_decoded_again() {
        let mut value = json!(1);
        let mut refused = 0;
        for _ in 0..2 * DEPTH_MAX {
            value = json!({ "in": [value] });
            match encode(&Input::Inline(value.clone())) {
                Ok(bytes) => {
                    let again = decode::<Input>(&bytes).expect("readable");
                    assert_eq!(again, Input::Inline(value.clone()));
                }
                Err(_) => refused += 1,
            }
        }
        assert!(refused > DEPTH_MAX, "only {refused} were refused");
    }
}
