//! A paragraph: what it is and what it says.

use super::super::super::file::Error;
use super::super::super::{Aligned, Block, Inline, Manner, Source, plain};
use super::super::{CONTINUED, SOURCE_MARK};
use super::flow::{Flow, Paragraph};
use super::run::Words;
use super::styles::{Role, on};
use super::{Reader, SOURCES_MAX, said, unended};
use crate::package::{Piece, Xml};

/// What a paragraph says of itself.
#[derive(Default)]
struct Look {
    style: String,
    number: Option<String>,
    level: Option<usize>,
    indent: usize,
    level_of_outline: Option<u8>,
    breaks: bool,
    ruled: bool,
}

impl Reader {
    /// Reads a paragraph into `flow`.
    pub(super) fn paragraph(&mut self, xml: &mut Xml<'_>, flow: &mut Flow) -> Result<(), Error> {
        self.count()?;
        let mut look = Look::default();
        let mut words = Words::default();
        let mut depth = 0_usize;
        while let Some(piece) = xml.next() {
            match piece? {
                Piece::Open(name, _) if name == "pPr" => {
                    look = self.look(xml)?;
                    words.hidden = self.styles.hidden(&look.style);
                }
                Piece::Open(name, of) => depth += self.within(xml, &name, &of, &mut words)?,
                Piece::Close(name) => {
                    if depth == 0 {
                        self.put(look, words, flow);
                        return Ok(());
                    }
                    depth -= 1;
                    words.ends(&name);
                }
                Piece::Text(_) => {}
            }
        }
        Err(unended())
    }

    fn look(&mut self, xml: &mut Xml<'_>) -> Result<Look, Error> {
        let (mut look, mut depth) = (Look::default(), 0_usize);
        while let Some(piece) = xml.next() {
            let (name, of) = match piece? {
                Piece::Open(name, of) => (name, of),
                Piece::Close(_) if depth == 0 => return Ok(look),
                Piece::Close(_) => {
                    depth -= 1;
                    continue;
                }
                Piece::Text(_) => continue,
            };
            depth += 1;
            let value = said(&of, "val");
            match name.as_str() {
                "pStyle" => look.style = value.unwrap_or_default().to_owned(),
                "numId" => look.number = value.map(str::to_owned),
                "ilvl" => look.level = value.and_then(|it| it.parse().ok()),
                "outlineLvl" => look.level_of_outline = value.and_then(|it| it.parse().ok()),
                "pageBreakBefore" => look.breaks = on(value),
                "bottom" => look.ruled = true,
                "ind" => {
                    let left = said(&of, "left").or_else(|| said(&of, "start"));
                    look.indent = left.and_then(|it| it.parse().ok()).unwrap_or_default();
                }
                "jc" => {
                    self.stands = match value {
                        Some("center") => Aligned::Center,
                        Some("end" | "right") => Aligned::End,
                        _ => Aligned::Start,
                    }
                }
                // What it looked like before, and how its mark looks, say nothing of the text.
                "pPrChange" | "rPr" | "sectPr" => {
                    super::body::skip(xml)?;
                    depth -= 1;
                }
                _ => {}
            }
        }
        Err(unended())
    }

    fn put(&mut self, look: Look, words: Words, flow: &mut Flow) {
        let (mut parts, contents) = words.done();
        if contents {
            flow.put(Block::Contents);
        }
        if look.breaks {
            flow.put(Block::PageBreak);
        }
        let mut role = self.styles.role(&look.style);
        if let (Role::Text, Some(level)) = (role, look.level_of_outline.filter(|it| *it < 9)) {
            role = Role::Heading(level.min(5) + 1);
        }
        let alone = parts.len() == 1 && parts.iter().all(Vec::is_empty);
        if alone && look.ruled && role == Role::Text {
            role = Role::Rule;
        }
        if look.style == CONTINUED {
            role = Role::Continued;
        }
        if let Some(place) = self.source_begun.take() {
            let words = parts.drain(..).next().unwrap_or_default();
            self.source(place, words);
            return;
        }
        let own = match role {
            Role::Title if self.title.is_none() => {
                self.title = Some(plain(&parts.concat()));
                return;
            }
            Role::Contents => return,
            _ => self.item(&look),
        };
        for (place, words) in parts.into_iter().enumerate() {
            if place > 0 {
                flow.put(Block::PageBreak);
                if words.is_empty() {
                    continue;
                }
            } else if words.is_empty() && own.is_none() && !alone {
                continue;
            }
            let item = own.clone().filter(|_| place == 0);
            let role = if role == Role::Title { Role::Heading(1) } else { role };
            flow.paragraph(Paragraph { role, item, indent: look.indent, words });
        }
    }

    /// The list, level and first number of an item.
    fn item(&self, look: &Look) -> Option<(String, usize, Option<u64>)> {
        let by_style = self.styles.number(&look.style);
        let (list, level) = match (&look.number, by_style) {
            (Some(list), _) => (list.clone(), 0),
            (None, Some(by_style)) => by_style,
            (None, None) => return None,
        };
        let level = look.level.unwrap_or(level);
        (list != "0").then(|| (list.clone(), level, self.lists.first(&list, level)))
    }

    /// Where a bookmark names a source: its place. The source begins with the paragraph.
    pub(super) fn marked(&mut self, name: &str) {
        let Some((place, key)) = source_of(name) else { return };
        if self.sources.len() <= place {
            self.sources.resize(place + 1, Source::default());
        }
        self.sources[place].key = key.to_owned();
        self.source_begun = Some(place);
    }

    fn source(&mut self, place: usize, mut words: Vec<Inline>) {
        let sign = format!("[S{}] ", place + 1);
        if let Some(Inline::Text(text, manner)) = words.first_mut()
            && *manner == Manner::default()
            && let Some(rest) = text.strip_prefix(&sign)
        {
            *text = rest.to_owned();
            if text.is_empty() {
                words.remove(0);
            }
        }
        if let Some(source) = self.sources.get_mut(place) {
            source.words = words;
        }
    }
}

/// The place and key of the source that a bookmark names.
pub(super) fn source_of(name: &str) -> Option<(usize, &str)> {
    let (number, key) = name.strip_prefix(SOURCE_MARK)?.split_once('_')?;
    let place = number.parse::<usize>().ok()?.checked_sub(1)?;
    (place < SOURCES_MAX).then_some((place, key))
}
