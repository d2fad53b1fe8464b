use super::{Timestamp, assert_runs, at, compiled, rule, runs, vector};

/// A rule, its start and its first runs, as python-dateutil 2.9 expands them in UTC.
const PLAIN: &str = include_str!("vectors/rrule.txt");

/// A rule, a zone, its start and its first runs: by `tests/oracle/schedules.py`. Among them are
/// those that choose by position within a week, and those on days on which clocks are set.
const ZONES: &str = include_str!("vectors/rrule_zones.txt");

/// The instants that the local `times` of New York are in its winter (`Z5`) or summer (`Z4`).
fn new_york(days: &[&str]) -> Vec<Timestamp> {
    days.iter().map(|day| at(&format!("{day}:00:00Z"))).collect()
}

#[track_caller]
fn same(text: &str, zone: &str, start: Timestamp, expected: &[Timestamp]) -> Option<String> {
    let schedule = compiled(&rule(text, zone, &start.to_string()));
    let found = runs(&schedule, start.plus_millis(-1), expected.len());
    (found != expected).then(|| format!("{text} {zone} {start}: {found:?}, not {expected:?}"))
}

#[test]
fn rules_name_what_another_implementation_names() {
    let differing = PLAIN.lines().filter_map(|line| {
        let mut words = line.split(' ');
        let text = words.next().expect("a rule");
        let (start, expected) = vector(&mut words);
        same(text, "UTC", start, &expected)
    });
    assert_eq!(differing.collect::<Vec<_>>(), Vec::<String>::new());
}

#[test]
fn rules_name_what_another_implementation_names_while_clocks_are_set() {
    let differing = ZONES.lines().filter_map(|line| {
        let mut words = line.split(' ');
        let (text, zone) = (words.next().expect("a rule"), words.next().expect("a zone"));
        let (start, expected) = vector(&mut words);
        same(text, zone, start, &expected)
    });
    assert_eq!(differing.collect::<Vec<_>>(), Vec::<String>::new());
}

/// Examples of RFC 5545, section 3.8.5.3, which begin on 2 September 1997 at 9 in New York.
#[test]
fn the_examples_of_the_standard() {
    let start = "1997-09-02T13:00:00Z";
    for (text, expected) in [
        (
            "FREQ=WEEKLY;INTERVAL=2;COUNT=4;WKST=SU;BYDAY=TU,TH",
            vec!["1997-09-02T13", "1997-09-04T13", "1997-09-16T13", "1997-09-18T13"],
        ),
        (
            "FREQ=MONTHLY;COUNT=3;BYDAY=TU,WE,TH;BYSETPOS=3",
            vec!["1997-09-04T13", "1997-10-07T13", "1997-11-06T14"],
        ),
        (
            "FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-2",
            vec!["1997-09-29T13", "1997-10-30T14", "1997-11-27T14", "1997-12-30T14"],
        ),
        (
            "FREQ=MONTHLY;BYDAY=FR;BYMONTHDAY=13",
            vec!["1998-02-13T14", "1998-03-13T14", "1998-11-13T14", "1999-08-13T13"],
        ),
        ("FREQ=YEARLY;BYDAY=20MO", vec!["1998-05-18T13", "1999-05-17T13", "2000-05-15T13"]),
        ("FREQ=YEARLY;BYWEEKNO=20;BYDAY=MO", vec!["1998-05-11T13", "1999-05-17T13"]),
        ("FREQ=HOURLY;INTERVAL=3;UNTIL=19970902T170000Z", vec!["1997-09-02T13", "1997-09-02T16"]),
        (
            "FREQ=DAILY;UNTIL=19970904T090000",
            vec!["1997-09-02T13", "1997-09-03T13", "1997-09-04T13"],
        ),
        (
            "FREQ=MONTHLY;BYMONTHDAY=-3;COUNT=3",
            vec!["1997-09-28T13", "1997-10-29T14", "1997-11-28T14"],
        ),
    ] {
        let schedule = compiled(&rule(text, "America/New_York", start));
        let found = runs(&schedule, at(start).plus_millis(-1), expected.len());
        assert_eq!(found, new_york(&expected), "{text}");
        let ends = text.contains("COUNT") || text.contains("UNTIL");
        let last = *found.last().expect("one");
        assert_eq!(schedule.next_after(last).is_none(), ends, "{text} ends when it says so");
    }
    let elections = "FREQ=YEARLY;INTERVAL=4;BYMONTH=11;BYDAY=TU;BYMONTHDAY=2,3,4,5,6,7,8";
    let elections = rule(elections, "America/New_York", "1996-11-05T14:00:00Z");
    let expected = ["1996-11-05T14:00:00Z", "2000-11-07T14:00:00Z", "2004-11-02T14:00:00Z"];
    assert_runs(&elections, "1996-11-05T13:00:00Z", &expected);
}

#[test]
fn dates_beside_a_rule_and_dates_that_are_left_out() {
    let text = "RRULE:FREQ=DAILY;COUNT=4\nEXDATE:20260102T090000,20260103T080000Z\n\
                RDATE:20260102T120000,20260110T090000\nEXDATE:20260110T090000";
    let schedule = compiled(&rule(text, "Europe/Berlin", "2026-01-01T08:00:00Z"));
    let expected = ["2026-01-01T08:00:00Z", "2026-01-02T11:00:00Z", "2026-01-04T08:00:00Z"].map(at);
    assert_eq!(runs(&schedule, at("2025-12-01T00:00:00Z"), 9), expected);
    let dates = compiled(&rule("RDATE:20260102T120000Z", "Asia/Tokyo", "2026-01-01T08:00:00Z"));
    assert_eq!(runs(&dates, at("2026-01-01T00:00:00Z"), 9), [at("2026-01-02T12:00:00Z")]);
}

#[test]
fn what_clocks_skip_and_what_they_show_twice() {
    let daily = rule("FREQ=DAILY", "Europe/Berlin", "2026-03-01T01:30:00Z");
    let expected = ["2026-03-28T01:30:00Z", "2026-03-29T01:30:00Z", "2026-03-30T00:30:00Z"];
    assert_runs(&daily, "2026-03-27T12:00:00Z", &expected);
    let expected = ["2026-10-24T00:30:00Z", "2026-10-25T00:30:00Z", "2026-10-26T01:30:00Z"];
    assert_runs(&daily, "2026-10-23T12:00:00Z", &expected);
}

/// Counting is bounded: where the bound would cut a rule short, the rule is refused.
#[test]
fn a_counted_rule_runs_as_often_as_it_says_or_is_refused() {
    let start = "2026-01-01T00:00:00Z";
    let hourly = compiled(&rule("FREQ=HOURLY;BYHOUR=9;COUNT=10000", "UTC", start));
    assert_eq!(runs(&hourly, at(start), 20_000).len(), 10_000);
    let error = rule("FREQ=SECONDLY;BYSECOND=0;COUNT=10000", "UTC", start).compile();
    assert!(error.expect_err("too far").0.contains("COUNT"));
}

#[test]
fn what_makes_no_sense_is_refused_with_a_reason() {
    for text in [
        "",
        "\n",
        "FREQ=SOMETIMES",
        "COUNT=3",
        "FREQ=DAILY;COUNT=0",
        "FREQ=DAILY;COUNT=10001",
        "FREQ=DAILY;INTERVAL=0",
        "FREQ=DAILY;X=1",
        "FREQ=DAILY;COUNT=1;UNTIL=20270101T000000",
        "FREQ=WEEKLY;BYDAY=1MO",
        "FREQ=YEARLY;BYMONTH=13",
        "FREQ=DAILY;FREQ=DAILY",
        "FREQ=DAILY;UNTIL=tomorrow",
        "FREQ=DAILY\nFREQ=DAILY",
        "FREQ=DAILY;BYSETPOS=1",
        "FREQ=MONTHLY;BYDAY=0MO",
        "FREQ=DAILY;BYDAY=Ä",
        "FREQ=WEEKLY;BYMONTHDAY=1",
        "FREQ=DAILY;BYYEARDAY=1",
        "FREQ=MONTHLY;BYWEEKNO=1",
        "DTSTART:20260101T000000",
        "EXDATE:20260101T000000",
        "RDATE:20260230T000000",
        "FREQ",
        "FREQ=DAILY;BYHOUR=",
    ] {
        let error = rule(text, "UTC", "2026-01-01T00:00:00Z").compile().expect_err(text);
        assert!(error.0.len() > 10, "{text}: {error}");
    }
    let never = rule("FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30", "UTC", "2026-01-01T00:00:00Z");
    let refusal = never.first(at("2026-01-01T00:00:00Z")).expect_err("never");
    assert_eq!(refusal.code, "schedule_invalid");
}
