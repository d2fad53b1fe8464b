//! XML as it stands in its text: nothing of it is copied but what is asked for.

use std::borrow::Cow;

use quick_xml::Reader;
use quick_xml::escape::unescape;
use quick_xml::events::{BytesEnd, BytesStart, Event};

use super::archive::Hostile;

/// A piece of XML, within its text.
#[derive(Debug, Clone)]
pub enum Token<'a> {
    /// An element begins.
    Open(Tag<'a>),
    /// An element ends.
    Close(End<'a>),
    /// A text, or a part of one.
    Text(Cow<'a, str>),
}

/// The begin of an element. Its attributes are sound: their values can be told.
#[derive(Debug, Clone)]
pub struct Tag<'a>(BytesStart<'a>);

impl Tag<'_> {
    /// Its name without a prefix.
    #[must_use]
    pub fn name(&self) -> &str {
        self.0.local_name().into_inner()
    }

    /// Its attributes, with their prefixes, in order.
    pub fn attributes(&self) -> impl Iterator<Item = (&str, Cow<'_, str>)> {
        let mut all = self.0.attributes();
        all.with_checks(false);
        all.flatten().map(|it| (it.key.into_inner(), plain(it.value).unwrap_or_default()))
    }

    /// An attribute by its name with its prefix; the last, should there be more of them.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<Cow<'_, str>> {
        self.attributes().filter(|(key, _)| *key == name).last().map(|(_, value)| value)
    }

    /// Whether each attribute can be told.
    fn sound(&self) -> Result<(), Hostile> {
        for attribute in self.0.attributes().with_checks(false) {
            plain(attribute.map_err(broken)?.value)?;
        }
        Ok(())
    }
}

/// The value of an attribute without references; few have any.
fn plain(value: Cow<'_, str>) -> Result<Cow<'_, str>, Hostile> {
    if !value.contains('&') {
        return Ok(value);
    }
    Ok(Cow::Owned(unescape(&value).map_err(broken)?.into_owned()))
}

/// The end of an element, which may be all of it.
#[derive(Debug, Clone)]
pub enum End<'a> {
    /// It has an end of its own.
    Own(BytesEnd<'a>),
    /// It ends as it begins.
    Empty(Tag<'a>),
}

impl End<'_> {
    /// The name of the element, without a prefix.
    #[must_use]
    pub fn name(&self) -> &str {
        match self {
            Self::Own(end) => end.local_name().into_inner(),
            Self::Empty(tag) => tag.name(),
        }
    }
}

/// The tokens of an XML text, in order.
pub struct Tokens<'a> {
    reader: Reader<&'a [u8]>,
    depth: usize,
    depth_max: usize,
    /// An element that had no end of its own.
    closing: Option<Tag<'a>>,
}

impl<'a> Tokens<'a> {
    /// Those of `text`.
    #[must_use]
    pub fn new(text: &'a str, depth_max: usize) -> Self {
        Self { reader: Reader::from_str(text), depth: 0, depth_max, closing: None }
    }

    fn open(&self, start: BytesStart<'a>) -> Result<Tag<'a>, Hostile> {
        if self.depth > self.depth_max {
            return Err(Hostile::TooDeep(self.depth_max));
        }
        let tag = Tag(start);
        tag.sound()?;
        Ok(tag)
    }
}

fn broken(error: impl std::fmt::Display) -> Hostile {
    Hostile::Broken(error.to_string())
}

impl<'a> Iterator for Tokens<'a> {
    type Item = Result<Token<'a>, Hostile>;

    fn next(&mut self) -> Option<Self::Item> {
        if let Some(tag) = self.closing.take() {
            return Some(Ok(Token::Close(End::Empty(tag))));
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
                    self.open(start).map(Token::Open)
                }
                Event::Empty(start) => {
                    let tag = self.open(start);
                    self.closing = tag.as_ref().ok().cloned();
                    tag.map(Token::Open)
                }
                Event::End(end) => {
                    self.depth = self.depth.saturating_sub(1);
                    Ok(Token::Close(End::Own(end)))
                }
                Event::Text(text) => Ok(Token::Text(text.xml10_content())),
                Event::CData(text) => Ok(Token::Text(text.into_inner())),
                Event::GeneralRef(reference) => {
                    let whole = format!("&{};", reference.into_inner());
                    let text = unescape(&whole).map_err(broken);
                    text.map(|text| Token::Text(Cow::Owned(text.into_owned())))
                }
                Event::DocType(_) => Err(Hostile::Declares),
                Event::Comment(_) | Event::Decl(_) | Event::PI(_) => continue,
            });
        }
    }
}
