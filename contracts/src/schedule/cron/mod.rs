//! Cron expressions.

mod days;
mod fields;

use self::days::Days;
use self::fields::{Field, MONTHS};
use super::calendar::{DAY, Date};
use super::zone::{Span, Zone};
use super::{HORIZON_YEARS, ScheduleError, wrong};
use crate::time::Timestamp;

/// An expression that was read.
#[derive(Debug, Clone)]
pub struct Expression {
    seconds: u64,
    minutes: u64,
    hours: u64,
    months: u64,
    days: Days,
    /// Whether it means every so many minutes rather than certain times of day: then it runs
    /// through an hour that comes twice both times, and not at all in one that is left out.
    any_hour: bool,
}

impl Expression {
    pub fn parse(text: &str) -> Result<Self, ScheduleError> {
        let text = match text.trim() {
            "@hourly" => "0 * * * *",
            "@daily" | "@midnight" => "0 0 * * *",
            "@weekly" => "0 0 * * 0",
            "@monthly" => "0 0 1 * *",
            "@yearly" | "@annually" => "0 0 1 1 *",
            other => other,
        };
        let fields: Vec<&str> = text.split_ascii_whitespace().collect();
        let (second, rest) = match fields.len() {
            5 => ("0", &fields[..]),
            6 => (fields[0], &fields[1..]),
            count => return wrong(format!("a cron expression has 5 or 6 fields, not {count}")),
        };
        let [minute, hour, day, month, weekday] = rest else {
            return wrong("a cron expression has 5 or 6 fields");
        };
        let expression = Self {
            seconds: Field::new("second", 0, 59).parse(second)?,
            minutes: Field::new("minute", 0, 59).parse(minute)?,
            hours: Field::new("hour", 0, 23).parse(hour)?,
            months: Field::new("month", 1, 12).named(MONTHS).parse(month)?,
            days: Days::parse(day, weekday)?,
            any_hour: hour.starts_with('*'),
        };
        // From the start of a leap cycle on, every date that there is comes within the horizon.
        if expression.next_local(Date::new(2000, 1, 1).number() * DAY).is_none() {
            return wrong(format!("no date ever matches {text}"));
        }
        Ok(expression)
    }

    /// The first run after `instant` on the clocks of `zone`.
    pub fn next_after(&self, zone: &Zone, instant: Timestamp) -> Option<Timestamp> {
        // The first whole second after it.
        let mut from = instant.as_millis().div_euclid(1_000) + 1;
        let horizon = from + (HORIZON_YEARS + 1) * 366 * DAY;
        while from < horizon {
            let span = zone.span(from)?;
            let found = self.next_within(&span, from);
            if let Some(found) = found.filter(|found| span.end.is_none_or(|end| *found < end)) {
                return Some(Timestamp::from_millis(found.checked_mul(1_000)?));
            }
            from = span.end?;
        }
        None
    }

    /// The first run in `span` from the second `from` on. One behind its end is none.
    fn next_within(&self, span: &Span, from: i64) -> Option<i64> {
        let mut local = from + span.offset;
        let Some(start) = span.start else {
            return self.next_local(local).map(|found| found - span.offset);
        };
        let (began, forward) = (start + span.offset, span.forward());
        if forward < 0 && !self.any_hour {
            // The clocks show again what they have shown.
            local = local.max(began - forward);
        }
        let shown = self.next_local(local).map(|found| found - span.offset);
        // Times of day that were left out are meant as if the clocks had not been set.
        let left_out = (forward > 0 && !self.any_hour)
            .then(|| self.next_local((local - forward).max(began - forward)))
            .flatten()
            .filter(|found| *found < began)
            .map(|found| found - span.before);
        shown.into_iter().chain(left_out).min()
    }

    /// The first local second from `local` on that matches.
    fn next_local(&self, local: i64) -> Option<i64> {
        let (mut day, mut time) = (local.div_euclid(DAY), local.rem_euclid(DAY));
        let last = Date::of(day).year + HORIZON_YEARS;
        loop {
            let date = Date::of(day);
            if date.year > last {
                return None;
            }
            let next_month = date.plus_months(1).number();
            if self.months & (1 << date.month) != 0 {
                let matching = self.days.of_month(date.year, date.month);
                let first = day - i64::from(date.day);
                for number in date.day..=(next_month - first - 1) as u32 {
                    if matching & (1 << number) != 0
                        && let Some(time) = self.next_time(time)
                    {
                        return Some((first + i64::from(number)) * DAY + time);
                    }
                    time = 0;
                }
            }
            (day, time) = (next_month, 0);
        }
    }

    /// The first matching second of the day from `time` on.
    fn next_time(&self, time: i64) -> Option<i64> {
        let (hour, minute, second) = (time / 3_600, time / 60 % 60, time % 60);
        let first = |set: u64| i64::from(set.trailing_zeros());
        let next = |set: u64, from: i64| {
            let left = set.checked_shr(u32::try_from(from).ok()?)?;
            (left != 0).then(|| from + first(left))
        };
        let fresh_minute = |minute: i64| minute * 60 + first(self.seconds);
        let fresh_hour = |hour: i64| hour * 3_600 + fresh_minute(first(self.minutes));
        if next(self.hours, hour) == Some(hour) {
            if next(self.minutes, minute) == Some(minute)
                && let Some(second) = next(self.seconds, second)
            {
                return Some(hour * 3_600 + minute * 60 + second);
            }
            if let Some(minute) = next(self.minutes, minute + 1) {
                return Some(hour * 3_600 + fresh_minute(minute));
            }
        }
        next(self.hours, hour + 1).map(fresh_hour)
    }
}
