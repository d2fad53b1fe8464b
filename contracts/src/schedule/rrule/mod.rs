//! Recurrences of RFC 5545.

mod parse;
mod period;

use std::collections::BTreeSet;

use self::period::{Freq, Periods};
use super::calendar::DAY;
use super::zone::Zone;
use super::{HORIZON_YEARS, ScheduleError, wrong};
use crate::time::Timestamp;

/// The largest `COUNT`: what is counted is counted out when the rule is read.
pub const COUNT_MAX: u32 = 10_000;

/// Periods looked at to count a rule out; one that takes more is refused.
const COUNTED_PERIODS_MAX: u32 = 500_000;

/// Periods looked at for one next run: a rule that skips more than that never runs.
const PERIODS_MAX: u32 = 50_000;

/// A rule, dates beside it, dates that are left out, and the clocks that all of them mean. Local
/// times are seconds since 1970-01-01.
#[derive(Debug, Clone)]
pub struct Set {
    rule: Option<Rule>,
    /// The runs of a rule that has a `COUNT`, in order: to count them anew for each next run would
    /// take the square of their number.
    counted: Option<Vec<Timestamp>>,
    dates: BTreeSet<i64>,
    left_out: BTreeSet<i64>,
    start: i64,
    zone: Zone,
}

/// One `RRULE`. Lists are sorted; an empty one restricts nothing.
#[derive(Debug, Clone, Default)]
pub struct Rule {
    freq: Freq,
    interval: i64,
    count: Option<u32>,
    until: Option<Until>,
    /// The first day of a week: 0 = Monday.
    week_start: u32,
    seconds: Vec<i64>,
    minutes: Vec<i64>,
    hours: Vec<i64>,
    /// The how-manyeth of its period (0 = any), and the weekday: 0 = Monday.
    weekdays: Vec<(i64, u32)>,
    month_days: Vec<i64>,
    year_days: Vec<i64>,
    weeks: Vec<i64>,
    months: Vec<i64>,
    positions: Vec<i64>,
}

/// The last instant, itself included.
#[derive(Debug, Clone, Copy)]
enum Until {
    Instant(Timestamp),
    Local(i64),
}

impl Set {
    /// The first occurrence after `instant`.
    pub fn next_after(&self, instant: Timestamp) -> Option<Timestamp> {
        // Clocks that were just set forward show later what was left out.
        let seconds = instant.as_millis().div_euclid(1_000);
        let span = self.zone.span(seconds)?;
        let fresh = span.start.is_some_and(|start| seconds - start < span.forward());
        let from = self.zone.local(instant) - if fresh { span.forward() } else { 0 };
        let by_rule = self.rule.as_ref().and_then(|rule| self.by_rule(rule, from, instant));
        let by_date = self.dates.range(from..).filter(|date| !self.left_out.contains(date));
        let by_date = by_date.filter_map(|date| self.zone.instant(*date));
        let by_date = by_date.map(|(at, _)| at).find(|at| *at > instant);
        by_rule.into_iter().chain(by_date).min()
    }

    fn by_rule(&self, rule: &Rule, from: i64, instant: Timestamp) -> Option<Timestamp> {
        if let Some(runs) = &self.counted {
            return runs.get(runs.partition_point(|run| *run <= instant)).copied();
        }
        let horizon = from.max(self.start) + HORIZON_YEARS * 366 * DAY;
        let mut periods = Periods::of(rule, self.start);
        periods.skip_to(from);
        let mut best = None;
        for _ in 0..PERIODS_MAX {
            let Some(times) = periods.next().filter(|_| periods.at() < horizon) else { break };
            for local in times.into_iter().filter(|local| *local >= self.start.max(from)) {
                if self.left_out.contains(&local) {
                    continue;
                }
                let Some((at, left_out)) = self.zone.instant(local) else { return best };
                if rule.until.is_some_and(|until| until.is_before(at, local)) {
                    return best;
                }
                if at <= instant {
                    continue;
                }
                best = Some(best.map_or(at, |best: Timestamp| best.min(at)));
                // One that is meant as if clocks had not been set may come behind the next.
                if !left_out {
                    return best;
                }
            }
        }
        best
    }

    /// Counts the rule out, when it has a `COUNT`. What is left out counts, too.
    fn count_out(&mut self) -> Result<(), ScheduleError> {
        let Some((rule, count)) = self.rule.as_ref().and_then(|rule| Some((rule, rule.count?)))
        else {
            return Ok(());
        };
        let horizon = self.start + HORIZON_YEARS * 366 * DAY;
        let mut periods = Periods::of(rule, self.start);
        let (mut runs, mut left, mut looked) = (BTreeSet::new(), count, 0);
        while left > 0 {
            let Some(times) = periods.next().filter(|_| periods.at() < horizon) else { break };
            looked += 1;
            if looked > COUNTED_PERIODS_MAX {
                return wrong("COUNT is too far away for this FREQ; give a longer one, or UNTIL");
            }
            for local in times.into_iter().filter(|local| *local >= self.start) {
                if left == 0 {
                    break;
                }
                left -= 1;
                if !self.left_out.contains(&local) {
                    runs.extend(self.zone.instant(local).map(|(at, _)| at));
                }
            }
        }
        self.counted = Some(runs.into_iter().collect());
        Ok(())
    }
}

impl Until {
    fn is_before(self, at: Timestamp, local: i64) -> bool {
        match self {
            Self::Instant(until) => until < at,
            Self::Local(until) => until < local,
        }
    }
}
