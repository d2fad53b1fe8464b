//! A small deck as a file that an answer holds.

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use contracts::Decision;
use contracts::Refusal;
use contracts::kinds::check::Check;
use contracts::kinds::synapse::answers::Exported;
use contracts::kinds::synapse::limits::{DATA_BYTES_MAX, FILE_BYTES_MAX, TITLE_BYTES_MAX};
use contracts::kinds::synapse::{DeckFormat, Event, Export, Rejection};
use office::deck::{Format, Limits, write};
use office::document::Meta;
use serde_json::Value;

use super::work::{Work, done, odd};
use crate::kinds::myocyte::file::plain;

/// What the file of a deck without a title is called.
const UNTITLED: &str = "deck";

/// Gives the file. Nothing happens to the deck.
pub(super) fn export(work: Work<'_>, input: &Export) -> Result<Decision<Event>, Rejection> {
    let metadata = Value::Object(input.metadata.clone()).to_string();
    done(Check::new().text_opt("title", input.title.as_ref(), TITLE_BYTES_MAX).body(
        "metadata",
        &metadata,
        DATA_BYTES_MAX,
    ))?;
    let mut deck = work.state.deck();
    if let Some(title) = &input.title {
        deck.title = Some(title.clone());
    }
    let (format, media_type, ending) = match input.format {
        DeckFormat::Synslide => {
            (Format::Synslide, "application/vnd.cambium.synslide+json", "synslide")
        }
        DeckFormat::Pptx => {
            let media = "application/vnd.openxmlformats-officedocument.presentationml.presentation";
            (Format::Pptx, media, "pptx")
        }
        DeckFormat::Pdf => (Format::Pdf, "application/pdf", "pdf"),
        DeckFormat::Markdown => (Format::Markdown, "text/markdown; charset=utf-8", "md"),
    };
    // The same revision is the same bytes, whoever exports when.
    let begun = work.state.created.unwrap_or(work.cx.now).as_millis().div_euclid(1_000);
    let meta = Meta { at_s: begun, ..Meta::default() };
    let written = write(format, &deck, &meta, &Limits::default());
    let (bytes, losses) = written.map_err(|error| odd(error.to_string()))?;
    if bytes.len() > FILE_BYTES_MAX {
        return Err(Rejection::FileTooLarge { bytes: bytes.len() });
    }
    let size = bytes.len() as u64;
    let internal = |error: String| Rejection::from(Refusal::internal(error));
    let (mut artifact, mut text, mut base64) = (None, None, None);
    match input.format {
        DeckFormat::Synslide => {
            let value = contracts::read::from_slice::<Value>(&bytes);
            artifact = Some(value.map_err(|error| internal(error.to_string()))?);
        }
        DeckFormat::Markdown => {
            let told = String::from_utf8(bytes).map_err(|error| internal(error.to_string()))?;
            text = Some(told);
        }
        DeckFormat::Pptx | DeckFormat::Pdf => base64 = Some(STANDARD.encode(bytes)),
    }
    let mut left_out: BTreeMap<String, u64> = BTreeMap::new();
    for loss in losses.list() {
        *left_out.entry(loss.what.to_owned()).or_default() += loss.count;
    }
    let filename = format!("{}.{ending}", plain(deck.title.as_deref().unwrap_or(UNTITLED)));
    Ok(work.now(&Exported {
        format: input.format,
        media_type: media_type.to_owned(),
        filename,
        bytes: size,
        artifact,
        text,
        base64,
        left_out,
        metadata: input.metadata.clone(),
    }))
}
