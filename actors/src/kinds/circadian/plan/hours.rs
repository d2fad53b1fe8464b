//! Working time as it is said.

use std::collections::BTreeSet;

use contracts::Timestamp;
use contracts::kinds::check::Check;
use contracts::kinds::circadian::limits::{DAYS_OFF_MAX, HOUR_SPANS_MAX};
use contracts::kinds::circadian::{Day, Hours, Rejection};
use office::plan::calendar::{Calendar, DAY};

const DAYS: [Day; 7] = [Day::Mon, Day::Tue, Day::Wed, Day::Thu, Day::Fri, Day::Sat, Day::Sun];

/// The calendar that is meant.
///
/// # Errors
/// `invalid_input`, with what is wrong.
pub(super) fn calendar(hours: Option<&Hours>) -> Result<Calendar, Rejection> {
    let Some(hours) = hours else { return Ok(Calendar::office()) };
    let mut check = Check::new().items("hours.days_off", hours.days_off.len(), DAYS_OFF_MAX);
    let mut week = [(); 7].map(|()| Vec::new());
    for (at, day) in DAYS.iter().enumerate() {
        let spans = hours.week.get(day).map(Vec::as_slice).unwrap_or_default();
        check = check.items("hours.week", spans.len(), HOUR_SPANS_MAX);
        for text in spans {
            let span = span(text);
            let told = "has spans of a day such as 09:00-12:30";
            check = check.ensure(span.is_some(), "hours.week", told);
            week[at].extend(span);
        }
    }
    let mut off = BTreeSet::new();
    for text in &hours.days_off {
        let date = date(text);
        check = check.ensure(date.is_some(), "hours.days_off", "has dates such as 2027-04-05");
        off.extend(date);
    }
    check.done()?;
    Calendar::of(week, off).map_err(|wrong| {
        let refused = Check::new().ensure(false, "hours.week", wrong).done();
        refused.err().map_or(Rejection::PlanTooLong, Rejection::Invalid)
    })
}

/// `09:00-12:30` as minutes of the day.
fn span(text: &str) -> Option<(i64, i64)> {
    let (from, to) = text.split_once('-')?;
    let minute = |text: &str| {
        let (hour, minute) = text.trim().split_once(':')?;
        let digits = |text: &str| text.len() == 2 && text.bytes().all(|it| it.is_ascii_digit());
        let read = |text: &str| text.parse::<i64>().ok().filter(|_| digits(text));
        let (hour, minute) = (read(hour)?, read(minute)?);
        (minute < 60).then_some(hour * 60 + minute).filter(|minute| *minute <= DAY)
    };
    Some((minute(from)?, minute(to)?))
}

/// `2027-04-05` as days since 1970-01-01.
fn date(text: &str) -> Option<i64> {
    let midnight: Timestamp =
        format!("{text}T00:00:00Z").parse().ok().filter(|_| text.len() == 10)?;
    Some(midnight.as_millis().div_euclid(86_400_000))
}
