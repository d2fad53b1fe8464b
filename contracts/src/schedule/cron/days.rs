//! Which days of a month match: the two fields that speak of days.

use super::fields::{Field, WEEKDAYS};
use crate::schedule::calendar::{Date, days_in_month, weekday};
use crate::schedule::{ScheduleError, wrong};

/// The days of an expression.
#[derive(Debug, Clone)]
pub struct Days {
    /// `None` = any.
    of_month: Option<OfMonth>,
    /// `None` = any.
    of_week: Option<OfWeek>,
}

#[derive(Debug, Clone, Default)]
struct OfMonth {
    numbers: u64,
    /// So many days before the last.
    before_last: Vec<u32>,
    /// The working day nearest to this one; `None` = to the last.
    nearest: Vec<Option<u32>>,
}

/// Weekdays: 0 = Sunday … 6 = Saturday.
#[derive(Debug, Clone, Default)]
struct OfWeek {
    numbers: u64,
    /// The how-manyeth of a month.
    nth: Vec<(u32, u32)>,
    last: Vec<u32>,
}

impl Days {
    pub fn parse(day: &str, weekday: &str) -> Result<Self, ScheduleError> {
        let any = |text: &str| text == "*" || text == "?";
        let of_month = (!any(day)).then(|| OfMonth::parse(day)).transpose()?;
        let of_week = (!any(weekday)).then(|| OfWeek::parse(weekday)).transpose()?;
        Ok(Self { of_month, of_week })
    }

    /// The matching days of a month, as bits 1 to 31.
    pub fn of_month(&self, year: i64, month: u32) -> u64 {
        let all = (1_u64 << (days_in_month(year, month) + 1)) - 2;
        let of_month = self.of_month.as_ref().map(|days| days.matching(year, month));
        let of_week = self.of_week.as_ref().map(|days| days.matching(year, month));
        match (of_month, of_week) {
            (None, None) => all,
            (Some(one), None) | (None, Some(one)) => one & all,
            (Some(one), Some(two)) => (one | two) & all,
        }
    }
}

impl OfMonth {
    fn parse(text: &str) -> Result<Self, ScheduleError> {
        let field = Field::new("day", 1, 31);
        let mut days = Self::default();
        for item in text.split(',') {
            let upper = item.to_ascii_uppercase();
            if upper == "L" {
                days.before_last.push(0);
            } else if upper == "LW" {
                days.nearest.push(None);
            } else if let Some(before) = upper.strip_prefix("L-") {
                days.before_last.push(Field::new("day", 1, 30).number(before)?);
            } else if let Some(day) = upper.strip_suffix('W') {
                days.nearest.push(Some(field.number(day)?));
            } else {
                days.numbers |= field.item(item)?;
            }
        }
        Ok(days)
    }

    fn matching(&self, year: i64, month: u32) -> u64 {
        let last = days_in_month(year, month);
        let mut set = self.numbers;
        for before in &self.before_last {
            if *before < last {
                set |= 1 << (last - before);
            }
        }
        for day in &self.nearest {
            let day = day.unwrap_or(last);
            if day <= last {
                set |= 1 << working_day(year, month, day, last);
            }
        }
        set
    }
}

/// The working day nearest to `day`, within the month.
fn working_day(year: i64, month: u32, day: u32, last: u32) -> u32 {
    match weekday(Date::new(year, month, day).number()) {
        // Saturday: the Friday before, unless that lies in the month before.
        5 if day > 1 => day - 1,
        5 => day + 2,
        // Sunday: the Monday after, unless that lies in the month after.
        6 if day < last => day + 1,
        6 => day - 2,
        _ => day,
    }
}

impl OfWeek {
    fn parse(text: &str) -> Result<Self, ScheduleError> {
        // 7 is Sunday, too.
        let field = Field::new("weekday", 0, 7).named(WEEKDAYS);
        let mut days = Self::default();
        for item in text.split(',') {
            if let Some((day, nth)) = item.split_once('#') {
                let nth = Field::new("week", 1, 5).number(nth)?;
                days.nth.push((field.number(day)? % 7, nth));
            } else if let Some(day) = item.strip_suffix(['L', 'l']) {
                if day.is_empty() {
                    return wrong("L of the weekday field stands behind a weekday, as in 5L");
                }
                days.last.push(field.number(day)? % 7);
            } else {
                days.numbers |= Self::range(&field, item)?;
            }
        }
        if days.numbers & (1 << 7) != 0 {
            days.numbers |= 1;
        }
        Ok(days)
    }

    /// `*` and what goes over the end of the week must not meet Sunday twice.
    fn range(field: &Field, item: &str) -> Result<u64, ScheduleError> {
        let week = Field::new("weekday", 0, 6).named(WEEKDAYS);
        match week.item(item) {
            Ok(set) => Ok(set),
            Err(_) => field.item(item),
        }
    }

    fn matching(&self, year: i64, month: u32) -> u64 {
        let last = days_in_month(year, month);
        let first = (weekday(Date::new(year, month, 1).number()) + 1) % 7;
        (1..=last).fold(0, |set, day| {
            let own = (first + day - 1) % 7;
            let nth = (day - 1) / 7 + 1;
            let matches = self.numbers & (1 << own) != 0
                || self.nth.contains(&(own, nth))
                || (day + 7 > last && self.last.contains(&own));
            if matches { set | 1 << day } else { set }
        })
    }
}
