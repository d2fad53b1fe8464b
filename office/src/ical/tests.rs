use proptest::prelude::any;

use super::{Bounds, Calendar, Entry, Opened, Sort, When, read, write};

/// 2027-01-05 08:00:00 UTC.
const NOW: i64 = 1_799_136_000_000;

fn berlin(seconds: i64) -> Option<When> {
    Some(When::Local { seconds, zone: Some("Europe/Berlin".to_owned()) })
}

fn calendar() -> Calendar {
    let long = "Größe, 😀; \\ and a text that is far longer than the 75 bytes of a line\nof a file";
    let meeting = Entry {
        uid: "a@example.org".to_owned(),
        summary: Some(long.to_owned()),
        start: berlin(NOW / 1_000),
        end: berlin(NOW / 1_000 + 3_600),
        rule: vec![
            "RRULE:FREQ=WEEKLY;BYDAY=TU;COUNT=9".to_owned(),
            "EXDATE:20270112T080000".to_owned(),
        ],
        ..Entry::default()
    };
    let todo = Entry {
        sort: Sort::Todo,
        uid: "b".to_owned(),
        summary: Some("Roof".to_owned()),
        start: Some(When::At(NOW)),
        end: Some(When::At(NOW + 3_600_000)),
        percent: Some(100),
        completed: Some(NOW),
        after: vec!["a@example.org".to_owned()],
        ..Entry::default()
    };
    let day = Entry { uid: "c".to_owned(), start: Some(When::Day(20_823)), ..Entry::default() };
    Calendar { name: Some("Plans; all".to_owned()), entries: vec![meeting, todo, day] }
}

fn opened(body: &str) -> Opened {
    let file = format!("BEGIN:VCALENDAR\nVERSION:2.0\n{body}\nEND:VCALENDAR\n");
    read(file.as_bytes(), Bounds::default()).unwrap_or_else(|unread| panic!("{unread:?}"))
}

fn event(lines: &str) -> Opened {
    opened(&format!("BEGIN:VEVENT\nUID:x\n{lines}\nEND:VEVENT"))
}

#[test]
fn what_is_written_is_read_again() {
    let file = write(&calendar(), NOW);
    let again = read(file.as_bytes(), Bounds::default()).expect("read");
    assert_eq!(again, Opened { calendar: calendar(), ..Opened::default() });
    assert!(file.split("\r\n").all(|line| line.len() <= 75), "{file}");
    assert!(file.ends_with("END:VCALENDAR\r\n") && !file.replace("\r\n", "").contains('\n'));
    assert_eq!(file, write(&calendar(), NOW));
}

#[test]
fn a_zone_tells_when_its_clocks_are_set() {
    let file = write(&calendar(), NOW);
    assert_eq!(file.matches("BEGIN:VTIMEZONE").count(), 1);
    for line in [
        "TZID:Europe/Berlin",
        "BEGIN:DAYLIGHT",
        "TZOFFSETFROM:+0100",
        "TZOFFSETTO:+0200",
        "TZNAME:CEST",
        "RDATE:20270328T020000",
        "RDATE:20271031T030000",
    ] {
        assert!(file.contains(&format!("\r\n{line}\r\n")), "{line} of {file}");
    }
}

#[test]
fn what_other_programs_write_is_read() {
    let told = event(
        "DTSTART;TZID=\"/example.org/20050126_1/Europe/Berlin\":20270105T090000\n\
         DURATION:P1DT2H30M\nSUMMARY;LANGUAGE=de:Gr\n ö\u{df}e\\, \\nx",
    );
    let entry = &told.calendar.entries[0];
    assert_eq!(entry.summary.as_deref(), Some("Größe, \nx"));
    assert_eq!(entry.start, berlin(1_799_139_600));
    assert_eq!(entry.end, berlin(1_799_139_600 + 95_400));
    let floating = event("DTSTART:20270105T090000");
    let local = When::Local { seconds: 1_799_139_600, zone: None };
    assert_eq!(floating.calendar.entries[0].start, Some(local));
    let day = event("DTSTART;VALUE=DATE:20270105\nDURATION:P2D");
    assert_eq!(day.calendar.entries[0].end, Some(When::Day(20_825)));
}

#[test]
fn dates_are_read_by_their_start_wherever_it_stands() {
    let rule = |lines: &str| {
        let told = event(lines);
        assert!(told.unread.is_empty() && told.left_out.is_empty(), "{told:?}");
        told.calendar.entries.into_iter().next().expect("an entry").rule
    };
    let days = rule(
        "RRULE:FREQ=YEARLY;UNTIL=20300105\nEXDATE;VALUE=DATE:20280105,20290105\n\
         DTSTART;VALUE=DATE:20270105\nSTATUS:CONFIRMED",
    );
    let expected =
        ["RRULE:FREQ=YEARLY;UNTIL=20300105T235959", "EXDATE:20280105T000000,20290105T000000"];
    assert_eq!(days, expected);
    let outlook = rule(
        "EXDATE;TZID=W. Europe Standard Time:20270112T090000\n\
         DTSTART;TZID=\"Europe/Berlin\":20270105T090000\nRRULE:FREQ=WEEKLY",
    );
    assert_eq!(outlook, ["EXDATE:20270112T090000", "RRULE:FREQ=WEEKLY"]);
    let elsewhere = event("EXDATE;TZID=Asia/Tokyo:20270112T090000\nDTSTART:20270105T090000Z");
    assert_eq!(elsewhere.unread[0].1, "EXDATE is in another zone than its start");
    let periods = event("DTSTART:20270105T090000Z\nRDATE;VALUE=PERIOD:20270106T090000Z/PT1H");
    assert_eq!(periods.unread[0].1, "RDATE holds no moments");
}

#[test]
fn what_was_cancelled_is_no_entry_and_is_told() {
    let one = event("DTSTART:20270105T090000Z\nSTATUS:CANCELLED");
    assert_eq!((&one.cancelled[..], one.calendar.entries.len()), (&["x".to_owned()][..], 0));
    // It is called off whatever else cannot be read of it.
    let odd = event("DTSTART;TZID=Mars/Base:20270105T090000\nSTATUS:CANCELLED");
    assert_eq!((odd.cancelled.len(), odd.unread.len()), (1, 0));
    let all = opened(
        "METHOD:CANCEL\nBEGIN:VEVENT\nUID:x\nDTSTART:20270105T090000Z\nEND:VEVENT\n\
         BEGIN:VEVENT\nUID:y\nDTSTART:20270105T090000Z\nEND:VEVENT",
    );
    assert_eq!((all.cancelled.len(), all.calendar.entries.len()), (2, 0));
}

#[test]
fn single_times_are_called_off_or_moved_and_the_zone_of_the_file_is_told() {
    let all = opened(
        "X-WR-TIMEZONE:Europe/Berlin\nBEGIN:VEVENT\nUID:x\nDTSTART:20270105T090000Z\n\
         RRULE:FREQ=DAILY\nEND:VEVENT\nBEGIN:VEVENT\nUID:x\nRECURRENCE-ID:20270106T090000Z\n\
         STATUS:CANCELLED\nEND:VEVENT\nBEGIN:VEVENT\nUID:x\nSUMMARY:Later\n\
         RECURRENCE-ID:20270107T090000Z\nDTSTART:20270107T150000Z\nEND:VEVENT\nBEGIN:VEVENT\n\
         UID:x\nRECURRENCE-ID;RANGE=THISANDFUTURE:20270109T090000Z\n\
         DTSTART:20270109T100000Z\nEND:VEVENT",
    );
    assert_eq!((all.zone.as_deref(), all.calendar.entries.len()), (Some("Europe/Berlin"), 1));
    let [off, moved] = &all.changes[..] else { panic!("{:?}", all.changes) };
    assert_eq!((off.instead.as_ref(), &off.uid[..]), (None, "x"));
    let instead = moved.instead.as_ref().expect("it takes place");
    assert_eq!(instead.summary.as_deref(), Some("Later"));
    assert_eq!(all.unread[0].1, "it changes all times of another entry from one on");
    let told = opened("X-WR-TIMEZONE:Mars/Base");
    assert_eq!((told.zone, told.left_out.get("X-WR-TIMEZONE")), (None, Some(&1)));
}

#[test]
fn what_is_not_kept_is_told() {
    let told = opened(
        "BEGIN:VJOURNAL\nUID:j\nEND:VJOURNAL\nBEGIN:VEVENT\nUID:x\nDTSTART:20270105T090000Z\n\
         ATTACH:http://a.example/b\nATTENDEE:mailto:ann@a.example\nBEGIN:VALARM\n\
         TRIGGER:-PT5M\nEND:VALARM\nRELATED-TO:y\nEND:VEVENT\nBEGIN:VEVENT\nUID:x\n\
         RECURRENCE-ID:20270105T090000Z\nDTSTART:20270105T100000Z\nEND:VEVENT\nBEGIN:VEVENT\n\
         UID:z\nDTSTART;TZID=Mars/Base:20270105T100000\nEND:VEVENT",
    );
    let left_out: Vec<_> = told.left_out.iter().map(|(name, count)| (&**name, *count)).collect();
    let expected =
        [("ATTACH", 1), ("ATTENDEE", 1), ("RELATED-TO", 1), ("VALARM", 1), ("VJOURNAL", 1)];
    assert_eq!(left_out, expected);
    assert_eq!(told.calendar.entries.len(), 1);
    let unread: Vec<_> = told.unread.iter().map(|(uid, why)| (&**uid, &**why)).collect();
    assert_eq!(unread, [("z", "there is no time zone Mars/Base")]);
    assert_eq!(told.changes.len(), 1);
}

#[test]
fn files_that_mean_no_good_are_refused_or_bounded() {
    let bounds = Bounds { bytes_max: 4_000, entries_max: 3, line_bytes_max: 300 };
    let deep = "BEGIN:X\n".repeat(50);
    let many = "BEGIN:VEVENT\nEND:VEVENT\n".repeat(5);
    let folded = format!("X:{}", "\n yyyyyyyyyy".repeat(60));
    for body in [
        deep.as_str(),
        many.as_str(),
        folded.as_str(),
        "END:VCALENDAR\nEND:VCALENDAR",
        "no colon",
        ": no name",
        "BEGIN:VEVENT",
        &"X:y\n".repeat(2_000),
    ] {
        let file = format!("BEGIN:VCALENDAR\n{body}\nEND:VCALENDAR\n");
        assert!(read(file.as_bytes(), bounds).is_err(), "{body}");
    }
    for file in ["", "hello", "\u{0}", "END:VCALENDAR"] {
        assert!(read(file.as_bytes(), bounds).is_err(), "{file}");
    }
    assert!(read(&[0xff, 0xfe], bounds).is_err());
    for odd in [
        "DTSTART:20270230T000000",
        "DTSTART:99999999999999999999",
        "DTSTART:2027010 T000000",
        "DURATION:P99999999999999999999W\nDTSTART:20270105T000000Z",
        "DTSTART:+2027010T000000",
    ] {
        assert_eq!(event(odd).unread.len(), 1, "{odd}");
    }
}

proptest::proptest! {
    #[test]
    fn no_bytes_break_it(bytes in proptest::collection::vec(any::<u8>(), 0..400)) {
        let _ = read(&bytes, Bounds::default());
        let mut file = b"BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\n".to_vec();
        file.extend(&bytes);
        let _ = read(&file, Bounds::default());
    }

    #[test]
    fn every_text_comes_back(text in proptest::collection::vec(any::<char>(), 0..200)) {
        let mut calendar = calendar();
        let text: String = text.into_iter().filter(|c| !c.is_control()).collect();
        calendar.entries[1].description = Some(text);
        let file = write(&calendar, NOW);
        let again = read(file.as_bytes(), Bounds::default()).expect("read");
        assert_eq!(again.calendar, calendar);
    }
}
