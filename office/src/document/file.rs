//! The files that documents come from and go to.

use crate::losses::Losses;
use crate::package::{Bounds, Hostile};

use super::{Document, docx, html, markdown, pdf, text};

/// A format of documents.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Format {
    /// CommonMark with tables, notes, tasks and struck text.
    Markdown,
    /// Plain text.
    Text,
    /// A page of HTML.
    Html,
    /// A document of word processors, `.docx`.
    Docx,
    /// Pages to be printed, `.pdf`. It is written and never read.
    Pdf,
}

/// How much of a file is taken.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// How large a file is, in bytes.
    pub bytes_max: usize,
    /// How large and deep the parts of a package are.
    pub bounds: Bounds,
    /// How deep blocks nest; what nests deeper stands where the limit is.
    pub depth_max: usize,
    /// How many blocks, inlines and cells a document has.
    pub pieces_max: usize,
    /// How large all its pictures are together, in bytes.
    pub media_bytes_max: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            bytes_max: 64 * 1024 * 1024,
            bounds: Bounds::default(),
            depth_max: 32,
            pieces_max: 1_000_000,
            media_bytes_max: 64 * 1024 * 1024,
        }
    }
}

/// What a file says of itself.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Meta {
    /// Who wrote it.
    pub author: Option<String>,
    /// Its language, such as `en` or `pt-BR`.
    pub language: Option<String>,
    /// When it was made, in seconds since 1970.
    pub at_s: i64,
}

/// A file that is not read or not written.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// It is hostile or broken.
    #[error("the file is refused: {0}")]
    Refused(#[from] Hostile),
    /// It is no UTF-8.
    #[error("the file is no text in UTF-8")]
    NotText,
    /// It is larger than this, in bytes.
    #[error("the file is larger than {0} bytes")]
    TooLarge(usize),
    /// It has more blocks, words in one manner and cells than this.
    #[error("the document has more than {0} pieces")]
    TooManyPieces(usize),
    /// The format cannot be read, or what is in it cannot be written.
    #[error("{0}")]
    Unsupported(String),
}

/// The document in a file, with what of the file it does not have.
///
/// # Errors
/// When the file is broken, hostile or larger than its limits.
pub fn read(format: Format, bytes: &[u8], limits: &Limits) -> Result<(Document, Losses), Error> {
    if bytes.len() > limits.bytes_max {
        return Err(Error::TooLarge(limits.bytes_max));
    }
    match format {
        Format::Markdown => markdown::read(bytes, limits),
        Format::Text => text::read(bytes, limits),
        Format::Html => html::read(bytes, limits),
        Format::Docx => docx::read(bytes, limits),
        Format::Pdf => Err(Error::Unsupported("PDF is written and never read".to_owned())),
    }
}

/// The file of a document, with what of the document it does not have. The same document with the
/// same `meta` is the same file.
///
/// # Errors
/// When the format cannot hold it.
pub fn write(format: Format, document: &Document, meta: &Meta) -> Result<(Vec<u8>, Losses), Error> {
    match format {
        Format::Markdown => Ok(markdown::write(document)),
        Format::Text => Ok(text::write(document)),
        Format::Html => Ok(html::write(document, meta)),
        Format::Docx => docx::write(document, meta),
        Format::Pdf => pdf::write(document, meta),
    }
}

/// The text of a file, without the mark that some programs put first.
pub(super) fn utf8(bytes: &[u8]) -> Result<&str, Error> {
    let text = std::str::from_utf8(bytes).map_err(|_| Error::NotText)?;
    Ok(text.trim_start_matches('\u{feff}'))
}
