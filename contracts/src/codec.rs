//! The stored bytes: MessagePack with named fields.

use serde::Serialize;
use serde::de::DeserializeOwned;

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
    Decode(#[from] rmp_serde::decode::Error),
    /// There are bytes after the value.
    #[error("{0} bytes follow the value")]
    Trailing(u64),
}

/// `value` as a MessagePack map with field names, UUIDs and hashes as `bin`.
///
/// # Errors
/// When a value has no MessagePack form, such as a map without a known length.
pub fn encode<T: Serialize>(value: &T) -> Result<Vec<u8>, CodecError> {
    Ok(rmp_serde::to_vec_named(value)?)
}

/// Reads what [`encode`] wrote; bytes left over are an error.
///
/// # Errors
/// When the bytes are not exactly one value of the expected shape.
pub fn decode<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, CodecError> {
    let mut reader = rmp_serde::Deserializer::new(std::io::Cursor::new(bytes));
    reader.set_max_depth(DEPTH_MAX);
    let value = T::deserialize(&mut reader)?;
    let left = bytes.len() as u64 - reader.position();
    if left == 0 { Ok(value) } else { Err(CodecError::Trailing(left)) }
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
