//! A document as a `.docx` file.

mod block;
mod parts;
mod relation;
mod run;

use std::fmt::Write as _;

use super::super::file::{Error, Meta};
use super::super::{Document, Inline, plain};
use super::TITLE;
use crate::losses::Losses;
use crate::package::{Builder, Unpacked};
use block::Place;
use relation::Relations;

/// The looks of everything.
const STYLES: &str = include_str!("styles.xml");

/// The file of a document. The same document with the same `meta` is the same file.
///
/// # Errors
/// When it is larger than archives can be.
pub fn write(document: &Document, meta: &Meta) -> Result<(Vec<u8>, Losses), Error> {
    let mut writer = Writer::new(document, meta);
    if let Some(title) = document.title.as_deref().filter(|title| !title.is_empty()) {
        let words = [Inline::Text(title.to_owned(), super::super::Manner::default())];
        writer.paragraph(TITLE, "", &words);
    }
    writer.blocks(&document.blocks, Place::default());
    writer.sources();
    let body = std::mem::take(&mut writer.out);
    let relations = std::mem::take(&mut writer.relations);
    let notes = writer.notes();
    let note_relations = std::mem::take(&mut writer.relations);
    let mut archive = Builder::default();
    let extra = parts::Extra {
        footnotes: !document.notes.is_empty(),
        comments: !document.comments.is_empty(),
        media: !document.media.is_empty(),
    };
    archive.part("[Content_Types].xml", parts::content_types(extra).as_bytes())?;
    archive.part("_rels/.rels", parts::ROOT.as_bytes())?;
    archive.part("docProps/core.xml", parts::core(document, meta).as_bytes())?;
    archive.part("word/document.xml", parts::document(&body).as_bytes())?;
    archive.part("word/styles.xml", STYLES.as_bytes())?;
    archive.part("word/settings.xml", parts::part("settings", parts::SETTINGS).as_bytes())?;
    archive.part("word/numbering.xml", parts::numbering(&writer.lists).as_bytes())?;
    archive.part("word/footer1.xml", parts::part("ftr", parts::FOOTER).as_bytes())?;
    let relations_of = |all: &Relations| relation::part(all, extra);
    archive.part("word/_rels/document.xml.rels", relations_of(&relations).as_bytes())?;
    if extra.footnotes {
        archive.part("word/footnotes.xml", notes.as_bytes())?;
        let text = relation::bare(&note_relations);
        archive.part("word/_rels/footnotes.xml.rels", text.as_bytes())?;
    }
    if extra.comments {
        let text = parts::comments(&document.comments, meta);
        archive.part("word/comments.xml", text.as_bytes())?;
    }
    // Both may show the same picture; it is kept once.
    let mut media = relations.media;
    media.extend(note_relations.media);
    for (name, bytes) in media {
        archive.part(&format!("word/media/{name}"), bytes)?;
    }
    Ok((archive.done()?, writer.losses))
}

/// What is written, and what of it is known so far.
struct Writer<'a> {
    document: &'a Document,
    meta: &'a Meta,
    out: String,
    losses: Losses,
    relations: Relations<'a>,
    /// The first number of each list; none where it has no numbers.
    lists: Vec<Option<u64>>,
    headings: usize,
    /// Numbers for what has to have one of its own: changes, bookmarks and pictures.
    ids: usize,
    /// Whether a note is being written.
    in_note: bool,
    /// Whether what is written stays on a page with what follows.
    keep: bool,
}

impl<'a> Writer<'a> {
    fn new(document: &'a Document, meta: &'a Meta) -> Self {
        Self {
            document,
            meta,
            out: String::new(),
            losses: Losses::new(),
            relations: Relations::default(),
            lists: Vec::new(),
            headings: 0,
            ids: 0,
            in_note: false,
            keep: false,
        }
    }

    fn id(&mut self) -> usize {
        self.ids += 1;
        self.ids
    }

    fn notes(&mut self) -> String {
        self.in_note = true;
        let mut out = parts::NOTES.to_owned();
        for (place, note) in self.document.notes.iter().enumerate() {
            self.blocks(note, Place { note: Some(place + 1), ..Place::default() });
            let text = std::mem::take(&mut self.out);
            let _ = write!(out, "<w:footnote w:id=\"{}\">", place + 1);
            let empty = "<w:p><w:pPr><w:pStyle w:val=\"FootnoteText\"/></w:pPr></w:p>";
            out.push_str(if text.is_empty() { empty } else { &text });
            out.push_str("</w:footnote>");
        }
        parts::part("footnotes", &out)
    }
}

/// How often each place names a heading: its words, shortened.
fn named(words: &[Inline]) -> String {
    plain(words).chars().take(60).collect()
}

impl From<Unpacked> for Error {
    fn from(error: Unpacked) -> Self {
        Self::Unsupported(error.0)
    }
}
