//! Between instants and what the clocks of a time zone show.

use jiff::tz::{AmbiguousOffset, Offset, TimeZone, TimeZoneDatabase};

use super::{ScheduleError, wrong};
use crate::time::Timestamp;

/// A time zone, by the rules that are compiled into this program.
#[derive(Debug, Clone)]
pub struct Zone(TimeZone);

/// A span in which the clocks of a zone are not set, in seconds since the epoch.
#[derive(Debug, Clone, Copy)]
pub struct Span {
    /// Its first second; `None` = there is no beginning.
    pub start: Option<i64>,
    /// The first second behind it; `None` = there is no end.
    pub end: Option<i64>,
    /// Seconds that its clocks are ahead of UTC.
    pub offset: i64,
    /// The same of the span before.
    pub before: i64,
}

impl Span {
    /// How far the clocks were set forward at its beginning, in seconds; negative = back.
    pub const fn forward(&self) -> i64 {
        self.offset - self.before
    }
}

impl Zone {
    pub fn named(name: &str) -> Result<Self, ScheduleError> {
        match TimeZoneDatabase::bundled().get(name) {
            Ok(zone) => Ok(Self(zone)),
            Err(_) => wrong(format!("there is no time zone {name}; give one as Europe/Berlin")),
        }
    }

    /// What the clocks show at `instant`, as seconds since 1970-01-01 local.
    pub fn local(&self, instant: Timestamp) -> i64 {
        let seconds = instant.as_millis().div_euclid(1_000);
        seconds + self.offset(seconds)
    }

    fn offset(&self, seconds: i64) -> i64 {
        let offset = moment(seconds).map_or(Offset::UTC, |at| self.0.to_offset(at));
        i64::from(offset.seconds())
    }

    /// The instant at which the clocks show `local`, and whether they never do. What they never
    /// show, since they are set forward, is meant as if they had not been; what they show twice is
    /// meant the first time: the rule of RFC 5545, section 3.3.5.
    pub fn instant(&self, local: i64) -> Option<(Timestamp, bool)> {
        let civil = Offset::UTC.to_datetime(moment(local)?);
        let ambiguous = self.0.to_ambiguous_timestamp(civil);
        let skipped = matches!(ambiguous.offset(), AmbiguousOffset::Gap { .. });
        let instant = ambiguous.compatible().ok()?;
        Some((Timestamp::from_millis(instant.as_millisecond()), skipped))
    }

    /// The span that holds the second `seconds` since the epoch.
    pub fn span(&self, seconds: i64) -> Option<Span> {
        let at = moment(seconds)?;
        let offset = self.offset(seconds);
        let just_after = jiff::Timestamp::from_nanosecond(at.as_nanosecond() + 1).ok()?;
        let start = self.0.preceding(just_after).next().map(|it| it.timestamp().as_second());
        let end = self.0.following(at).next().map(|it| it.timestamp().as_second());
        let before = start.map_or(offset, |start| self.offset(start - 1));
        Some(Span { start, end, offset, before })
    }
}

fn moment(seconds: i64) -> Option<jiff::Timestamp> {
    jiff::Timestamp::from_second(seconds).ok()
}
