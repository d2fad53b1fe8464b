//! What holds for every schedule.

use proptest::prelude::{Strategy, any};
use proptest::sample::{select, subsequence};

use super::{Compiled, Recurrence, Rrule, Timestamp, compiled, runs};

const ZONES: [&str; 7] = [
    "UTC",
    "Europe/Berlin",
    "America/New_York",
    "America/Nuuk",
    "Australia/Lord_Howe",
    "Africa/Casablanca",
    "Pacific/Chatham",
];

fn instant() -> impl Strategy<Value = Timestamp> {
    (1_600_000_000_000_i64..2_200_000_000_000).prop_map(Timestamp::from_millis)
}

fn list(from: u32, until: u32) -> impl Strategy<Value = String> {
    let all: Vec<u32> = (from..=until).collect();
    let some = subsequence(all, 1..4)
        .prop_map(|list| list.iter().map(u32::to_string).collect::<Vec<_>>().join(","));
    (some, 2..9_u32, 0..3).prop_map(|(some, step, which)| match which {
        0 => "*".to_owned(),
        1 => format!("*/{step}"),
        _ => some,
    })
}

fn cron() -> impl Strategy<Value = Recurrence> {
    let days = select(vec!["*", "L", "LW", "15W", "L-2", "1,15", "*/4"]);
    let weekdays = select(vec!["*", "*", "MON-FRI", "5L", "SUN#1", "2,4"]);
    (list(0, 59), list(0, 23), days, list(1, 12), weekdays, select(ZONES.to_vec())).prop_map(
        |(minute, hour, day, month, weekday, zone)| {
            Recurrence::cron(format!("{minute} {hour} {day} {month} {weekday}"), zone)
        },
    )
}

fn rule() -> impl Strategy<Value = Recurrence> {
    let freq = select(vec!["YEARLY", "MONTHLY", "WEEKLY", "DAILY", "HOURLY", "MINUTELY"]);
    let more = select(vec![
        "",
        ";COUNT=40",
        ";BYDAY=MO,TH",
        ";BYMONTH=2,10",
        ";BYHOUR=1,2,3",
        ";UNTIL=20290101T000000Z",
        ";BYDAY=SU,SA;BYSETPOS=-1",
    ]);
    (freq, 1..5_u32, more, select(ZONES.to_vec()), instant()).prop_map(
        |(freq, interval, more, zone, start)| {
            let text = format!("FREQ={freq};INTERVAL={interval}{more}");
            Recurrence::Rrule(Rrule { text, zone: zone.to_owned(), start: Some(start) })
        },
    )
}

fn every() -> impl Strategy<Value = Recurrence> {
    let spans = 100_u64..90_000_000;
    (spans, instant()).prop_map(|(span, anchor)| Recurrence::every_ms(span).from(anchor))
}

fn schedule() -> impl Strategy<Value = Recurrence> {
    (cron(), rule(), every(), 0..3).prop_map(|(cron, rule, every, which)| match which {
        0 => cron,
        1 => rule,
        _ => every,
    })
}

fn between(from: Timestamp, until: Timestamp, part: u16) -> Timestamp {
    let span = until.millis_since(from) - 1;
    from.plus_millis(span * i64::from(part) / i64::from(u16::MAX))
}

proptest::proptest! {
    /// The next run lies ahead, and asking from anywhere before it finds the same.
    #[test]
    fn the_next_run_is_the_first(
        recurrence in schedule(), after in instant(), part in any::<u16>(),
    ) {
        let schedule = compiled(&recurrence);
        let mut last = after;
        for next in runs(&schedule, after, 12) {
            proptest::prop_assert!(next > last, "{next} after {last}");
            let middle = between(last, next, part);
            proptest::prop_assert_eq!(schedule.next_after(middle), Some(next));
            last = next;
        }
    }

    #[test]
    fn the_last_run_and_the_number_of_runs_are_what_stepping_finds(
        recurrence in schedule(), after in instant(), span in 0_i64..500 * 3_600_000,
    ) {
        let (schedule, until) = (compiled(&recurrence), after.plus_millis(span));
        let stepped = stepped(&schedule, after, until);
        let count = u32::try_from(stepped.len()).unwrap_or(u32::MAX);
        // More than that takes long to step through.
        if count < 2_000 {
            proptest::prop_assert_eq!(schedule.last_within(after, until), stepped.last().copied());
            proptest::prop_assert_eq!(schedule.count_within(after, until, 2_000), count);
            proptest::prop_assert_eq!(schedule.count_within(after, until, 3), count.min(3));
        }
    }
}

fn stepped(schedule: &Compiled, after: Timestamp, until: Timestamp) -> Vec<Timestamp> {
    let all = runs(schedule, after, 2_000);
    all.into_iter().take_while(|run| *run <= until).collect()
}
