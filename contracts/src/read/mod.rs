//! How stored and received bytes become our types: one deserializer for all of them.
//!
//! Serde writes the code of a type once per type *and* deserializer. With a deserializer for JSON
//! values, one for borrowed ones, one for text, one for MessagePack and one that tells the way to a
//! fault, a third of the program was the same reading again and again. So all JSON is read through
//! [`Item`]; whether it is a value or a text, ours or another's, is asked while it runs.
//! MessagePack, in which few types are stored, is read by [`Pack`].
//!
//! An item that should be an object is no list of its members: left to itself serde reads `[2]`
//! where `{"by": 2}` is meant, and nobody promises the order of members.

use serde::de::DeserializeOwned;
use serde_json::{Error, Value};

use self::form::Tagged;
use self::item::Item;
use self::node::Node;
use self::pack::Pack;
use self::track::Track;

mod access;
mod form;
mod item;
mod node;
mod pack;
mod packed;
#[cfg(test)]
mod tests;
mod track;
mod variant;

/// Reads a value.
///
/// # Errors
/// When it is not of the shape.
pub fn from_value<T: DeserializeOwned>(value: Value) -> Result<T, Error> {
    T::deserialize(Item::of_value(value))
}

/// Reads a value that somebody else keeps.
///
/// # Errors
/// When it is not of the shape.
pub fn from_ref<T: DeserializeOwned>(value: &Value) -> Result<T, Error> {
    T::deserialize(Item::of_ref(value))
}

/// Reads JSON text; a member of a known shape that comes twice is an error.
///
/// # Errors
/// When it is no JSON, or not of the shape.
pub fn from_slice<T: DeserializeOwned>(text: &[u8]) -> Result<T, Error> {
    T::deserialize(Item::of_node(Node::read(text)?))
}

/// As [`from_slice`].
///
/// # Errors
/// When it is no JSON, or not of the shape.
pub fn from_str<T: DeserializeOwned>(text: &str) -> Result<T, Error> {
    from_slice(text.as_bytes())
}

/// A value that is not of its shape, and where.
#[derive(Debug, thiserror::Error)]
#[error("{error}")]
pub struct Misplaced {
    /// Members and places from the root, as in `input.rules[2].to`; `.` = the root.
    pub path: String,
    /// What is wrong there.
    #[source]
    pub error: Error,
}

/// As [`from_value`], telling where the fault is.
///
/// # Errors
/// When it is not of the shape.
pub fn located<T: DeserializeOwned>(value: Value) -> Result<T, Misplaced> {
    let track = Track::default();
    let read = T::deserialize(Item::of_value(value).tracked(&track));
    read.map_err(|error| Misplaced { path: track.path(), error })
}

/// One variant of an adjacently tagged enum: the object `{tag: name, content: value}`. The name
/// comes first: the value is read as what it is only when its variant is known by then.
///
/// # Errors
/// When there is no such variant, or its value is not of its shape.
pub fn tagged<T: DeserializeOwned>(
    (tag, name): (&'static str, &str),
    (content, value): (&'static str, &Value),
) -> Result<T, Misplaced> {
    let track = Track::default();
    let whole = Tagged { tag, name, content, value };
    let read = T::deserialize(Item::of_tagged(&whole).tracked(&track));
    read.map_err(|error| Misplaced { path: track.path(), error })
}

/// Reads MessagePack that nests at most `depth_max` deep; the second is what follows the value.
pub(crate) fn packed<T: DeserializeOwned>(
    bytes: &[u8],
    depth_max: usize,
) -> Result<(T, usize), Error> {
    let mut pack = Pack::new(bytes, depth_max);
    let value = T::deserialize(&mut pack)?;
    Ok((value, pack.left()))
}
