//! A calendar as a file.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};

use super::line::{put, put_text};
use super::{Calendar, Entry, OURS, Sort, When, zone};

/// The file; `now`, in milliseconds since 1970-01-01 UTC, is when its entries are stamped.
#[must_use]
pub fn write(calendar: &Calendar, now: i64) -> String {
    let mut file = String::new();
    put(&mut file, "BEGIN:VCALENDAR");
    put(&mut file, "VERSION:2.0");
    put(&mut file, "PRODID:-//Cambium//circadian//EN");
    put(&mut file, "CALSCALE:GREGORIAN");
    if let Some(name) = &calendar.name {
        put_text(&mut file, "X-WR-CALNAME", name);
    }
    for (name, from) in zones(calendar) {
        zone::put_zone(&mut file, &name, from);
    }
    for entry in &calendar.entries {
        one(&mut file, entry, now);
    }
    put(&mut file, "END:VCALENDAR");
    file
}

/// The zones of a calendar, each with the earliest moment that is told in it.
fn zones(calendar: &Calendar) -> BTreeMap<String, i64> {
    let mut zones = BTreeMap::new();
    let moments = calendar.entries.iter().flat_map(|entry| [&entry.start, &entry.end]);
    for moment in moments.flatten() {
        if let When::Local { seconds, zone: Some(zone) } = moment {
            let first = zones.entry(zone.clone()).or_insert(*seconds);
            *first = (*first).min(*seconds);
        }
    }
    zones
}

/// Local seconds as `20270105T090000`.
pub(super) fn civil(seconds: i64) -> String {
    let moment = DateTime::<Utc>::from_timestamp(seconds, 0).unwrap_or_default();
    moment.format("%Y%m%dT%H%M%S").to_string()
}

fn when(file: &mut String, name: &str, moment: &When) {
    let line = match moment {
        When::Day(day) => {
            let date = civil(day.saturating_mul(86_400));
            format!("{name};VALUE=DATE:{}", date.split('T').next().unwrap_or_default())
        }
        When::Local { seconds, zone: None } => format!("{name}:{}", civil(*seconds)),
        When::Local { seconds, zone: Some(zone) } => {
            format!("{name};TZID={zone}:{}", civil(*seconds))
        }
        When::At(ms) => format!("{name}:{}Z", civil(ms.div_euclid(1_000))),
    };
    put(file, &line);
}

fn one(file: &mut String, entry: &Entry, now: i64) {
    let (sort, end) = match entry.sort {
        Sort::Event => ("VEVENT", "DTEND"),
        Sort::Todo => ("VTODO", "DUE"),
    };
    put(file, &format!("BEGIN:{sort}"));
    put_text(file, "UID", &entry.uid);
    when(file, "DTSTAMP", &When::At(now));
    for (name, text) in [
        ("SUMMARY", &entry.summary),
        ("DESCRIPTION", &entry.description),
        ("LOCATION", &entry.location),
    ] {
        if let Some(text) = text {
            put_text(file, name, text);
        }
    }
    if let Some(start) = &entry.start {
        when(file, "DTSTART", start);
    }
    if let Some(moment) = &entry.end {
        when(file, end, moment);
    }
    let zone = match &entry.start {
        Some(When::Local { zone, .. }) => zone.as_deref(),
        _ => None,
    };
    for line in &entry.rule {
        put(file, &zoned(line, zone));
    }
    if let Some(percent) = entry.percent.filter(|_| entry.sort == Sort::Todo) {
        put(file, &format!("PERCENT-COMPLETE:{percent}"));
        let status = match percent {
            100 => "COMPLETED",
            0 => "NEEDS-ACTION",
            _ => "IN-PROCESS",
        };
        put(file, &format!("STATUS:{status}"));
    }
    if let Some(completed) = entry.completed.filter(|_| entry.sort == Sort::Todo) {
        when(file, "COMPLETED", &When::At(completed));
    }
    for uid in &entry.after {
        put_text(file, "RELATED-TO;RELTYPE=FINISHTOSTART", uid);
    }
    if let Some(ours) = &entry.ours {
        put_text(file, OURS, ours);
    }
    put(file, &format!("END:{sort}"));
}

/// A line of a rule; dates on the clocks of a zone name it.
fn zoned(line: &str, zone: Option<&str>) -> String {
    let dates =
        ["RDATE:", "EXDATE:"].into_iter().find_map(|name| Some((name, line.strip_prefix(name)?)));
    match (dates, zone) {
        (Some((name, dates)), Some(zone)) if !dates.contains('Z') => {
            format!("{};TZID={zone}:{dates}", name.trim_end_matches(':'))
        }
        _ => line.to_owned(),
    }
}
