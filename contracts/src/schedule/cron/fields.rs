//! One field of an expression, as a set of bits.

use crate::schedule::{ScheduleError, wrong};

pub const MONTHS: &[&str] =
    &["JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"];
pub const WEEKDAYS: &[&str] = &["SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"];

/// What a field may say.
pub struct Field {
    name: &'static str,
    low: u32,
    high: u32,
    names: &'static [&'static str],
}

impl Field {
    pub const fn new(name: &'static str, low: u32, high: u32) -> Self {
        Self { name, low, high, names: &[] }
    }

    /// The first name stands for the lowest number.
    pub const fn named(mut self, names: &'static [&'static str]) -> Self {
        self.names = names;
        self
    }

    /// The set of a whole field.
    pub fn parse(&self, text: &str) -> Result<u64, ScheduleError> {
        text.split(',').try_fold(0, |set, item| Ok(set | self.item(item)?))
    }

    /// The set of one item: `*`, `a`, `a-b`, each with `/step` behind it or not.
    pub fn item(&self, item: &str) -> Result<u64, ScheduleError> {
        let (range, step) = match item.split_once('/') {
            Some((range, step)) => (range, Some(self.step(step)?)),
            None => (item, None),
        };
        let (low, high) = match range.split_once('-') {
            _ if range == "*" || range == "?" => (self.low, self.high),
            Some((low, high)) => (self.number(low)?, self.number(high)?),
            None => {
                let number = self.number(range)?;
                // `5/15` goes on to the end.
                (number, if step.is_some() { self.high } else { number })
            }
        };
        let step = step.unwrap_or(1);
        if low > high {
            // Over the end and on from the beginning: `FRI-MON`, `22-2`.
            let over = (low..=self.high).chain(self.low..=high);
            return Ok(over.step_by(step as usize).fold(0, |set, it| set | 1 << it));
        }
        Ok((low..=high).step_by(step as usize).fold(0, |set, it| set | 1 << it))
    }

    pub fn number(&self, text: &str) -> Result<u32, ScheduleError> {
        let named = self.names.iter().position(|name| name.eq_ignore_ascii_case(text));
        let number = match named {
            Some(place) => u32::try_from(place).ok().map(|place| place + self.low),
            None if text.bytes().all(|it| it.is_ascii_digit()) => text.parse().ok(),
            None => None,
        };
        match number.filter(|number| (self.low..=self.high).contains(number)) {
            Some(number) => Ok(number),
            None => wrong(format!(
                "{text:?} is no {} of a cron expression ({} to {})",
                self.name, self.low, self.high
            )),
        }
    }

    fn step(&self, text: &str) -> Result<u32, ScheduleError> {
        let digits = !text.is_empty() && text.bytes().all(|it| it.is_ascii_digit());
        match text.parse::<u32>().ok().filter(|step| digits && *step > 0 && *step <= self.high) {
            Some(step) => Ok(step),
            None => wrong(format!("{text:?} is no step of the {} field", self.name)),
        }
    }
}
