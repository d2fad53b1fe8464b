//! The deserializer of everything.

use serde::de::{Deserializer, Error as _, Unexpected, Visitor};
use serde::forward_to_deserialize_any;
use serde_json::{Error, Value};

use super::form::{Form, Opened, Tagged, Text};
use super::node::Node;
use super::track::Track;
use super::variant::Variant;

/// Something that is about to be read.
pub struct Item<'a, 'de> {
    form: Form<'a, 'de>,
    track: Option<&'a Track>,
}

impl<'a, 'de> Item<'a, 'de> {
    /// A part of another.
    pub const fn new(form: Form<'a, 'de>, track: Option<&'a Track>) -> Self {
        Self { form, track }
    }

    /// A value.
    pub const fn of_value(value: Value) -> Self {
        Self::new(Form::Value(value), None)
    }

    /// A value that somebody else keeps.
    pub const fn of_ref(value: &'de Value) -> Self {
        Self::new(Form::Ref(value), None)
    }

    /// A text.
    pub const fn of_node(node: Node) -> Self {
        Self::new(Form::Node(node), None)
    }

    /// A variant.
    pub const fn of_tagged(whole: &'de Tagged<'de>) -> Self {
        Self::new(Form::Tagged(whole), None)
    }

    /// The same, telling `track` where it cannot be read.
    pub const fn tracked(mut self, track: &'a Track) -> Self {
        self.track = Some(track);
        self
    }
}

fn give<'de, V: Visitor<'de>>(opened: Opened<'_, 'de>, visitor: V) -> Result<V::Value, Error> {
    match opened {
        Opened::Null => visitor.visit_unit(),
        Opened::Bool(truth) => visitor.visit_bool(truth),
        Opened::Unsigned(number) => visitor.visit_u64(number),
        Opened::Signed(number) => visitor.visit_i64(number),
        Opened::Float(number) => visitor.visit_f64(number),
        Opened::Text(Text::Owned(text)) => visitor.visit_string(text),
        Opened::Text(Text::Short(text)) => visitor.visit_str(text),
        Opened::Text(Text::Long(text)) => visitor.visit_borrowed_str(text),
        Opened::List(mut list) => {
            let value = visitor.visit_seq(&mut list)?;
            list.end().map(|()| value)
        }
        Opened::Object(mut object) => {
            let value = visitor.visit_map(&mut object)?;
            object.end().map(|()| value)
        }
    }
}

macro_rules! numbers {
    ($($method:ident)*) => {$(
        fn $method<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
            give(self.form.number(self.track)?, visitor)
        }
    )*};
}

impl<'a, 'de: 'a> Deserializer<'de> for Item<'a, 'de> {
    type Error = Error;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        give(self.form.open(self.track), visitor)
    }

    numbers! {
        deserialize_i8 deserialize_i16 deserialize_i32 deserialize_i64 deserialize_i128
        deserialize_u8 deserialize_u16 deserialize_u32 deserialize_u64 deserialize_u128
        deserialize_f32 deserialize_f64
    }

    fn deserialize_bool<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        give(self.form.truth(self.track), visitor)
    }

    fn deserialize_str<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        match self.form.text(&visitor)? {
            Text::Owned(text) => visitor.visit_string(text),
            Text::Short(text) => visitor.visit_str(text),
            Text::Long(text) => visitor.visit_borrowed_str(text),
        }
    }

    fn deserialize_string<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        self.deserialize_str(visitor)
    }

    fn deserialize_char<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        self.deserialize_str(visitor)
    }

    fn deserialize_identifier<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        let text = self.form.text(&visitor)?;
        visitor.visit_str(text.as_str())
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        if !self.form.is_null() {
            return visitor.visit_some(self);
        }
        visitor.visit_none()
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        visitor: V,
    ) -> Result<V::Value, Error> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_seq<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        let mut list = self.form.list(self.track, &visitor)?;
        let value = visitor.visit_seq(&mut list)?;
        list.end().map(|()| value)
    }

    fn deserialize_tuple<V: Visitor<'de>>(self, _: usize, visitor: V) -> Result<V::Value, Error> {
        self.deserialize_seq(visitor)
    }

    fn deserialize_tuple_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: usize,
        visitor: V,
    ) -> Result<V::Value, Error> {
        self.deserialize_seq(visitor)
    }

    fn deserialize_map<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        let mut object = self.form.object(self.track, &visitor)?;
        let value = visitor.visit_map(&mut object)?;
        object.end().map(|()| value)
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Error> {
        self.deserialize_map(visitor)
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Error> {
        visitor.visit_enum(self.variant()?)
    }

    fn deserialize_ignored_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        visitor.visit_unit()
    }

    forward_to_deserialize_any! { bytes byte_buf unit unit_struct }
}

impl<'a, 'de: 'a> Item<'a, 'de> {
    fn variant(self) -> Result<Variant<'a, 'de>, Error> {
        if let Form::Tagged(whole) = self.form {
            return Ok(Variant::of_tagged(whole, self.track));
        }
        match self.form.open(self.track) {
            Opened::Text(text) => Ok(Variant::new(text, None, self.track)),
            Opened::Object(object) => match object.only() {
                Some((name, form)) => Ok(Variant::new(Text::Owned(name), Some(form), self.track)),
                None => Err(Error::invalid_value(Unexpected::Map, &"map with a single key")),
            },
            other => Err(other.refused(&"string or map")),
        }
    }
}
