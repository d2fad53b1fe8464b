//! What a model's answer, or its absence, causes.

use contracts::kinds::generated::GeneratedBy;
use contracts::kinds::osteon::answers::{Drafted, Edited, Outlined, Skipped, Summarized};
use contracts::kinds::osteon::limits::{
    ANSWER_BYTES_MAX, OUTLINE_SECTIONS_HIGH, OUTLINE_SECTIONS_LOW, SECTION_BYTES_MAX,
};
use contracts::kinds::osteon::{
    AskConcluded, DraftAsked, Event, OutlineMade, Place, Rejection, SectionDrafted, SectionEdited,
    SourceRecord,
};
use contracts::model::ModelResponse;
use contracts::{Completion, Context, Decision, Hash, Outcome, Refusal};
use serde_json::Value;

use super::answer::{self, Written};
use super::state::{State, same_title};
use super::tag::{Tag, Target, What};
use super::work::{self, Work};
use super::{cite, diff, hand};

/// Takes the answer in, or completes the waiting command with the reason why not. Whatever fails,
/// the document stays as it was.
pub(super) fn outcome(state: &State, outcome: &Outcome, cx: &Context) -> Decision<Event> {
    let nothing = Decision::now(Vec::new(), Value::Null);
    let Ok(tag) = contracts::read::from_ref::<Tag>(&outcome.tag) else { return nothing };
    if !state.waiting.contains_key(&tag.command) {
        return nothing;
    }
    let mut work = Work::on(state, cx);
    let reply = outcome.llm().and_then(|response| take_in(&mut work, tag.what, response));
    let reply = reply.and_then(small_enough);
    let command = tag.command;
    let conclude = |code| Event::AskConcluded(AskConcluded { command, code });
    match reply {
        Ok(None) => Decision::now(work.events, Value::Null),
        Ok(Some(reply)) => {
            work.happen(conclude(None));
            Decision::now(work.events, Value::Null).completing(Completion::done(command, reply))
        }
        Err(refusal) => {
            let concluded = conclude(Some(refusal.code.to_string()));
            let failed = Completion::failed(command, &refusal);
            Decision::now(vec![concluded], Value::Null).completing(failed)
        }
    }
}

/// An outcome whose commit is too large could never be recorded.
fn small_enough(reply: Option<Value>) -> Result<Option<Value>, Refusal> {
    let bytes = reply.as_ref().map_or(0, |reply| reply.to_string().len());
    if bytes > ANSWER_BYTES_MAX { Err(Rejection::TextTooLarge.into()) } else { Ok(reply) }
}

/// The answer to the waiting command; none while it still waits for another model.
fn take_in(
    work: &mut Work<'_>,
    what: What,
    response: &ModelResponse,
) -> Result<Option<Value>, Refusal> {
    let by = GeneratedBy::of(response);
    match what {
        What::Outline { sections_min, sections_max } => {
            let outline = answer::outline(response, sections_min..=sections_max)?;
            let made = OutlineMade { titles: outline.clone(), generated_by: Some(by.clone()) };
            work.happen(Event::OutlineMade(made));
            Ok(Some(work::answer(&Outlined { outline, generated_by: by })))
        }
        What::OutlineFirst(asked) => outlined_first(work, asked, response, by).map(|()| None),
        What::Draft { targets, sources } => draft(work, &targets, &sources, response, by).map(Some),
        What::EditSection { section, base, cites } => {
            edit_section(work, section, base, &cites, response, by).map(Some)
        }
        What::EditText { text } => {
            let edited_text = answer::edited(response)?;
            Ok(Some(edited(None, text, edited_text, by)))
        }
        What::Summary { original_length } => {
            let summary = answer::summary(response)?;
            let length = summary.chars().count();
            let reply = Summarized { summary, length, original_length, generated_by: by };
            Ok(Some(work::answer(&reply)))
        }
    }
}

/// The outline that a draft needed is there: it is kept, and the sections are asked for.
fn outlined_first(
    work: &mut Work<'_>,
    asked: DraftAsked,
    response: &ModelResponse,
    by: GeneratedBy,
) -> Result<(), Refusal> {
    let titles = answer::outline(response, OUTLINE_SECTIONS_LOW..=OUTLINE_SECTIONS_HIGH)?;
    let made = OutlineMade { titles: titles.clone(), generated_by: Some(by) };
    work.happen(Event::OutlineMade(made));
    work.happen(Event::DraftAsked(DraftAsked { titles, ..asked }));
    Ok(())
}

fn draft(
    work: &mut Work<'_>,
    targets: &[Target],
    sources: &[SourceRecord],
    response: &ModelResponse,
    by: GeneratedBy,
) -> Result<Value, Refusal> {
    let titles = targets.iter().map(|target| target.title.as_str());
    let written = answer::draft(response, titles, sources.len())?;
    let (mut ids, mut skipped) = (Vec::new(), Vec::new());
    for (target, written) in targets.iter().zip(written) {
        match untouched(&work.state, target) {
            Ok(()) => ids.push(write(work, target, written, sources, &by)),
            Err(rejection) => {
                let refusal = Refusal::from(rejection);
                if targets.len() == 1 {
                    return Err(refusal);
                }
                skipped.push(Skipped::new(target.title.clone(), refusal));
            }
        }
    }
    if ids.is_empty() {
        let section = targets.first().map(|target| target.title.clone()).unwrap_or_default();
        return Err(Rejection::SectionChanged { section }.into());
    }
    work.room()?;
    let state = &work.state;
    let numbers = state.numbers();
    let sections = ids.iter().filter_map(|id| state.section(id));
    let reply = Drafted {
        sections: sections.map(|section| state.shown(section, &numbers)).collect(),
        toc: state.sections.iter().map(|section| section.title.clone()).collect(),
        citations: state.citations(),
        skipped,
        generated_by: by,
    };
    Ok(work::answer(&reply))
}

/// Whether nobody else has changed, removed or added the section meanwhile.
fn untouched(state: &State, target: &Target) -> Result<(), Rejection> {
    match (&target.old, state.titled(&target.title)) {
        (Some(old), _) => unchanged(state, &old.section, old.base),
        (None, Some(added)) => Err(Rejection::SectionChanged { section: added.id.clone() }),
        (None, None) => Ok(()),
    }
}

fn unchanged(state: &State, id: &str, base: Hash) -> Result<(), Rejection> {
    let section = id.to_owned();
    match state.section(id) {
        None => Err(Rejection::SectionNotFound { section }),
        Some(found) if found.base() != base => Err(Rejection::SectionChanged { section }),
        Some(_) => Ok(()),
    }
}

/// Writes a section and tells its id.
fn write(
    work: &mut Work<'_>,
    target: &Target,
    written: Written,
    sources: &[SourceRecord],
    by: &GeneratedBy,
) -> String {
    let ids: Vec<_> = sources.iter().map(|source| source.id.clone()).collect();
    let text = cite::stored(&written.text, &ids);
    let known = |id: &str| sources.iter().any(|source| source.id == id);
    let cited = cite::used([text.as_str()], known);
    let record = |id: &String| sources.iter().find(|source| source.id == *id).cloned();
    let (section, place, more) = match &target.old {
        Some(old) => (old.section.clone(), Place::Kept, 0),
        None => (work.free_id(), place_of(&work.state, &target.title), 1),
    };
    work.happen(Event::SectionDrafted(SectionDrafted {
        section: section.clone(),
        title: written.title,
        text,
        sources: cited.iter().filter_map(record).collect(),
        place,
        sections: work.sections(more),
        generated_by: by.clone(),
    }));
    section
}

/// Where a new section of this title belongs: where the outline has it, otherwise at the end.
fn place_of(state: &State, title: &str) -> Place {
    let position = |title: &String| {
        state.sections.iter().position(|section| same_title(&section.title, title))
    };
    let after = |at: usize| Place::After(state.sections[at].id.clone());
    let outline = &state.outline;
    let Some(at) = outline.iter().position(|planned| same_title(planned, title)) else {
        return hand::at_the_end(state);
    };
    if let Some(before) = outline[..at].iter().rev().find_map(position) {
        return after(before);
    }
    match outline[at + 1..].iter().find_map(position) {
        Some(0) => Place::First,
        Some(next) => after(next - 1),
        None => hand::at_the_end(state),
    }
}

fn edit_section(
    work: &mut Work<'_>,
    section: String,
    base: Hash,
    cites: &[String],
    response: &ModelResponse,
    by: GeneratedBy,
) -> Result<Value, Refusal> {
    unchanged(&work.state, &section, base)?;
    let text = cite::stored(&answer::edited(response)?, cites);
    if text.len() > SECTION_BYTES_MAX {
        return Err(Rejection::Full.into());
    }
    let numbers = work.state.numbers();
    let old = work.state.section(&section).map(|old| old.text.clone()).unwrap_or_default();
    let shown = |text: &str| cite::numbered(text, &numbers);
    let (original_text, edited_text) = (shown(&old), shown(&text));
    if text != old {
        let generated_by = by.clone();
        let event = SectionEdited { section: section.clone(), text, generated_by };
        work.happen(Event::SectionEdited(event));
        work.room()?;
    }
    Ok(edited(Some(section), original_text, edited_text, by))
}

fn edited(
    section: Option<String>,
    original_text: String,
    edited_text: String,
    generated_by: GeneratedBy,
) -> Value {
    let diff = diff::diff(&original_text, &edited_text);
    work::answer(&Edited { section, edited_text, original_text, diff, generated_by })
}
