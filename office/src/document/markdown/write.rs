//! A document as CommonMark.

use std::fmt::Write as _;

use super::super::{Aligned, Block, Document, Inline, Item, Table};
use super::inline::{Within, key, line};
use super::{CONTENTS, PAGE_BREAK};
use crate::losses::Losses;

/// The CommonMark of a document: a line for each paragraph, so that what differs is what changed.
#[must_use]
pub fn write(document: &Document) -> (Vec<u8>, Losses) {
    let mut writer = Writer { document, losses: Losses::new() };
    let mut parts = Vec::new();
    if let Some(title) = &document.title {
        let title = serde_json::Value::from(title.as_str());
        parts.push(format!("---\ntitle: {title}\n---"));
    }
    let blocks = writer.blocks(&document.blocks);
    parts.extend((!blocks.is_empty()).then_some(blocks));
    for (place, note) in document.notes.iter().enumerate() {
        let text = writer.blocks(note);
        parts.push(lines(&text, &format!("[^{}]: ", place + 1), "    "));
    }
    for source in &document.sources {
        let words = writer.line(&source.words, Within::Paragraph);
        parts.push(lines(&words, &format!("[^@{}]: ", key(&source.key)), "    "));
    }
    let mut text = parts.join("\n\n");
    if !text.is_empty() {
        text.push('\n');
    }
    (text.into_bytes(), writer.losses)
}

struct Writer<'a> {
    document: &'a Document,
    losses: Losses,
}

impl Writer<'_> {
    fn line(&mut self, words: &[Inline], within: Within) -> String {
        line(words, within, self.document, &mut self.losses)
    }

    fn blocks(&mut self, blocks: &[Block]) -> String {
        let mut parts = Vec::with_capacity(blocks.len());
        // Lists that follow each other differ in their signs, so that they stay apart.
        let mut other = false;
        for (place, block) in blocks.iter().enumerate() {
            let before = place.checked_sub(1).and_then(|place| blocks.get(place));
            other = match (before, block) {
                (Some(Block::List(one, _)), Block::List(two, _)) => {
                    one.is_some() == two.is_some() && !other
                }
                _ => false,
            };
            parts.push(self.block(block, other));
        }
        parts.retain(|part| !part.is_empty());
        parts.join("\n\n")
    }

    fn block(&mut self, block: &Block, other: bool) -> String {
        match block {
            Block::Heading(level, words) => {
                let words = self.line(words, Within::Heading);
                format!("{} {words}", "#".repeat(usize::from((*level).clamp(1, 6))))
            }
            Block::Paragraph(words) => self.line(words, Within::Paragraph),
            Block::List(first, items) => self.list(*first, items, other),
            Block::Quote(quoted) => {
                let text = self.blocks(quoted);
                lines(&text, "> ", "> ")
            }
            Block::Code(language, text) => code(language.as_deref(), text),
            Block::Table(table) => self.table(table),
            Block::Rule => "___".to_owned(),
            Block::PageBreak => PAGE_BREAK.to_owned(),
            Block::Contents => CONTENTS.to_owned(),
        }
    }

    fn list(&mut self, first: Option<u64>, items: &[Item], other: bool) -> String {
        let simple = |item: &Item| match item.blocks.as_slice() {
            [] | [Block::Paragraph(_)] => true,
            [Block::Paragraph(_), rest @ ..] => rest.iter().all(|block| {
                matches!(block, Block::List(first, items)
                    if interrupts(*first, items))
            }),
            _ => false,
        };
        let tight = items.iter().all(simple);
        let mut parts = Vec::with_capacity(items.len());
        for (count, item) in (0..).zip(items) {
            let sign = match (first, other) {
                (None, false) => "- ".to_owned(),
                (None, true) => "* ".to_owned(),
                (Some(first), _) => {
                    let number = first.saturating_add(count).min(999_999_999);
                    format!("{number}{} ", if other { ')' } else { '.' })
                }
            };
            let task = match item.done {
                None => "",
                Some(false) => "[ ] ",
                Some(true) => "[x] ",
            };
            let text = match item.blocks.as_slice() {
                [Block::Paragraph(words), rest @ ..] if tight && !rest.is_empty() => {
                    let words = self.line(words, Within::Paragraph);
                    format!("{words}\n{}", self.blocks(rest))
                }
                blocks => self.blocks(blocks),
            };
            let within = " ".repeat(sign.len());
            parts.push(lines(&format!("{task}{text}"), &sign, &within));
        }
        parts.join(if tight { "\n" } else { "\n\n" })
    }

    fn table(&mut self, table: &Table) -> String {
        let table = table.clone().squared();
        if table.aligned.is_empty() {
            return String::new();
        }
        let mut out = self.row(&table.head);
        out.push_str("\n|");
        for aligned in &table.aligned {
            out.push_str(match aligned {
                Aligned::Start => " --- |",
                Aligned::Center => " :-: |",
                Aligned::End => " --: |",
            });
        }
        for row in &table.rows {
            out.push('\n');
            out.push_str(&self.row(row));
        }
        out
    }

    fn row(&mut self, cells: &[Vec<Inline>]) -> String {
        let mut out = "|".to_owned();
        for cell in cells {
            let _ = write!(out, " {} |", self.line(cell, Within::Cell));
        }
        out
    }
}

/// Whether a list may follow a paragraph with no line between.
fn interrupts(first: Option<u64>, items: &[Item]) -> bool {
    let begins = items.first().and_then(|item| item.blocks.first());
    first.is_none_or(|first| first == 1)
        && begins.is_some_and(|block| !matches!(block, Block::Paragraph(words) if words.is_empty()))
}

/// A text as it is, between fences longer than any in it.
fn code(language: Option<&str>, text: &str) -> String {
    let longest = text.split(|it| it != '`').map(str::len).max().unwrap_or_default();
    let fence = "`".repeat(longest.max(2) + 1);
    let named = |it: &char| it.is_alphanumeric() || "+-_.#".contains(*it);
    let language: String = language.unwrap_or_default().chars().filter(named).collect();
    let end = if text.is_empty() || text.ends_with('\n') { "" } else { "\n" };
    format!("{fence}{language}\n{text}{end}{fence}")
}

/// Lines of a text, the first after `first` and the others after `rest`.
fn lines(text: &str, first: &str, rest: &str) -> String {
    let line = |(place, line): (usize, &str)| {
        let before = if place == 0 { first } else { rest };
        if line.is_empty() { before.trim_end().to_owned() } else { format!("{before}{line}") }
    };
    text.split('\n').enumerate().map(line).collect::<Vec<_>>().join("\n")
}
