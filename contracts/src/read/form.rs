//! What an item is read from, and what it turns out to be. Nothing here knows the type that is
//! wanted, so all of it is in the program once.

use serde::de::{Error as _, Expected, Unexpected};
use serde_json::{Error, Number, Value};

use super::access::{List, Object};
use super::node::Node;
use super::track::Track;

/// One variant of an adjacently tagged enum.
pub struct Tagged<'de> {
    /// The member that names the variant.
    pub tag: &'static str,
    /// The variant.
    pub name: &'de str,
    /// The member that holds its value.
    pub content: &'static str,
    /// Its value.
    pub value: &'de Value,
}

/// Where an item is read from.
pub enum Form<'a, 'de> {
    /// A value.
    Value(Value),
    /// A value that somebody else keeps.
    Ref(&'de Value),
    /// A value in a text.
    Node(Node),
    /// A variant with its value.
    Tagged(&'de Tagged<'de>),
    /// The name of a member or a variant.
    Name(&'a str),
}

/// A text, as long as it is kept.
pub enum Text<'a, 'de> {
    /// Ours.
    Owned(String),
    /// For now.
    Short(&'a str),
    /// For as long as what is read.
    Long(&'de str),
}

/// What an item is.
pub enum Opened<'a, 'de> {
    /// Null.
    Null,
    /// A truth.
    Bool(bool),
    /// An integer from 0.
    Unsigned(u64),
    /// A signed integer.
    Signed(i64),
    /// Another number.
    Float(f64),
    /// Text.
    Text(Text<'a, 'de>),
    /// A list.
    List(List<'a, 'de>),
    /// An object.
    Object(Object<'a, 'de>),
}

impl<'a, 'de> Form<'a, 'de> {
    /// What it is.
    pub fn open(self, track: Option<&'a Track>) -> Opened<'a, 'de> {
        match self {
            Form::Value(Value::Array(items)) => Opened::List(List::of_values(items, track)),
            Form::Value(Value::Object(members)) => {
                Opened::Object(Object::of_values(members, track))
            }
            Form::Value(Value::String(text)) => Opened::Text(Text::Owned(text)),
            Form::Value(plain) => scalar(&plain),
            Form::Ref(Value::Array(items)) => Opened::List(List::of_refs(items, track)),
            Form::Ref(Value::Object(members)) => Opened::Object(Object::of_refs(members, track)),
            Form::Ref(Value::String(text)) => Opened::Text(Text::Long(text)),
            Form::Ref(plain) => scalar(plain),
            Form::Node(Node::List(items)) => Opened::List(List::of_nodes(items, track)),
            Form::Node(Node::Object(members)) => Opened::Object(Object::of_nodes(members, track)),
            Form::Node(Node::Plain(Value::String(text))) => Opened::Text(Text::Owned(text)),
            Form::Node(Node::Plain(plain)) => scalar(&plain),
            Form::Tagged(whole) => Opened::Object(Object::of_tagged(whole, track)),
            Form::Name(name) => Opened::Text(Text::Short(name)),
        }
    }

    /// Whether it is null.
    pub fn is_null(&self) -> bool {
        match self {
            Form::Value(value) | Form::Node(Node::Plain(value)) => value.is_null(),
            Form::Ref(value) => value.is_null(),
            Form::Node(_) | Form::Tagged(_) | Form::Name(_) => false,
        }
    }

    /// As [`Form::open`], where a number is meant: as a name of a member it is in quotes.
    ///
    /// # Errors
    /// When a name is no number.
    pub fn number(self, track: Option<&'a Track>) -> Result<Opened<'a, 'de>, Error> {
        let Form::Name(name) = self else { return Ok(self.open(track)) };
        let number = name
            .parse::<Number>()
            .map_err(|_| Error::custom("invalid value: expected key to be a number in quotes"))?;
        Ok(scalar(&Value::Number(number)))
    }

    /// As [`Form::open`], where a truth is meant.
    pub fn truth(self, track: Option<&'a Track>) -> Opened<'a, 'de> {
        match self {
            Form::Name("true") => Opened::Bool(true),
            Form::Name("false") => Opened::Bool(false),
            other => other.open(track),
        }
    }

    /// The object it is.
    ///
    /// # Errors
    /// When it is none.
    pub fn object(
        self,
        track: Option<&'a Track>,
        expected: &dyn Expected,
    ) -> Result<Object<'a, 'de>, Error> {
        match self.open(track) {
            Opened::Object(object) => Ok(object),
            Opened::List(_) => Err(Error::invalid_type(Unexpected::Seq, &"an object")),
            other => Err(other.refused(expected)),
        }
    }

    /// The list it is.
    ///
    /// # Errors
    /// When it is none.
    pub fn list(
        self,
        track: Option<&'a Track>,
        expected: &dyn Expected,
    ) -> Result<List<'a, 'de>, Error> {
        match self.open(track) {
            Opened::List(list) => Ok(list),
            other => Err(other.refused(expected)),
        }
    }

    /// The text it is.
    ///
    /// # Errors
    /// When it is none.
    pub fn text(self, expected: &dyn Expected) -> Result<Text<'a, 'de>, Error> {
        match self.open(None) {
            Opened::Text(text) => Ok(text),
            other => Err(other.refused(expected)),
        }
    }
}

fn scalar<'a, 'de>(plain: &Value) -> Opened<'a, 'de> {
    let Value::Number(number) = plain else {
        return plain.as_bool().map_or(Opened::Null, Opened::Bool);
    };
    if let Some(number) = number.as_u64() {
        return Opened::Unsigned(number);
    }
    match number.as_i64() {
        Some(number) => Opened::Signed(number),
        None => Opened::Float(number.as_f64().unwrap_or_default()),
    }
}

impl Opened<'_, '_> {
    /// It is not what was expected.
    #[cold]
    pub fn refused(&self, expected: &dyn Expected) -> Error {
        let unexpected = match self {
            Self::Null => Unexpected::Unit,
            Self::Bool(truth) => Unexpected::Bool(*truth),
            Self::Unsigned(number) => Unexpected::Unsigned(*number),
            Self::Signed(number) => Unexpected::Signed(*number),
            Self::Float(number) => Unexpected::Float(*number),
            Self::Text(text) => Unexpected::Str(text.as_str()),
            Self::List(_) => Unexpected::Seq,
            Self::Object(_) => Unexpected::Map,
        };
        Error::invalid_type(unexpected, expected)
    }
}

impl Text<'_, '_> {
    /// The text.
    pub fn as_str(&self) -> &str {
        match self {
            Self::Owned(text) => text,
            Self::Short(text) => text,
            Self::Long(text) => text,
        }
    }
}
