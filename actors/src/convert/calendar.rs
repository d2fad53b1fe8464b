//! Calendars: an iCalendar file becomes a command to a `circadian`, and its schedules and tasks
//! become such a file.

use contracts::effect::{ConvertFormat, ConvertInto};
use contracts::kinds::circadian::limits::CALENDAR_BYTES_MAX;
use contracts::{CommandName, Refusal};
use office::ical::{self, Bounds, Entry, Sort};
use office::losses::Losses;
use serde_json::json;

use super::document::told;
use super::source::Source;
use super::{Made, Part, Read, Stop, Subject, fault};
use crate::kinds::circadian::{self, State};

/// The command that a file comes to. The kind reads the file itself, so that what is past, or is
/// here already, is judged when it is taken.
pub(super) fn read(source: &Source, into: &ConvertInto, stop: &Stop) -> Result<Read, Refusal> {
    let ConvertInto::Commands { kind, deed, zone, .. } = into else {
        return Err(Refusal::internal("a file is read into commands"));
    };
    if source.format != ConvertFormat::Ics {
        return Err(fault::unsupported(source.format, kind));
    }
    source.ensure_fits(CALENDAR_BYTES_MAX)?;
    let opened = ical::read(&source.bytes, Bounds::default())
        .map_err(|unread| fault::damaged(&format!("line {}: {}", unread.line, unread.what)))?;
    stop.ensure()?;
    let mut losses = Losses::new();
    for (name, count) in &opened.left_out {
        losses.at("properties", name, *count);
    }
    for (uid, reason) in &opened.unread {
        losses.at("entries", &format!("{uid}: {reason}"), 1);
    }
    for entry in &opened.calendar.entries {
        lost(entry, &mut losses);
    }
    let mut input = json!({ "text": source.as_text()?, "do": deed });
    if let Some(zone) = zone {
        input["zone"] = json!(zone);
    }
    let input = serde_json::to_vec(&input).map_err(|error| Refusal::internal(error.to_string()))?;
    let part = Part { name: CommandName::from_static("import_calendar"), input };
    Ok(Read { parts: vec![part], media: Vec::new(), losses: told(&losses) })
}

/// What a schedule does not keep of an entry.
fn lost(entry: &Entry, losses: &mut Losses) {
    if entry.sort == Sort::Todo {
        return losses.at("tasks", entry.summary.as_deref().unwrap_or(&entry.uid), 1);
    }
    for (name, there) in [
        ("DESCRIPTION", entry.description.is_some()),
        ("DTEND", entry.end.is_some()),
        ("LOCATION", entry.location.is_some()),
    ] {
        losses.at("properties", name, u64::from(there));
    }
}

/// The file of a schedule book as of the moment of its revision.
pub(super) fn write(subject: Subject, format: ConvertFormat) -> Result<Made, Refusal> {
    let Subject { tenant, kind, id, at, state, .. } = subject;
    if format != ConvertFormat::Ics {
        return Err(fault::unsupported(format, &kind));
    }
    let state = contracts::read::from_value::<State>(state);
    let state = state.map_err(|error| Refusal::internal(error.to_string()))?;
    let (text, left_out) = circadian::calendar(&state, (&tenant, &id), at);
    let mut losses = Losses::new();
    for unread in left_out {
        losses.at("schedules", &format!("{}: {}", unread.uid, unread.reason), 1);
    }
    let filename = format!("{id}.ics");
    Ok(Made { bytes: text.into_bytes(), filename, losses: told(&losses) })
}
