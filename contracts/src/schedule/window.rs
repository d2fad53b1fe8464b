//! Calendar windows: the hour, day, week or month that holds an instant, on the clocks of a zone.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::ScheduleError;
use super::calendar::{DAY, Date, weekday};
use super::zone::Zone;
use crate::time::Timestamp;

/// How long a window is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Period {
    /// A full hour of the clock.
    Hour,
    /// From midnight to midnight.
    Day,
    /// From Monday to Sunday.
    Week,
    /// A month of the calendar.
    Month,
    /// One window without an end.
    Total,
}

/// A calendar window and the clocks that it is cut by.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Window {
    /// How long it is.
    pub per: Period,
    /// The IANA time zone whose clocks cut it.
    #[serde(default = "super::utc", skip_serializing_if = "super::is_utc")]
    #[schemars(length(max = ZONE_BYTES_MAX))]
    pub zone: String,
}

/// The longest name of a zone, in bytes.
pub const ZONE_BYTES_MAX: usize = 64;

/// One window: from its first instant to the first behind it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Bounds {
    /// Its first instant.
    pub starts: Timestamp,
    /// The first instant behind it; `None` = it has no end.
    pub ends: Option<Timestamp>,
}

impl Window {
    /// The window that holds `now`.
    ///
    /// # Errors
    /// When there is no such zone, or the calendar ends.
    pub fn around(&self, now: Timestamp) -> Result<Bounds, ScheduleError> {
        let zone = Zone::named(&self.zone)?;
        let local = zone.local(now);
        let (day, today) = (local.div_euclid(DAY), Date::of(local.div_euclid(DAY)));
        let (from, to) = match self.per {
            Period::Total => return Ok(Bounds { starts: Timestamp::from_millis(0), ends: None }),
            Period::Hour => return Ok(hour(now, local)),
            Period::Day => (day, day + 1),
            Period::Week => {
                let monday = day - i64::from(weekday(day));
                (monday, monday + 7)
            }
            Period::Month => {
                let first = Date::new(today.year, today.month, 1);
                (first.number(), first.plus_months(1).number())
            }
        };
        let at = |day: i64| {
            let instant = zone.instant(day * DAY).map(|(instant, _)| instant);
            instant.ok_or_else(|| ScheduleError("the calendar ends here".to_owned()))
        };
        Ok(Bounds { starts: at(from)?, ends: Some(at(to)?) })
    }
}

/// The hour of the clock that holds `now`. Counted from `now` itself, so that the hour which clocks
/// show twice is two windows.
fn hour(now: Timestamp, local: i64) -> Bounds {
    let seconds = now.as_millis().div_euclid(1_000);
    let starts = seconds - local.rem_euclid(3_600);
    let at = |seconds: i64| Timestamp::from_millis(seconds.saturating_mul(1_000));
    Bounds { starts: at(starts), ends: Some(at(starts + 3_600)) }
}

#[cfg(test)]
mod tests {
    use super::{Period, Window};
    use crate::time::Timestamp;

    fn bounds(per: Period, zone: &str, now: &str) -> (String, String) {
        let window = Window { per, zone: zone.to_owned() };
        let bounds = window.around(now.parse().expect("a time")).expect("a window");
        (bounds.starts.to_string(), bounds.ends.map_or_else(String::new, |it| it.to_string()))
    }

    #[test]
    fn windows_begin_and_end_where_the_clocks_of_their_zone_say() {
        let now = "2026-11-21T22:30:15.500Z";
        for (per, zone, starts, ends) in [
            (Period::Hour, "UTC", "2026-11-21T22:00:00.000Z", "2026-11-21T23:00:00.000Z"),
            (Period::Hour, "Asia/Kolkata", "2026-11-21T22:30:00.000Z", "2026-11-21T23:30:00.000Z"),
            (Period::Day, "UTC", "2026-11-21T00:00:00.000Z", "2026-11-22T00:00:00.000Z"),
            (Period::Day, "Asia/Tokyo", "2026-11-21T15:00:00.000Z", "2026-11-22T15:00:00.000Z"),
            (Period::Week, "UTC", "2026-11-16T00:00:00.000Z", "2026-11-23T00:00:00.000Z"),
            (Period::Month, "UTC", "2026-11-01T00:00:00.000Z", "2026-12-01T00:00:00.000Z"),
            (Period::Total, "UTC", "1970-01-01T00:00:00.000Z", ""),
        ] {
            assert_eq!(bounds(per, zone, now), (starts.to_owned(), ends.to_owned()), "{per:?}");
        }
    }

    #[test]
    fn a_day_on_which_clocks_change_is_as_long_as_it_is() {
        let hours = |now: &str| {
            let window = Window { per: Period::Day, zone: "Europe/Berlin".to_owned() };
            let bounds = window.around(now.parse().expect("a time")).expect("a window");
            bounds.ends.expect("an end").millis_since(bounds.starts) / 3_600_000
        };
        assert_eq!(hours("2026-03-29T12:00:00Z"), 23);
        assert_eq!(hours("2026-10-25T12:00:00Z"), 25);
        assert_eq!(hours("2026-11-21T12:00:00Z"), 24);
    }

    #[test]
    fn every_instant_lies_in_its_own_window_and_windows_meet() {
        for per in [Period::Hour, Period::Day, Period::Week, Period::Month] {
            for zone in ["UTC", "Europe/Berlin", "America/St_Johns", "Pacific/Apia"] {
                let window = Window { per, zone: zone.to_owned() };
                for step in 0..2_000_i64 {
                    let now = Timestamp::from_millis(1_790_000_000_000 + step * 17_000_003);
                    let here = window.around(now).expect("a window");
                    let ends = here.ends.expect("an end");
                    assert!(here.starts <= now && now < ends, "{per:?} {zone} {now}");
                    let next = window.around(ends).expect("the next");
                    assert_eq!(next.starts, ends, "{per:?} {zone} {now}");
                }
            }
        }
    }

    #[test]
    fn a_zone_that_nobody_knows_has_no_windows() {
        let window = Window { per: Period::Day, zone: "Middle/Earth".to_owned() };
        assert!(window.around(Timestamp::from_millis(0)).is_err());
    }
}
