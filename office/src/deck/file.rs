//! The files that decks come from and go to.

use super::{Deck, Limits, markdown, native, pdf, pptx};
use crate::document::Meta;
use crate::losses::Losses;
use crate::package::{Hostile, Unpacked};

/// A format of decks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Format {
    /// Slides of presentation programs, `.pptx`.
    Pptx,
    /// A page for each slide, `.pdf`. It is written and never read.
    Pdf,
    /// The house's own, `.synslide`: what comes in is what went out.
    Synslide,
    /// CommonMark, `.md`: what is said on the slides. It is written and never read.
    Markdown,
}

/// A file that is not read or not written.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// It is hostile or broken.
    #[error("the file is refused: {0}")]
    Refused(#[from] Hostile),
    /// It is larger than this, in bytes.
    #[error("the file is larger than {0} bytes")]
    TooLarge(usize),
    /// There is more of something than this.
    #[error("the deck has more than {1} {0}")]
    TooMany(&'static str, usize),
    /// It is no such file, or another than was written.
    #[error("the file is damaged: {0}")]
    Damaged(String),
    /// The deck says what no deck can.
    #[error("{0}")]
    Impossible(String),
    /// The format cannot be read, or what is in it cannot be written.
    #[error("{0}")]
    Unsupported(String),
}

impl From<Unpacked> for Error {
    fn from(error: Unpacked) -> Self {
        Self::Unsupported(error.0)
    }
}

/// The deck in a file, with what of the file it does not have.
///
/// # Errors
/// When the file is broken, hostile or larger than its limits.
pub fn read(format: Format, bytes: &[u8], limits: &Limits) -> Result<(Deck, Losses), Error> {
    if bytes.len() > limits.bytes_max {
        return Err(Error::TooLarge(limits.bytes_max));
    }
    let (deck, losses) = match format {
        Format::Pptx => pptx::read(bytes, limits)?,
        Format::Synslide => (native::read(bytes)?, Losses::new()),
        Format::Pdf | Format::Markdown => {
            let told = "decks are written in this format and never read";
            return Err(Error::Unsupported(told.to_owned()));
        }
    };
    limits.hold(&deck)?;
    Ok((deck, losses))
}

/// The file of a deck, with what of the deck it does not have. The same deck with the same `meta`
/// is the same file.
///
/// # Errors
/// When the deck says what no deck can, is larger than its limits, or the format cannot hold it.
pub fn write(
    format: Format,
    deck: &Deck,
    meta: &Meta,
    limits: &Limits,
) -> Result<(Vec<u8>, Losses), Error> {
    limits.hold(deck)?;
    match format {
        Format::Pptx => pptx::write(deck, meta),
        Format::Pdf => pdf::write(deck, meta),
        Format::Synslide => native::write(deck),
        Format::Markdown => {
            markdown::write(deck).map_err(|error| Error::Unsupported(error.to_string()))
        }
    }
}
