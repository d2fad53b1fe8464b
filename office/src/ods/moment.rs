//! Days and times of files, and the numbers that workbooks have in their place: days since
//! 1899-12-30.

use chrono::{Duration, NaiveDate, NaiveDateTime, NaiveTime};

const DAY_MS: f64 = 86_400_000.0;
/// The first number that is no day any more.
const END: f64 = 2_958_466.0;

fn start() -> Option<NaiveDateTime> {
    NaiveDate::from_ymd_opt(1899, 12, 30)?.and_hms_opt(0, 0, 0)
}

/// The day, and its time where it has one; none where it would not be the same number again.
pub(super) fn date(serial: f64) -> Option<String> {
    let at = (0.0..END).contains(&serial).then(|| (serial * DAY_MS).round())?;
    let at = start()?.checked_add_signed(Duration::milliseconds(at as i64))?;
    let text = if at.time() == NaiveTime::MIN {
        at.format("%Y-%m-%d").to_string()
    } else {
        at.format("%Y-%m-%dT%H:%M:%S%.f").to_string()
    };
    (date_serial(&text) == Some(serial)).then_some(text)
}

/// The number of a day of a file.
pub(super) fn date_serial(text: &str) -> Option<f64> {
    let text = text.trim().trim_end_matches('Z');
    let at = match text.split_once('T') {
        Some(_) => NaiveDateTime::parse_from_str(text, "%Y-%m-%dT%H:%M:%S%.f").ok()?,
        None => NaiveDate::parse_from_str(text, "%Y-%m-%d").ok()?.and_hms_opt(0, 0, 0)?,
    };
    let since = at - start()?;
    Some(since.num_milliseconds() as f64 / DAY_MS)
}

/// The time of a share of a day, such as `PT12H30M00S`; none where it would not be the same number
/// again.
pub(super) fn time(serial: f64) -> Option<String> {
    let ms = (0.0..END).contains(&serial).then(|| (serial * DAY_MS).round() as u64)?;
    let (hours, minutes) = (ms / 3_600_000, ms / 60_000 % 60);
    let seconds = (ms % 60_000) as f64 / 1000.0;
    let text = format!("PT{hours:02}H{minutes:02}M{seconds:02}S");
    (time_serial(&text) == Some(serial)).then_some(text)
}

/// The share of a day that a time of a file is.
pub(super) fn time_serial(text: &str) -> Option<f64> {
    let text = text.trim();
    let (minus, text) = text.strip_prefix('-').map_or((false, text), |rest| (true, rest));
    let mut rest = text.strip_prefix("PT")?;
    let mut ms = 0.0;
    for (sign, of) in [('H', 3_600_000.0), ('M', 60_000.0), ('S', 1000.0)] {
        if let Some((count, after)) = rest.split_once(sign) {
            ms += count.replace(',', ".").parse::<f64>().ok().filter(|it| it.is_finite())? * of;
            rest = after;
        }
    }
    let serial = ms.round() / DAY_MS;
    rest.is_empty().then_some(if minus { -serial } else { serial })
}

#[cfg(test)]
mod tests {
    use super::{date, date_serial, time, time_serial};

    #[test]
    fn days_and_times_are_the_same_again() {
        for (serial, text) in [(46_053.0, "2026-01-31"), (46_053.5, "2026-01-31T12:00:00")] {
            assert_eq!((date(serial).as_deref(), date_serial(text)), (Some(text), Some(serial)));
        }
        assert_eq!(time(0.5).as_deref(), Some("PT12H00M00S"));
        assert_eq!(time_serial("PT36H"), Some(1.5));
        assert_eq!(time_serial("-PT06H00M00.0S"), Some(-0.25));
        for odd in [f64::NAN, -1.0, 1e300, 0.123_456_789_012_345] {
            assert_eq!((date(odd), time(odd)), (None, None), "{odd}");
        }
        for odd in ["", "PT", "PT1X", "2026-13-01", "1e9-01-01", "PTinfH"] {
            assert_eq!(date_serial(odd), None, "{odd}");
            assert!(time_serial(odd).is_none_or(|it| it == 0.0), "{odd}");
        }
    }
}
