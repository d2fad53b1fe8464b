//! A span: something that was done, from when to when, and what caused it.

use std::borrow::Cow;

use crate::envelope::Trace;

/// What a span is to the one that it belongs to.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum SpanKind {
    /// A step inside of the program.
    #[default]
    Internal,
    /// Somebody asked and waits for the answer.
    Server,
    /// Something is asked of somebody else.
    Client,
    /// A message that nobody waits for was taken.
    Consumer,
}

/// The value of an attribute.
#[derive(Debug, Clone, PartialEq)]
pub enum Attribute {
    /// Text.
    Text(String),
    /// A whole number.
    Int(i64),
    /// Any number.
    Float(f64),
    /// Yes or no.
    Flag(bool),
    /// Several texts.
    Texts(Vec<String>),
}

impl From<&str> for Attribute {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl From<String> for Attribute {
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}

impl From<u64> for Attribute {
    fn from(number: u64) -> Self {
        Self::Int(i64::try_from(number).unwrap_or(i64::MAX))
    }
}

impl From<u32> for Attribute {
    fn from(number: u32) -> Self {
        Self::Int(i64::from(number))
    }
}

impl From<f64> for Attribute {
    fn from(number: f64) -> Self {
        Self::Float(number)
    }
}

impl From<bool> for Attribute {
    fn from(flag: bool) -> Self {
        Self::Flag(flag)
    }
}

impl From<Vec<String>> for Attribute {
    fn from(texts: Vec<String>) -> Self {
        Self::Texts(texts)
    }
}

/// Something that was done.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Span {
    /// The trace that it belongs to.
    pub trace: u128,
    /// Its own id.
    pub id: u64,
    /// The span that it is a part of; `None` = its trace begins with it.
    pub parent: Option<u64>,
    /// The `tracestate` of its trace.
    pub state: Option<String>,
    /// The `baggage` that travels with it, of the keys that the settings let through.
    pub baggage: Option<String>,
    /// What is done: few different ones.
    pub name: Cow<'static, str>,
    /// What it is to its parent.
    pub kind: SpanKind,
    /// When it began, in nanoseconds since 1970.
    pub begun_ns: u64,
    /// When it ended, in nanoseconds since 1970.
    pub ended_ns: u64,
    /// What else is known of it, by the names in [`super::names`].
    pub attributes: Vec<(&'static str, Attribute)>,
    /// What caused it without being what it is a part of.
    pub links: Vec<Trace>,
    /// The code of what went wrong; `None` = nothing did.
    pub error: Option<Cow<'static, str>>,
}
