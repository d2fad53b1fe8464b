//! Time zones: their names, and what `VTIMEZONE` says of them.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use jiff::Timestamp;
use jiff::tz::{Dst, TimeZone, TimeZoneDatabase};

use super::line::put;
use super::windows;
use super::write::civil;

/// For how many years behind the first entry a zone's changes are told.
const YEARS: i64 = 20;

/// A year, in seconds.
const YEAR: i64 = 366 * 86_400;

/// The zone that a name of a file means; names with something before them and names of Windows,
/// too, as some programs write them.
pub fn named(name: &str) -> Option<String> {
    if let Some(name) = windows::named(name) {
        return Some(name.to_owned());
    }
    let database = TimeZoneDatabase::bundled();
    let parts: Vec<&str> = name.trim_matches('/').split('/').collect();
    let tails = (0..parts.len().min(8)).map(|from| parts[from..].join("/"));
    tails.into_iter().find_map(|tail| {
        let zone = database.get(&tail).ok()?;
        zone.iana_name().map(str::to_owned)
    })
}

/// Whether there is such a zone, and what it is.
pub fn of(name: &str) -> Option<TimeZone> {
    TimeZoneDatabase::bundled().get(name).ok()
}

/// Writes `VTIMEZONE`: what the clocks show from a year before `from`, in seconds since 1970-01-01
/// UTC, on.
pub fn put_zone(file: &mut String, name: &str, from: i64) {
    let Some(zone) = of(name) else { return };
    let Ok(first) = Timestamp::from_second(from - YEAR) else { return };
    put(file, "BEGIN:VTIMEZONE");
    put(file, &format!("TZID:{name}"));
    let begins = zone.preceding(first).next().map_or(first, |change| change.timestamp());
    let mut offset = {
        let before = begins.as_second() - 1;
        let before = Timestamp::from_second(before).unwrap_or(begins);
        zone.to_offset(before).seconds()
    };
    // Changes that are alike stand together: the first, and the dates of the others.
    let mut alike: BTreeMap<(i32, i32, bool, String), Vec<i64>> = BTreeMap::new();
    let told = zone.to_offset_info(begins);
    let key =
        (offset, told.offset().seconds(), told.dst() == Dst::Yes, told.abbreviation().to_owned());
    alike.entry(key).or_default().push(begins.as_second() + i64::from(offset));
    offset = told.offset().seconds();
    let ends = first.as_second() + (YEARS + 1) * YEAR;
    for change in zone.following(begins).take_while(|change| change.timestamp().as_second() < ends)
    {
        let after = change.offset().seconds();
        let key = (offset, after, change.dst() == Dst::Yes, change.abbreviation().to_owned());
        let local = change.timestamp().as_second() + i64::from(offset);
        alike.entry(key).or_default().push(local);
        offset = after;
    }
    for ((before, after, summer, abbreviation), onsets) in alike {
        let sort = if summer { "DAYLIGHT" } else { "STANDARD" };
        put(file, &format!("BEGIN:{sort}"));
        put(file, &format!("DTSTART:{}", civil(onsets[0])));
        put(file, &format!("TZOFFSETFROM:{}", told_offset(before)));
        put(file, &format!("TZOFFSETTO:{}", told_offset(after)));
        put(file, &format!("TZNAME:{abbreviation}"));
        for onset in &onsets[1..] {
            put(file, &format!("RDATE:{}", civil(*onset)));
        }
        put(file, &format!("END:{sort}"));
    }
    put(file, "END:VTIMEZONE");
}

/// `+0130`, with seconds where there are some.
fn told_offset(seconds: i32) -> String {
    let sign = if seconds < 0 { '-' } else { '+' };
    let seconds = seconds.abs();
    let mut text = format!("{sign}{:02}{:02}", seconds / 3_600, seconds / 60 % 60);
    if seconds % 60 != 0 {
        let _ = write!(text, "{:02}", seconds % 60);
    }
    text
}
