//! HTML as a tree that is no deeper than allowed, whatever tags a page leaves open.

use std::collections::BTreeMap;

use html5gum::{DefaultEmitter, Token, Tokenizer};

use super::super::file::Error;
use crate::losses::Losses;

/// What a page is made of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Node {
    /// A text.
    Text(String),
    /// An element.
    Element(Element),
}

/// An element.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Element {
    /// Its name, in small letters.
    pub name: String,
    /// What it says of itself.
    pub attributes: BTreeMap<String, String>,
    /// What is in it.
    pub nodes: Vec<Node>,
}

impl Element {
    /// An attribute.
    pub fn attribute(&self, name: &str) -> Option<&str> {
        self.attributes.get(name).map(String::as_str)
    }

    /// Whether it is of a class.
    pub fn is(&self, class: &str) -> bool {
        self.attribute("class").is_some_and(|all| all.split_whitespace().any(|one| one == class))
    }

    /// The text in it.
    pub fn text(&self) -> String {
        let mut out = String::new();
        for node in &self.nodes {
            match node {
                Node::Text(text) => out.push_str(text),
                Node::Element(element) => out.push_str(&element.text()),
            }
        }
        out
    }
}

/// Elements that have nothing in them.
const EMPTY: [&str; 14] = [
    "area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "param", "source",
    "track", "wbr",
];

/// The root of a page, whose elements nest `depth_max` deep at most.
///
/// # Errors
/// When it has more than `pieces_max` tags and texts.
pub fn tree(
    html: &str,
    depth_max: usize,
    pieces_max: usize,
    losses: &mut Losses,
) -> Result<Element, Error> {
    let mut emitter = DefaultEmitter::default();
    emitter.naively_switch_states(true);
    let mut stack = vec![Element::default()];
    let tokens = Tokenizer::new_with_emitter(html, emitter);
    for (count, token) in tokens.enumerate() {
        let Ok(token) = token;
        if count > pieces_max {
            return Err(Error::TooManyPieces(pieces_max));
        }
        match token {
            Token::StartTag(tag) => {
                let name = text(&tag.name);
                for ended in ends(&name) {
                    close_until(&mut stack, ended.0, ended.1);
                }
                let mut element = Element { name, ..Element::default() };
                for (key, value) in &tag.attributes {
                    element.attributes.insert(text(key), text(value));
                }
                let empty = tag.self_closing && element.name != "p" && element.name != "div";
                if empty || EMPTY.contains(&element.name.as_str()) {
                    put(&mut stack, Node::Element(element));
                } else if stack.len() > depth_max {
                    losses.add("nesting");
                } else {
                    stack.push(element);
                }
            }
            Token::EndTag(tag) => {
                let name = text(&tag.name);
                if stack.iter().skip(1).any(|open| open.name == name) {
                    while let Some(done) = close(&mut stack) {
                        if done == name {
                            break;
                        }
                    }
                }
            }
            Token::String(said) => put(&mut stack, Node::Text(text(&said))),
            Token::Comment(_) | Token::Doctype(_) | Token::Error(_) => {}
        }
    }
    while close(&mut stack).is_some() {}
    Ok(stack.pop().unwrap_or_default())
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

fn put(stack: &mut [Element], node: Node) {
    if let Some(open) = stack.last_mut() {
        open.nodes.push(node);
    }
}

/// Ends the innermost element and tells its name; the root does not end.
fn close(stack: &mut Vec<Element>) -> Option<String> {
    if stack.len() < 2 {
        return None;
    }
    let done = stack.pop()?;
    let name = done.name.clone();
    put(stack, Node::Element(done));
    Some(name)
}

/// The elements that end where an element of this name begins, each up to those that keep them.
fn ends(name: &str) -> &'static [(&'static str, &'static [&'static str])] {
    const BOX: &[&str] = &["table", "td", "th", "li", "blockquote", "div", "section"];
    match name {
        "li" => &[("li", &["ul", "ol", "table"])],
        "dt" => &[("dt", &["dl"]), ("dd", &["dl"])],
        "dd" => &[("dt", &["dl"]), ("dd", &["dl"])],
        "tr" => &[("tr", &["table"])],
        "td" | "th" => &[("td", &["tr", "table"]), ("th", &["tr", "table"])],
        "thead" | "tbody" | "tfoot" => {
            &[("thead", &["table"]), ("tbody", &["table"]), ("tfoot", &["table"])]
        }
        "p" | "div" | "ul" | "ol" | "table" | "blockquote" | "pre" | "h1" | "h2" | "h3" | "h4"
        | "h5" | "h6" | "hr" | "section" | "article" => &[("p", BOX)],
        _ => &[],
    }
}

/// Ends `name` and all in it, where it is open within nothing of `keep`.
fn close_until(stack: &mut Vec<Element>, name: &str, keep: &[&str]) {
    let open = stack.iter().rev().take_while(|open| !keep.contains(&open.name.as_str()));
    if !open.into_iter().any(|open| open.name == name) {
        return;
    }
    while let Some(done) = close(stack) {
        if done == name {
            break;
        }
    }
}
