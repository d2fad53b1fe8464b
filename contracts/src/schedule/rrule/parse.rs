//! Reading the lines.

use std::collections::BTreeSet;

use super::period::Freq;
use super::{COUNT_MAX, Rule, Set, Until};
use crate::schedule::calendar::parse_compact;
use crate::schedule::zone::Zone;
use crate::schedule::{ScheduleError, wrong};
use crate::time::Timestamp;

const WEEKDAYS: [&str; 7] = ["MO", "TU", "WE", "TH", "FR", "SA", "SU"];

impl Set {
    pub fn parse(text: &str, zone: Zone, start: Timestamp) -> Result<Self, ScheduleError> {
        let local = zone.local(start);
        let (dates, left_out) = (BTreeSet::new(), BTreeSet::new());
        let mut set = Self { rule: None, counted: None, dates, left_out, start: local, zone };
        for line in text.lines().map(str::trim).filter(|line| !line.is_empty()) {
            let (name, value) = match line.split_once(':') {
                Some((name, value)) => (name.to_ascii_uppercase(), value),
                None => ("RRULE".to_owned(), line),
            };
            match &*name {
                "RRULE" if set.rule.is_some() => return wrong("there is one RRULE at most"),
                "RRULE" => set.rule = Some(Rule::parse(&value.to_ascii_uppercase(), local)?),
                "RDATE" => set.dates.extend(date_list(value, &set.zone)?),
                "EXDATE" => set.left_out.extend(date_list(value, &set.zone)?),
                _ => {
                    return wrong(format!(
                        "{name} is none of RRULE, RDATE and EXDATE; the start and the zone are \
                         members of the schedule"
                    ));
                }
            }
        }
        if set.rule.is_none() && set.dates.is_empty() {
            return wrong("there is neither an RRULE nor an RDATE");
        }
        set.count_out()?;
        Ok(set)
    }
}

/// Local times, also those that are given as UTC.
fn date_list(value: &str, zone: &Zone) -> Result<Vec<i64>, ScheduleError> {
    value.split(',').map(|text| Ok(moment(text.trim(), zone)?.0)).collect()
}

/// The local time that a text means, and the instant when it says one.
fn moment(text: &str, zone: &Zone) -> Result<(i64, Option<Timestamp>), ScheduleError> {
    let (civil, utc) = match text.strip_suffix(['Z', 'z']) {
        Some(civil) => (civil, true),
        None => (text, false),
    };
    let Some(local) = parse_compact(&civil.to_ascii_uppercase()) else {
        return wrong(format!("{text:?} is no time such as 20261121T090000, with Z for UTC"));
    };
    if !utc {
        return Ok((local, None));
    }
    let instant = Timestamp::from_millis(local * 1_000);
    Ok((zone.local(instant), Some(instant)))
}

impl Rule {
    fn parse(text: &str, start: i64) -> Result<Self, ScheduleError> {
        let mut rule = Self { interval: 1, ..Self::default() };
        let mut seen = BTreeSet::new();
        for part in text.split(';').filter(|part| !part.is_empty()) {
            let Some((name, value)) = part.split_once('=') else {
                return wrong(format!("{part:?} is no part of an RRULE"));
            };
            if !seen.insert(name) {
                return wrong(format!("{name} is given twice"));
            }
            rule.take(name, value)?;
        }
        if !seen.contains("FREQ") {
            return wrong("an RRULE has a FREQ");
        }
        rule.check()?;
        rule.complete(start);
        Ok(rule)
    }

    fn take(&mut self, name: &str, value: &str) -> Result<(), ScheduleError> {
        match name {
            "FREQ" => self.freq = Freq::parse(value)?,
            "INTERVAL" => self.interval = number(name, value, 1, 1_000_000)?,
            "COUNT" => {
                let count = number(name, value, 1, i64::from(COUNT_MAX))?;
                self.count = u32::try_from(count).ok();
            }
            "UNTIL" => self.until = Some(until(value)?),
            "WKST" => self.week_start = weekday(value)?,
            "BYSECOND" => self.seconds = numbers(name, value, 0, 59)?,
            "BYMINUTE" => self.minutes = numbers(name, value, 0, 59)?,
            "BYHOUR" => self.hours = numbers(name, value, 0, 23)?,
            "BYDAY" => {
                self.weekdays = value.split(',').map(nth_weekday).collect::<Result<_, _>>()?;
            }
            "BYMONTHDAY" => self.month_days = signed(name, value, 31)?,
            "BYYEARDAY" => self.year_days = signed(name, value, 366)?,
            "BYWEEKNO" => self.weeks = signed(name, value, 53)?,
            "BYMONTH" => self.months = numbers(name, value, 1, 12)?,
            "BYSETPOS" => self.positions = signed(name, value, 366)?,
            _ => return wrong(format!("{name} is no part of an RRULE")),
        }
        Ok(())
    }

    /// What RFC 5545 forbids, section 3.3.10.
    fn check(&self) -> Result<(), ScheduleError> {
        let freq = self.freq;
        if self.count.is_some() && self.until.is_some() {
            return wrong("an RRULE has a COUNT or an UNTIL, not both");
        }
        let counted = self.weekdays.iter().any(|(nth, _)| *nth != 0);
        if counted && (!matches!(freq, Freq::Yearly | Freq::Monthly) || !self.weeks.is_empty()) {
            return wrong("BYDAY counts weekdays of months and years without BYWEEKNO only");
        }
        if !self.weeks.is_empty() && freq != Freq::Yearly {
            return wrong("BYWEEKNO goes with FREQ=YEARLY only");
        }
        if !self.month_days.is_empty() && freq == Freq::Weekly {
            return wrong("BYMONTHDAY does not go with FREQ=WEEKLY");
        }
        let no_year_days = matches!(freq, Freq::Daily | Freq::Weekly | Freq::Monthly);
        if !self.year_days.is_empty() && no_year_days {
            return wrong("BYYEARDAY does not go with FREQ=DAILY, WEEKLY and MONTHLY");
        }
        let lists = [
            &self.seconds,
            &self.minutes,
            &self.hours,
            &self.month_days,
            &self.year_days,
            &self.weeks,
            &self.months,
        ];
        let restricted = !self.weekdays.is_empty() || lists.iter().any(|list| !list.is_empty());
        if !self.positions.is_empty() && !restricted {
            return wrong("BYSETPOS goes with another BY part only");
        }
        Ok(())
    }
}

fn until(value: &str) -> Result<Until, ScheduleError> {
    // The zone matters to local times only, which stay local.
    let (local, instant) = moment(value, &Zone::named("UTC")?)?;
    Ok(instant.map_or(Until::Local(local), Until::Instant))
}

fn number(name: &str, text: &str, low: i64, high: i64) -> Result<i64, ScheduleError> {
    let digits = text.strip_prefix(['+', '-']).unwrap_or(text);
    let plain = !digits.is_empty() && digits.bytes().all(|it| it.is_ascii_digit());
    match text.parse().ok().filter(|it| plain && (low..=high).contains(it)) {
        Some(number) => Ok(number),
        None => wrong(format!("{name} is from {low} to {high}, not {text:?}")),
    }
}

fn numbers(name: &str, value: &str, low: i64, high: i64) -> Result<Vec<i64>, ScheduleError> {
    let list: Result<BTreeSet<i64>, _> =
        value.split(',').map(|text| number(name, text, low, high)).collect();
    Ok(list?.into_iter().collect())
}

/// Numbers from the beginning or, negative, from the end.
fn signed(name: &str, value: &str, most: i64) -> Result<Vec<i64>, ScheduleError> {
    let list = numbers(name, value, -most, most)?;
    if list.contains(&0) { wrong(format!("{name} counts from 1, or from -1")) } else { Ok(list) }
}

fn weekday(text: &str) -> Result<u32, ScheduleError> {
    match WEEKDAYS.iter().position(|name| *name == text).map(u32::try_from) {
        Some(Ok(day)) => Ok(day),
        _ => wrong(format!("{text:?} is no weekday; they are MO TU WE TH FR SA SU")),
    }
}

fn nth_weekday(text: &str) -> Result<(i64, u32), ScheduleError> {
    let Some((split, _)) = text.char_indices().rev().nth(1) else {
        return wrong(format!("{text:?} is no weekday"));
    };
    let (nth, day) = text.split_at(split);
    let day = weekday(day)?;
    if nth.is_empty() {
        return Ok((0, day));
    }
    match number("BYDAY", nth, -53, 53)? {
        0 => wrong("BYDAY counts from 1, or from -1"),
        nth => Ok((nth, day)),
    }
}
