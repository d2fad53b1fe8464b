//! A document of 200 pages, each a heading and paragraphs, written as files.

use std::path::Path;

use office::document::{Block, Document, Format, Inline, Manner, Meta, write};

use crate::rows::{Timed, timed};

const PAGES: usize = 200;
const PARAGRAPHS: usize = 5;
const SENTENCES: usize = 5;
const SENTENCE: &str = "The beds along the river were dug twice and sown in the last week of May. ";

fn plain(text: String) -> Vec<Inline> {
    vec![Inline::Text(text, Manner::default())]
}

fn document() -> Document {
    let mut blocks = Vec::new();
    for page in 1..=PAGES {
        if page > 1 {
            blocks.push(Block::PageBreak);
        }
        blocks.push(Block::Heading(1, plain(format!("Chapter {page}"))));
        for _ in 0..PARAGRAPHS {
            blocks.push(Block::Paragraph(plain(SENTENCE.repeat(SENTENCES))));
        }
    }
    Document { title: Some("A year by the river".to_owned()), blocks, ..Document::default() }
}

fn written(format: Format) -> anyhow::Result<Timed> {
    let document = document();
    timed(|| Ok(write(format, &document, &Meta::default())?.0.len()))
}

/// As a document of word processors.
pub fn docx(_: &Path) -> anyhow::Result<Timed> {
    written(Format::Docx)
}

/// As pages, tagged for who cannot see them.
pub fn pdf(_: &Path) -> anyhow::Result<Timed> {
    written(Format::Pdf)
}
