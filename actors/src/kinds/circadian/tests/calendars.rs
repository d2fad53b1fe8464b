//! Calendars of schedule books.

use serde_json::{Value, json};

use super::super::Circadian;
use super::{deed, hourly, reply, scheduled};
use crate::kinds::testing::{Given, Then, given};

fn imported(body: &str) -> Then<Circadian> {
    let text = format!("BEGIN:VCALENDAR\r\nVERSION:2.0\r\n{body}\r\nEND:VCALENDAR\r\n");
    let input = json!({ "text": text, "do": deed(), "zone": "Europe/Berlin" });
    given::<Circadian>([]).when("import_calendar", input)
}

fn event(uid: &str, lines: &str) -> String {
    format!("BEGIN:VEVENT\r\nUID:{uid}\r\n{lines}\r\nEND:VEVENT")
}

#[test]
fn each_appointment_becomes_a_schedule_or_is_named() {
    let all = [
        event(
            "weekly",
            "SUMMARY:Review\r\nDTSTART;TZID=America/New_York:20270104T090000\r\n\
                         RRULE:FREQ=WEEKLY\r\nEXDATE;TZID=America/New_York:20270118T090000",
        ),
        event("with spaces & more", "DTSTART:20270201T090000"),
        event("day", "DTSTART;VALUE=DATE:20270201"),
        event("past", "DTSTART:20200201T090000Z"),
        event("odd", "DTSTART:20270201T090000Z\r\nRRULE:FREQ=SOMETIMES"),
        event("nowhere", "DTSTART;TZID=Mars/Base:20270201T090000"),
        "BEGIN:VTODO\r\nUID:t\r\nEND:VTODO".to_owned(),
    ];
    let then = imported(&all.join("\r\n"));
    let told = reply(&then);
    let next: Vec<_> =
        told["schedules"].as_array().expect("some").iter().map(|it| it["next"].clone()).collect();
    // The 18th is left out; 09:00 in Berlin is 08:00, and its midnight 23:00 of the day before.
    let expected =
        ["2027-01-25T14:00:00.000Z", "2027-02-01T08:00:00.000Z", "2027-01-31T23:00:00.000Z"];
    assert_eq!(next, expected);
    let unread: Vec<_> =
        told["unread"].as_array().expect("some").iter().map(|it| it["uid"].clone()).collect();
    assert_eq!(unread, ["nowhere", "past", "odd"]);
    assert_eq!(told["left_out"], json!({ "VTODO": 1 }));
    assert_eq!(then.effects.len(), 3);
    assert_eq!(then.given.state.schedules["ics-weekly"].schedule.note.as_deref(), Some("Review"));
    then.given.state_is_the_fold();
}

#[test]
fn a_file_from_elsewhere_replaces_nothing_and_keeps_nobody_busy() {
    let mine = hourly(json!({}));
    let text = |body: &str| format!("BEGIN:VCALENDAR\r\n{body}\r\nEND:VCALENDAR\r\n");
    let import = |body: &str| json!({ "text": text(body), "do": deed() });
    let then = mine.when("import_calendar", import(&event("tick", "DTSTART:20270201T090000Z")));
    assert_eq!(reply(&then)["schedules"][0]["name"], "ics-tick");
    let mine = then.given.state.schedules["tick"].schedule.when.recurrence();
    assert!(mine.is_some(), "what was scheduled stands");
    for rule in [
        "FREQ=SECONDLY",
        "freq=minutely;COUNT=10000",
        "FREQ=DAILY;BYHOUR=1,2,3,4,5;BYMINUTE=1,2,3,4,5",
    ] {
        let told = imported(&event("x", &format!("DTSTART:20270201T090000Z\r\nRRULE:{rule}")));
        let told = reply(&told);
        let expected = "it recurs more often than an appointment does";
        assert_eq!(told["unread"][0]["reason"], expected, "{rule}");
    }
    // Rules that never run cost time: so many are read.
    let never = "DTSTART:20270201T090000Z\r\nRRULE:FREQ=HOURLY;BYMONTH=2;BYMONTHDAY=30;COUNT=9";
    let many: Vec<_> = (0..300).map(|at| event(&format!("{at}"), never)).collect();
    let last = event("last", "DTSTART:20270201T090000Z");
    let told = reply(&imported(&format!("{}\r\n{last}", many.join("\r\n"))));
    assert_eq!(
        (&told["schedules"][0]["uid"], &told["unread_count"]),
        (&json!("last"), &json!(300))
    );
    assert_eq!(told["unread"].as_array().map(Vec::len), Some(100));
}

#[test]
fn dates_come_beside_the_first() {
    let told = reply(&imported(&event(
        "x",
        "SUMMARY:x\r\nLOCATION:here\r\nDTSTART;TZID=Europe/Berlin:20270201T090000\r\n\
         DTEND;TZID=Europe/Berlin:20270201T100000\r\nRDATE;TZID=Europe/Berlin:20270301T090000",
    )));
    assert_eq!(told["schedules"][0]["next"], "2027-02-01T08:00:00.000Z");
    assert_eq!(told["left_out"], json!({ "DTEND": 1, "LOCATION": 1 }));
}

#[test]
fn what_is_no_calendar_is_refused() {
    let input = |text: &str| json!({ "text": text, "do": deed() });
    for text in ["hello", "BEGIN:VCALENDAR\nBEGIN:VEVENT\nEND:VCALENDAR"] {
        given::<Circadian>([]).when("import_calendar", input(text)).then_refused("calendar_unread");
    }
    let long = "x".repeat(300_000);
    given::<Circadian>([]).when("import_calendar", input(&long)).then_refused("invalid_input");
    imported("BEGIN:VTODO\r\nEND:VTODO").decided();
}

#[test]
fn what_is_exported_can_be_imported() {
    let rule = json!({ "rrule": {
        "text": "FREQ=WEEKLY;BYDAY=MO,WE\nEXDATE:20270118T090000",
        "zone": "Europe/Berlin", "start": "2027-01-04T08:00:00.000Z",
    } });
    let mut given = scheduled(rule, json!({ "note": "Review, and more" })).given;
    let once = json!({ "name": "once", "when": { "at": "2027-02-01T08:00:00Z" }, "do": deed() });
    given = given.when("schedule", once).given;
    let plan = json!({ "tasks": [{ "id": "a", "minutes": 60 },
                                 { "id": "b", "minutes": 60, "after": [{ "task": "a" }] }] });
    given = given.when("plan_timeline", plan).given;
    let told = reply(&given.when("export_calendar", json!({})));
    assert_eq!((&told["left_out"], &told["filename"]), (&json!([]), &json!("me.ics")));
    let text = told["text"].as_str().expect("a file");
    assert_eq!((text.matches("BEGIN:VEVENT").count(), text.matches("BEGIN:VTODO").count()), (2, 2));
    assert!(text.contains("DTSTART;TZID=Europe/Berlin:20270104T090000"), "{text}");
    let again =
        self::given::<Circadian>([]).when("import_calendar", json!({ "text": text, "do": deed() }));
    let again = reply(&again);
    let next: Vec<_> =
        again["schedules"].as_array().expect("some").iter().map(|it| it["next"].clone()).collect();
    assert_eq!(next, ["2027-02-01T08:00:00.000Z", "2027-01-20T08:00:00.000Z"]);
}

#[test]
fn spans_and_ends_are_told_as_rules() {
    for (ms, until, rule) in [
        (172_800_000_u64, Value::Null, "RRULE:FREQ=DAILY;INTERVAL=2\r\n"),
        (5_400_000, Value::Null, "RRULE:FREQ=MINUTELY;INTERVAL=90\r\n"),
        (
            7_200_000,
            json!("2027-02-01T00:00:00Z"),
            "RRULE:FREQ=HOURLY;INTERVAL=2;UNTIL=20270201T000000Z\r\n",
        ),
        (7_000, Value::Null, "RRULE:FREQ=SECONDLY;INTERVAL=7\r\n"),
    ] {
        let more = match until {
            Value::Null => json!({}),
            until => json!({ "until": until }),
        };
        let given = scheduled(json!({ "every": { "every_ms": ms } }), more).given;
        let told = reply(&given.when("export_calendar", json!({})));
        assert!(told["text"].as_str().is_some_and(|text| text.contains(rule)), "{told}");
        assert_eq!(told["left_out"], json!([]));
    }
    let counted = json!({ "rrule": { "text": "FREQ=DAILY;COUNT=900" } });
    let given = scheduled(counted, json!({ "until": "2027-02-01T00:00:00Z" })).given;
    let told = reply(&given.when("export_calendar", json!({})));
    assert_eq!(told["left_out"].as_array().map(Vec::len), Some(1));
}

#[test]
fn what_a_calendar_has_no_words_for_is_told() {
    let told = reply(&hourly(json!({})).when("export_calendar", json!({})));
    let text = told["text"].as_str().expect("a file");
    assert_eq!(text.matches("RDATE").count(), 99, "the first is DTSTART");
    assert!(text.contains("DTSTART:20270115T090000Z") && text.contains("RDATE:20270115T100000Z"));
    assert_eq!(told["left_out"].as_array().map(Vec::len), Some(1));
    let fast = scheduled(json!({ "every": { "every_ms": 1_500 } }), json!({})).given;
    let told = reply(&fast.when("export_calendar", json!({})));
    assert_eq!(told["left_out"][0]["reason"], "an iCalendar has no parts of seconds");
    let none: Value = told["text"].as_str().expect("a file").contains("VEVENT").into();
    assert_eq!(none, false);
}

/// A book with a weekly appointment, Mondays at nine in Berlin.
fn weekly() -> Then<Circadian> {
    imported(&event("w", "DTSTART;TZID=Europe/Berlin:20270104T090000\r\nRRULE:FREQ=WEEKLY"))
}

fn again(then: Then<Circadian>, body: &str) -> Then<Circadian> {
    let text = format!("BEGIN:VCALENDAR\r\nVERSION:2.0\r\n{body}\r\nEND:VCALENDAR\r\n");
    let then = then.given.when("import_calendar", json!({ "text": text, "do": deed() }));
    then.given.state_is_the_fold();
    then
}

#[test]
fn what_is_called_off_later_fires_no_more() {
    for gone in ["DTSTART:20270104T080000Z\r\nSTATUS:CANCELLED", "STATUS:CANCELLED"] {
        let then = again(weekly(), &event("w", gone));
        assert_eq!(reply(&then)["removed"], json!(["ics-w"]));
        assert_eq!(then.types(), ["CalendarImported", "Removed"]);
        assert!(then.given.state.schedules.is_empty());
    }
    let then = again(weekly(), &format!("METHOD:CANCEL\r\n{}", event("w", "SEQUENCE:2")));
    assert!(then.given.state.schedules.is_empty());
    let then = again(weekly(), &event("other", "STATUS:CANCELLED"));
    let told = reply(&then);
    assert_eq!((&told["removed"], &told["unread"][0]["uid"]), (&json!([]), &json!("other")));
    assert_eq!(then.given.state.schedules.len(), 1);
}

#[test]
fn one_time_of_an_appointment_is_called_off_or_moved() {
    let zone = "RECURRENCE-ID;TZID=Europe/Berlin";
    let off = event("w", &format!("{zone}:20270118T090000\r\nSTATUS:CANCELLED"));
    let moved = event("w", &format!("{zone}:20270125T090000\r\nDTSTART:20270125T150000Z"));
    let both = format!("{off}\r\n{moved}");
    let expected = ["2027-02-01T08:00:00.000Z", "2027-01-25T15:00:00.000Z"];
    let next = |then: &Then<Circadian>| {
        let all = reply(then)["schedules"].as_array().expect("some").clone();
        all.into_iter().map(|it| it["next"].clone()).collect::<Vec<_>>()
    };
    // In a file of its own, twice, and beside the appointment.
    let then = again(weekly(), &both);
    assert_eq!(next(&then), expected);
    assert_eq!(then.given.state.schedules.len(), 2);
    let then = again(then, &both);
    assert_eq!(then.given.state.schedules.len(), 2, "the same file changes nothing");
    let whole = event("w", "DTSTART;TZID=Europe/Berlin:20270104T090000\r\nRRULE:FREQ=WEEKLY");
    assert_eq!(next(&imported(&format!("{whole}\r\n{both}"))), expected);
    // The only time there is.
    let once = event("o", "DTSTART:20270201T090000Z\r\nRRULE:FREQ=WEEKLY;COUNT=1");
    let off = event("o", "RECURRENCE-ID:20270201T090000Z\r\nSTATUS:CANCELLED");
    let then = again(imported(&once), &off);
    assert_eq!(reply(&then)["removed"], json!(["ics-o"]));
    let told = reply(&again(weekly(), &event("n", "RECURRENCE-ID:20270104T090000Z")));
    assert_eq!(told["unread"][0]["reason"], "it changes an entry that is not here");
}

#[test]
fn times_without_a_zone_are_in_that_of_the_file() {
    let body = format!("X-WR-TIMEZONE:Europe/Berlin\r\n{}", event("x", "DTSTART:20270201T090000"));
    let text = format!("BEGIN:VCALENDAR\r\n{body}\r\nEND:VCALENDAR\r\n");
    for (zone, next) in [
        (json!(null), "2027-02-01T08:00:00.000Z"),
        (json!("Asia/Tokyo"), "2027-02-01T00:00:00.000Z"),
    ] {
        let input = json!({ "text": text, "do": deed(), "zone": zone });
        let then = given::<Circadian>([]).when("import_calendar", input);
        assert_eq!(reply(&then)["schedules"][0]["next"], next);
    }
}

#[test]
fn a_command_that_no_kind_takes_is_told_before_its_time() {
    for (command, input) in [("grow", json!({})), ("add", json!({ "by": "much" }))] {
        let send = json!({ "kind": "counter", "id": "c", "command": command, "input": input });
        let set = json!({ "name": "s", "when": { "at": "2099-01-01T00:00:00.000Z" },
            "do": { "send": send } });
        given::<Circadian>([]).when("schedule", set).then_refused("invalid_input");
    }
}

#[test]
fn what_we_told_comes_back_under_its_name_and_moves_nothing_else() {
    let mine = || hourly(json!({}));
    let text = |body: &str| format!("BEGIN:VCALENDAR\r\n{body}\r\nEND:VCALENDAR\r\n");
    let own = event("tick@book.main.circadian", "DTSTART:20990201T090000Z");
    let other = json!({ "post": { "conversation": "c", "text": "x" } });
    // Somebody else's file with our name in it.
    let input = json!({ "text": text(&own), "do": other });
    let told = mine().when("import_calendar", input.clone());
    let told = reply(&told);
    assert_eq!((&told["schedules"], &told["unread_count"]), (&json!([]), &json!(1)));
    let gone = text(&format!("METHOD:CANCEL\r\n{own}"));
    let then = mine().when("import_calendar", json!({ "text": gone, "do": other }));
    assert_eq!(reply(&then)["removed"], json!([]));
    assert!(then.given.state.schedules.contains_key("tick"));
    // The same deed: it moves. Into another book it comes under its name.
    let does = mine().state.schedules["tick"].schedule.deed.clone();
    let then = mine().when("import_calendar", json!({ "text": text(&own), "do": does }));
    assert_eq!(reply(&then)["schedules"][0]["name"], "tick");
    let then = given::<Circadian>([]).when("import_calendar", input);
    assert_eq!(reply(&then)["schedules"][0]["name"], "tick");
    then.given.state_is_the_fold();
}

/// A book with schedules of every sort.
fn sorts() -> Given<Circadian> {
    let day = 86_400_000_u64;
    let rule = json!({ "text": "FREQ=WEEKLY;UNTIL=20270601T070000Z\nEXDATE:20270118T090000",
        "zone": "Europe/Berlin", "start": "2027-01-04T08:00:00.000Z" });
    let all = [
        (
            "at",
            json!({ "at": "2027-02-01T08:00:00.500Z" }),
            json!({ "note": "Once; only, \"so\"" }),
        ),
        ("cron", json!({ "cron": { "expr": "30 9 * * 1-5", "zone": "Europe/Berlin" } }), json!({})),
        ("every", json!({ "every": { "every_ms": day } }), json!({ "jitter_ms_max": 1_000 })),
        ("rrule", json!({ "rrule": rule }), json!({ "missed": "all", "missed_runs_max": 3 })),
        (
            "until",
            json!({ "cron": { "expr": "0 0 L * *" } }),
            json!({ "overlap": "skip", "until": "2027-09-01T00:00:00.000Z", "note": "until" }),
        ),
    ];
    let mut book = given::<Circadian>([]);
    for (name, when, more) in all {
        let mut input = json!({ "name": name, "when": when, "do": deed() });
        for (name, value) in more.as_object().into_iter().flatten() {
            input[name] = value.clone();
        }
        let then = book.when("schedule", input);
        then.decided();
        book = then.given;
    }
    book
}

fn exported(book: Given<Circadian>) -> String {
    let told = reply(&book.when("export_calendar", json!({})));
    told["text"].as_str().expect("a file").to_owned()
}

#[test]
fn a_file_of_a_book_changes_nothing_in_it_and_makes_its_equal() {
    let book = sorts();
    let text = exported(sorts());
    let input = json!({ "text": text, "do": deed() });
    let then = sorts().when("import_calendar", input.clone());
    let told = reply(&then);
    assert_eq!((&told["left_out"], &told["unread"]), (&json!({}), &json!([])));
    assert_eq!(told["schedules"].as_array().map(Vec::len), Some(5));
    assert_eq!(then.types(), ["CalendarImported"]);
    assert_eq!(then.given.state.schedules, book.state.schedules);
    let copy = given::<Circadian>([]).when("import_calendar", input);
    copy.given.state_is_the_fold();
    for (name, entry) in &book.state.schedules {
        assert_eq!(copy.given.state.schedules[name].schedule, entry.schedule, "{name}");
    }
    // Every five minutes stay in their book, and come from no file.
    let often = || scheduled(json!({ "cron": { "expr": "*/5 * * * *" } }), json!({})).given;
    let input = json!({ "text": exported(often()), "do": deed() });
    assert_eq!(often().when("import_calendar", input.clone()).types(), ["CalendarImported"]);
    let told = reply(&given::<Circadian>([]).when("import_calendar", input));
    assert_eq!(told["unread"][0]["reason"], "it recurs more often than an appointment does");
}

#[test]
fn who_changes_the_times_of_our_file_means_them() {
    let text = exported(hourly(json!({}))).replace("\r\n ", "");
    let (start, moved) = ("DTSTART:20270115T090000Z", "DTSTART:20270115T090500Z");
    assert!(text.contains(start), "{text}");
    let broken = text.replace("\"expr\":\"0 * * * *\"", "\"expr\":\"0 * * * 9\"");
    for (text, next) in [
        (text.replace(start, moved), "2027-01-15T09:05:00.000Z"),
        (broken, "2027-01-15T09:00:00.000Z"),
    ] {
        let input = json!({ "text": text, "do": deed() });
        let then = given::<Circadian>([]).when("import_calendar", input);
        let told = reply(&then);
        assert_eq!(told["left_out"], json!({ "X-CAMBIUM-SCHEDULE": 1 }), "{text}");
        assert_eq!(told["schedules"][0]["next"], next);
        let when = json!(then.given.state.schedules["tick"].schedule.when);
        assert!(when.get("rrule").is_some(), "{when}");
    }
}
