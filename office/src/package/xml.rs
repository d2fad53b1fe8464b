//! XML as elements and texts, without declared entities, and no deeper than allowed.

use std::collections::BTreeMap;

use quick_xml::Reader;
use quick_xml::escape::unescape;
use quick_xml::events::{BytesStart, Event};

use super::archive::Hostile;

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

/// The pieces of an XML text, in order.
pub struct Xml<'a> {
    reader: Reader<&'a [u8]>,
    depth: usize,
    depth_max: usize,
    /// The end of an element that had none of its own.
    closing: Option<String>,
}

impl<'a> Xml<'a> {
    /// The pieces of `text`.
    #[must_use]
    pub fn new(text: &'a str, depth_max: usize) -> Self {
        Self { reader: Reader::from_str(text), depth: 0, depth_max, closing: None }
    }

    fn open(&mut self, start: &BytesStart<'_>) -> Result<Piece, Hostile> {
        if self.depth > self.depth_max {
            return Err(Hostile::TooDeep(self.depth_max));
        }
        let mut attributes = BTreeMap::new();
        for attribute in start.attributes().with_checks(false) {
            let attribute = attribute.map_err(broken)?;
            let value = unescape(&attribute.value).map_err(broken)?;
            attributes.insert(attribute.key.into_inner().to_owned(), value.into_owned());
        }
        Ok(Piece::Open(start.local_name().into_inner().to_owned(), attributes))
    }
}

fn broken(error: impl std::fmt::Display) -> Hostile {
    Hostile::Broken(error.to_string())
}

impl Iterator for Xml<'_> {
    type Item = Result<Piece, Hostile>;

    fn next(&mut self) -> Option<Self::Item> {
        if let Some(name) = self.closing.take() {
            return Some(Ok(Piece::Close(name)));
        }
        loop {
            let event = match self.reader.read_event() {
                Ok(event) => event,
                Err(error) => return Some(Err(broken(error))),
            };
            return Some(match event {
                Event::Eof if self.depth > 0 => Err(broken("an element is not closed")),
                Event::Eof => return None,
                Event::Start(start) => {
                    self.depth += 1;
                    self.open(&start)
                }
                Event::Empty(start) => {
                    self.closing = Some(start.local_name().into_inner().to_owned());
                    self.open(&start)
                }
                Event::End(end) => {
                    self.depth = self.depth.saturating_sub(1);
                    Ok(Piece::Close(end.local_name().into_inner().to_owned()))
                }
                Event::Text(text) => Ok(Piece::Text(text.xml10_content().into_owned())),
                Event::CData(text) => Ok(Piece::Text(text.into_inner().into_owned())),
                Event::GeneralRef(reference) => {
                    let whole = format!("&{};", reference.into_inner());
                    unescape(&whole).map(|text| Piece::Text(text.into_owned())).map_err(broken)
                }
                Event::DocType(_) => Err(Hostile::Declares),
                Event::Comment(_) | Event::Decl(_) | Event::PI(_) => continue,
            });
        }
    }
}
