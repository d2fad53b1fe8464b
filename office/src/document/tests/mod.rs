mod diff;
mod docx;
mod html;
mod markdown;
mod pdf;
mod plain;
mod rounds;

use super::{Document, Error, Format, Limits, Meta, read, write};
use crate::losses::Losses;

/// What a text says, and what of it is lost.
fn said(format: Format, text: &str) -> (Document, Losses) {
    read(format, text.as_bytes(), &Limits::default()).expect("read")
}

/// The text of a document, and what of it is lost.
fn told(format: Format, document: &Document) -> (String, Losses) {
    let (bytes, losses) = write(format, document, &Meta::default()).expect("written");
    (String::from_utf8(bytes).expect("UTF-8"), losses)
}

/// A document with one of everything that CommonMark can say.
const ALL: &str = include_str!("all.md");

#[test]
fn files_beyond_their_limits_are_refused() {
    let limits = Limits { bytes_max: 24, pieces_max: 3, ..Limits::default() };
    for format in [Format::Markdown, Format::Text, Format::Html] {
        let refused = |bytes: &[u8]| read(format, bytes, &limits).expect_err("refused");
        assert_eq!(refused(&[b'a'; 25]), Error::TooLarge(24));
        assert_eq!(refused(b"\xff"), Error::NotText);
        assert_eq!(refused(b"a\n\n<p>\n\n<p>\n\n<p>"), Error::TooManyPieces(3), "{format:?}");
    }
}
