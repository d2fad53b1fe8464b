//! JSON that is read as what it is: an object is no list of its members. Left to itself serde reads
//! `[2]` where `{"by": 2}` is meant, and nobody promises the order of members.

use serde::de::value::{MapAccessDeserializer, MapDeserializer, SeqDeserializer};
use serde::de::{Deserializer, Error as _, IntoDeserializer, Unexpected, Visitor};
use serde::forward_to_deserialize_any;
use serde_json::{Error, Value};

/// A value to read.
#[derive(Debug, Clone)]
pub struct Strict(pub Value);

impl<'de> IntoDeserializer<'de, Error> for Strict {
    type Deserializer = Self;

    fn into_deserializer(self) -> Self {
        self
    }
}

impl<'de> Deserializer<'de> for Strict {
    type Error = Error;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        match self.0 {
            Value::Array(items) => {
                let mut items = SeqDeserializer::new(items.into_iter().map(Self));
                let value = visitor.visit_seq(&mut items)?;
                items.end()?;
                Ok(value)
            }
            Value::Object(members) => {
                let members = members.into_iter().map(|(name, member)| (name, Self(member)));
                let mut members = MapDeserializer::new(members);
                let value = visitor.visit_map(&mut members)?;
                members.end()?;
                Ok(value)
            }
            plain => plain.deserialize_any(visitor),
        }
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Error> {
        self.deserialize_map(visitor)
    }

    fn deserialize_map<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        match self.0 {
            Value::Array(_) => Err(Error::invalid_type(Unexpected::Seq, &"an object")),
            _ => self.deserialize_any(visitor),
        }
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        match self.0 {
            Value::Null => visitor.visit_none(),
            _ => visitor.visit_some(self),
        }
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        visitor: V,
    ) -> Result<V::Value, Error> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        name: &'static str,
        variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Error> {
        match self.0 {
            Value::Object(members) if members.len() == 1 => {
                let members = members.into_iter().map(|(name, member)| (name, Self(member)));
                visitor.visit_enum(MapAccessDeserializer::new(MapDeserializer::new(members)))
            }
            other => other.deserialize_enum(name, variants, visitor),
        }
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf unit
        unit_struct seq tuple tuple_struct identifier ignored_any
    }
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;
    use serde_json::{Value, json};

    use super::Strict;

    #[derive(Debug, PartialEq, Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Whole {
        #[serde(default)]
        part: Option<Part>,
        #[serde(default)]
        parts: Vec<Part>,
        #[serde(default)]
        sort: Sort,
        #[serde(default)]
        any: Value,
        #[serde(default)]
        pair: (u8, f64),
    }

    #[derive(Debug, Default, PartialEq, Deserialize)]
    #[serde(default)]
    struct Part {
        name: String,
    }

    #[derive(Debug, Default, PartialEq, Deserialize)]
    #[serde(rename_all = "snake_case")]
    enum Sort {
        #[default]
        Plain,
        Of(Part),
        With {
            part: Part,
        },
    }

    #[test]
    fn all_that_serde_reads_is_read_but_lists_for_objects() {
        let same = [
            json!({}),
            json!({ "part": null, "parts": [{ "name": "a" }, {}] }),
            json!({ "sort": "plain", "any": [1, { "b": [null, -2, 1e300] }] }),
            json!({ "sort": { "of": { "name": "a" } }, "pair": [1, 2] }),
            json!({ "sort": { "with": { "part": {} } }, "part": { "name": "x" } }),
        ];
        for value in same {
            let usual: Whole = serde_json::from_value(value.clone()).expect("read");
            assert_eq!(Whole::deserialize(Strict(value)).expect("read"), usual);
        }
        let refused = [
            json!([]),
            json!({ "part": [] }),
            json!({ "part": ["x"] }),
            json!({ "parts": [[]] }),
            json!({ "sort": { "of": ["x"] } }),
            json!({ "sort": { "with": { "part": [] } } }),
        ];
        for value in refused {
            assert!(
                serde_json::from_value::<Whole>(value.clone()).is_ok(),
                "{value}: serde reads it"
            );
            let error = Whole::deserialize(Strict(value.clone())).expect_err("no object");
            assert!(error.to_string().contains("sequence"), "{value}: {error}");
        }
        assert!(Whole::deserialize(Strict(json!({ "sort": { "with": [{}] } }))).is_err());
        assert!(Whole::deserialize(Strict(json!({ "other": 1 }))).is_err());
        assert!(Whole::deserialize(Strict(json!({ "pair": [1, 2, 3] }))).is_err());
    }
}
