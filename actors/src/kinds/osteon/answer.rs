//! What models answer, checked: an answer that does not follow the schema is refused, never
//! mended.

use std::ops::RangeInclusive;

use contracts::Refusal;
use contracts::kinds::osteon::Rejection;
use contracts::kinds::osteon::limits::{DRAFT_BYTES_MAX, SECTION_BYTES_MAX, TITLE_BYTES_MAX};
use contracts::model::ModelResponse;
use serde::Deserialize;
use serde::de::DeserializeOwned;

use super::state::same_title;

/// The refusal of an answer.
pub(super) fn invalid(reason: impl Into<String>) -> Refusal {
    Rejection::ModelAnswerInvalid { reason: reason.into() }.into()
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Outline {
    outline: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Draft {
    sections: Vec<Written>,
}

/// A section as a model wrote it.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Written {
    /// Its title.
    pub title: String,
    /// Its text, `[n]` for the n-th source.
    pub text: String,
    /// The sources that it says to use, from 0.
    #[serde(default)]
    pub sources: Vec<usize>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Edited {
    edited_text: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Summary {
    summary: String,
}

fn read<T: DeserializeOwned>(response: &ModelResponse) -> Result<T, Refusal> {
    let read = match &response.value {
        Some(value) => contracts::read::from_ref(value),
        None => contracts::read::from_str(&response.text),
    };
    read.map_err(|error| invalid(error.to_string()))
}

fn text(name: &str, text: &str, bytes_max: usize) -> Result<String, Refusal> {
    let text = text.trim();
    if text.is_empty() {
        return Err(invalid(format!("{name} is blank")));
    }
    if text.len() > bytes_max {
        return Err(invalid(format!("{name} has more than {bytes_max} bytes")));
    }
    if text.contains('\0') {
        return Err(invalid(format!("{name} contains U+0000")));
    }
    Ok(text.to_owned())
}

/// Section titles.
pub(super) fn outline(
    response: &ModelResponse,
    sections: RangeInclusive<u32>,
) -> Result<Vec<String>, Refusal> {
    let Outline { outline } = read(response)?;
    if !u32::try_from(outline.len()).is_ok_and(|count| sections.contains(&count)) {
        let (low, high) = (sections.start(), sections.end());
        return Err(invalid(format!("{} titles, not {low} to {high}", outline.len())));
    }
    let mut titles: Vec<String> = Vec::with_capacity(outline.len());
    for title in &outline {
        let title = text("a title", title, TITLE_BYTES_MAX)?;
        if titles.iter().any(|other| same_title(other, &title)) {
            return Err(invalid(format!("the title {title} comes twice")));
        }
        titles.push(title);
    }
    Ok(titles)
}

/// The sections of these titles, in their order.
pub(super) fn draft<'a>(
    response: &ModelResponse,
    titles: impl ExactSizeIterator<Item = &'a str>,
    sources: usize,
) -> Result<Vec<Written>, Refusal> {
    let Draft { mut sections } = read(response)?;
    if sections.len() != titles.len() {
        return Err(invalid(format!("{} sections, not {}", sections.len(), titles.len())));
    }
    let mut ordered = Vec::with_capacity(sections.len());
    for title in titles {
        let found = sections.iter().position(|written| same_title(&written.title, title));
        let place = found.ok_or_else(|| invalid(format!("there is no section {title}")))?;
        let mut written = sections.remove(place);
        if written.sources.iter().any(|source| *source >= sources) {
            return Err(invalid(format!("section {title} names a source that was not given")));
        }
        title.clone_into(&mut written.title);
        written.text = text("a section", &written.text, SECTION_BYTES_MAX)?;
        ordered.push(written);
    }
    if ordered.iter().map(|written| written.text.len()).sum::<usize>() > DRAFT_BYTES_MAX {
        return Err(invalid(format!("the sections have more than {DRAFT_BYTES_MAX} bytes")));
    }
    Ok(ordered)
}

/// A changed text.
pub(super) fn edited(response: &ModelResponse) -> Result<String, Refusal> {
    let Edited { edited_text } = read(response)?;
    text("edited_text", &edited_text, SECTION_BYTES_MAX)
}

/// A summary.
pub(super) fn summary(response: &ModelResponse) -> Result<String, Refusal> {
    let Summary { summary } = read(response)?;
    text("summary", &summary, SECTION_BYTES_MAX)
}
