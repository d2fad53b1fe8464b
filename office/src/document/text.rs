//! Documents as plain text.

use std::fmt::Write as _;

use super::file::{Error, Limits, utf8};
use super::{Block, Document, Inline, Item, Manner, Table, headings, plain};
use crate::losses::Losses;

/// A document of one paragraph for every block of lines.
///
/// # Errors
/// When it is no UTF-8, or has too many lines.
pub fn read(bytes: &[u8], limits: &Limits) -> Result<(Document, Losses), Error> {
    let text = utf8(bytes)?;
    let mut document = Document::default();
    let mut words: Vec<Inline> = Vec::new();
    for (count, line) in text.lines().chain([""]).enumerate() {
        if count > limits.pieces_max {
            return Err(Error::TooManyPieces(limits.pieces_max));
        }
        let line: String = line.chars().filter(|it| !it.is_control() || *it == '\t').collect();
        if !line.trim().is_empty() {
            if !words.is_empty() {
                words.push(Inline::Break);
            }
            words.push(Inline::Text(line.trim_end().to_owned(), Manner::default()));
        } else if !words.is_empty() {
            document.blocks.push(Block::Paragraph(std::mem::take(&mut words)));
        }
    }
    Ok((document, Losses::new()))
}

/// The text of a document: blocks with an empty line between, cells with tabs between, notes and
/// sources at the end under their numbers.
#[must_use]
pub fn write(document: &Document) -> (Vec<u8>, Losses) {
    let mut losses = Losses::new();
    let (document, settled) = document.settled(true);
    losses.at("suggestions", "", settled.suggestions);
    losses.at("inserted_deleted", "", settled.marked);
    losses.at("comments", "", document.comments.len() as u64);
    losses.at("pictures", "", document.media.len() as u64);
    let mut parts: Vec<String> = document.title.iter().cloned().collect();
    parts.extend(document.blocks.iter().map(|block| match block {
        Block::Contents => contents(&document.blocks),
        block => shown(block, ""),
    }));
    for (place, note) in document.notes.iter().enumerate() {
        parts.push(format!("[{}] {}", place + 1, blocks(note, "")));
    }
    for (place, source) in document.sources.iter().enumerate() {
        parts.push(format!("[S{}] {}", place + 1, worded(&source.words)));
    }
    parts.retain(|part| !part.is_empty());
    let mut text = parts.join("\n\n");
    if !text.is_empty() {
        text.push('\n');
    }
    (text.into_bytes(), losses)
}

fn contents(blocks: &[Block]) -> String {
    let line = |(level, words): (u8, &[Inline])| {
        format!("{}{}", "  ".repeat(usize::from(level).saturating_sub(1)), plain(words))
    };
    headings(blocks).into_iter().map(line).collect::<Vec<_>>().join("\n")
}

fn blocks(blocks: &[Block], before: &str) -> String {
    blocks.iter().map(|block| shown(block, before)).collect::<Vec<_>>().join("\n\n")
}

/// A block, each of its lines after `before`.
fn shown(block: &Block, before: &str) -> String {
    match block {
        Block::Heading(_, words) | Block::Paragraph(words) => lines(&worded(words), before, before),
        Block::List(first, items) => {
            let numbers = (0..).map(|count| first.map(|first| first.saturating_add(count)));
            let items =
                items.iter().zip(numbers).map(|(item, number)| listed(item, number, before));
            items.collect::<Vec<_>>().join("\n")
        }
        Block::Quote(quoted) => blocks(quoted, &format!("{before}> ")),
        Block::Code(_, text) => lines(text.trim_end_matches('\n'), before, before),
        Block::Table(table) => tabbed(table, before),
        Block::Rule => format!("{before}----"),
        Block::PageBreak => "\u{c}".to_owned(),
        Block::Contents => String::new(),
    }
}

fn worded(words: &[Inline]) -> String {
    let mut text = String::new();
    for word in words {
        match word {
            Inline::Text(words, manner) => {
                text.push_str(words);
                if let Some(link) = manner.link.as_ref().filter(|link| *link != words) {
                    let _ = write!(text, " ({link})");
                }
            }
            Inline::Break => text.push('\n'),
            Inline::Image(image) => {
                let _ = write!(text, "[{}]", image.alt);
            }
            Inline::Note(place) => {
                let _ = write!(text, "[{}]", place + 1);
            }
            Inline::Cite(place) => {
                let _ = write!(text, "[S{}]", place + 1);
            }
            Inline::Comment(_) => {}
        }
    }
    text
}

fn listed(item: &Item, number: Option<u64>, before: &str) -> String {
    let sign = number.map_or_else(|| "- ".to_owned(), |number| format!("{number}. "));
    let task = match item.done {
        None => "",
        Some(false) => "[ ] ",
        Some(true) => "[x] ",
    };
    let within = " ".repeat(sign.len());
    let text = blocks(&item.blocks, "");
    lines(&format!("{task}{text}"), &format!("{before}{sign}"), &format!("{before}{within}"))
}

fn tabbed(table: &Table, before: &str) -> String {
    let row = |cells: &Vec<Vec<Inline>>| {
        let cells: Vec<String> = cells.iter().map(|cell| plain(cell)).collect();
        format!("{before}{}", cells.join("\t"))
    };
    std::iter::once(&table.head).chain(&table.rows).map(row).collect::<Vec<_>>().join("\n")
}

/// Lines of a text, the first after `first` and the others after `rest`.
fn lines(text: &str, first: &str, rest: &str) -> String {
    let line = |(place, line): (usize, &str)| {
        let whole = format!("{}{line}", if place == 0 { first } else { rest });
        whole.trim_end().to_owned()
    };
    text.split('\n').enumerate().map(line).collect::<Vec<_>>().join("\n")
}
