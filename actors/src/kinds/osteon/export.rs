//! The document as an artifact: pure, no model, no clock.

use contracts::kinds::check::Check;
use contracts::kinds::osteon::answers::Exported;
use contracts::kinds::osteon::artifact::{Artifact, Body, Metadata, Section, UNTITLED};
use contracts::kinds::osteon::limits::{ANSWER_BYTES_MAX, GIVEN_BYTES_MAX, TITLE_BYTES_MAX};
use contracts::kinds::osteon::{Event, Export, GivenSection, Rejection};
use contracts::{Decision, Refusal, Revision, Timestamp};

use super::state::State;
use super::{rules, work};

/// Gives the document, or the sections that were sent along, as an artifact.
pub(super) fn export(state: &State, input: &Export) -> Result<Decision<Event>, Rejection> {
    let mut check = Check::new().text_opt("title", input.title.as_ref(), TITLE_BYTES_MAX);
    check = rules::metadata(check, &input.metadata);
    if let Some(sections) = &input.sections {
        check = rules::given(check, sections, GIVEN_BYTES_MAX);
    }
    check.done()?;
    if state.created.is_none() && input.sections.is_none() {
        return Err(Rejection::NotFound);
    }
    let named = input.title.clone().or_else(|| state.title.clone());
    let mut metadata = (*state.metadata).clone();
    metadata.extend(input.metadata.clone());
    let (version, created, body) = match &input.sections {
        Some(sections) => (Revision::ZERO, None, given(sections)),
        None => (state.version, state.created, state.body()),
    };
    let reply =
        work::answer(&Exported { artifact: file(named, version, created, metadata, body)? });
    if reply.to_string().len() > ANSWER_BYTES_MAX {
        return Err(Rejection::TextTooLarge);
    }
    Ok(Decision::now(Vec::new(), reply))
}

/// The document as an artifact.
///
/// # Errors
/// `internal` when the metadata hold what JSON cannot carry.
pub(crate) fn artifact(state: &State) -> Result<Artifact, Refusal> {
    let (title, metadata) = (state.title.clone(), (*state.metadata).clone());
    file(title, state.version, state.created, metadata, state.body())
}

fn file(
    title: Option<String>,
    version: Revision,
    created: Option<Timestamp>,
    metadata: Metadata,
    body: Body,
) -> Result<Artifact, Refusal> {
    let title = title.unwrap_or_else(|| UNTITLED.to_owned());
    Artifact::new(title, version, created, metadata, body)
        .map_err(|error| Refusal::internal(error.to_string()))
}

/// Sections that were sent along, with ids where they had none.
fn given(sections: &[GivenSection]) -> Body {
    let section = |(place, given): (usize, &GivenSection)| Section {
        id: given.id.clone().unwrap_or_else(|| format!("s_{}", place + 1)),
        title: given.title.clone(),
        text: given.text.clone(),
    };
    Body {
        sections: sections.iter().enumerate().map(section).collect(),
        toc: sections.iter().map(|section| section.title.clone()).collect(),
        citations: Vec::new(),
    }
}
