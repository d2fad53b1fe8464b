//! iCalendar (RFC 5545), in and out: appointments and things to be done.

mod line;
mod read;
#[cfg(test)]
mod tests;
mod windows;
mod write;
mod zone;

use std::collections::BTreeMap;

pub use read::read;
pub use write::write;

/// The line of an entry that says what RFC 5545 has no words for.
pub const OURS: &str = "X-CAMBIUM-SCHEDULE";

/// A calendar.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Calendar {
    /// What it is called.
    pub name: Option<String>,
    /// What stands in it.
    pub entries: Vec<Entry>,
}

/// What sort of entry.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Sort {
    /// An appointment: `VEVENT`.
    #[default]
    Event,
    /// Something to be done: `VTODO`.
    Todo,
}

/// What stands in a calendar.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Entry {
    /// What sort.
    pub sort: Sort,
    /// What tells it from every other.
    pub uid: String,
    /// What it is called.
    pub summary: Option<String>,
    /// What it is about.
    pub description: Option<String>,
    /// Where.
    pub location: Option<String>,
    /// When it begins.
    pub start: Option<When>,
    /// When it ends, or is due.
    pub end: Option<When>,
    /// How it recurs: lines `RRULE:…`, `RDATE:…` and `EXDATE:…` with times on the clocks of
    /// `start`, or with `Z`.
    pub rule: Vec<String>,
    /// How much of it is done, in hundredths.
    pub percent: Option<u32>,
    /// When it was done, in milliseconds since 1970-01-01 UTC.
    pub completed: Option<i64>,
    /// The entries that it waits for, by their `uid`.
    pub after: Vec<String>,
    /// What only we read: the line [`OURS`].
    pub ours: Option<String>,
}

/// A moment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum When {
    /// A whole day, as days since 1970-01-01.
    Day(i64),
    /// What the clocks of a zone show, as seconds since 1970-01-01; without a zone those of whoever
    /// looks at it.
    Local {
        /// What they show.
        seconds: i64,
        /// The IANA name of the zone.
        zone: Option<String>,
    },
    /// An instant, in milliseconds since 1970-01-01 UTC.
    At(i64),
}

/// How much of a file is read.
#[derive(Debug, Clone, Copy)]
pub struct Bounds {
    /// Bytes of the file.
    pub bytes_max: usize,
    /// Entries.
    pub entries_max: usize,
    /// Bytes of one line, unfolded.
    pub line_bytes_max: usize,
}

impl Default for Bounds {
    fn default() -> Self {
        Self { bytes_max: 4 * 1024 * 1024, entries_max: 10_000, line_bytes_max: 64 * 1024 }
    }
}

/// A calendar that was read.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Opened {
    /// The calendar.
    pub calendar: Calendar,
    /// What was left out, and how often: names of components and properties.
    pub left_out: BTreeMap<String, u64>,
    /// Entries that were left out whole, by their `uid`, with why.
    pub unread: Vec<(String, String)>,
    /// Entries that are called off whole, by their `uid`.
    pub cancelled: Vec<String>,
    /// Single times of entries that are called off, or are at another time.
    pub changes: Vec<Change>,
    /// The IANA name of the zone that the file says it is in: that of times without one.
    pub zone: Option<String>,
}

/// One time of an entry that recurs, as it is instead: `RECURRENCE-ID`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// Whose.
    pub uid: String,
    /// Which: when it would be.
    pub at: When,
    /// What takes place instead, with the `uid` of the whole; none = it is called off.
    pub instead: Option<Entry>,
}

/// Why a calendar cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{what}")]
pub struct Unread {
    /// In which line of the file, from 1.
    pub line: usize,
    /// What is wrong.
    pub what: String,
}
