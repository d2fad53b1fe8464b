//! Commands that ask a model: accepted at once, answered when the model has.

use contracts::Decision;
use contracts::kinds::check::Check;
use contracts::kinds::osteon::limits::{
    ANSWER_MS_MAX, FEEDBACK_BYTES_MAX, MODEL_BYTES_MAX, OUTLINE_SECTIONS_HIGH,
    OUTLINE_SECTIONS_LOW, SECTION_BYTES_MAX, SECTIONS_MAX, SUMMARY_BYTES_MAX, TITLE_BYTES_MAX,
    WAITING_MAX,
};
use contracts::kinds::osteon::{
    Draft, DraftAsked, Edit, EditAsked, EditOf, Event, Outline, OutlineAsked, OutlineMade,
    Rejection, Renamed, Summarize, SummaryAsked, SummaryOf,
};

use super::super::title;
use super::rules;
use super::work::Work;

type Decided = Result<Decision<Event>, Rejection>;

/// The last event asks a model; the answer may take as long as so many answers.
fn later(mut work: Work<'_>, asks: Event, answers: u64) -> Decided {
    if work.state.waiting.len() >= WAITING_MAX {
        return Err(Rejection::TooManyWaiting);
    }
    work.happen(asks);
    Ok(Decision::later(work.events, ANSWER_MS_MAX * answers))
}

/// Asks for section titles.
pub(super) fn outline(mut work: Work<'_>, input: &Outline) -> Decided {
    rules::outline(input).done()?;
    let goal = match (&input.topic, &input.goal) {
        (Some(topic), Some(goal)) => format!("{topic}: {goal}"),
        (Some(only), None) | (None, Some(only)) => only.clone(),
        (None, None) => String::new(),
    };
    work.begin(|| title::of(input.topic.as_ref().unwrap_or(&goal), TITLE_BYTES_MAX));
    let (sections_min, sections_max) = input
        .sections
        .map_or((OUTLINE_SECTIONS_LOW, OUTLINE_SECTIONS_HIGH), |count| (count, count));
    let asks = Event::OutlineAsked(OutlineAsked {
        command: work.cx.command,
        goal,
        context: input.context.clone(),
        sections_min,
        sections_max,
        model: rules::model(input.model.as_ref()),
    });
    later(work, asks, 1)
}

/// Asks for the text of sections, after an outline when there is none.
pub(super) fn draft(mut work: Work<'_>, input: &Draft) -> Decided {
    rules::draft(input).done()?;
    let section_title = input.section_title.as_ref();
    let about = input.goal.as_ref().or(section_title).cloned().unwrap_or_default();
    work.begin(|| input.title.clone().unwrap_or_else(|| title::of(&about, TITLE_BYTES_MAX)));
    if let Some(title) = &input.title
        && work.state.title.as_ref() != Some(title)
    {
        work.happen(Event::Renamed(Renamed { title: title.clone() }));
    }
    if let Some(titles) = &input.outline
        && *work.state.outline != *titles
    {
        let made = OutlineMade { titles: titles.clone(), generated_by: None };
        work.happen(Event::OutlineMade(made));
    }
    let titles =
        section_title.map_or_else(|| (*work.state.outline).clone(), |one| vec![one.clone()]);
    let new = titles.iter().filter(|title| work.state.titled(title).is_none()).count();
    if work.state.sections.len() + new > SECTIONS_MAX {
        return Err(Rejection::Full);
    }
    let goal = input.goal.clone().or_else(|| work.state.title.clone()).unwrap_or(about);
    let answers = if titles.is_empty() { 2 } else { 1 };
    let asks = Event::DraftAsked(DraftAsked {
        command: work.cx.command,
        goal,
        titles,
        context: input.context.clone(),
        sources: input.sources.clone(),
        audience: input.audience.clone(),
        model: rules::model(input.model.as_ref()),
    });
    later(work, asks, answers)
}

/// Asks for a changed text.
pub(super) fn edit(work: Work<'_>, input: &Edit) -> Decided {
    let one = input.section.is_some() != input.text.is_some();
    Check::new()
        .ensure(one, "section", "either section or text is needed")
        .text_opt("text", input.text.as_ref(), SECTION_BYTES_MAX)
        .text_opt("feedback", input.feedback.as_ref(), FEEDBACK_BYTES_MAX)
        .text_opt("model", input.model.as_ref(), MODEL_BYTES_MAX)
        .done()?;
    let of = match (&input.section, &input.text) {
        (Some(id), _) => EditOf::Section(editable(&work, id)?),
        (None, text) => EditOf::Text(text.clone().unwrap_or_default()),
    };
    let asks = Event::EditAsked(EditAsked {
        command: work.cx.command,
        of,
        edit_type: input.edit_type,
        feedback: input.feedback.clone(),
        model: rules::model(input.model.as_ref()),
    });
    later(work, asks, 1)
}

/// A section with a text.
fn editable(work: &Work<'_>, id: &str) -> Result<String, Rejection> {
    if work.state.created.is_none() {
        return Err(Rejection::NotFound);
    }
    let section = id.to_owned();
    let found = work.state.section(id);
    let found = found.ok_or_else(|| Rejection::SectionNotFound { section: section.clone() })?;
    let filled = !found.text.trim().is_empty();
    Check::new().ensure(filled, "section", "has no text to edit").done()?;
    Ok(section)
}

/// Asks for a summary.
pub(super) fn summarize(work: Work<'_>, input: &Summarize) -> Decided {
    let one = input.text.is_none() || input.sections.is_none();
    let mut check = Check::new()
        .ensure(one, "sections", "text and sections exclude each other")
        .text_opt("text", input.text.as_ref(), SUMMARY_BYTES_MAX)
        .text_opt("model", input.model.as_ref(), MODEL_BYTES_MAX);
    if let Some(sections) = &input.sections {
        let filled = sections.iter().any(|section| !section.text.trim().is_empty());
        check = rules::given(check, sections, SUMMARY_BYTES_MAX).ensure(
            filled,
            "sections",
            "have no text to summarise",
        );
    }
    check.done()?;
    let of = match (&input.text, &input.sections) {
        (Some(text), _) => SummaryOf::Text(text.clone()),
        (None, Some(sections)) => SummaryOf::Sections(sections.clone()),
        (None, None) => {
            summarisable(&work)?;
            SummaryOf::Document
        }
    };
    let asks = Event::SummaryAsked(SummaryAsked {
        command: work.cx.command,
        of,
        max_length: input.max_length,
        model: rules::model(input.model.as_ref()),
    });
    later(work, asks, 1)
}

fn summarisable(work: &Work<'_>) -> Result<(), Rejection> {
    let state = &work.state;
    if state.created.is_none() {
        return Err(Rejection::NotFound);
    }
    if state.sections.iter().all(|section| section.text.trim().is_empty()) {
        return Err(Rejection::Empty);
    }
    if state.bytes() > SUMMARY_BYTES_MAX { Err(Rejection::TextTooLarge) } else { Ok(()) }
}
