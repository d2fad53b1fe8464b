//! Sections that come from a file.

use std::collections::BTreeMap;

use contracts::Decision;
use contracts::kinds::check::Check;
use contracts::kinds::osteon::answers::Loaded;
use contracts::kinds::osteon::limits::{
    LOAD_BYTES_MAX, LOAD_SECTIONS_MAX, SOURCES_MAX, TITLE_BYTES_MAX,
};
use contracts::kinds::osteon::{Created, Event, Load, Rejection, SectionSet, SourceRecord};

use super::work::Work;
use super::{cite, hand, remarks, rules};

/// Adds what a file holds; begins the document when it has not.
pub(super) fn load(mut work: Work<'_>, input: &Load) -> Result<Decision<Event>, Rejection> {
    check(input)?;
    if work.state.created.is_none() {
        let (title, metadata) = (input.title.clone(), input.metadata.clone());
        work.happen(Event::Created(Created { title, metadata }));
    }
    let records = input.sources.iter().map(|source| {
        let record = SourceRecord::new(&source.title, source.reference.as_deref());
        (record.id.clone(), record)
    });
    let records: BTreeMap<String, SourceRecord> = records.collect();
    let mut loaded = Vec::with_capacity(input.sections.len());
    for given in &input.sections {
        let free = given.id.clone().filter(|id| work.state.position(id).is_none());
        let section = free.unwrap_or_else(|| work.free_id());
        let cited = cite::used([given.text.as_str()], |id| records.contains_key(id));
        let set = SectionSet {
            section: section.clone(),
            title: given.title.clone(),
            text: given.text.clone(),
            sources: cited.iter().filter_map(|id| records.get(id).cloned()).collect(),
            place: hand::at_the_end(&work.state),
            sections: work.sections(1),
        };
        work.happen(Event::SectionSet(set));
        loaded.push(section);
    }
    remarks::loaded(&mut work, input, &loaded)?;
    work.room()?;
    let (title, sections) = (work.state.title.clone(), work.sections(0));
    Ok(work.now(&Loaded { title, loaded, sections }))
}

fn check(input: &Load) -> Result<(), Rejection> {
    let check = Check::new().text_opt("title", input.title.as_ref(), TITLE_BYTES_MAX);
    let check = rules::metadata(check, &input.metadata).items(
        "sections",
        input.sections.len(),
        LOAD_SECTIONS_MAX,
    );
    let check = remarks::check_loaded(check, input);
    let mut check = rules::given(check, &input.sections, LOAD_BYTES_MAX).items(
        "sources",
        input.sources.len(),
        SOURCES_MAX,
    );
    let mut bytes = 0;
    for (place, source) in input.sources.iter().take(SOURCES_MAX).enumerate() {
        let at = format!("sources[{place}].");
        check = rules::source(check, &at, &source.title, source.reference.as_ref());
        bytes += source.title.len() + source.reference.as_ref().map_or(0, String::len);
    }
    let message = format!("have {bytes} bytes together; {LOAD_BYTES_MAX} are allowed");
    check.ensure(bytes <= LOAD_BYTES_MAX, "sources", message).done()?;
    Ok(())
}
