//! Documents put together and taken apart: what they number is numbered anew.

use std::collections::{BTreeMap, BTreeSet};

use contracts::kinds::osteon::limits::PICTURE_BYTES_MAX;
use office::document::{Block, Change, Document, Inline, Manner, inlined, is_shown, reference};
use office::losses::Losses;

/// Where what a document numbers stands in another.
#[derive(Default)]
struct Places {
    notes: BTreeMap<usize, usize>,
    sources: BTreeMap<usize, usize>,
    comments: BTreeMap<usize, usize>,
}

/// Some blocks of a document as a document of their own.
pub fn alone(document: &Document, blocks: &[Block]) -> Document {
    let mut part = Document { blocks: blocks.to_vec(), ..Document::default() };
    let mut places = Places::default();
    let mut waiting: Vec<usize> = Vec::new();
    each(&mut part.blocks, &mut |inline| places.take(inline, &mut waiting));
    // What a note says may refer to others.
    let mut at = 0;
    while let Some(note) = waiting.get(at).copied() {
        at += 1;
        let mut said = document.notes.get(note).cloned().unwrap_or_default();
        each(&mut said, &mut |inline| places.take(inline, &mut waiting));
        part.notes.push(said);
    }
    let of = |places: &BTreeMap<usize, usize>| {
        let mut all: Vec<_> = places.iter().map(|(from, to)| (*to, *from)).collect();
        all.sort_unstable();
        all.into_iter().map(|(_, from)| from)
    };
    let source = |from: usize| document.sources.get(from).cloned().unwrap_or_default();
    part.sources = of(&places.sources).map(source).collect();
    let comment = |from: usize| document.comments.get(from).cloned().unwrap_or_default();
    part.comments = of(&places.comments).map(comment).collect();
    part
}

impl Places {
    /// Numbers what `inline` refers to by the order in which it is met.
    fn take(&mut self, inline: &mut Inline, notes: &mut Vec<usize>) {
        match inline {
            Inline::Note(at) => {
                let next = self.notes.len();
                let from = *at;
                *at = *self.notes.entry(from).or_insert_with(|| {
                    notes.push(from);
                    next
                });
            }
            Inline::Cite(at) => {
                let next = self.sources.len();
                *at = *self.sources.entry(*at).or_insert(next);
            }
            Inline::Comment(at) => {
                let next = self.comments.len();
                *at = *self.comments.entry(*at).or_insert(next);
            }
            Inline::Text(..) | Inline::Break | Inline::Image(_) => {}
        }
    }
}

/// Puts a document at the end of another. A source that both cite is one.
pub fn append(whole: &mut Document, mut part: Document) {
    let (notes, comments) = (whole.notes.len(), whole.comments.len());
    let mut sources = Vec::new();
    for source in std::mem::take(&mut part.sources) {
        let known = whole.sources.iter().position(|known| known.key == source.key);
        sources.push(known.unwrap_or_else(|| {
            whole.sources.push(source);
            whole.sources.len() - 1
        }));
    }
    let mut shift = |inline: &mut Inline| match inline {
        Inline::Note(at) => *at += notes,
        Inline::Comment(at) => *at += comments,
        Inline::Cite(at) => *at = sources.get(*at).copied().unwrap_or(0),
        Inline::Text(..) | Inline::Break | Inline::Image(_) => {}
    };
    each(&mut part.blocks, &mut shift);
    for note in &mut part.notes {
        each(note, &mut shift);
    }
    whole.blocks.append(&mut part.blocks);
    whole.notes.append(&mut part.notes);
    whole.comments.append(&mut part.comments);
    whole.media.append(&mut part.media);
}

/// The pictures that a file brought along, by what refers to them. Of those that are not taken the
/// words that stand for them stay. Those that are elsewhere stay addresses.
pub fn pictured(document: &mut Document, losses: &mut Losses) -> BTreeMap<String, Vec<u8>> {
    let mut media = std::mem::take(&mut document.media);
    let mut see = |inline: &mut Inline| {
        let Inline::Image(image) = inline else { return };
        if let Some(bytes) = inlined(&image.source) {
            image.source = reference(&bytes);
            media.insert(image.source.clone(), bytes);
        }
        let taken = match media.get(&image.source) {
            Some(bytes) => is_taken(bytes),
            // One that the tenant has stays what it is.
            None => !image.source.starts_with("data:"),
        };
        if !taken {
            losses.at("pictures", &image.alt, 1);
            *inline = Inline::Text(std::mem::take(&mut image.alt), Manner::default());
        }
    };
    every(document, &mut see);
    media.retain(|_, bytes| is_taken(bytes));
    media
}

/// Whether a document shows this picture.
pub fn is_taken(bytes: &[u8]) -> bool {
    bytes.len() <= PICTURE_BYTES_MAX && is_shown(bytes)
}

/// What the images of a document refer to.
pub fn shown(document: &mut Document) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    every(document, &mut |inline| {
        if let Inline::Image(image) = inline {
            found.insert(image.source.clone());
        }
    });
    found
}

/// Whether somebody remarks on a document, or suggests other words.
pub fn is_remarked(document: &mut Document) -> bool {
    let mut found = false;
    every(document, &mut |inline| {
        found |= match inline {
            Inline::Text(_, manner) => manner.change.as_ref().is_some_and(Change::is_suggested),
            Inline::Comment(_) => true,
            _ => false,
        };
    });
    found
}

fn every(document: &mut Document, see: &mut dyn FnMut(&mut Inline)) {
    each(&mut document.blocks, see);
    for note in &mut document.notes {
        each(note, see);
    }
}

/// The highest level of headings that stand by themselves.
pub fn highest(blocks: &[Block]) -> Option<u8> {
    let level = |block: &Block| match block {
        Block::Heading(level, _) => Some(*level),
        _ => None,
    };
    blocks.iter().filter_map(level).min()
}

/// Moves headings that stand by themselves so many levels down.
pub fn lower(blocks: &mut [Block], levels: i16) {
    for block in blocks {
        if let Block::Heading(level, _) = block {
            let moved = (i16::from(*level) + levels).clamp(1, 6);
            *level = u8::try_from(moved).unwrap_or(6);
        }
    }
}

/// Shows every inline of blocks, in the order in which they are read.
fn each(blocks: &mut [Block], see: &mut dyn FnMut(&mut Inline)) {
    for block in blocks {
        match block {
            Block::Heading(_, words) | Block::Paragraph(words) => {
                words.iter_mut().for_each(&mut *see)
            }
            Block::List(_, items) => {
                items.iter_mut().for_each(|item| each(&mut item.blocks, see));
            }
            Block::Quote(quoted) => each(quoted, see),
            Block::Table(table) => {
                let cells = table.head.iter_mut().chain(table.rows.iter_mut().flatten());
                cells.flatten().for_each(&mut *see);
            }
            Block::Code(..) | Block::Rule | Block::PageBreak | Block::Contents => {}
        }
    }
}
