//! A part of XML as a tree.

use std::collections::BTreeMap;

use super::{Hostile, Piece, Xml};

/// An element.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Element {
    /// Its name without a prefix.
    pub name: String,
    /// Its attributes, with their prefixes.
    pub of: BTreeMap<String, String>,
    /// The elements in it, in order.
    pub children: Vec<Self>,
    /// The text in it, without that of its elements.
    pub text: String,
}

impl Element {
    /// The element that a text is.
    ///
    /// # Errors
    /// When it is broken or nests too deep.
    pub fn read(text: &str, depth_max: usize) -> Result<Self, Hostile> {
        let mut open = vec![Self::default()];
        for piece in Xml::new(text, depth_max) {
            match piece? {
                Piece::Open(name, of) => open.push(Self { name, of, ..Self::default() }),
                Piece::Text(text) => {
                    if let Some(last) = open.last_mut() {
                        last.text.push_str(&text);
                    }
                }
                Piece::Close(_) => {
                    let done = open.pop().unwrap_or_default();
                    match open.last_mut() {
                        Some(around) => around.children.push(done),
                        None => return Err(Hostile::Broken("an element ends twice".to_owned())),
                    }
                }
            }
        }
        let root = open.pop().and_then(|root| root.children.into_iter().next());
        root.ok_or_else(|| Hostile::Broken("it has no element".to_owned()))
    }

    /// The first element of this name in it.
    #[must_use]
    pub fn child(&self, name: &str) -> Option<&Self> {
        self.children.iter().find(|child| child.name == name)
    }

    /// The element at the end of these names.
    #[must_use]
    pub fn at(&self, names: &[&str]) -> Option<&Self> {
        names.iter().try_fold(self, |element, name| element.child(name))
    }

    /// All elements of this name in it.
    pub fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a Self> {
        self.children.iter().filter(move |child| child.name == name)
    }

    /// An attribute that has no prefix.
    #[must_use]
    pub fn says(&self, name: &str) -> Option<&str> {
        self.of.get(name).map(String::as_str)
    }

    /// An attribute that has a prefix, whatever that is.
    #[must_use]
    pub fn relates(&self, name: &str) -> Option<&str> {
        let own = |key: &str| key.split_once(':').is_some_and(|(_, own)| own == name);
        self.of.iter().find(|(key, _)| own(key)).map(|(_, value)| value.as_str())
    }

    /// An attribute that is a number.
    #[must_use]
    pub fn number<N: std::str::FromStr>(&self, name: &str) -> Option<N> {
        self.says(name)?.trim().parse().ok()
    }

    /// Whether an attribute says yes.
    #[must_use]
    pub fn is(&self, name: &str) -> bool {
        matches!(self.says(name), Some("1" | "true" | "on"))
    }

    /// How often elements of this name are in it, however deep.
    #[must_use]
    pub fn count(&self, name: &str) -> u64 {
        let own = self.children.iter().map(|child| u64::from(child.name == name));
        own.sum::<u64>() + self.children.iter().map(|child| child.count(name)).sum::<u64>()
    }
}
