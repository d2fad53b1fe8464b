use std::collections::BTreeMap;

use contracts::effect::{ConvertFormat, ConvertInto};
use contracts::kinds::chaperone::Convertible;
use contracts::{ActorId, Refusal, Revision, Tenant, Timestamp};
use serde_json::{Value, json};

use super::super::{Config, Made, Read, Shape, Source, Stop, Subject, read, write};
use crate::kinds::circadian::{Circadian, State};
use crate::kinds::testing::{Given, given};

fn deed() -> Value {
    json!({ "send": { "kind": "counter", "id": "c", "command": "add", "input": { "by": 1 } } })
}

fn taken(text: &str) -> Result<Read, Refusal> {
    let source = Source::text(text, ConvertFormat::Ics);
    let into = ConvertInto::Commands {
        kind: Convertible::Circadian.kind(),
        title: None,
        sheet: None,
        day_first: None,
        otherwise: None,
        deed: Some(deed()),
        zone: Some("Europe/Berlin".to_owned()),
    };
    read(&source, &into, &Config::default(), &Stop::default())
}

fn made(state: &State) -> Made {
    let subject = Subject {
        tenant: Tenant::from_static("main"),
        kind: Convertible::Circadian.kind(),
        id: ActorId::from_static("roof"),
        revision: Revision(3),
        at: Timestamp::from_millis(1_800_000_000_000),
        state: serde_json::to_value(state).expect("a state is JSON"),
        media: BTreeMap::new(),
    };
    write(subject, &Shape::of(ConvertFormat::Ics), &Config::default(), &Stop::default())
        .expect("written")
}

/// The schedule book that takes all parts.
fn loaded(now: Given<Circadian>, read: &Read) -> Given<Circadian> {
    let [part] = &read.parts[..] else { panic!("one command") };
    let input: Value = serde_json::from_slice(&part.input).expect("JSON");
    now.when(part.name.as_str(), input).given
}

const FILE: &str = "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nBEGIN:VEVENT\r\nUID:review\r\n\
    SUMMARY:Review\r\nLOCATION:Here\r\nDTSTART;TZID=Europe/Berlin:20990105T090000\r\n\
    RRULE:FREQ=WEEKLY;COUNT=10\r\nATTENDEE:mailto:a@b.example\r\nEND:VEVENT\r\n\
    BEGIN:VTODO\r\nUID:t\r\nSUMMARY:Tiles\r\nEND:VTODO\r\nEND:VCALENDAR\r\n";

#[test]
fn a_calendar_becomes_schedules_and_a_schedule_book_the_same_calendar() {
    let read = taken(FILE).expect("read");
    let told: Vec<_> = read.losses.iter().map(|it| (it.what.as_str(), it.place.as_str())).collect();
    let expected = [("properties", "ATTENDEE"), ("properties", "LOCATION"), ("tasks", "Tiles")];
    assert_eq!(told, expected);
    let book = loaded(given::<Circadian>(Vec::new()), &read);
    let names: Vec<_> = book.state.schedules.keys().map(ToString::to_string).collect();
    assert_eq!(names, ["ics-review"]);
    let made = made(&book.state);
    assert_eq!((made.filename.as_str(), made.losses.len()), ("roof.ics", 0));
    let text = String::from_utf8(made.bytes.clone()).expect("UTF-8");
    assert!(text.contains("UID:ics-review@roof.main.circadian"), "{text}");
    assert_eq!(made, self::made(&book.state), "the same revision is the same file");

    // What went out comes in again under its name.
    let again = loaded(given::<Circadian>(Vec::new()), &taken(&text).expect("read"));
    let names: Vec<_> = again.state.schedules.keys().map(ToString::to_string).collect();
    assert_eq!(names, ["ics-review"]);
    let when = |given: &Given<Circadian>| given.state.schedules["ics-review"].next;
    assert_eq!(when(&again), when(&book));
}

#[test]
fn what_is_no_calendar_is_refused() {
    for (text, code) in [
        ("BEGIN:VCARD\r\nEND:VCARD\r\n", "file_damaged"),
        ("BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\n", "file_damaged"),
        (&format!("{FILE}{}", " ".repeat(300_000)), "file_too_large"),
        ("", "file_empty"),
    ] {
        assert_eq!(taken(text).expect_err("refused").code, code);
    }
}
