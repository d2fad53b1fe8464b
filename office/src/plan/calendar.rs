//! Working time: which minutes of which days count.

use std::collections::BTreeSet;

use super::Unplanned;

/// Minutes of a day.
pub const DAY: i64 = 24 * 60;

/// How far a plan reaches, in days.
pub const DAYS_MAX: i64 = 20_000;

/// Working time. Times on the clocks are minutes since 1970-01-01, local.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Calendar {
    /// For Monday to Sunday: from which minute of the day to which.
    week: [Vec<(i64, i64)>; 7],
    /// Days off, since 1970-01-01.
    off: BTreeSet<i64>,
}

/// Which of two moments is meant where no time is worked between them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Edge {
    /// The later one, at which work goes on.
    Start,
    /// The earlier one, at which work has stopped.
    Finish,
}

impl Calendar {
    /// Reads spans of minutes of the day for Monday to Sunday, and days off.
    ///
    /// # Errors
    /// A sentence on what is wrong with it.
    pub fn of(week: [Vec<(i64, i64)>; 7], off: BTreeSet<i64>) -> Result<Self, String> {
        for day in &week {
            let mut last = 0;
            for (from, to) in day {
                if *from < last || to <= from || *to > DAY {
                    return Err("spans of a day follow one another and end by 24:00".to_owned());
                }
                last = *to;
            }
        }
        if week.iter().all(Vec::is_empty) {
            return Err("there is no working time in the week".to_owned());
        }
        Ok(Self { week, off })
    }

    /// Monday to Friday, 09:00 to 17:00.
    #[must_use]
    pub fn office() -> Self {
        let day = || vec![(9 * 60, 17 * 60)];
        let week = [day(), day(), day(), day(), day(), Vec::new(), Vec::new()];
        Self { week, off: BTreeSet::new() }
    }

    /// The minutes that are worked in an ordinary week.
    #[must_use]
    pub fn week_minutes(&self) -> i64 {
        self.week.iter().flatten().map(|(from, to)| to - from).sum()
    }

    fn day(&self, day: i64) -> &[(i64, i64)] {
        if self.off.contains(&day) {
            return &[];
        }
        // 1970-01-01 was a Thursday.
        &self.week[usize::try_from((day + 3).rem_euclid(7)).unwrap_or_default()]
    }

    /// The time on the clocks when so much has been worked since `from`.
    ///
    /// # Errors
    /// [`Unplanned::NoTime`] when the days that are looked at do not hold it.
    pub fn clock(&self, from: i64, worked: i64, edge: Edge) -> Result<i64, Unplanned> {
        let first = from.div_euclid(DAY);
        let mut left = worked.max(0);
        // What ends before anything is worked ends where it begins.
        let edge = if left == 0 { Edge::Start } else { edge };
        for day in first..first + DAYS_MAX {
            for (start, end) in self.day(day) {
                let start = (day * DAY + start).max(from);
                let minutes = day * DAY + end - start;
                let here = match edge {
                    Edge::Start => left < minutes,
                    Edge::Finish => left <= minutes,
                };
                if minutes > 0 && here {
                    return Ok(start + left);
                }
                left -= minutes.max(0);
            }
        }
        Err(Unplanned::NoTime)
    }

    /// How much is worked from `from` to `to`; nothing when that lies before.
    #[must_use]
    pub fn worked(&self, from: i64, to: i64) -> i64 {
        let (first, last) = (from.div_euclid(DAY), to.div_euclid(DAY));
        let days = first..=last.min(first + DAYS_MAX);
        let spans = days.flat_map(|day| {
            let spans = self.day(day).iter();
            spans.map(move |(start, end)| (day * DAY + start, day * DAY + end))
        });
        spans.map(|(start, end)| (end.min(to) - start.max(from)).max(0)).sum()
    }
}
