//! What iCalendar has no words for, in a line that only we read.

use contracts::kinds::circadian::{Deed, Overlap, Schedule, When};
use contracts::schedule::Missed;
use contracts::{ActorId, Hash, Timestamp};
use office::ical::{self, Bounds, Calendar, Entry, OURS};
use serde::{Deserialize, Serialize};
use serde_json::json;

/// What the line says of a schedule: all but its name and what it does.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Told {
    /// Of what the other lines say of its times: who changes these means them, and not this.
    of: Hash,
    when: When,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    until: Option<Timestamp>,
    missed: Missed,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    missed_runs_max: Option<u32>,
    jitter_ms_max: u64,
    overlap: Overlap,
    /// Whether the summary is a note; otherwise it is the name.
    noted: bool,
}

/// The line for a schedule that is told by an entry.
pub(super) fn line(schedule: &Schedule, entry: &Entry) -> String {
    // Of the entry as it is read again, which is what it is compared with.
    let file = ical::write(&Calendar { name: None, entries: vec![entry.clone()] }, 0);
    let again = ical::read(file.as_bytes(), Bounds::default()).ok();
    let again = again.and_then(|opened| opened.calendar.entries.into_iter().next());
    let told = Told {
        of: times(again.as_ref().unwrap_or(entry)),
        when: schedule.when.clone(),
        until: schedule.until,
        missed: schedule.missed,
        missed_runs_max: schedule.missed_runs_max,
        jitter_ms_max: schedule.jitter_ms_max,
        overlap: schedule.overlap,
        noted: schedule.note.is_some(),
    };
    json!(told).to_string()
}

/// The schedule that the line of an entry tells, or the name of the line where it tells none: it
/// is broken, or the times beside it are others.
pub(super) fn schedule(
    entry: &Entry,
    (name, deed): (&ActorId, &Deed),
    note: Option<String>,
) -> Option<Result<Schedule, &'static str>> {
    let told = contracts::read::from_str::<Told>(entry.ours.as_ref()?);
    let told = told.ok().filter(|told| told.of == times(entry));
    let Some(told) = told else { return Some(Err(OURS)) };
    Some(Ok(Schedule {
        name: name.clone(),
        when: told.when,
        deed: deed.clone(),
        until: told.until,
        missed: told.missed,
        missed_runs_max: told.missed_runs_max,
        jitter_ms_max: told.jitter_ms_max,
        overlap: told.overlap,
        note: note.filter(|note| told.noted || note != name.as_str()),
    }))
}

/// What an entry says of its times.
fn times(entry: &Entry) -> Hash {
    let start = match &entry.start {
        None => String::new(),
        Some(ical::When::Day(day)) => format!("day {day}"),
        Some(ical::When::At(ms)) => format!("at {}", ms.div_euclid(1_000)),
        Some(ical::When::Local { seconds, zone }) => {
            format!("local {seconds} {}", zone.as_deref().unwrap_or_default())
        }
    };
    let lines = entry.rule.iter().map(String::as_str);
    let parts: Vec<&str> = [start.as_str()].into_iter().chain(lines).collect();
    Hash::of_parts("cambium circadian times v1", &parts)
}
