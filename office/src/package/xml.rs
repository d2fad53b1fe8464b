//! XML as elements and texts, without declared entities, and no deeper than allowed.

use std::collections::BTreeMap;

use super::archive::Hostile;
use super::token::{Token, Tokens};

/// A piece of XML.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Piece {
    /// An element begins: its name without a prefix, and its attributes.
    Open(String, BTreeMap<String, String>),
    /// An element ends.
    Close(String),
    /// A text, or a part of one.
    Text(String),
}

/// The pieces of an XML text, in order, each on its own. [`Tokens`] copies less.
pub struct Xml<'a>(Tokens<'a>);

impl<'a> Xml<'a> {
    /// The pieces of `text`.
    #[must_use]
    pub fn new(text: &'a str, depth_max: usize) -> Self {
        Self(Tokens::new(text, depth_max))
    }
}

impl From<Token<'_>> for Piece {
    fn from(token: Token<'_>) -> Self {
        match token {
            Token::Open(tag) => {
                let attributes = tag.attributes();
                let owned = attributes.map(|(name, value)| (name.to_owned(), value.into_owned()));
                Self::Open(tag.name().to_owned(), owned.collect())
            }
            Token::Close(end) => Self::Close(end.name().to_owned()),
            Token::Text(text) => Self::Text(text.into_owned()),
        }
    }
}

impl Iterator for Xml<'_> {
    type Item = Result<Piece, Hostile>;

    fn next(&mut self) -> Option<Self::Item> {
        self.0.next().map(|token| token.map(Piece::from))
    }
}
