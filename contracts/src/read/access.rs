//! The parts of lists and objects, one by one.

use std::{slice, vec};

use serde::de::{DeserializeSeed, Error as _, MapAccess, SeqAccess};
use serde_json::{Error, Map, Value, map};

use super::form::{Form, Tagged};
use super::item::Item;
use super::node::Node;
use super::track::{Step, Track};

enum Items<'de> {
    Values(vec::IntoIter<Value>),
    Refs(slice::Iter<'de, Value>),
    Nodes(vec::IntoIter<Node>),
}

/// The items of a list.
pub struct List<'a, 'de> {
    items: Items<'de>,
    track: Option<&'a Track>,
    given: usize,
}

impl<'a, 'de> List<'a, 'de> {
    /// Of a value.
    pub fn of_values(items: Vec<Value>, track: Option<&'a Track>) -> Self {
        Self { items: Items::Values(items.into_iter()), track, given: 0 }
    }

    /// Of somebody else's value.
    pub fn of_refs(items: &'de [Value], track: Option<&'a Track>) -> Self {
        Self { items: Items::Refs(items.iter()), track, given: 0 }
    }

    /// Of a text.
    pub fn of_nodes(items: Vec<Node>, track: Option<&'a Track>) -> Self {
        Self { items: Items::Nodes(items.into_iter()), track, given: 0 }
    }

    fn left(&self) -> usize {
        match &self.items {
            Items::Values(items) => items.len(),
            Items::Refs(items) => items.len(),
            Items::Nodes(items) => items.len(),
        }
    }

    fn next_item(&mut self) -> Option<Item<'_, 'de>> {
        let form = match &mut self.items {
            Items::Values(items) => Form::Value(items.next()?),
            Items::Refs(items) => Form::Ref(items.next()?),
            Items::Nodes(items) => Form::Node(items.next()?),
        };
        self.given += 1;
        Some(Item::new(form, self.track))
    }

    #[cold]
    fn failed(&self) {
        if let Some(track) = self.track {
            track.failed(Step::Place(self.given - 1));
        }
    }

    /// All items were read.
    ///
    /// # Errors
    /// When some were not.
    pub fn end(self) -> Result<(), Error> {
        let left = self.left();
        if left > 0 {
            return Err(Error::invalid_length(self.given + left, &"fewer elements in array"));
        }
        Ok(())
    }
}

impl<'de> SeqAccess<'de> for List<'_, 'de> {
    type Error = Error;

    fn next_element_seed<T: DeserializeSeed<'de>>(
        &mut self,
        seed: T,
    ) -> Result<Option<T::Value>, Error> {
        let Some(item) = self.next_item() else { return Ok(None) };
        let read = seed.deserialize(item);
        if read.is_err() {
            self.failed();
        }
        read.map(Some)
    }

    fn size_hint(&self) -> Option<usize> {
        Some(self.left())
    }
}

enum Members<'de> {
    Values(map::IntoIter),
    Refs(map::Iter<'de>),
    Nodes(vec::IntoIter<(String, Node)>),
    Tagged { whole: &'de Tagged<'de>, left: usize },
}

enum Name<'de> {
    Owned(String),
    Long(&'de str),
}

impl Name<'_> {
    fn as_str(&self) -> &str {
        match self {
            Self::Owned(name) => name,
            Self::Long(name) => name,
        }
    }
}

/// The members of an object.
pub struct Object<'a, 'de> {
    members: Members<'de>,
    track: Option<&'a Track>,
    given: usize,
    /// The member whose name was given.
    name: Option<Name<'de>>,
    value: Option<Form<'de, 'de>>,
}

impl<'a, 'de> Object<'a, 'de> {
    fn new(members: Members<'de>, track: Option<&'a Track>) -> Self {
        Self { members, track, given: 0, name: None, value: None }
    }

    /// Of a value.
    pub fn of_values(members: Map<String, Value>, track: Option<&'a Track>) -> Self {
        Self::new(Members::Values(members.into_iter()), track)
    }

    /// Of somebody else's value.
    pub fn of_refs(members: &'de Map<String, Value>, track: Option<&'a Track>) -> Self {
        Self::new(Members::Refs(members.iter()), track)
    }

    /// Of a text.
    pub fn of_nodes(members: Vec<(String, Node)>, track: Option<&'a Track>) -> Self {
        Self::new(Members::Nodes(members.into_iter()), track)
    }

    /// Of a variant.
    pub fn of_tagged(whole: &'de Tagged<'de>, track: Option<&'a Track>) -> Self {
        Self::new(Members::Tagged { whole, left: 2 }, track)
    }

    /// How many members are left.
    pub fn left(&self) -> usize {
        match &self.members {
            Members::Values(members) => members.len(),
            Members::Refs(members) => members.len(),
            Members::Nodes(members) => members.len(),
            Members::Tagged { left, .. } => *left,
        }
    }

    /// Goes to the next member.
    fn advance(&mut self) -> bool {
        let next = match &mut self.members {
            Members::Values(members) => {
                members.next().map(|(name, value)| (Name::Owned(name), Form::Value(value)))
            }
            Members::Refs(members) => {
                members.next().map(|(name, value)| (Name::Long(name), Form::Ref(value)))
            }
            Members::Nodes(members) => {
                members.next().map(|(name, node)| (Name::Owned(name), Form::Node(node)))
            }
            Members::Tagged { whole, left } => {
                *left = left.saturating_sub(1);
                match self.given {
                    0 => Some((Name::Long(whole.tag), Form::Name(whole.name))),
                    1 => Some((Name::Long(whole.content), Form::Ref(whole.value))),
                    _ => None,
                }
            }
        };
        let Some((name, value)) = next else { return false };
        (self.name, self.value) = (Some(name), Some(value));
        self.given += 1;
        true
    }

    fn next_name(&mut self) -> Option<Item<'_, 'de>> {
        if !self.advance() {
            return None;
        }
        let name = self.name.as_ref().map_or("", Name::as_str);
        Some(Item::new(Form::Name(name), None))
    }

    fn next_part(&mut self) -> Result<Item<'_, 'de>, Error> {
        let form = self.value.take().ok_or_else(|| Error::custom("value is missing"))?;
        Ok(Item::new(form, self.track))
    }

    #[cold]
    fn failed(&mut self) {
        if let (Some(track), Some(name)) = (self.track, &self.name) {
            track.failed(Step::Member(name.as_str().to_owned()));
        }
    }

    /// All members were read.
    ///
    /// # Errors
    /// When some were not.
    pub fn end(self) -> Result<(), Error> {
        let left = self.left();
        if left > 0 {
            return Err(Error::invalid_length(self.given + left, &"fewer elements in map"));
        }
        Ok(())
    }

    /// Its only member: the name and the value of a variant.
    pub fn only(mut self) -> Option<(String, Form<'de, 'de>)> {
        if self.left() != 1 || !self.advance() {
            return None;
        }
        let name = match self.name? {
            Name::Owned(name) => name,
            Name::Long(name) => name.to_owned(),
        };
        Some((name, self.value?))
    }
}

impl<'de> MapAccess<'de> for Object<'_, 'de> {
    type Error = Error;

    fn next_key_seed<K: DeserializeSeed<'de>>(
        &mut self,
        seed: K,
    ) -> Result<Option<K::Value>, Error> {
        let Some(name) = self.next_name() else { return Ok(None) };
        let read = seed.deserialize(name);
        if read.is_err() {
            self.failed();
        }
        read.map(Some)
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, Error> {
        let read = seed.deserialize(self.next_part()?);
        if read.is_err() {
            self.failed();
        }
        read
    }

    fn size_hint(&self) -> Option<usize> {
        Some(self.left())
    }
}
