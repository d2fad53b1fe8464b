//! The occurrences of a rule, period by period: all days of the period that match, at all times of
//! day that match.

use super::Rule;
use crate::schedule::calendar::{DAY, Date, days_in_month, is_leap, weekday};
use crate::schedule::{ScheduleError, wrong};

/// What a period is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd)]
pub enum Freq {
    #[default]
    Yearly,
    Monthly,
    Weekly,
    Daily,
    Hourly,
    Minutely,
    Secondly,
}

impl Freq {
    pub fn parse(text: &str) -> Result<Self, ScheduleError> {
        Ok(match text {
            "YEARLY" => Self::Yearly,
            "MONTHLY" => Self::Monthly,
            "WEEKLY" => Self::Weekly,
            "DAILY" => Self::Daily,
            "HOURLY" => Self::Hourly,
            "MINUTELY" => Self::Minutely,
            "SECONDLY" => Self::Secondly,
            _ => return wrong(format!("{text:?} is no FREQ")),
        })
    }

    /// How long a period is, in seconds; `None` = it varies.
    const fn seconds(self) -> Option<i64> {
        match self {
            Self::Yearly | Self::Monthly => None,
            Self::Weekly => Some(7 * DAY),
            Self::Daily => Some(DAY),
            Self::Hourly => Some(3_600),
            Self::Minutely => Some(60),
            Self::Secondly => Some(1),
        }
    }
}

impl Rule {
    /// What the start says when the rule does not.
    pub fn complete(&mut self, start: i64) {
        let date = Date::of(start.div_euclid(DAY));
        let dayless = self.weeks.is_empty()
            && self.year_days.is_empty()
            && self.month_days.is_empty()
            && self.weekdays.is_empty();
        if dayless {
            match self.freq {
                Freq::Yearly => {
                    if self.months.is_empty() {
                        self.months.push(i64::from(date.month));
                    }
                    self.month_days.push(i64::from(date.day));
                }
                Freq::Monthly => self.month_days.push(i64::from(date.day)),
                Freq::Weekly => self.weekdays.push((0, weekday(start.div_euclid(DAY)))),
                Freq::Daily | Freq::Hourly | Freq::Minutely | Freq::Secondly => {}
            }
        }
        let time = start.rem_euclid(DAY);
        if self.freq < Freq::Hourly && self.hours.is_empty() {
            self.hours.push(time / 3_600);
        }
        if self.freq < Freq::Minutely && self.minutes.is_empty() {
            self.minutes.push(time / 60 % 60);
        }
        if self.freq < Freq::Secondly && self.seconds.is_empty() {
            self.seconds.push(time % 60);
        }
    }

    fn takes_day(&self, day: i64) -> bool {
        let date = Date::of(day);
        let has = |list: &[i64], number: i64, length: i64| {
            list.is_empty() || list.contains(&number) || list.contains(&(number - length - 1))
        };
        let month_length = i64::from(days_in_month(date.year, date.month));
        let year_length = if is_leap(date.year) { 366 } else { 365 };
        let year_day = day - Date::new(date.year, 1, 1).number() + 1;
        has(&self.months, i64::from(date.month), i64::MAX / 2)
            && has(&self.month_days, i64::from(date.day), month_length)
            && has(&self.year_days, year_day, year_length)
            && (self.weeks.is_empty() || self.takes_week(day))
            && (self.weekdays.is_empty() || self.takes_weekday(day, date, year_day, year_length))
    }

    fn takes_weekday(&self, day: i64, date: Date, year_day: i64, year_length: i64) -> bool {
        let own = weekday(day);
        let (place, length) = if self.freq == Freq::Yearly && self.months.is_empty() {
            (year_day, year_length)
        } else {
            (i64::from(date.day), i64::from(days_in_month(date.year, date.month)))
        };
        let nth = (place - 1) / 7 + 1;
        let nth_last = -((length - place) / 7 + 1);
        self.weekdays.iter().any(|(wanted, weekday)| {
            *weekday == own && (*wanted == 0 || *wanted == nth || *wanted == nth_last)
        })
    }

    /// Week 1 of a year is the first with at least four of its days.
    fn takes_week(&self, day: i64) -> bool {
        let into = i64::from((weekday(day) + 7 - self.week_start) % 7);
        // The fourth day of a week lies in the year that the week belongs to.
        let year = Date::of(day - into + 3).year;
        let first = self.first_week(year);
        let number = (day - into - first) / 7 + 1;
        let count = (self.first_week(year + 1) - first) / 7;
        self.weeks.contains(&number) || self.weeks.contains(&(number - count - 1))
    }

    /// The day on which week 1 of `year` begins.
    fn first_week(&self, year: i64) -> i64 {
        let fourth = Date::new(year, 1, 4).number();
        fourth - i64::from((weekday(fourth) + 7 - self.week_start) % 7)
    }

    /// The times of day within a period that begins at `time`, in order.
    fn times(&self, time: i64) -> Vec<i64> {
        let (hour, minute, second) = (time / 3_600, time / 60 % 60, time % 60);
        let own = |freq: Freq, set: &[i64], value: i64| {
            let given = self.freq >= freq;
            let taken = set.is_empty() || set.contains(&value);
            if given { if taken { vec![value] } else { Vec::new() } } else { set.to_vec() }
        };
        let hours = own(Freq::Hourly, &self.hours, hour);
        let minutes = own(Freq::Minutely, &self.minutes, minute);
        let seconds = own(Freq::Secondly, &self.seconds, second);
        let mut times = Vec::with_capacity(hours.len() * minutes.len() * seconds.len());
        for hour in &hours {
            for minute in &minutes {
                times.extend(seconds.iter().map(|second| hour * 3_600 + minute * 60 + second));
            }
        }
        times
    }

    /// Those that `BYSETPOS` names, in order.
    fn at_positions(&self, all: Vec<i64>) -> Vec<i64> {
        if self.positions.is_empty() {
            return all;
        }
        let count = all.len() as i64;
        let kept = all.into_iter().zip(1_i64..).filter(|(_, place)| {
            self.positions.contains(place) || self.positions.contains(&(place - count - 1))
        });
        kept.map(|(time, _)| time).collect()
    }
}

/// The periods of a rule from its start on.
pub struct Periods<'a> {
    rule: &'a Rule,
    start: i64,
    /// The how-manyeth period comes next, from 0.
    number: i64,
}

impl<'a> Periods<'a> {
    pub const fn of(rule: &'a Rule, start: i64) -> Self {
        Self { rule, start, number: 0 }
    }

    /// The first second of the first period.
    fn first(&self) -> i64 {
        let day = self.start.div_euclid(DAY);
        match self.rule.freq {
            Freq::Weekly => {
                let into = (weekday(day) + 7 - self.rule.week_start) % 7;
                (day - i64::from(into)) * DAY
            }
            freq => {
                let length = freq.seconds().unwrap_or(DAY);
                self.start.div_euclid(length) * length
            }
        }
    }

    /// The first second of the next period.
    pub fn at(&self) -> i64 {
        let steps = self.number.saturating_mul(self.rule.interval);
        if let Some(length) = self.rule.freq.seconds() {
            return self.first().saturating_add(steps.saturating_mul(length));
        }
        let date = Date::of(self.start.div_euclid(DAY));
        let date = match self.rule.freq {
            Freq::Monthly => date.plus_months(steps),
            _ => Date::new(date.year + steps, 1, 1),
        };
        date.number() * DAY
    }

    /// Goes on at the period that holds the second `local`, or at the last one before.
    pub fn skip_to(&mut self, local: i64) {
        let apart = match self.rule.freq.seconds() {
            Some(length) => (local - self.first()).div_euclid(length),
            None => {
                let (from, to) =
                    (Date::of(self.start.div_euclid(DAY)), Date::of(local.div_euclid(DAY)));
                let years = to.year - from.year;
                match self.rule.freq {
                    Freq::Monthly => years * 12 + i64::from(to.month) - i64::from(from.month),
                    _ => years,
                }
            }
        };
        self.number = self.number.max(apart.div_euclid(self.rule.interval));
    }

    /// Goes on at the first period that begins at `local` or later.
    fn skip_past(&mut self, local: i64, length: i64) {
        let apart = (local - self.first()).div_euclid(length);
        let rounded = apart + (self.rule.interval - 1);
        self.number = self.number.max(rounded.div_euclid(self.rule.interval));
    }

    /// The days of the period that begins at `at`.
    fn days(&self, at: i64) -> std::ops::Range<i64> {
        let day = at.div_euclid(DAY);
        let date = Date::of(day);
        match self.rule.freq {
            Freq::Yearly => day..Date::new(date.year + 1, 1, 1).number(),
            Freq::Monthly => day..day + i64::from(days_in_month(date.year, date.month)),
            Freq::Weekly => day..day + 7,
            _ => day..day + 1,
        }
    }

    /// Whether a whole stretch has no occurrence; then it is skipped.
    fn skips(&mut self, at: i64) -> bool {
        let rule = self.rule;
        let Some(length) = rule.freq.seconds().filter(|_| rule.freq >= Freq::Hourly) else {
            return false;
        };
        let skip = if !rule.takes_day(at.div_euclid(DAY)) {
            DAY
        } else if rule.freq >= Freq::Minutely
            && !rule.hours.is_empty()
            && !rule.hours.contains(&(at.rem_euclid(DAY) / 3_600))
        {
            3_600
        } else if rule.freq == Freq::Secondly
            && !rule.minutes.is_empty()
            && !rule.minutes.contains(&(at.rem_euclid(3_600) / 60))
        {
            60
        } else {
            return false;
        };
        self.skip_past((at.div_euclid(skip) + 1) * skip, length);
        true
    }
}

impl Iterator for Periods<'_> {
    type Item = Vec<i64>;

    /// The occurrences of the next period, in order; there may be none.
    fn next(&mut self) -> Option<Vec<i64>> {
        let at = self.at();
        if self.skips(at) {
            return Some(Vec::new());
        }
        self.number += 1;
        let rule = self.rule;
        let days = self.days(at).filter(|day| rule.takes_day(*day));
        let times = rule.times(at.rem_euclid(DAY));
        let all = days.flat_map(|day| times.iter().map(move |time| day * DAY + time));
        Some(rule.at_positions(all.collect()))
    }
}
