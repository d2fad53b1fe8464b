//! Schedules against other implementations, against what this page promises, and against texts
//! that mean no good.

mod cron;
mod hostile;
mod properties;
mod rrule;
mod steps;

use super::{Compiled, Recurrence, Rrule, Timestamp};

pub fn at(text: &str) -> Timestamp {
    text.parse().expect("an instant")
}

pub fn rule(text: &str, zone: &str, start: &str) -> Recurrence {
    let start = Some(at(start));
    Recurrence::Rrule(Rrule { text: text.to_owned(), zone: zone.to_owned(), start })
}

pub fn compiled(recurrence: &Recurrence) -> Compiled {
    recurrence.compile().unwrap_or_else(|error| panic!("{recurrence}: {error}"))
}

/// The runs after an instant, `most` at most.
pub fn runs(schedule: &Compiled, after: Timestamp, most: usize) -> Vec<Timestamp> {
    let next = |last: &Timestamp| schedule.next_after(*last);
    std::iter::successors(schedule.next_after(after), next).take(most).collect()
}

#[track_caller]
pub fn assert_runs(recurrence: &Recurrence, after: &str, expected: &[&str]) {
    let found = runs(&compiled(recurrence), at(after), expected.len());
    let expected: Vec<_> = expected.iter().map(|text| at(text)).collect();
    assert_eq!(found, expected, "{recurrence} after {after}");
}

/// A line of a file of vectors: what is asked, the instant that it starts from, and its runs.
pub fn vector<'a>(words: &mut impl Iterator<Item = &'a str>) -> (Timestamp, Vec<Timestamp>) {
    (at(words.next().expect("an instant")), words.map(at).collect())
}

#[test]
fn a_schedule_is_stored_as_it_is_read() {
    for recurrence in [
        Recurrence::every_ms(5_000).from(at("2026-11-21T09:00:00Z")),
        Recurrence::cron("0 9 * * MON-FRI", "Europe/Berlin"),
        rule("FREQ=DAILY", "UTC", "2026-11-21T09:00:00Z"),
    ] {
        let text = serde_json::to_string(&recurrence).expect("JSON");
        assert_eq!(serde_json::from_str::<Recurrence>(&text).expect("a schedule"), recurrence);
    }
}

#[test]
fn equal_spans_are_counted_from_their_anchor_and_end_with_the_calendar() {
    let anchor = Timestamp::from_millis(500);
    let schedule = compiled(&Recurrence::every_ms(1_000).from(anchor));
    let next = |ms| schedule.next_after(Timestamp::from_millis(ms)).map(Timestamp::as_millis);
    assert_eq!([next(-9), next(499), next(500), next(1_499)], [500, 500, 1_500, 1_500].map(Some));
    assert_eq!(schedule.next_after(Timestamp::from_millis(i64::MAX)), None);
    for refused in [0, 99, u64::MAX] {
        assert!(Recurrence::every_ms(refused).compile().is_err(), "{refused}");
    }
}
