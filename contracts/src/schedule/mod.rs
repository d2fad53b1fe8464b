//! When a timer runs again: as data, and computed from data alone. The rules of time zones are
//! compiled in, so every host and every replay computes the same.

mod calendar;
mod clocks;
mod cron;
mod every;
mod missed;
mod rrule;
#[cfg(test)]
mod tests;
mod window;
mod zone;

use serde::{Deserialize, Serialize};

use crate::refusal::{Refusal, RefusalClass};
use crate::time::Timestamp;
pub use clocks::Clocks;
pub use every::Every;
pub use missed::{
    Firing, MISSED_AFTER_MS, MISSED_COUNTED_MAX, MISSED_RUNS_MAX, Missed, Step, step,
};
pub use window::{Bounds, Period, Window, ZONE_BYTES_MAX};

/// The longest text of a schedule, in bytes.
pub const TEXT_BYTES_MAX: usize = 4 * 1024;

/// How far ahead a next run is looked for, in years: what runs more rarely never runs.
pub const HORIZON_YEARS: i64 = 100;

/// How a timer recurs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Recurrence {
    /// After equal spans of elapsed time, whatever clocks on walls do.
    Every(Every),
    /// At local times that a cron expression names.
    Cron(Cron),
    /// At local times that an RFC 5545 rule names.
    Rrule(Rrule),
}

/// A cron expression: five fields (minute hour day month weekday), six with seconds first, or
/// `@hourly`, `@daily`, `@weekly`, `@monthly`, `@yearly`. Fields take lists, ranges, steps and
/// names; days take `L`, `L-3`, `15W` and `LW`; weekdays take `5L` (the last Friday) and `1#2` (the
/// second Monday). When both days are restricted, either matches.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Cron {
    /// The expression.
    pub expr: String,
    /// The IANA time zone whose clocks it means, such as `Europe/Berlin`.
    #[serde(default = "utc", skip_serializing_if = "is_utc")]
    pub zone: String,
}

/// A recurrence of RFC 5545: the lines `RRULE:…`, and as many `RDATE:…` and `EXDATE:…` as wanted.
/// The first line may leave `RRULE:` out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Rrule {
    /// The lines.
    pub text: String,
    /// The IANA time zone of its local times.
    #[serde(default = "utc", skip_serializing_if = "is_utc")]
    pub zone: String,
    /// `DTSTART`: what the rule counts from. Absent = when the timer is set.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub start: Option<Timestamp>,
}

fn utc() -> String {
    "UTC".to_owned()
}

fn is_utc(zone: &str) -> bool {
    zone == "UTC"
}

/// What is wrong with a schedule.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct ScheduleError(pub String);

impl From<ScheduleError> for Refusal {
    fn from(error: ScheduleError) -> Self {
        Self::new(RefusalClass::Malformed, "schedule_invalid", error.0)
    }
}

/// `Err` with a sentence.
fn wrong<T>(message: impl Into<String>) -> Result<T, ScheduleError> {
    Err(ScheduleError(message.into()))
}

/// A recurrence that was read and found to make sense.
#[derive(Debug, Clone)]
pub struct Compiled(Kind);

#[derive(Debug, Clone)]
enum Kind {
    Once,
    Every(Every),
    Cron(Box<cron::Expression>, zone::Zone),
    Rrule(Box<rrule::Set>),
}

impl Recurrence {
    /// Every so many milliseconds, from the moment at which the timer is set.
    #[must_use]
    pub const fn every_ms(every_ms: u64) -> Self {
        Self::Every(Every { every_ms, anchor: None })
    }

    /// By a cron expression on the clocks of `zone`.
    #[must_use]
    pub fn cron(expr: impl Into<String>, zone: impl Into<String>) -> Self {
        Self::Cron(Cron { expr: expr.into(), zone: zone.into() })
    }

    /// By RFC 5545 lines on the clocks of `zone`, from the moment at which the timer is set.
    #[must_use]
    pub fn rrule(text: impl Into<String>, zone: impl Into<String>) -> Self {
        Self::Rrule(Rrule { text: text.into(), zone: zone.into(), start: None })
    }

    /// This recurrence, counted from `now` when it does not say from when.
    #[must_use]
    pub fn from(mut self, now: Timestamp) -> Self {
        match &mut self {
            Self::Every(every) => every.anchor = every.anchor.or(Some(now)),
            Self::Rrule(rule) => rule.start = rule.start.or(Some(now)),
            Self::Cron(_) => {}
        }
        self
    }

    /// Reads it.
    ///
    /// # Errors
    /// A sentence that says what is wrong with it.
    pub fn compile(&self) -> Result<Compiled, ScheduleError> {
        Ok(Compiled(match self {
            Self::Every(every) => Kind::Every(every.checked()?),
            Self::Cron(Cron { expr, zone }) => {
                let zone = zone::Zone::named(zone)?;
                Kind::Cron(Box::new(cron::Expression::parse(bounded(expr)?)?), zone)
            }
            Self::Rrule(Rrule { text, zone, start }) => {
                let zone = zone::Zone::named(zone)?;
                let start = start.unwrap_or_default();
                Kind::Rrule(Box::new(rrule::Set::parse(bounded(text)?, zone, start)?))
            }
        }))
    }

    /// The first run after `now` of a timer set at `now`: how a kind tells a bad schedule from a
    /// good one before it takes it over.
    ///
    /// # Errors
    /// `schedule_invalid` when it cannot be read, or never runs.
    pub fn first(&self, now: Timestamp) -> Result<Timestamp, Refusal> {
        let first = self.clone().from(now).compile()?.next_after(now);
        first.ok_or_else(|| ScheduleError(format!("{self} never runs after {now}")).into())
    }
}

impl std::fmt::Display for Recurrence {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Every(every) => write!(f, "every {} ms", every.every_ms),
            Self::Cron(Cron { expr, zone }) => write!(f, "cron {expr} ({zone})"),
            Self::Rrule(Rrule { text, zone, .. }) => write!(f, "{} ({zone})", text.trim()),
        }
    }
}

fn bounded(text: &str) -> Result<&str, ScheduleError> {
    if text.len() > TEXT_BYTES_MAX {
        return wrong(format!("a schedule has at most {TEXT_BYTES_MAX} bytes"));
    }
    Ok(text)
}

impl Compiled {
    /// What runs once has no next run.
    #[must_use]
    pub const fn once() -> Self {
        Self(Kind::Once)
    }

    /// The first run strictly after `instant`.
    #[must_use]
    pub fn next_after(&self, instant: Timestamp) -> Option<Timestamp> {
        match &self.0 {
            Kind::Once => None,
            Kind::Every(every) => every.next_after(instant),
            Kind::Cron(expression, zone) => expression.next_after(zone, instant),
            Kind::Rrule(set) => set.next_after(instant),
        }
    }

    /// The last run in `after < run ≤ until`.
    ///
    /// The later one starts to look, the later the first run that one finds: so the last start
    /// from which a run up to `until` is found leads to the last run.
    #[must_use]
    pub fn last_within(&self, after: Timestamp, until: Timestamp) -> Option<Timestamp> {
        let found = |start: i64| {
            let run = self.next_after(Timestamp::from_millis(start));
            run.filter(|run| *run <= until)
        };
        let mut best = found(after.as_millis())?;
        let (mut low, mut high) = (best.as_millis(), until.as_millis());
        while low < high {
            let middle = low + (high - low) / 2;
            match found(middle) {
                Some(run) => {
                    best = run;
                    low = run.as_millis();
                }
                None => high = middle,
            }
        }
        Some(best)
    }

    /// How many runs there are in `after < run ≤ until`, counted up to `most`.
    #[must_use]
    pub fn count_within(&self, after: Timestamp, until: Timestamp, most: u32) -> u32 {
        if let Kind::Every(every) = &self.0 {
            return every.count_within(after, until).min(most);
        }
        let (mut at, mut count) = (after, 0);
        while count < most {
            match self.next_after(at) {
                Some(next) if next <= until => (at, count) = (next, count + 1),
                _ => break,
            }
        }
        count
    }
}
