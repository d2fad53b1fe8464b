//! Recurrences of RFC 5545.

mod parse;
mod period;

use std::collections::BTreeSet;

use self::period::{Freq, Periods};
use super::HORIZON_YEARS;
use super::calendar::DAY;
use super::zone::Zone;
use crate::time::Timestamp;

/// The largest `COUNT`: what is counted is counted from the start each time.
pub const COUNT_MAX: u32 = 10_000;

/// Periods looked at for one next run: a rule that skips more than that never runs.
const PERIODS_MAX: u32 = 200_000;

/// A rule, dates beside it, dates that are left out, and the clocks that all of them mean. Local
/// times are seconds since 1970-01-01.
#[derive(Debug, Clone)]
pub struct Set {
    rule: Option<Rule>,
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
        let horizon = from.max(self.start) + HORIZON_YEARS * 366 * DAY;
        let mut periods = Periods::of(rule, self.start);
        // What is counted is counted from the first.
        if rule.count.is_none() {
            periods.skip_to(from);
        }
        let (mut counted, mut best) = (0, None);
        for _ in 0..PERIODS_MAX {
            let Some(times) = periods.next().filter(|_| periods.at() < horizon) else { break };
            for local in times.into_iter().filter(|local| *local >= self.start) {
                counted += 1;
                if rule.count.is_some_and(|count| counted > count) {
                    return best;
                }
                if local < from || self.left_out.contains(&local) {
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
}

impl Until {
    fn is_before(self, at: Timestamp, local: i64) -> bool {
        match self {
            Self::Instant(until) => until < at,
            Self::Local(until) => until < local,
        }
    }
}
