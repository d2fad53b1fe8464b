//! The proleptic Gregorian calendar on whole numbers: days and seconds since 1970-01-01, local.

pub const DAY: i64 = 86_400;

/// A date.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Date {
    pub year: i64,
    /// 1 to 12.
    pub month: u32,
    /// 1 to 31.
    pub day: u32,
}

impl Date {
    pub const fn new(year: i64, month: u32, day: u32) -> Self {
        Self { year, month, day }
    }

    /// Days since 1970-01-01. By Howard Hinnant's `days_from_civil`: years that begin in March
    /// have their leap day last.
    pub const fn number(self) -> i64 {
        let year = if self.month <= 2 { self.year - 1 } else { self.year };
        let era = year.div_euclid(400);
        let of_era = year - era * 400;
        let month = (self.month as i64 + 9) % 12;
        let of_year = (153 * month + 2) / 5 + self.day as i64 - 1;
        let of_era_days = of_era * 365 + of_era / 4 - of_era / 100 + of_year;
        era * 146_097 + of_era_days - 719_468
    }

    /// The date that is `number` days after 1970-01-01.
    pub const fn of(number: i64) -> Self {
        let number = number + 719_468;
        let era = number.div_euclid(146_097);
        let of_era = number - era * 146_097;
        let years = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
        let of_year = of_era - (365 * years + years / 4 - years / 100);
        let month = (5 * of_year + 2) / 153;
        let day = (of_year - (153 * month + 2) / 5 + 1) as u32;
        let month = if month < 10 { month + 3 } else { month - 9 } as u32;
        let year = years + era * 400 + if month <= 2 { 1 } else { 0 };
        Self { year, month, day }
    }

    /// The first day of the month that follows `months` months after this date's.
    pub const fn plus_months(self, months: i64) -> Self {
        let total = self.year * 12 + self.month as i64 - 1 + months;
        Self { year: total.div_euclid(12), month: total.rem_euclid(12) as u32 + 1, day: 1 }
    }
}

pub const fn is_leap(year: i64) -> bool {
    year.rem_euclid(4) == 0 && (year.rem_euclid(100) != 0 || year.rem_euclid(400) == 0)
}

pub const fn days_in_month(year: i64, month: u32) -> u32 {
    match month {
        2 if is_leap(year) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

/// The weekday of a day number: 0 = Monday … 6 = Sunday.
pub const fn weekday(number: i64) -> u32 {
    // 1970-01-01 was a Thursday.
    (number + 3).rem_euclid(7) as u32
}

/// `YYYYMMDDTHHMMSS` as local seconds.
pub fn parse_compact(text: &str) -> Option<i64> {
    let (date, time) = text.split_once('T')?;
    let digits = |text: &str| text.bytes().all(|it| it.is_ascii_digit());
    if date.len() != 8 || time.len() != 6 || !digits(date) || !digits(time) {
        return None;
    }
    let part = |text: &str| text.parse::<u32>().ok();
    let (year, month, day) = (part(&date[..4])?, part(&date[4..6])?, part(&date[6..])?);
    let (hour, minute, second) = (part(&time[..2])?, part(&time[2..4])?, part(&time[4..])?);
    let year = i64::from(year);
    let valid = (1..=12).contains(&month)
        && (1..=days_in_month(year, month)).contains(&day)
        && hour < 24
        && minute < 60
        && second < 60;
    let seconds = i64::from(hour * 3_600 + minute * 60 + second);
    valid.then(|| Date::new(year, month, day).number() * DAY + seconds)
}
