//! Calendars of schedule books.

use serde_json::{Value, json};

use super::super::Circadian;
use super::{deed, hourly, reply, scheduled};
use crate::kinds::testing::{Then, given};

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
    assert_eq!(then.given.state.schedules["weekly"].schedule.note.as_deref(), Some("Review"));
    then.given.state_is_the_fold();
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
