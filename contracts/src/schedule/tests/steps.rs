use super::{Compiled, Recurrence, Timestamp, at, compiled, rule};
use crate::schedule::{Firing, MISSED_AFTER_MS, Missed, Step, step};

const HOUR_MS: i64 = 3_600_000;

fn noon() -> Timestamp {
    at("2027-03-01T12:00:00Z")
}

fn hours(hours: i64) -> Timestamp {
    noon().plus_millis(hours * HOUR_MS)
}

fn hourly() -> Compiled {
    compiled(&Recurrence::cron("0 * * * *", "UTC"))
}

fn fire(schedule: &Compiled, missed: Missed, due: Timestamp, now: Timestamp) -> Step {
    step(Firing { schedule, missed, missed_runs_max: 3, due, jitter_ms: 0 }, now)
}

#[test]
fn in_time_all_policies_do_the_same() {
    for missed in [Missed::Skip, Missed::Once, Missed::All] {
        let found = fire(&hourly(), missed, hours(1), hours(1).plus_millis(20));
        assert_eq!(found, Step { runs: true, due: hours(1), missed: 0, next: Some(hours(2)) });
        let late = hours(1).plus_millis(MISSED_AFTER_MS as i64 + 1);
        assert_eq!(fire(&hourly(), missed, hours(1), late).runs, missed != Missed::Skip);
    }
}

#[test]
fn after_four_and_a_half_hours_each_policy_does_its_own() {
    let now = hours(4).plus_millis(HOUR_MS / 2);
    let next = Some(hours(5));
    let found = |missed| fire(&hourly(), missed, hours(1), now);
    assert_eq!(found(Missed::Once), Step { runs: true, due: hours(4), missed: 3, next });
    assert_eq!(found(Missed::Skip), Step { runs: false, due: hours(4), missed: 3, next });
    // Of four the latest three: the first is left out.
    let all = Step { runs: true, due: hours(2), missed: 1, next: Some(hours(3)) };
    assert_eq!(found(Missed::All), all);
    // What has just become due is not missed, whatever came before it.
    let just = fire(&hourly(), Missed::Skip, hours(1), hours(4).plus_millis(5));
    assert_eq!(just, Step { runs: true, due: hours(4), missed: 3, next });
}

#[test]
fn a_schedule_that_ends_and_one_that_runs_once_have_no_next() {
    let ends = compiled(&rule("FREQ=HOURLY;COUNT=3", "UTC", "2027-03-01T12:00:00Z"));
    let found = fire(&ends, Missed::Once, hours(0), hours(9));
    assert_eq!(found, Step { runs: true, due: hours(2), missed: 2, next: None });
    let once = fire(&Compiled::once(), Missed::Once, hours(0), hours(9));
    assert_eq!(once, Step { runs: true, due: hours(0), missed: 0, next: None });
    assert!(!fire(&Compiled::once(), Missed::Skip, hours(0), hours(9)).runs);
}

#[test]
fn what_was_put_off_on_purpose_is_not_late() {
    let (schedule, jitter_ms) = (hourly(), 30 * 60_000);
    let firing = Firing {
        schedule: &schedule,
        missed: Missed::Skip,
        missed_runs_max: 3,
        due: hours(1),
        jitter_ms,
    };
    assert!(step(firing, hours(1).plus_millis(jitter_ms as i64)).runs);
    let late = hours(1).plus_millis((jitter_ms + MISSED_AFTER_MS) as i64 + 1);
    assert!(!step(firing, late).runs);
}

proptest::proptest! {
    /// From whenever until whenever nobody was there: each run is made up for or counted as left
    /// out, exactly once, and the next lies ahead.
    #[test]
    fn no_run_is_lost_or_doubled(
        minutes in 3_u64..200,
        missed in proptest::sample::select(vec![Missed::Skip, Missed::Once, Missed::All]),
        most in 1_u32..50,
        away_ms in 0_i64..400 * HOUR_MS,
    ) {
        let recurrence = Recurrence::every_ms(minutes * 60_000).from(noon());
        let schedule = compiled(&recurrence);
        let (mut due, now) = (noon(), noon().plus_millis(away_ms));
        let (mut ran, mut left_out) = (0_u32, 0_u32);
        while due <= now {
            let firing = Firing {
                schedule: &schedule, missed, missed_runs_max: most, due, jitter_ms: 0,
            };
            let step = step(firing, now);
            proptest::prop_assert!(step.due >= due && step.due <= now);
            ran += u32::from(step.runs);
            left_out += step.missed + u32::from(!step.runs);
            let next = step.next.expect("it goes on");
            proptest::prop_assert!(next > step.due);
            due = next;
        }
        let all = schedule.count_within(noon().plus_millis(-1), now, u32::MAX);
        proptest::prop_assert_eq!(ran + left_out, all);
        let right = match missed {
            Missed::Skip => ran <= 1,
            Missed::Once => ran == 1,
            Missed::All => ran == all.min(most),
        };
        proptest::prop_assert!(right, "{ran} ran of {all}");
    }
}
