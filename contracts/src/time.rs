//! Instants: milliseconds since the Unix epoch, RFC 3339 UTC in JSON.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// An instant with millisecond resolution. JSON: `2026-11-21T04:13:50.123Z`. MessagePack: `i64`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Timestamp(i64);

/// Text that is not an RFC 3339 instant, or one outside the years 0 to 9999.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a time is written as RFC 3339, such as 2026-11-21T04:13:50.123Z")]
pub struct NotATime;

/// The first instant of the year 0 and the last that the calendar library can write, which is two
/// hours before the end of the year 9999, in milliseconds.
const RANGE_MS: std::ops::RangeInclusive<i64> = -62_167_219_200_000..=253_402_207_200_000;

impl Timestamp {
    /// The instant `ms` milliseconds after the Unix epoch, held within the years 0 to 9999.
    #[must_use]
    pub const fn from_millis(ms: i64) -> Self {
        let (low, high) = (*RANGE_MS.start(), *RANGE_MS.end());
        Self(if ms < low {
            low
        } else if ms > high {
            high
        } else {
            ms
        })
    }

    /// Milliseconds after the Unix epoch.
    #[must_use]
    pub const fn as_millis(self) -> i64 {
        self.0
    }

    /// Milliseconds from `earlier` to this instant; negative when that is later.
    #[must_use]
    pub const fn millis_since(self, earlier: Self) -> i64 {
        self.0 - earlier.0
    }

    /// This instant moved by `ms` milliseconds.
    #[must_use]
    pub const fn plus_millis(self, ms: i64) -> Self {
        Self::from_millis(self.0.saturating_add(ms))
    }
}

impl Timestamp {
    /// Reads an instant as HTTP writes it, such as `Sun, 06 Nov 1994 08:49:37 GMT`.
    ///
    /// # Errors
    /// When it is none.
    pub fn from_http_date(text: &str) -> Result<Self, NotATime> {
        let parser = jiff::fmt::rfc2822::DateTimeParser::new();
        let at = parser.parse_timestamp(text).map_err(|_| NotATime)?.as_millisecond();
        if RANGE_MS.contains(&at) { Ok(Self(at)) } else { Err(NotATime) }
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let instant = jiff::Timestamp::from_millisecond(self.0).map_err(|_| fmt::Error)?;
        write!(f, "{}", instant.strftime("%Y-%m-%dT%H:%M:%S.%3fZ"))
    }
}

impl FromStr for Timestamp {
    type Err = NotATime;
    fn from_str(text: &str) -> Result<Self, NotATime> {
        let ms = text.parse::<jiff::Timestamp>().map_err(|_| NotATime)?.as_millisecond();
        if RANGE_MS.contains(&ms) { Ok(Self(ms)) } else { Err(NotATime) }
    }
}

impl Serialize for Timestamp {
    fn serialize<S: serde::Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        if s.is_human_readable() { s.collect_str(self) } else { s.serialize_i64(self.0) }
    }
}

impl<'de> Deserialize<'de> for Timestamp {
    fn deserialize<D: serde::Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        if d.is_human_readable() {
            String::deserialize(d)?.parse().map_err(serde::de::Error::custom)
        } else {
            i64::deserialize(d).map(Self::from_millis)
        }
    }
}

impl schemars::JsonSchema for Timestamp {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Timestamp".into()
    }
    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({ "type": "string", "format": "date-time" })
    }
}

#[cfg(test)]
mod tests {
    use super::Timestamp;

    #[test]
    fn what_http_writes_is_read() {
        let read = Timestamp::from_http_date("Sun, 06 Nov 1994 08:49:37 GMT").unwrap();
        assert_eq!(read.to_string(), "1994-11-06T08:49:37.000Z");
        assert!(Timestamp::from_http_date("tomorrow").is_err());
    }

    #[test]
    fn every_instant_that_can_be_held_can_be_written_and_read_again() {
        for ms in [i64::MIN, -62_167_219_200_001, 0, 253_402_207_201_000, i64::MAX] {
            let held = Timestamp::from_millis(ms);
            assert_eq!(held.to_string().parse(), Ok(held), "{ms}");
        }
    }
}
