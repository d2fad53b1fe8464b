//! Decks: files of presentation programs become commands to a `synapse`, and its state becomes one
//! of them.

use std::collections::BTreeSet;

use contracts::effect::{ConvertFormat, ConvertInto};
use contracts::kinds::synapse::Load;
use contracts::kinds::synapse::limits::{
    DESIGN_BYTES_MAX, LOAD_BYTES_MAX, LOAD_SLIDES_MAX, SLIDE_BYTES_MAX, SLIDES_MAX, TITLE_BYTES_MAX,
};
use contracts::{CommandName, Hash, Refusal};
use office::deck::{self, Content, Deck, Format, Limits, Slide};
use office::document::Meta;
use office::losses::Losses;
use office::package::Bounds;
use serde_json::{Map, Value, json};

use super::document::{cut, told};
use super::source::Source;
use super::{Config, Made, Part, Read, Stop, Subject, fault};
use crate::kinds::myocyte::file::plain;
use crate::kinds::synapse::State;

/// What one part holds at most, in bytes of JSON: what stands around it fits beside it.
const PART_BYTES_MAX: usize = LOAD_BYTES_MAX - 16 * 1024;
/// What the reference of a picture begins with.
const BLOB: &str = "blob:";
/// What of a deck is its design.
const DESIGN: [&str; 4] = ["size", "theme", "master", "layouts"];

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
    let format = match source.format {
        ConvertFormat::Pptx => Format::Pptx,
        ConvertFormat::Synslide => Format::Synslide,
        other => return Err(fault::unsupported(other, kind)),
    };
    let grown = config.grown_bytes_max;
    let limits = Limits {
        bytes_max: config.source_bytes_max,
        bounds: Bounds { part_bytes_max: grown, bytes_max: grown, ..Limits::default().bounds },
        slides_max: SLIDES_MAX,
        ..Limits::default()
    };
    let read = deck::read(format, &source.bytes, &limits);
    let (mut deck, mut losses) = read.map_err(|error| fault::of_deck(&error))?;
    stop.ensure()?;
    let named = title.clone().or_else(|| deck.title.take());
    let named = named.filter(|title| !title.trim().is_empty()).or_else(|| {
        // What this system keeps says itself whether it has a title.
        let named = otherwise.clone().or_else(|| source.stem());
        named.filter(|_| format == Format::Pptx)
    });
    let slides = std::mem::take(&mut deck.slides);
    let media = shown(&mut deck, &slides, &mut losses);
    let first = Load {
        title: named.map(|title| cut(&title, TITLE_BYTES_MAX)),
        design: designed(&deck)?,
        slides: Vec::new(),
    };
    let parts = parts(first, &slides, stop)?;
    Ok(Read { parts, media, losses: told(&losses) })
}

/// The pictures that slides show. Those that nobody shows are left out.
fn shown(deck: &mut Deck, slides: &[Slide], losses: &mut Losses) -> Vec<Vec<u8>> {
    let mut sources = BTreeSet::new();
    for slide in slides {
        for part in &slide.parts {
            if let Content::Picture(picture) = &part.content {
                if !deck.media.contains_key(&picture.source) && !sources.contains(&picture.source) {
                    losses.at("pictures", &slide.id, 1);
                }
                sources.insert(picture.source.clone());
            }
        }
    }
    sources.iter().filter_map(|source| deck.media.remove(source)).collect()
}

/// How a deck looks, as `load` takes it.
fn designed(deck: &Deck) -> Result<Map<String, Value>, Refusal> {
    let whole = json!(deck);
    let members = DESIGN.iter().map(|name| ((*name).to_owned(), whole[*name].clone()));
    let design: Map<String, Value> = members.collect();
    let bytes = Value::Object(design.clone()).to_string().len();
    if bytes > DESIGN_BYTES_MAX {
        return Err(fault::too_much("bytes of layouts", DESIGN_BYTES_MAX));
    }
    Ok(design)
}

/// Slides as commands, each small enough for one commit.
fn parts(first: Load, slides: &[Slide], stop: &Stop) -> Result<Vec<Part>, Refusal> {
    let mut done = Vec::new();
    let (mut next, mut bytes) = (first, 0);
    for slide in slides {
        stop.ensure()?;
        let value = json!(slide);
        let size = value.to_string().len();
        if size > SLIDE_BYTES_MAX {
            return Err(fault::too_much("bytes on one slide", SLIDE_BYTES_MAX));
        }
        if bytes + size > PART_BYTES_MAX || next.slides.len() == LOAD_SLIDES_MAX {
            done.push(part(&std::mem::take(&mut next))?);
            bytes = 0;
        }
        let slide = contracts::read::from_value(value);
        next.slides.push(slide.map_err(|error| fault::damaged(&error.to_string()))?);
        bytes += size;
    }
    done.push(part(&next)?);
    Ok(done)
}

fn part(load: &Load) -> Result<Part, Refusal> {
    let input = serde_json::to_vec(load);
    let input = input.map_err(|error| Refusal::internal(error.to_string()))?;
    Ok(Part { name: CommandName::from_static("load"), input })
}

/// The blobs that the slides of a state show.
pub(super) fn pictures(state: &Value) -> BTreeSet<Hash> {
    let slides = state["slides"].as_array().into_iter().flatten();
    let parts = slides.flat_map(|kept| kept["slide"]["parts"].as_array().into_iter().flatten());
    parts.filter_map(|part| hash(part["content"]["picture"]["source"].as_str()?)).collect()
}

fn hash(source: &str) -> Option<Hash> {
    source.strip_prefix(BLOB)?.parse().ok()
}

/// The file of a deck's state; of a picture, of one slide of it.
pub(super) fn write(
    subject: Subject,
    asked: ConvertFormat,
    slide: Option<&String>,
) -> Result<Made, Refusal> {
    let Subject { kind, at, state, media, .. } = subject;
    let state: State = contracts::read::from_value(state)
        .map_err(|error| Refusal::internal(format!("the state of the deck: {error}")))?;
    let mut deck = state.deck();
    let media = media.into_iter().map(|(hash, bytes)| (format!("{BLOB}{hash}"), bytes.to_vec()));
    deck.media.extend(media);
    let named = plain(deck.title.as_deref().unwrap_or("deck"));
    let format = match asked {
        ConvertFormat::Svg => return picture(&deck, slide, &named),
        ConvertFormat::Pptx => Format::Pptx,
        ConvertFormat::Pdf => Format::Pdf,
        ConvertFormat::Synslide => Format::Synslide,
        ConvertFormat::Markdown => Format::Markdown,
        _ => return Err(fault::unsupported(asked, &kind)),
    };
    let meta = Meta { at_s: at.as_millis().div_euclid(1_000), ..Meta::default() };
    let written = deck::write(format, &deck, &meta, &Limits::default());
    let (bytes, losses) = written.map_err(|error| fault::of_deck(&error))?;
    let filename = format!("{named}.{}", asked.ending());
    Ok(Made { bytes, filename, losses: told(&losses) })
}

/// A slide as SVG.
fn picture(deck: &Deck, slide: Option<&String>, named: &str) -> Result<Made, Refusal> {
    let place = match slide {
        Some(id) => deck.slides.iter().position(|slide| slide.id == *id),
        None => (!deck.slides.is_empty()).then_some(0),
    };
    let missing = || {
        let id = slide.map_or("1", String::as_str);
        Refusal::not_found("slide_not_found", format!("the deck has no slide {id}"))
    };
    let place = place.ok_or_else(missing)?;
    let svg = deck::svg(deck, place).map_err(|error| fault::of_deck(&error))?;
    let mut losses = Losses::new();
    losses.at("slides", "", deck.slides.len() as u64 - 1);
    losses.at("notes", "", u64::from(!deck.slides[place].notes.is_empty()));
    let filename = format!("{named} {}.svg", place + 1);
    Ok(Made { bytes: svg.into_bytes(), filename, losses: told(&losses) })
}
