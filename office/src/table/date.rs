//! Days and times as people write them, as numbers: days since 1899-12-30.

use chrono::NaiveDate;

/// What a text that looks like a day is.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Day {
    /// A day, perhaps with a time.
    Known {
        /// Days since 1899-12-30.
        serial: f64,
        /// Whether a time of day is said.
        timed: bool,
    },
    /// Two numbers of which each may be the day, and the year.
    Either {
        /// The number that comes first.
        first: u32,
        /// The number that comes second.
        second: u32,
        /// The year.
        year: i32,
    },
    /// There is no such day.
    Impossible,
    /// Before March 1900, where programs differ in how they count.
    Early,
}

/// The number of a day; none when there is no such day, or it is too early.
pub(super) fn serial(year: i32, month: u32, day: u32) -> Day {
    let Some(date) = NaiveDate::from_ymd_opt(year, month, day) else {
        return Day::Impossible;
    };
    let (Some(start), Some(first)) =
        (NaiveDate::from_ymd_opt(1899, 12, 30), NaiveDate::from_ymd_opt(1900, 3, 1))
    else {
        return Day::Impossible;
    };
    if date < first {
        return Day::Early;
    }
    Day::Known { serial: (date - start).num_days() as f64, timed: false }
}

/// A day as ISO 8601 writes it, with its time to the second when `timed`.
pub(super) fn iso(serial: f64, timed: bool) -> String {
    let seconds = (serial * 86_400.0).round() as i64;
    let start = NaiveDate::from_ymd_opt(1899, 12, 30).and_then(|day| day.and_hms_opt(0, 0, 0));
    let at =
        start.and_then(|start| start.checked_add_signed(chrono::TimeDelta::try_seconds(seconds)?));
    let shape = if timed { "%Y-%m-%dT%H:%M:%S" } else { "%Y-%m-%d" };
    at.map_or_else(|| serial.to_string(), |at| at.format(shape).to_string())
}

/// The day that `text` looks like; none when it looks like none.
pub(super) fn read(text: &str) -> Option<Day> {
    let (date, time) = match text.split_once(['T', ' ']) {
        Some((date, time)) => (date, Some(share(time.trim().trim_end_matches('Z'))?)),
        None => (text, None),
    };
    let sign = ['-', '/', '.'].into_iter().find(|sign| date.matches(*sign).count() == 2)?;
    let parts: Vec<&str> = date.split(sign).collect();
    let plain = |part: &&str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    if !parts.iter().all(plain) {
        return None;
    }
    let number = |at: usize| parts[at].parse::<u32>().ok();
    let day = match (parts[0].len(), parts[2].len(), sign) {
        (4, 1..=2, _) => serial(parts[0].parse().ok()?, number(1)?, number(2)?),
        // Points: the day comes first wherever they are used.
        (1..=2, 4, '.') => serial(parts[2].parse().ok()?, number(1)?, number(0)?),
        (1..=2, 4, _) => {
            Day::Either { first: number(0)?, second: number(1)?, year: parts[2].parse().ok()? }
        }
        _ => return None,
    };
    Some(match (day, time) {
        (Day::Known { serial, .. }, Some(share)) => {
            Day::Known { serial: serial + share, timed: true }
        }
        // A time behind a day that may be another one is not looked at twice.
        (Day::Either { .. }, Some(_)) => return None,
        (day, _) => day,
    })
}

/// Which share of a day a time is.
fn share(time: &str) -> Option<f64> {
    let parts: Vec<&str> = time.split(':').collect();
    if !(2..=3).contains(&parts.len()) || parts.iter().take(2).any(|part| part.len() != 2) {
        return None;
    }
    let hours: u32 = parts[0].parse().ok().filter(|hours| *hours < 24)?;
    let minutes: u32 = parts[1].parse().ok().filter(|minutes| *minutes < 60)?;
    let seconds: f64 = match parts.get(2) {
        Some(text) if text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.') => {
            text.parse().ok().filter(|seconds| *seconds < 60.0)?
        }
        Some(_) => return None,
        None => 0.0,
    };
    Some((f64::from(hours * 3600 + minutes * 60) + seconds) / 86_400.0)
}
