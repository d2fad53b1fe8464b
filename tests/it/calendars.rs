//! Calendars, read and written by PyPI's icalendar, which we did not write.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use cambium_tests::python;
use office::ical::{self, Bounds, Calendar, Entry, Sort, When};
use serde_json::{Value, json};
use tempfile::TempDir;

/// 2027-01-05 08:00:00 UTC.
const NOW_S: i64 = 1_799_136_000;

/// Tells the oracle to read or to write `path`; what it writes is of `year`.
pub fn theirs(what: &str, path: &Path, year: Option<u32>) -> String {
    let home = Path::new(env!("CARGO_TARGET_TMPDIR")).join("icalendar");
    let python = python::with(&home, &["icalendar==7.3.0"]).expect("icalendar");
    let script: PathBuf = Path::new(env!("CARGO_MANIFEST_DIR")).join("oracle/icalendars.py");
    let year = year.map(|year| year.to_string());
    python::run(Command::new(python).arg(script).arg(what).arg(path).args(year)).expect("it runs")
}

fn berlin(seconds: i64) -> Option<When> {
    Some(When::Local { seconds, zone: Some("Europe/Berlin".to_owned()) })
}

#[test]
fn icalendar_reads_what_we_write() {
    let summary = format!("Größe, 😀; \\ and\nmore {}", "x".repeat(200));
    let review = Entry {
        uid: "review".to_owned(),
        summary: Some(summary.clone()),
        start: berlin(NOW_S),
        end: berlin(NOW_S + 5_400),
        rule: vec![
            "RRULE:FREQ=WEEKLY;COUNT=20;BYDAY=TU".to_owned(),
            "EXDATE:20270112T080000".to_owned(),
        ],
        ..Entry::default()
    };
    let todo = Entry {
        sort: Sort::Todo,
        uid: "todo".to_owned(),
        start: Some(When::At(NOW_S * 1_000)),
        end: Some(When::At((NOW_S + 60) * 1_000)),
        percent: Some(100),
        completed: Some(NOW_S * 1_000),
        after: vec!["review".to_owned()],
        ..Entry::default()
    };
    let day = Entry { uid: "day".to_owned(), start: Some(When::Day(20_850)), ..Entry::default() };
    let calendar = Calendar { name: Some("Plans".to_owned()), entries: vec![review, todo, day] };
    let folder = TempDir::new().expect("a folder");
    let path = folder.path().join("ours.ics");
    fs::write(&path, ical::write(&calendar, NOW_S * 1_000)).expect("kept");
    let told: Value = serde_json::from_str(&theirs("read", &path, None)).expect("JSON");
    assert_eq!((&told["errors"], &told["name"]), (&json!([]), &json!("Plans")));
    let entries = &told["entries"];
    assert_eq!(entries[0]["summary"], json!(summary));
    assert_eq!(entries[0]["DTSTART"], "2027-01-05T07:00:00+00:00");
    assert_eq!(entries[0]["zone"], "Europe/Berlin");
    assert_eq!(entries[0]["RRULE"], "FREQ=WEEKLY;COUNT=20;BYDAY=TU");
    assert_eq!(entries[0]["EXDATE"], json!(["2027-01-12T07:00:00+00:00"]));
    assert_eq!(entries[1]["COMPLETED"], "2027-01-05T08:00:00+00:00");
    assert_eq!(entries[2]["DTSTART"], "2027-02-01");
    // By our own words on the zone, not by theirs.
    let offsets = json!({ "Europe/Berlin 1": 3_600.0, "Europe/Berlin 7": 7_200.0 });
    assert_eq!(told["offsets"], offsets);
}

#[test]
fn we_read_what_icalendar_writes() {
    let folder = TempDir::new().expect("a folder");
    let path = folder.path().join("theirs.ics");
    theirs("write", &path, None);
    let bytes = fs::read(&path).expect("a file");
    let opened = ical::read(&bytes, Bounds::default()).expect("read");
    let left_out: Vec<_> = opened.left_out.iter().map(|(name, count)| (&**name, *count)).collect();
    assert_eq!(left_out, [("ATTENDEE", 1), ("VALARM", 1)]);
    let [review, day, todo] = &opened.calendar.entries[..] else { panic!("{opened:?}") };
    let summary = format!("Größe, 😀; \\ and\nmore {}", "x".repeat(200));
    assert_eq!(review.summary.as_deref(), Some(&*summary));
    // 2027-01-04 09:00.
    assert_eq!((&review.start, &review.end), (&berlin(1_799_053_200), &berlin(1_799_058_600)));
    assert_eq!(review.rule[1], "EXDATE:20270111T090000");
    assert!(review.rule[0].starts_with("RRULE:") && review.rule[0].contains("BYDAY=MO,WE"));
    assert_eq!(day.start, Some(When::Day(20_850)));
    assert_eq!((todo.sort, todo.percent), (Sort::Todo, Some(40)));
}
