//! Reminders of a plan that arrive, and calendars that others wrote and read.

use std::fs;
use std::path::Path;
use std::process::Command;
use std::time::{SystemTime, UNIX_EPOCH};

use cambium_tests::program::Program;
use cambium_tests::python;
use cambium_tests::receiver::{Message, Receiver};
use contracts::Timestamp;
use reqwest::Method;
use serde_json::{Value, json};
use tempfile::TempDir;

use super::BINARY;
use super::circadian::{Mailbox, Worker, asked, until};
use crate::calendars::theirs;

/// What the book signs with.
const SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

/// How far ahead a reminder is set, in milliseconds.
const AHEAD_MS: i64 = 4_000;

const MINUTE_MS: i64 = 60_000;

/// Checks a message by PyPI's standardwebhooks and tells what it says.
const CHECK: &str = "
import json, sys
from standardwebhooks import Webhook
asked = json.load(sys.stdin)
print(json.dumps(Webhook(asked['secret']).verify(asked['body'].encode(), asked['headers'])))
";

fn now() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).expect("after 1970");
    i64::try_from(since.as_millis()).expect("fits")
}

/// Sets a reminder of the start of a task, to fire in some seconds.
async fn remind(program: &Program, task: &str, start: i64, deed: &Value) -> Value {
    loop {
        let before_s = (start - now() - AHEAD_MS) / 1_000;
        let input = json!({ "task": task, "before_s": before_s, "do": deed });
        let told = program.post("/v1/circadian/book/remind", &input).await.expect("an answer");
        // On a slow machine its time may have passed when it is read.
        if told["code"] != "reminder_past" {
            assert_eq!(told["output"]["status"], "active", "{told}");
            return told["output"]["next"].clone();
        }
    }
}

fn checked(message: &Message) -> Value {
    let home = Path::new(env!("CARGO_TARGET_TMPDIR")).join("standardwebhooks");
    let python = python::with(&home, &["standardwebhooks==1.1.0"]).expect("python");
    let asked = json!({ "secret": SECRET, "body": message.body, "headers": message.headers });
    let file = tempfile::NamedTempFile::new().expect("a file");
    fs::write(file.path(), asked.to_string()).expect("written");
    let input = fs::File::open(file.path()).expect("read");
    let said = python::run(Command::new(python).args(["-c", CHECK]).stdin(input));
    serde_json::from_str(&said.expect("it is signed")).expect("JSON")
}

/// A program that may reach the receiver, and nothing else on this machine.
async fn started(home: &Path, receiver: &Receiver) -> Program {
    let data = home.join("data");
    fs::create_dir_all(&data).expect("made");
    let settings = format!("[actors.fetch]\nallow = [\"127.0.0.1:{}\"]\n", receiver.port);
    fs::write(data.join("cambium.toml"), settings).expect("written");
    Program::start(BINARY, &data).await.expect("starts")
}

#[tokio::test(flavor = "multi_thread")]
async fn reminders_of_a_plan_arrive_where_they_are_sent() {
    let (home, receiver) = (TempDir::new().expect("a directory"), Receiver::start().await);
    let program = started(home.path(), &receiver).await;
    let mailbox = Mailbox::open();
    let _worker = Worker::start(&program, &mailbox);
    let sealed = program.request(Method::PUT, "/v1/secrets/circadian:book");
    let sealed = sealed.json(&json!({ "value": SECRET })).send().await.expect("an answer");
    assert!(sealed.status().is_success(), "{:?}", sealed.text().await);
    let plans = json!({ "title": "Plans" });
    program.post("/v1/conversation/plans/create", &plans).await.expect("a conversation");
    // Whole minutes, far enough ahead for all that follows.
    let start = (now() / MINUTE_MS + 10) * MINUTE_MS;
    let day = ["00:00-24:00"];
    let plan = json!({
        "start": Timestamp::from_millis(start),
        "tasks": [{ "id": "walls", "minutes": 1 }, { "id": "roof", "minutes": 1 },
                  { "id": "ready", "name": "The house", "minutes": 0 }],
        "hours": { "week": { "mon": day, "tue": day, "wed": day, "thu": day, "fri": day,
                             "sat": day, "sun": day } },
    });
    let told = asked(&program, "plan_timeline", &plan).await;
    assert_eq!(told["start"], json!(Timestamp::from_millis(start)));
    let post = json!({ "post": { "conversation": "plans", "text": "{what} is due at {planned}" } });
    let planned = remind(&program, "walls", start, &post).await;
    let call = json!({ "call": { "url": receiver.url(), "text": "{what}", "signed": true } });
    remind(&program, "roof", start, &call).await;
    let mail = json!({ "to": ["ann@a.example"], "subject": "House", "text": "{what} is due" });
    remind(&program, "ready", start, &json!({ "mail": mail })).await;

    let told = checked(&receiver.next().await);
    assert_eq!((&told["what"], &told["text"]), (&json!("roof"), &json!("roof")));
    assert_eq!(told["schedule"], "remind-roof-start");
    let received = mailbox.next();
    assert!(received.contains("The house is due"), "{received}");
    let state = until(&program, "circadian/book", |state| {
        let runs = state["runs"].as_array().map_or(&[][..], Vec::as_slice);
        runs.len() == 3 && runs.iter().all(|run| run["status"] == "done")
    })
    .await;
    assert_eq!(state["schedules"]["remind-walls-start"]["status"], "ended", "{state}");
    let events = program.get("/v1/conversation/plans/events?limit=100").await.expect("events");
    let said = format!("walls is due at {}", planned.as_str().expect("a time"));
    assert!(events.to_string().contains(&said), "{events}");
    program.stop().expect("stops in order");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_calendar_that_others_wrote_comes_in_and_goes_out_as_they_read_it() {
    let (folder, program) = super::started().await;
    let path = folder.path().join("theirs.ics");
    theirs("write", &path, Some(2083));
    let text = fs::read_to_string(&path).expect("a file");
    let post = json!({ "post": { "conversation": "plans", "text": "{what} begins" } });
    let input = json!({ "text": text, "do": post, "zone": "Europe/Berlin" });
    let told = asked(&program, "import_calendar", &input).await;
    let next: Vec<_> =
        told["schedules"].as_array().expect("some").iter().map(|it| it["next"].clone()).collect();
    assert_eq!(next, ["2083-01-04T08:00:00.000Z", "2083-01-31T23:00:00.000Z"], "{told}");
    let left_out = json!({ "ATTENDEE": 1, "DTEND": 1, "VALARM": 1, "VTODO": 1 });
    assert_eq!((&told["left_out"], &told["unread"]), (&left_out, &json!([])));
    // Mondays and Wednesdays, without the one that was called off.
    let ahead = asked(&program, "upcoming", &json!({ "count": 4 })).await;
    let ahead: Vec<_> =
        ahead["runs"].as_array().expect("some").iter().map(|run| run["at"].clone()).collect();
    let days = ["04", "06", "13", "18"].map(|day| format!("2083-01-{day}T08:00:00.000Z"));
    assert_eq!(ahead, days);
    let plan = json!({
        "start": "2083-01-04T09:00:00Z",
        "tasks": [{ "id": "walls", "minutes": 60 },
                  { "id": "roof", "minutes": 60, "after": [{ "task": "walls" }] }],
    });
    asked(&program, "plan_timeline", &plan).await;
    let out = asked(&program, "export_calendar", &json!({})).await;
    assert_eq!(out["left_out"], json!([]));
    let path = folder.path().join("ours.ics");
    fs::write(&path, out["text"].as_str().expect("a file")).expect("kept");
    let read: Value = serde_json::from_str(&theirs("read", &path, None)).expect("JSON");
    assert_eq!(read["errors"], json!([]));
    let entries = read["entries"].as_array().expect("entries");
    let review = entries.iter().find(|it| it["RRULE"].is_string()).expect("one that recurs");
    assert_eq!(review["DTSTART"], "2083-01-04T08:00:00+00:00");
    assert_eq!(review["zone"], "Europe/Berlin");
    assert_eq!(review["EXDATE"], json!(["2083-01-11T08:00:00+00:00"]));
    let due: Vec<_> = entries.iter().filter_map(|it| it["DUE"].as_str()).collect();
    assert_eq!(due, ["2083-01-04T10:00:00+00:00", "2083-01-04T11:00:00+00:00"]);
    // What no reader takes for a calendar changes nothing.
    let before = program.get("/v1/circadian/book").await.expect("a book")["state"].clone();
    let odd = json!({ "text": "BEGIN:VCALENDAR\r\nX", "do": post });
    let refused = program.post("/v1/circadian/book/import_calendar", &odd).await.expect("told");
    assert_eq!(
        (&refused["code"], &refused["details"]["line"]),
        (&json!("calendar_unread"), &json!(2))
    );
    assert_eq!(program.get("/v1/circadian/book").await.expect("a book")["state"], before);
    program.stop().expect("stops in order");
}
