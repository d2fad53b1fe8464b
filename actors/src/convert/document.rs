//! Documents: files of word processors and pages become commands to an `osteon`, and its state
//! becomes one of them.

use std::collections::{BTreeMap, BTreeSet};

use bytes::Bytes;
use contracts::effect::{ConvertFormat, ConvertInto, Loss};
use contracts::kinds::osteon::limits::TITLE_BYTES_MAX;
use contracts::{Hash, Refusal};
use office::document::{self, BLOB, Block, Document, Format, Inline, Limits, Manner, Meta, plain};
use office::losses::Losses;
use office::package::Bounds;
use serde_json::Value;

use super::remarked::out;
use super::source::Source;
use super::{Config, Made, Read, Stop, Subject, cited, fault, loads, osteon, sections, shifted};
use crate::kinds::myocyte::file::plain as file_name;
use crate::kinds::osteon::{State, picture};

/// What a section is called whose file says nothing.
pub(super) const UNTITLED: &str = "Untitled";

fn format(format: ConvertFormat) -> Option<Format> {
    Some(match format {
        ConvertFormat::Markdown => Format::Markdown,
        ConvertFormat::Text => Format::Text,
        ConvertFormat::Html => Format::Html,
        ConvertFormat::Docx => Format::Docx,
        ConvertFormat::Pdf => Format::Pdf,
        _ => return None,
    })
}

/// The commands that a file comes to.
pub(super) fn read(
    source: &Source,
    into: &ConvertInto,
    config: &Config,
    stop: &Stop,
) -> Result<Read, Refusal> {
    let ConvertInto::Commands { kind, title, otherwise, .. } = into else {
        return Err(Refusal::internal("a file is read into commands"));
    };
    if matches!(source.format, ConvertFormat::Json | ConvertFormat::Osteon) {
        return osteon::read(source, title.clone());
    }
    let unsupported = || fault::unsupported(source.format, kind);
    let form = format(source.format).filter(|form| *form != Format::Pdf);
    let form = form.ok_or_else(unsupported)?;
    let grown = config.grown_bytes_max;
    let limits = Limits {
        bytes_max: config.source_bytes_max,
        bounds: Bounds { part_bytes_max: grown, bytes_max: grown, ..Bounds::default() },
        ..Limits::default()
    };
    let read = document::read(form, &source.bytes, &limits);
    let (mut document, mut losses) = read.map_err(|error| fault::of_document(&error))?;
    stop.ensure()?;
    let pictures = shifted::pictured(&mut document, &mut losses);
    let named =
        title.clone().or_else(|| titled(&mut document, &mut losses)).or_else(|| otherwise.clone());
    let named = named.or_else(|| source.stem()).unwrap_or_else(|| UNTITLED.to_owned());
    let sources = cited::named(&mut document);
    let remarks = form == Format::Docx;
    let came = sections::of(&document, &named, remarks, &mut losses, stop)?;
    let sections: Vec<_> = came.into_iter().map(loads::Section::from).collect();
    let media = pictures_of(pictures, &sections);
    let whole = loads::Whole {
        title: Some(cut(&named, TITLE_BYTES_MAX)),
        sections,
        sources,
        ..loads::Whole::default()
    };
    let parts = whole.parts(&mut losses)?;
    Ok(Read { parts, media, losses: told(&losses) })
}

/// The pictures that sections show.
fn pictures_of(pictures: BTreeMap<String, Vec<u8>>, sections: &[loads::Section]) -> Vec<Vec<u8>> {
    let named = sections.iter().flat_map(|it| picture::named(&it.given.text));
    let named: BTreeSet<_> = named.collect();
    let named: BTreeSet<_> = named.iter().map(|hash| format!("{BLOB}{hash}")).collect();
    let shown = pictures.into_iter().filter(|(source, _)| named.contains(source));
    shown.map(|(_, bytes)| bytes).collect()
}

/// The blobs that the sections of a state show.
pub(super) fn pictures(state: &Value) -> BTreeSet<Hash> {
    let sections = state["sections"].as_array().into_iter().flatten();
    sections.filter_map(|section| section["text"].as_str()).flat_map(picture::named).collect()
}

/// What the document is called: what it says of itself, or its only heading of the first level
/// where it begins with that.
fn titled(document: &mut Document, losses: &mut Losses) -> Option<String> {
    let first = document.blocks.iter().filter(|it| matches!(it, Block::Heading(1, _))).count();
    let begins = match document.blocks.first() {
        Some(Block::Heading(1, words)) if first == 1 => plain(words).trim().to_owned(),
        _ => String::new(),
    };
    let said = document.title.take().filter(|title| !title.trim().is_empty());
    let deeper = document.blocks.iter().skip(1).any(|it| matches!(it, Block::Heading(..)));
    let same = said.as_ref().is_none_or(|said| said.trim() == begins);
    if !begins.is_empty() && same && (said.is_some() || deeper) {
        if let Block::Heading(_, words) = document.blocks.remove(0) {
            sections::title(&words, false, losses);
        }
        return Some(begins);
    }
    said
}

/// A text of at most so many bytes.
pub(super) fn cut(text: &str, bytes_max: usize) -> String {
    text[..text.floor_char_boundary(bytes_max)].to_owned()
}

/// The file of a document's state.
pub(super) fn write(
    subject: Subject,
    asked: ConvertFormat,
    remarks: bool,
) -> Result<Made, Refusal> {
    let Subject { kind, at, state, media, .. } = subject;
    let pictures = pictures(&state);
    let state = kept(state)?;
    let named = file_name(state.title.as_deref().unwrap_or("document"));
    let filename = format!("{named}.{}", asked.ending());
    if matches!(asked, ConvertFormat::Json | ConvertFormat::Osteon) {
        let mut losses = Losses::new();
        // It names them; the bytes are the tenant's.
        losses.at("pictures", "", pictures.len() as u64);
        return Ok(Made { bytes: osteon::write(&state)?, filename, losses: told(&losses) });
    }
    let form = format(asked).ok_or_else(|| fault::unsupported(asked, &kind))?;
    let (document, mut losses) = document_of(&state, &media, remarks && form == Format::Docx)?;
    let meta = Meta { at_s: at.as_millis().div_euclid(1000), ..Meta::default() };
    let written = document::write(form, &document, &meta);
    let (bytes, lost) = written.map_err(|error| fault::of_document(&error))?;
    losses.extend(&lost);
    Ok(Made { bytes, filename, losses: told(&losses) })
}

/// The file of what changed from one state to another, word by word.
pub(super) fn compare(
    before: Subject,
    after: Subject,
    asked: ConvertFormat,
    stop: &Stop,
) -> Result<Made, Refusal> {
    let (kind, medias) = (after.kind, (before.media, after.media));
    let (before, after) = (kept(before.state)?, kept(after.state)?);
    let (old, _) = document_of(&before, &medias.0, false)?;
    let (new, losses) = document_of(&after, &medias.1, false)?;
    stop.ensure()?;
    let diff = document::diff(&old, &new);
    let bytes = match asked {
        ConvertFormat::Html => diff.to_html().into_bytes(),
        ConvertFormat::Json => {
            serde_json::to_vec(&diff).map_err(|error| Refusal::internal(error.to_string()))?
        }
        _ => return Err(fault::unsupported(asked, &kind)),
    };
    let named = file_name(after.title.as_deref().unwrap_or("document"));
    let filename = format!("{named} changes.{}", asked.ending());
    Ok(Made { bytes, filename, losses: told(&losses) })
}

fn kept(state: Value) -> Result<State, Refusal> {
    contracts::read::from_value(state)
        .map_err(|error| Refusal::internal(format!("the state of the document: {error}")))
}

/// The sections as one document, each with its own notes.
fn document_of(
    state: &State,
    media: &BTreeMap<Hash, Bytes>,
    remarks: bool,
) -> Result<(Document, Losses), Refusal> {
    let mut whole = Document { title: state.title.clone(), ..Document::default() };
    let mut losses = Losses::new();
    for section in &state.sections {
        let read = if remarks {
            out::read(state, section, &mut losses)
        } else {
            let read = cited::read(&section.text, |id| state.sources.get(id));
            read.map(|(part, lost)| {
                losses.extend(&lost);
                (part, vec![Inline::Text(section.title.clone(), Manner::default())])
            })
        };
        let (mut part, title) = read.map_err(|error| fault::of_document(&error))?;
        // Headings within a section stand below its title.
        if shifted::highest(&part.blocks) == Some(1) {
            shifted::lower(&mut part.blocks, 1);
        }
        part.blocks.insert(0, Block::Heading(1, title));
        shifted::append(&mut whole, part);
    }
    let shown = shifted::shown(&mut whole);
    let at_hand = media.iter().map(|(hash, bytes)| (format!("{BLOB}{hash}"), bytes));
    let taken = at_hand.filter(|(name, bytes)| shown.contains(name) && shifted::is_taken(bytes));
    whole.media = taken.map(|(name, bytes)| (name, bytes.to_vec())).collect();
    if !remarks {
        losses.at("comments", "", state.comments.len() as u64);
        losses.at("suggestions", "", state.suggestions.len() as u64);
    }
    Ok((whole, losses))
}

pub(super) fn told(losses: &Losses) -> Vec<Loss> {
    let one = |loss: office::losses::Loss| {
        let (what, place) = (loss.what.to_owned(), loss.place);
        Loss { what, place, count: loss.count }
    };
    losses.list().into_iter().map(one).collect()
}
