//! Citations: `[@id]` in the texts of a document that is kept, marks of sources in one that goes
//! out or comes in.

use std::collections::BTreeMap;

use contracts::kinds::osteon::limits::{REFERENCE_BYTES_MAX, TITLE_BYTES_MAX};
use contracts::kinds::osteon::{CitedSource, SourceRecord};
use office::document::{
    self, Document, Error, Format, Inline, Limits, Manner, Source, leads, plain,
};
use office::losses::Losses;

use super::document::cut;
use crate::kinds::osteon::cite;

/// The sources of a document that came in, each of which is keyed by its id from then on.
pub fn named(document: &mut Document) -> Vec<CitedSource> {
    let mut known = BTreeMap::new();
    for source in &mut document.sources {
        let cited = described(source);
        source.key = SourceRecord::new(&cited.title, cited.reference.as_deref()).id;
        source.words.clear();
        known.entry(source.key.clone()).or_insert(cited);
    }
    known.into_values().collect()
}

/// What a source is called, and where it is from: what stands last in another manner.
fn described(source: &Source) -> CitedSource {
    let place = match source.words.split_last() {
        Some((Inline::Text(text, manner), before)) if !before.is_empty() => {
            let place = manner.link.clone().or_else(|| manner.italic.then(|| text.clone()));
            place.filter(|place| place.len() <= REFERENCE_BYTES_MAX).map(|place| (place, before))
        }
        _ => None,
    };
    let words = place.as_ref().map_or(source.words.as_slice(), |(_, before)| before);
    let words = plain(words);
    let said = words.trim().trim_end_matches(',').trim();
    let title = cut(if said.is_empty() { &source.key } else { said }, TITLE_BYTES_MAX);
    let title = if title.is_empty() { "source".to_owned() } else { title };
    CitedSource { title, reference: place.map(|(place, _)| place) }
}

/// The text of a part with its citations as they are kept. What its sources are is told apart.
pub fn marked(text: String, part: &Document) -> String {
    let mut rest = text.trim_end();
    for source in part.sources.iter().rev() {
        let end = format!("[^@{}]:", source.key);
        rest = rest.strip_suffix(&end).unwrap_or(rest).trim_end();
    }
    let replaced = |text: String, source: &Source| {
        text.replace(&format!("[^@{}]", source.key), &format!("[@{}]", source.key))
    };
    part.sources.iter().fold(rest.to_owned(), replaced)
}

/// The document that a kept text says, with the sources that it cites.
///
/// # Errors
/// When it is larger than the limits of documents.
pub fn read<'a>(
    text: &str,
    known: impl Fn(&str) -> Option<&'a SourceRecord>,
) -> Result<(Document, Losses), Error> {
    let mut shown = text.to_owned();
    for id in cite::used([text], |id| known(id).is_some()) {
        shown = shown.replace(&format!("[@{id}]"), &format!("[^@{id}]"));
        // A mark is one where what it leads to is told, too.
        shown.push_str(&format!("\n\n[^@{id}]: {id}\n"));
    }
    let (mut document, losses) =
        document::read(Format::Markdown, shown.as_bytes(), &Limits::default())?;
    for source in &mut document.sources {
        if let Some(record) = known(&source.key) {
            source.words = words(record);
        }
    }
    Ok((document, losses))
}

fn words(record: &SourceRecord) -> Vec<Inline> {
    let text = |text: &str, manner| Inline::Text(text.to_owned(), manner);
    let Some(place) = &record.reference else {
        return vec![text(&record.title, Manner::default())];
    };
    let manner = if leads(place) {
        Manner { link: Some(place.clone()), ..Manner::default() }
    } else {
        Manner { italic: true, ..Manner::default() }
    };
    vec![text(&format!("{}, ", record.title), Manner::default()), text(place, manner)]
}
