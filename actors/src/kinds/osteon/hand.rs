//! Commands by which people arrange and write sections themselves.

use contracts::Decision;
use contracts::kinds::check::Check;
use contracts::kinds::osteon::limits::{SECTION_BYTES_MAX, TITLE_BYTES_MAX};
use contracts::kinds::osteon::{
    Cite, Cited, Event, MoveSection, Place, Rejection, RemoveSection, SectionMoved, SectionRemoved,
    SectionSet, SetSection, SourceRecord, Yours,
};

use super::state::{Section, State};
use super::work::Work;
use super::{cite, prose, rules};

type Decided = Result<Decision<Event>, Rejection>;

/// The section of this id.
pub(super) fn found<'a>(state: &'a State, id: &str) -> Result<&'a Section, Rejection> {
    state.section(id).ok_or_else(|| Rejection::SectionNotFound { section: id.to_owned() })
}

/// Adds or replaces a section.
pub(super) fn set_section(mut work: Work<'_>, input: &SetSection) -> Decided {
    let check = Check::new().text_opt("title", input.title.as_ref(), TITLE_BYTES_MAX).body(
        "text",
        &input.text,
        SECTION_BYTES_MAX,
    );
    rules::section_id(check, "section", input.section.as_ref()).done()?;
    let text = cite::stored(&input.text, &work.state.numbers());
    let set = match input.section.as_ref().and_then(|id| work.state.section(id)) {
        Some(old) => {
            ensure_read(old, input.base, || Yours::Text(input.text.clone()))?;
            replaced(&work, old, input, text)?
        }
        None if input.base.is_some() => {
            let section = input.section.clone().unwrap_or_default();
            return Err(Rejection::SectionNotFound { section });
        }
        None => Some(added(&work, input, text)?),
    };
    let section = set
        .as_ref()
        .map_or_else(|| input.section.clone().unwrap_or_default(), |set| set.section.clone());
    if let Some(set) = set {
        work.happen(Event::SectionSet(set));
        let too_long = work.state.section(&section).is_none_or(too_long);
        if too_long {
            return Err(Rejection::Full);
        }
        work.room()?;
    }
    Ok(work.arranged(section))
}

/// The section is as the caller read it.
fn ensure_read(
    section: &Section,
    base: Option<u64>,
    yours: impl FnOnce() -> Yours,
) -> Result<(), Rejection> {
    if base.is_none_or(|base| base == section.changed.0) {
        return Ok(());
    }
    Err(Rejection::Conflict {
        section: section.id.clone(),
        changed: section.changed,
        theirs: section.text.clone(),
        yours: yours(),
    })
}

/// Whether a section is longer than sections are.
pub(super) fn too_long(section: &Section) -> bool {
    section.text.len() > SECTION_BYTES_MAX
}

/// What replaces a section; none when nothing would change.
fn replaced(
    work: &Work<'_>,
    old: &Section,
    input: &SetSection,
    text: String,
) -> Result<Option<SectionSet>, Rejection> {
    let place = match &input.after {
        Some(after) => after_another(work, &old.id, after)?,
        None => Place::Kept,
    };
    let title = input.title.clone().unwrap_or_else(|| old.title.clone());
    let same = title == old.title && text == old.text && stays(&work.state, &old.id, &place);
    let (section, sections) = (old.id.clone(), work.sections(0));
    let sources = Vec::new();
    Ok((!same).then_some(SectionSet { section, title, text, sources, place, sections }))
}

fn added(work: &Work<'_>, input: &SetSection, text: String) -> Result<SectionSet, Rejection> {
    let Some(title) = input.title.clone() else {
        let Some(section) = input.section.clone() else {
            return Err(needs_title());
        };
        return Err(Rejection::SectionNotFound { section });
    };
    let place = match &input.after {
        Some(after) => Place::After(found(&work.state, after)?.id.clone()),
        None => at_the_end(&work.state),
    };
    let section = input.section.clone().unwrap_or_else(|| work.free_id());
    let (sources, sections) = (Vec::new(), work.sections(1));
    Ok(SectionSet { section, title, text, sources, place, sections })
}

fn needs_title() -> Rejection {
    match Check::new().ensure(false, "title", "a new section needs one").done() {
        Err(refusal) => refusal.into(),
        Ok(()) => Rejection::NotFound,
    }
}

/// The place after the last section.
pub(super) fn at_the_end(state: &State) -> Place {
    state.sections.last().map_or(Place::First, |last| Place::After(last.id.clone()))
}

fn after_another(work: &Work<'_>, section: &str, after: &str) -> Result<Place, Rejection> {
    Check::new().ensure(section != after, "after", "is the section itself").done()?;
    Ok(Place::After(found(&work.state, after)?.id.clone()))
}

/// Whether a section already stands at `place`.
fn stays(state: &State, section: &str, place: &Place) -> bool {
    let at = state.position(section);
    match place {
        Place::Kept => true,
        Place::First => at == Some(0),
        Place::After(id) => at.is_some() && at == state.position(id).map(|before| before + 1),
    }
}

/// Cites a source at the end of a section.
pub(super) fn cite(mut work: Work<'_>, input: &Cite) -> Decided {
    let named = &input.source;
    rules::source(Check::new(), "source.", &named.title, named.reference.as_ref()).done()?;
    let section = found(&work.state, &input.section)?;
    let source = SourceRecord::new(&named.title, named.reference.as_deref());
    if !work.state.cited_in(section).contains(&source.id) {
        let (section, before) = (section.id.clone(), prose::gap(&section.text));
        work.happen(Event::Cited(Cited { section: section.clone(), source, before }));
        if work.state.section(&section).is_none_or(too_long) {
            return Err(Rejection::Full);
        }
        work.room()?;
    }
    Ok(work.arranged(input.section.clone()))
}

/// Moves a section.
pub(super) fn move_section(mut work: Work<'_>, input: &MoveSection) -> Decided {
    let section = found(&work.state, &input.section)?.id.clone();
    let place = match &input.after {
        Some(after) => after_another(&work, &section, after)?,
        None => Place::First,
    };
    if !stays(&work.state, &section, &place) {
        work.happen(Event::SectionMoved(SectionMoved { section: section.clone(), place }));
    }
    Ok(work.arranged(section))
}

/// Removes a section.
pub(super) fn remove_section(mut work: Work<'_>, input: &RemoveSection) -> Decided {
    let old = found(&work.state, &input.section)?;
    ensure_read(old, input.base, || Yours::Nothing)?;
    let section = old.id.clone();
    let sections = work.sections(0).saturating_sub(1);
    let removed = SectionRemoved { section: section.clone(), sections };
    work.happen(Event::SectionRemoved(removed));
    Ok(work.arranged(section))
}
