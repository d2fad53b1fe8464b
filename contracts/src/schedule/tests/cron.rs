use super::{Recurrence, assert_runs, at, compiled, runs, vector};

/// An expression with `_` between its fields, an instant and the runs after it, which
/// python-dateutil made of rules with the same fields. The clocks are UTC's.
const PLAIN: &str = include_str!("vectors/cron.txt");

/// An expression, a zone whose clocks are set within the span, an instant, and the runs after it:
/// by `tests/oracle/schedules.py`, which asks each minute.
const ZONES: &str = include_str!("vectors/cron_zones.txt");

fn cron(expr: &str, zone: &str) -> Recurrence {
    Recurrence::cron(expr, zone)
}

#[test]
fn expressions_name_what_another_implementation_names() {
    for line in PLAIN.lines() {
        let mut words = line.split(' ');
        let expr = words.next().expect("an expression").replace('_', " ");
        let (after, expected) = vector(&mut words);
        let found = runs(&compiled(&cron(&expr, "UTC")), after, expected.len());
        assert_eq!(found, expected, "{expr} after {after}");
    }
}

#[test]
fn expressions_name_what_every_minute_says_while_clocks_are_set() {
    let mut differing = Vec::new();
    for line in ZONES.lines() {
        let mut words = line.split(' ');
        let expr = words.next().expect("an expression").replace('_', " ");
        let zone = words.next().expect("a zone");
        let (after, expected) = vector(&mut words);
        let found = runs(&compiled(&cron(&expr, zone)), after, expected.len());
        if found != expected {
            differing.push((line, found));
        }
    }
    assert!(differing.is_empty(), "{} of them: {differing:#?}", differing.len());
}

/// Clocks in Berlin go forward on 29 March 2026 at 01:00 UTC and back on 25 October.
#[test]
fn what_clocks_skip_is_meant_as_if_they_had_not_been_set() {
    let expected = ["2026-03-28T01:30:00Z", "2026-03-29T01:30:00Z", "2026-03-30T00:30:00Z"];
    assert_runs(&cron("30 2 * * *", "Europe/Berlin"), "2026-03-27T12:00:00Z", &expected);
    // Two times of day in the hour that is skipped stay two runs.
    let twice = ["2026-03-29T01:15:00Z", "2026-03-29T01:45:00Z", "2027-03-29T00:15:00Z"];
    assert_runs(&cron("15,45 2 29 3 *", "Europe/Berlin"), "2026-03-27T12:00:00Z", &twice);
    // The skipped 02:00 and the 03:00 of that day are one instant, thus one run.
    let once = ["2026-03-29T01:00:00Z", "2026-03-30T00:00:00Z", "2026-03-30T01:00:00Z"];
    assert_runs(&cron("0 2,3 * * *", "Europe/Berlin"), "2026-03-28T12:00:00Z", &once);
}

/// The vectors that decided against the library that was tried, see decision 50.
#[test]
fn a_run_is_not_lost_with_the_evening_that_clocks_skip() {
    // In Nuuk the last hour of Saturday, 28 March 2026, is skipped.
    let saturday = ["2026-03-29T01:30:00Z", "2026-04-05T00:30:00Z"];
    assert_runs(&cron("30 23 * * SAT", "America/Nuuk"), "2026-03-26T12:00:00Z", &saturday);
    assert_runs(&cron("30 23 28 3 *", "America/Nuuk"), "2026-03-26T12:00:00Z", &saturday[..1]);
    // Samoa had no 30 December 2011; a schedule does not end there.
    let noon = ["2011-12-28T22:00:00Z", "2011-12-29T22:00:00Z", "2011-12-30T22:00:00Z"];
    assert_runs(&cron("0 12 * * *", "Pacific/Apia"), "2011-12-28T12:00:00Z", &noon);
    let third = ["2026-03-29T01:00:00Z", "2026-03-29T01:20:00Z", "2026-03-29T01:40:00Z"];
    assert_runs(&cron("*/20 2 * * *", "Europe/Berlin"), "2026-03-28T12:00:00Z", &third);
}

#[test]
fn what_clocks_show_twice_is_meant_the_first_time() {
    let expected = ["2026-10-24T00:30:00Z", "2026-10-25T00:30:00Z", "2026-10-26T01:30:00Z"];
    let daily = cron("30 2 * * *", "Europe/Berlin");
    assert_runs(&daily, "2026-10-23T12:00:00Z", &expected);
    // Also when it is asked in the second of the two hours.
    assert_runs(&daily, "2026-10-25T01:10:00Z", &["2026-10-26T01:30:00Z"]);
}

#[test]
fn what_names_every_hour_goes_by_the_time_that_passes() {
    let half = cron("30 * * * *", "Europe/Berlin");
    let back = ["2026-10-25T00:30:00Z", "2026-10-25T01:30:00Z", "2026-10-25T02:30:00Z"];
    assert_runs(&half, "2026-10-25T00:00:00Z", &back);
    let minutes = compiled(&cron("* * * * *", "Europe/Berlin"));
    for day in ["2026-03-28T00:00:00Z", "2026-10-24T00:00:00Z"] {
        let apart = |pair: &[super::Timestamp]| pair[1].millis_since(pair[0]) == 60_000;
        assert!(runs(&minutes, at(day), 3 * 1_440).windows(2).all(apart), "{day}");
    }
}

#[test]
fn leap_days_last_days_working_days_and_counted_weekdays() {
    for (expr, after, expected) in [
        ("0 0 29 FEB ?", "2096-03-01T00:00:00Z", vec!["2104-02-29T00:00:00Z"]),
        ("0 0 L * *", "2028-02-01T00:00:00Z", vec!["2028-02-29T00:00:00Z", "2028-03-31T00:00:00Z"]),
        ("0 0 L-3 2 *", "2026-01-01T00:00:00Z", vec!["2026-02-25T00:00:00Z"]),
        // 15 November 2026 is a Sunday, 1 August a Saturday, 31 January the same.
        ("0 0 15W 11 *", "2026-01-01T00:00:00Z", vec!["2026-11-16T00:00:00Z"]),
        ("0 0 1W 8 *", "2026-01-01T00:00:00Z", vec!["2026-08-03T00:00:00Z"]),
        ("0 0 LW 1 *", "2026-01-01T00:00:00Z", vec!["2026-01-30T00:00:00Z"]),
        ("0 0 * * FRIL", "2026-01-01T00:00:00Z", vec!["2026-01-30T00:00:00Z"]),
        ("0 0 * * MON#2", "2026-01-01T00:00:00Z", vec!["2026-01-12T00:00:00Z"]),
        // Over the end of the week, and of the day.
        ("0 0 * * FRI-MON", "2026-01-01T00:00:00Z", vec!["2026-01-02T00:00:00Z"]),
        ("0 22-2/2 * * *", "2026-01-01T01:00:00Z", vec!["2026-01-01T02:00:00Z"]),
        // Either of two limited days is enough.
        (
            "0 0 13 * FRI",
            "2026-11-11T00:00:00Z",
            vec!["2026-11-13T00:00:00Z", "2026-11-20T00:00:00Z"],
        ),
        ("@weekly", "2026-11-18T00:00:00Z", vec!["2026-11-22T00:00:00Z"]),
        ("@midnight", "2026-11-18T00:00:00Z", vec!["2026-11-19T00:00:00Z"]),
        (
            "*/30 59 23 * * mon-fri",
            "2026-11-20T23:59:00.500Z",
            vec!["2026-11-20T23:59:30Z", "2026-11-23T23:59:00Z"],
        ),
    ] {
        assert_runs(&cron(expr, "UTC"), after, &expected);
    }
    let (seven, named) = (cron("0 0 * * 7", "UTC"), cron("0 0 * * SUN", "UTC"));
    let after = at("2026-11-21T00:00:00Z");
    assert_eq!(compiled(&seven).next_after(after), compiled(&named).next_after(after));
}

#[test]
fn what_makes_no_sense_is_refused_with_a_reason() {
    for expr in [
        "",
        "* * * *",
        "* * * * * * *",
        "60 * * * *",
        "* 24 * * *",
        "* * 0 * *",
        "* * * 13 *",
        "* * * * 8",
        "*/0 * * * *",
        "+5 * * * *",
        "* * 31 2 *",
        "* * 31W 2,4,6 *",
        "* * * * 1#6",
        "* * * * L",
        "a * * * *",
        "1, * * * *",
        ", * * * *",
        "1,,2 * * * *",
        "MON * * * *",
        "* * 1JAN * *",
        "* * * MON *",
        "L * * * *",
        "* * W * *",
        "* * * * #",
        "* * 1 * +MON",
        "@daily@hourly",
        "@reboot",
        "* * L-31 * *",
        "１ * * * *",
    ] {
        let error = cron(expr, "UTC").compile().expect_err(expr);
        assert!(error.0.len() > 10, "{expr}: {error}");
    }
    let error = cron("* * * * *", "Mars/Olympus").compile().expect_err("no zone");
    assert!(error.0.contains("Mars/Olympus"), "{error}");
}
