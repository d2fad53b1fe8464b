//! Files of strangers: whatever the bytes, a reader ends with what is in them or with why not, and
//! what it read can be written.

use office::document::{self, Format, Limits, Meta};
use office::ical::{self, Bounds};
use office::package::Builder;
use office::table::{self, Options};

/// The part that says which part of a package is the document.
const RELATIONS: &str = r#"<?xml version="1.0" encoding="UTF-8" standalone="yes"?>
<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">
<Relationship Id="rId1" Target="word/document.xml"
 Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument"/>
</Relationships>"#;

/// A table as text.
pub fn csv(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    let formats =
        [table::Format::Csv, table::Format::Tsv, table::Format::Json, table::Format::Markdown];
    for (format, partial) in formats.into_iter().flat_map(|it| [(it, false), (it, true)]) {
        let options = Options { partial, cells_max: 500, ..Options::default() };
        if let Ok(table) = table::read(text, format, &options) {
            assert!(table.unclear.len() <= options.unclear_max);
        }
    }
}

/// A calendar: what is written of one that was read can be read.
pub fn ical(bytes: &[u8]) {
    let bounds = Bounds { bytes_max: 64 * 1024, entries_max: 100, line_bytes_max: 4 * 1024 };
    let Ok(opened) = ical::read(bytes, bounds) else { return };
    let written = ical::write(&opened.calendar, 0);
    ical::read(written.as_bytes(), Bounds::default()).expect("what was written can be read");
}

/// A page.
pub fn html(bytes: &[u8]) {
    document(Format::Html, bytes);
}

/// A text with marks.
pub fn markdown(bytes: &[u8]) {
    document(Format::Markdown, bytes);
}

/// A document of word processors: the bytes are its package, or the part of it that has the words.
pub fn docx(bytes: &[u8]) {
    if bytes.starts_with(b"PK") {
        return document(Format::Docx, bytes);
    }
    let mut package = Builder::default();
    package.part("_rels/.rels", RELATIONS.as_bytes()).expect("it is small");
    package.part("word/document.xml", bytes).expect("it is small");
    document(Format::Docx, &package.done().expect("it is small"));
}

fn document(format: Format, bytes: &[u8]) {
    let limits = Limits { bytes_max: 64 * 1024, pieces_max: 2_000, ..Limits::default() };
    let Ok((read, _)) = document::read(format, bytes, &limits) else { return };
    for other in [Format::Markdown, Format::Html, Format::Text] {
        if let Ok((written, _)) = document::write(other, &read, &Meta::default()) {
            let _ = document::read(other, &written, &Limits::default());
        }
    }
}
