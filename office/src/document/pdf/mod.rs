//! Documents as `.pdf` files: A4 pages with letters that are in the file, bookmarks, and tags for
//! who cannot see them.

mod flow;
pub(crate) mod font;
pub(crate) mod line;
pub(crate) mod page;
pub(crate) mod paint;
mod table;
pub(crate) mod tag;
mod words;

use chrono::{DateTime, Datelike as _, Timelike as _};
use krilla::configure::{
    Accessibility, Archival, ConfigurationBuilder, ValidationError, Validators,
};
use krilla::destination::XyzDestination;
use krilla::error::KrillaError;
use krilla::geom::Point;
use krilla::metadata::{DateTime as Stamp, Metadata};
use krilla::outline::{Outline, OutlineNode};
use krilla::{Document as File, SerializeSettings};

use super::file::{Error, Meta};
use super::{Block, Document};
use crate::losses::Losses;
use flow::{Flow, Placed};

/// The file of a document. The same document with the same `meta` is the same file. It follows
/// PDF/A-2a and PDF/UA-1 where what is in it allows that; where not, this is told as a loss.
///
/// # Errors
/// When what is in it cannot be written.
pub fn write(document: &Document, meta: &Meta) -> Result<(Vec<u8>, Losses), Error> {
    // Where headings stand is known once all is laid out; the table of contents then tells it.
    let told = document.blocks.iter().any(|block| matches!(block, Block::Contents));
    let laid = if told { Flow::of(document, &[]).headings } else { Vec::new() };
    let known: Vec<usize> = laid.iter().map(|heading| heading.page).collect();
    followed(|archival, accessible| written(document, meta, &known, archival, accessible))
}

/// What `written` makes by the strictest rules that it can follow, of archives and of readers
/// aloud. Those that it cannot are told as losses.
pub(crate) fn followed(
    written: impl Fn(bool, bool) -> Result<(Vec<u8>, Losses), KrillaError>,
) -> Result<(Vec<u8>, Losses), Error> {
    let mut without = Losses::new();
    for (archival, accessible) in [(true, true), (true, false)] {
        match written(archival, accessible) {
            Ok((bytes, mut losses)) => {
                losses.extend(&without);
                return Ok((bytes, losses));
            }
            Err(KrillaError::Validation(faults)) => {
                let what = if accessible { "pdf_ua" } else { "pdf_a" };
                without.at(what, &reason(&faults), 1);
            }
            Err(error) => return Err(Error::Unsupported(error.to_string())),
        }
    }
    let (bytes, mut losses) =
        written(false, false).map_err(|error| Error::Unsupported(error.to_string()))?;
    losses.extend(&without);
    Ok((bytes, losses))
}

/// What keeps a file from following a standard: the name of the first fault.
fn reason(faults: &[(ValidationError, Validators)]) -> String {
    let first = faults.first().map(|(fault, _)| format!("{fault:?}")).unwrap_or_default();
    first.chars().take_while(char::is_ascii_alphanumeric).collect()
}

fn written(
    document: &Document,
    meta: &Meta,
    known: &[usize],
    archival: bool,
    accessible: bool,
) -> Result<(Vec<u8>, Losses), KrillaError> {
    let mut file = ruled(archival, accessible);
    let mut flow = Flow::of(document, known);
    let language = meta.language.clone().unwrap_or_else(|| "en".to_owned());
    paint::paint(&mut file, &mut flow);
    file.set_outline(outline(&flow.headings, title(document, &flow)));
    file.set_tag_tree(flow.tags.tree(&language));
    file.set_metadata(metadata(document, meta, &flow, language));
    Ok((file.finish()?, flow.losses))
}

/// A file that follows PDF/A-2a, PDF/UA-1 or both.
pub(crate) fn ruled(archival: bool, accessible: bool) -> File {
    let mut rules = ConfigurationBuilder::new();
    if archival {
        rules = rules.with_archival_validator(Archival::A2_A);
    }
    if accessible {
        rules = rules.with_accessibility_validator(Accessibility::UA1);
    }
    let configuration = rules.finish().unwrap_or_default();
    File::new_with(SerializeSettings { configuration, ..SerializeSettings::default() })
}

fn metadata(document: &Document, meta: &Meta, flow: &Flow<'_>, language: String) -> Metadata {
    let mut metadata = Metadata::new()
        .title(title(document, flow))
        .language(language)
        .creation_date(stamp(meta.at_s))
        .producer("Cambium".to_owned());
    if let Some(author) = &meta.author {
        metadata = metadata.authors(vec![author.clone()]);
    }
    metadata
}

/// What the file is called: never nothing, since readers aloud begin with it.
fn title(document: &Document, flow: &Flow<'_>) -> String {
    let first = || flow.headings.first().map(|heading| heading.text.clone());
    let title = document.title.clone().or_else(first).filter(|title| !title.is_empty());
    title.unwrap_or_else(|| "Document".to_owned())
}

pub(crate) fn stamp(at_s: i64) -> Stamp {
    let at = DateTime::from_timestamp(at_s, 0).unwrap_or_default();
    let small = |number: u32| u8::try_from(number).unwrap_or_default();
    Stamp::new(u16::try_from(at.year()).unwrap_or(1970))
        .month(small(at.month()))
        .day(small(at.day()))
        .hour(small(at.hour()))
        .minute(small(at.minute()))
        .second(small(at.second()))
        .utc_offset_hour(0)
        .utc_offset_minute(0)
}

/// The headings as bookmarks, each within the last one of a lower level; without any, the title.
fn outline(headings: &[Placed], title: String) -> Outline {
    let mut outline = Outline::new();
    if headings.is_empty() {
        let begin = XyzDestination::new(0, Point::from_xy(0.0, 0.0));
        outline.push_child(OutlineNode::new(title, begin));
    }
    let mut open: Vec<(u8, OutlineNode)> = Vec::new();
    for heading in headings {
        let point = Point::from_xy(0.0, (heading.top - 8.0).max(0.0));
        let there = XyzDestination::new(heading.page, point);
        fold(&mut open, &mut outline, heading.level);
        let node = OutlineNode::new(heading.text.clone(), there).with_open(heading.level == 1);
        open.push((heading.level, node));
    }
    fold(&mut open, &mut outline, 0);
    outline
}

/// Ends the bookmarks that are not below `level`.
fn fold(open: &mut Vec<(u8, OutlineNode)>, outline: &mut Outline, level: u8) {
    while open.last().is_some_and(|(last, _)| *last >= level) {
        let Some((_, node)) = open.pop() else { return };
        match open.last_mut() {
            Some((_, around)) => around.push_child(node),
            None => outline.push_child(node),
        }
    }
}
