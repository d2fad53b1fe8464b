//! Fields of a template: where `{{name}}` stands outside of code, somebody says what it is.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use contracts::Decision;
use contracts::kinds::check::Check;
use contracts::kinds::osteon::answers::Filled;
use contracts::kinds::osteon::limits::{
    FIELD_BYTES_MAX, FIELD_NAME_BYTES_MAX, FIELDS_MAX, FILL_BYTES_MAX, FILL_PLACES_MAX,
    TITLE_BYTES_MAX,
};
use contracts::kinds::osteon::{
    Event, Fill, Place, Rejection, Renamed, SectionChanged, SectionSet, Splice,
};

use super::hand::too_long;
use super::state::{Section, State};
use super::work::Work;
use super::{prose, splice};

const OPEN: &str = "{{";
const CLOSE: &str = "}}";

/// How far behind its name a field may close, in bytes.
const SPACE_BYTES_MAX: usize = 16;

/// How many names a refusal tells.
const NAMES_TOLD_MAX: usize = 100;

/// Says what stands in place of fields.
pub(super) fn fill(mut work: Work<'_>, input: &Fill) -> Result<Decision<Event>, Rejection> {
    check(input)?;
    ensure_same(&work.state, input)?;
    let (mut places, mut bytes) = (0, 0);
    if let Some(title) = work.state.title.clone() {
        let (title, filled) = titled(&title, &input.fields)?;
        if filled > 0 {
            work.happen(Event::Renamed(Renamed { title }));
        }
        places += filled;
    }
    for section in work.state.sections.clone() {
        let Some((event, filled)) = filled(&work, &section, &input.fields)? else { continue };
        places += filled;
        bytes += written(&event);
        ensure_room(places, bytes)?;
        work.happen(event);
        if work.state.section(&section.id).is_none_or(too_long) {
            return Err(Rejection::Full);
        }
    }
    work.room()?;
    let left = names(&work.state).into_iter().collect();
    let title = work.state.title.clone();
    let places = u32::try_from(places).unwrap_or(u32::MAX);
    Ok(work.now(&Filled { title, places, left }))
}

fn check(input: &Fill) -> Result<(), Rejection> {
    let mut check = Check::new().ensure(!input.fields.is_empty(), "fields", "are needed").items(
        "fields",
        input.fields.len(),
        FIELDS_MAX,
    );
    for (name, text) in input.fields.iter().take(FIELDS_MAX) {
        check = check.body(format!("fields.{name}"), text, FIELD_BYTES_MAX);
    }
    Ok(check.done()?)
}

/// The document has the fields that are named, and no others when it is filled whole.
fn ensure_same(state: &State, input: &Fill) -> Result<(), Rejection> {
    let all = names(state);
    let unknown: Vec<_> = input.fields.keys().filter(|name| !all.contains(*name)).collect();
    let missing: Vec<_> = all.iter().filter(|name| !input.fields.contains_key(*name)).collect();
    if unknown.is_empty() && (input.partly || missing.is_empty()) {
        return Ok(());
    }
    let told = |names: Vec<&String>| names.into_iter().take(NAMES_TOLD_MAX).cloned().collect();
    Err(Rejection::FieldsDiffer { missing: told(missing), unknown: told(unknown) })
}

fn ensure_room(places: usize, bytes: usize) -> Result<(), Rejection> {
    let many = format!("stand in {places} places or more; {FILL_PLACES_MAX} are filled at once");
    let large = format!("write {bytes} bytes or more; {FILL_BYTES_MAX} are written at once");
    Ok(Check::new()
        .ensure(places <= FILL_PLACES_MAX, "fields", many)
        .ensure(bytes <= FILL_BYTES_MAX, "fields", large)
        .done()?)
}

/// What becomes of a section, and in how many places; none when it has none of the fields.
fn filled(
    work: &Work<'_>,
    section: &Section,
    said: &BTreeMap<String, String>,
) -> Result<Option<(Event, usize)>, Rejection> {
    let changes = changes(&section.text, said);
    let (title, titled) = titled(&section.title, said)?;
    let (id, places) = (section.id.clone(), changes.len() + titled);
    if places == 0 {
        return Ok(None);
    }
    let event = if titled == 0 {
        Event::SectionChanged(SectionChanged { section: id, changes })
    } else {
        Event::SectionSet(SectionSet {
            section: id,
            title,
            text: splice::applied(&section.text, &changes),
            sources: Vec::new(),
            place: Place::Kept,
            sections: work.sections(0),
        })
    };
    Ok(Some((event, places)))
}

/// How many bytes of texts an event brings.
fn written(event: &Event) -> usize {
    match event {
        Event::SectionSet(set) => set.title.len() + set.text.len(),
        Event::SectionChanged(changed) => {
            changed.changes.iter().map(|it| it.removed.len() + it.added.len()).sum()
        }
        _ => 0,
    }
}

/// A title with its fields filled, and how many there were.
fn titled(title: &str, said: &BTreeMap<String, String>) -> Result<(String, usize), Rejection> {
    let mut changes = changes(title, said);
    for change in &mut changes {
        // A title is one line.
        change.added = change.added.split_whitespace().collect::<Vec<_>>().join(" ");
    }
    let filled = splice::applied(title, &changes);
    if !changes.is_empty() {
        Check::new().text("fields", &filled, TITLE_BYTES_MAX).done()?;
    }
    Ok((filled, changes.len()))
}

fn changes(text: &str, said: &BTreeMap<String, String>) -> Vec<Splice> {
    let known = fields(text).into_iter().filter_map(|(at, name)| Some((at, said.get(name)?)));
    let change = |(at, added): (Range<usize>, &String)| Splice {
        at: u32::try_from(at.start).unwrap_or(u32::MAX),
        removed: text[at].to_owned(),
        added: added.clone(),
    };
    known.map(change).collect()
}

/// The fields of a document.
fn names(state: &State) -> BTreeSet<String> {
    let sections = state.sections.iter();
    let texts = sections.flat_map(|section| [section.title.as_str(), section.text.as_str()]);
    let all = state.title.as_deref().into_iter().chain(texts).flat_map(fields);
    all.map(|(_, name)| name.to_owned()).collect()
}

/// Where fields stand in a text, and what they are called.
fn fields(text: &str) -> Vec<(Range<usize>, &str)> {
    let (mut found, mut from, mut code) = (Vec::new(), 0, None);
    while let Some(open) = text[from..].find(OPEN) {
        let begin = from + open;
        let inner = &text[begin + OPEN.len()..];
        let near = &inner[..inner.floor_char_boundary(FIELD_NAME_BYTES_MAX + SPACE_BYTES_MAX)];
        let raw = near.split_once(CLOSE).map(|(raw, _)| raw);
        let Some(raw) = raw.filter(|raw| is_name(raw.trim_matches(' '))) else {
            from = begin + 1;
            continue;
        };
        from = begin + OPEN.len() + raw.len() + CLOSE.len();
        let code = code.get_or_insert_with(|| prose::code(text));
        if prose::is_words(text, code, begin) {
            found.push((begin..from, raw.trim_matches(' ')));
        }
    }
    found
}

fn is_name(name: &str) -> bool {
    let plain = |byte: u8| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'_');
    let begins = name.bytes().next().is_some_and(|byte| byte.is_ascii_lowercase());
    begins && name.len() <= FIELD_NAME_BYTES_MAX && name.bytes().all(plain)
}
