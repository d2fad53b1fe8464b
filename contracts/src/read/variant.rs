//! A variant of an enum: its name, or an object whose only member is its name and value.

use std::borrow::Cow;

use serde::de::{
    Deserialize, DeserializeSeed, EnumAccess, Error as _, Unexpected, VariantAccess, Visitor,
};
use serde_json::Error;

use super::form::{Form, Tagged, Text};
use super::item::Item;
use super::track::{Step, Track};

/// A variant with what it holds.
pub struct Variant<'a, 'de> {
    name: Text<'a, 'de>,
    held: Held<'a, 'de>,
}

/// What a variant holds.
pub struct Held<'a, 'de> {
    form: Option<Form<'a, 'de>>,
    track: Option<&'a Track>,
    /// The step to it, for the track only.
    name: Cow<'static, str>,
}

impl<'a, 'de> Variant<'a, 'de> {
    /// `name` alone or with what it holds.
    pub fn new(name: Text<'a, 'de>, form: Option<Form<'a, 'de>>, track: Option<&'a Track>) -> Self {
        let told = if track.is_some() { name.as_str().to_owned() } else { String::new() };
        Self { name, held: Held { form, track, name: told.into() } }
    }
}

impl<'a, 'de: 'a> Variant<'a, 'de> {
    /// A variant that is told beside its value.
    pub fn of_tagged(whole: &'de Tagged<'de>, track: Option<&'a Track>) -> Self {
        let form = Some(Form::Ref(whole.value));
        let held = Held { form, track, name: whole.content.into() };
        Self { name: Text::Long(whole.name), held }
    }
}

impl<'a, 'de> EnumAccess<'de> for Variant<'a, 'de> {
    type Error = Error;
    type Variant = Held<'a, 'de>;

    fn variant_seed<V: DeserializeSeed<'de>>(
        self,
        seed: V,
    ) -> Result<(V::Value, Self::Variant), Error> {
        let read = seed.deserialize(Item::new(Form::Name(self.name.as_str()), None))?;
        Ok((read, self.held))
    }
}

impl<'a, 'de> Held<'a, 'de> {
    fn item(self, expected: &str) -> Result<(Item<'a, 'de>, Way<'a>), Error> {
        match self.form {
            Some(form) => {
                Ok((Item::new(form, self.track), Way { track: self.track, name: self.name }))
            }
            None => Err(Error::invalid_type(Unexpected::UnitVariant, &expected)),
        }
    }
}

/// The step to what a variant holds.
struct Way<'a> {
    track: Option<&'a Track>,
    name: Cow<'static, str>,
}

impl Way<'_> {
    #[cold]
    fn failed(self) {
        if let Some(track) = self.track {
            track.failed(Step::Member(self.name.into_owned()));
        }
    }
}

impl<'de> VariantAccess<'de> for Held<'_, 'de> {
    type Error = Error;

    fn unit_variant(self) -> Result<(), Error> {
        match self.form {
            Some(form) => <()>::deserialize(Item::new(form, None)),
            None => Ok(()),
        }
    }

    fn newtype_variant_seed<T: DeserializeSeed<'de>>(self, seed: T) -> Result<T::Value, Error> {
        let (item, way) = self.item("newtype variant")?;
        let read = seed.deserialize(item);
        if read.is_err() {
            way.failed();
        }
        read
    }

    fn tuple_variant<V: Visitor<'de>>(self, _: usize, visitor: V) -> Result<V::Value, Error> {
        let (item, way) = self.item("tuple variant")?;
        let read = serde::Deserializer::deserialize_seq(item, visitor);
        if read.is_err() {
            way.failed();
        }
        read
    }

    fn struct_variant<V: Visitor<'de>>(
        self,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Error> {
        let (item, way) = self.item("struct variant")?;
        let read = serde::Deserializer::deserialize_map(item, visitor);
        if read.is_err() {
            way.failed();
        }
        read
    }
}
