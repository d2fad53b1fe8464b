//! Texts that mean no good: whatever they say, they are refused or bounded.

use proptest::prelude::{Strategy, any};
use proptest::sample::select;

use super::{Recurrence, Rrule, Timestamp, at, rule, runs};
use crate::schedule::TEXT_BYTES_MAX;

/// Pieces of which schedules are made, and such as look like them.
const PIECES: &[&str] = &[
    "*",
    "/",
    "-",
    ",",
    "?",
    "#",
    "L",
    "W",
    "LW",
    "@",
    " ",
    " ",
    " ",
    "0",
    "1",
    "7",
    "29",
    "31",
    "59",
    "60",
    "999999999999999999999",
    "MON",
    "FEB",
    "@daily",
    "FREQ=",
    "SECONDLY",
    "MINUTELY",
    "HOURLY",
    "YEARLY",
    ";",
    ";",
    "INTERVAL=",
    "COUNT=",
    "BYDAY=",
    "BYHOUR=",
    "BYSECOND=",
    "BYMONTHDAY=",
    "BYMONTH=",
    "BYWEEKNO=",
    "BYYEARDAY=",
    "BYSETPOS=",
    "WKST=",
    "UNTIL=",
    "-1",
    "53MO",
    "\n",
    "RDATE:",
    "EXDATE:",
    "20260229T000000",
    "99991231T235959Z",
    "Ä",
    "\u{202e}",
    "\0",
];

fn garbage() -> impl Strategy<Value = String> {
    proptest::collection::vec(select(PIECES.to_vec()), 0..400).prop_map(|pieces| pieces.concat())
}

fn rule_like() -> impl Strategy<Value = String> {
    let part = select(vec![
        "BYDAY=MO,TU,WE,TH,FR,SA,SU",
        "BYDAY=-53FR",
        "BYHOUR=3",
        "BYMINUTE=17",
        "BYSECOND=59",
        "BYMONTHDAY=31",
        "BYMONTH=2",
        "BYWEEKNO=53",
        "BYYEARDAY=366",
        "BYSETPOS=366",
        "COUNT=10000",
        "INTERVAL=999983",
        "INTERVAL=16001",
        "INTERVAL=7",
        "UNTIL=99991231T235959Z",
        "WKST=SU",
    ]);
    let freq =
        select(vec!["SECONDLY", "MINUTELY", "HOURLY", "DAILY", "WEEKLY", "MONTHLY", "YEARLY"]);
    (freq, proptest::collection::vec(part, 0..6))
        .prop_map(|(freq, parts)| format!("FREQ={freq};{}", parts.join(";")))
}

/// Compiles and asks, as a late firing does. That it comes back at all is the test: no text makes
/// it look at more than a bounded number of periods, months and spans.
fn ask(recurrence: &Recurrence, after: Timestamp) {
    let Ok(schedule) = recurrence.compile() else { return };
    let mut last = after;
    for next in runs(&schedule, after, 3) {
        assert!(next > last, "{recurrence}: {next} after {last}");
        last = next;
    }
    let until = after.plus_millis(86_400_000);
    assert!(schedule.count_within(after, until, 5) <= 5);
    assert!(schedule.last_within(after, until).is_none_or(|last| last > after && last <= until));
}

proptest::proptest! {
    #![proptest_config(proptest::prelude::ProptestConfig::with_cases(192))]

    #[test]
    fn garbage_is_refused_or_makes_sense(text in garbage(), ms in any::<i64>()) {
        let after = Timestamp::from_millis(ms);
        let start = Some(after);
        ask(&Recurrence::cron(text.clone(), "America/Nuuk"), after);
        ask(&Recurrence::Rrule(Rrule { text, zone: "Africa/Casablanca".to_owned(), start }), after);
    }

    #[test]
    fn rules_that_ask_for_much_work_get_little(text in rule_like()) {
        ask(&rule(&text, "Europe/Berlin", "2026-01-01T00:00:00Z"), at("2026-06-01T00:00:00Z"));
    }
}

#[test]
fn long_lists_cost_no_more_than_their_length() {
    let list = |item: &str, room: usize| vec![item; room / (item.len() + 1)].join(",");
    for expr in [
        format!("0 0 {} 2 *", list("29W", 4_000)),
        format!("0 0 {} * *", list("L-29", 4_000)),
        format!("0 0 * 2 {}", list("1#5", 4_000)),
        format!("{} * * * *", list("*", 4_000)),
    ] {
        ask(&Recurrence::cron(expr, "America/Nuuk"), at("2026-06-01T00:00:00Z"));
    }
    let dates = format!("RDATE:{}", list("20260601T000001", 4_000));
    ask(&rule(&dates, "UTC", "2026-01-01T00:00:00Z"), at("2026-06-01T00:00:00Z"));
    let long = "0".repeat(TEXT_BYTES_MAX + 1);
    assert!(Recurrence::cron(long.clone(), "UTC").compile().is_err());
    assert!(rule(&long, "UTC", "2026-01-01T00:00:00Z").compile().is_err());
}
