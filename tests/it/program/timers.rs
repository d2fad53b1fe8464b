//! Timers on the real broker: through kills of the program and of the broker, many at once, and
//! robbed of their schedules.

use std::path::Path;
use std::process::Command;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use cambium_tests::program::Program;
use cambium_tests::python;
use contracts::Timestamp;
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use super::crash::gone;

/// Cambium with reminders.
const BINARY: &str = env!("CARGO_BIN_EXE_reminder");

/// How far apart the runs of these tests are, in milliseconds.
const SPAN_MS: i64 = 250;

fn now() -> Timestamp {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).expect("after 1970");
    Timestamp::from_millis(i64::try_from(since.as_millis()).expect("fits"))
}

/// Lets the time that a test is about pass: nobody tells when a moment has come.
async fn until(moment: Timestamp) {
    let left = moment.millis_since(now());
    tokio::time::sleep(Duration::from_millis(u64::try_from(left).unwrap_or(0))).await;
}

async fn set(program: &Program, actor: &str, input: &Value) {
    let request = program.request(Method::POST, &format!("/v1/reminder/{actor}/set"));
    let answer = request.json(input).send().await.expect("an answer");
    assert!(answer.status().is_success(), "{}", answer.text().await.unwrap_or_default());
}

/// Waits until the timers of an actor are with the broker.
async fn settled(program: &Program, actor: &str) -> Vec<Value> {
    loop {
        let waits = program.get(&format!("/v1/reminder/{actor}/waiting")).await.expect("JSON");
        let items = waits["items"].as_array().cloned().unwrap_or_default();
        if items.iter().all(|item| item["what"] == "timer") {
            return items;
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

/// The firings of an actor, in order.
async fn firings(program: &Program, actor: &str) -> Vec<Value> {
    let (mut found, mut after) = (Vec::new(), String::new());
    loop {
        let path = format!("/v1/reminder/{actor}/events?limit=200{after}");
        let page = program.get(&path).await.expect("JSON");
        let Some(items) = page["items"].as_array() else {
            // The broker is away, as some tests want it.
            assert_eq!(page["status"], 503, "{page}");
            tokio::time::sleep(Duration::from_millis(20)).await;
            continue;
        };
        for commit in items {
            let events = commit["events"].as_array().into_iter().flatten();
            let fired = events.filter(|event| event["type"] == "cambium:TimerFired");
            found.extend(fired.map(|event| event["data"].clone()));
        }
        match page["next"].as_str() {
            Some(next) => after = format!("&after={next}"),
            None => return found,
        }
    }
}

/// Waits until an actor's timers have fired so often.
async fn fired(program: &Program, actor: &str, count: usize) -> Vec<Value> {
    let begun = std::time::Instant::now();
    loop {
        let found = firings(program, actor).await;
        if found.len() >= count {
            return found;
        }
        assert!(begun.elapsed() < Duration::from_secs(120), "{actor} fires no more: {found:?}");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

fn instant(value: &Value) -> Timestamp {
    value.as_str().and_then(|text| text.parse().ok()).unwrap_or_else(|| panic!("{value}"))
}

/// Checks that firing follows firing without a gap: each run was made or counted as left out, once.
/// Gives how many were left out, and how many made up for the time away of `from` to `until`.
fn without_gap(firings: &[Value], from: Timestamp, until: Timestamp) -> (i64, usize) {
    let (mut left_out, mut made_up) = (0, 0);
    let mut expected = instant(&firings[0]["due"]);
    for firing in firings {
        assert_eq!(instant(&firing["due"]), expected, "{firing}");
        let planned = &firing["planned"];
        let planned = if planned.is_null() { expected } else { instant(planned) };
        let missed = firing["missed"].as_i64().unwrap_or(0);
        assert_eq!(planned.millis_since(expected), missed * SPAN_MS, "{firing}");
        expected = instant(&firing["next"]);
        assert_eq!(expected.millis_since(planned), SPAN_MS, "{firing}");
        left_out += missed;
        made_up += usize::from(planned > from && planned <= until);
    }
    (left_out, made_up)
}

/// The program is dead while timers become due, and its broker with it.
#[tokio::test(flavor = "multi_thread")]
async fn each_policy_fires_exactly_the_right_runs_after_a_kill() {
    let home = tempfile::tempdir().expect("a directory");
    let data = home.path().join("data");
    let program = Program::start(BINARY, &data).await.expect("starts");
    let repeat = json!({ "every": { "every_ms": SPAN_MS } });
    for missed in ["skip", "once", "all"] {
        let input = json!({ "name": "bell", "repeat": repeat, "missed": missed });
        set(&program, missed, &input).await;
        settled(&program, missed).await;
    }
    // And timers that fire once, in the middle of the night.
    let due = now().plus_millis(2_500);
    for missed in ["skip", "once"] {
        let input = json!({ "name": "tea", "at": due, "missed": missed });
        set(&program, &format!("tea-{missed}"), &input).await;
        settled(&program, &format!("tea-{missed}")).await;
    }
    fired(&program, "all", 2).await;
    let broker = program.broker_pid();
    program.kill().expect("killed");
    gone(broker).await;
    // From here on surely nothing runs.
    let away = now();
    until(due.plus_millis(1_500).max(away.plus_millis(3_000))).await;
    let back = now();
    let program = Program::start(BINARY, &data).await.expect("starts again");
    let missed_at_least = back.millis_since(away) / SPAN_MS - 2;
    for missed in ["skip", "once", "all"] {
        let before = firings(&program, missed).await.len();
        let found = fired(&program, missed, before + 4).await;
        let (left_out, made_up) = without_gap(&found, away, back);
        if missed == "all" {
            assert_eq!(left_out, 0, "{found:?}");
            assert!(made_up >= 8, "{made_up} of the night: {found:?}");
        } else {
            assert!(left_out >= missed_at_least, "{left_out} of {missed_at_least}: {found:?}");
            assert!(made_up <= 1, "one at most runs for all: {found:?}");
        }
        assert!(found.iter().all(|firing| firing["ok"] == true), "{found:?}");
        let replay = format!("/v1/reminder/{missed}/replay?decide=true");
        let replay = program.get(&replay).await.expect("JSON");
        assert_eq!(replay["drift"].as_array().map(Vec::len), Some(0), "{replay}");
    }
    for missed in ["skip", "once"] {
        let found = fired(&program, &format!("tea-{missed}"), 1).await;
        assert_eq!((found.len(), &found[0]["ok"]), (1, &json!(true)), "{found:?}");
        assert_eq!(found[0]["due"], json!(due));
    }
    program.stop().expect("stops in order");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_killed_broker_loses_and_doubles_no_run() {
    let home = tempfile::tempdir().expect("a directory");
    let program = Program::start(BINARY, &home.path().join("data")).await.expect("starts");
    let repeat = json!({ "every": { "every_ms": SPAN_MS } });
    let input = json!({ "name": "bell", "repeat": repeat, "missed": "all" });
    for actor in ["a", "b", "c", "d"] {
        set(&program, actor, &input).await;
    }
    for round in 1..=3 {
        fired(&program, "a", round * 3).await;
        program.kill_broker().expect("killed");
    }
    for actor in ["a", "b", "c", "d"] {
        let found = fired(&program, actor, 16).await;
        assert_eq!(without_gap(&found, now(), now()).0, 0, "{found:?}");
    }
    program.stop().expect("stops in order");
}

/// Actors with timers that are all due in one moment.
const CROWD: usize = 100;

/// How many each of them has.
const EACH: usize = 20;

#[tokio::test(flavor = "multi_thread")]
async fn two_thousand_timers_of_one_second_all_fire_and_none_twice() {
    let home = tempfile::tempdir().expect("a directory");
    let data = home.path().join("data");
    let program = Program::start(BINARY, &data).await.expect("starts");
    let at = Timestamp::from_millis((now().as_millis() / 1_000 + 25) * 1_000);
    let program = &program;
    let setting = (0..CROWD).map(|actor| async move {
        for timer in 0..EACH {
            let input = json!({ "name": format!("t{timer}"), "at": at });
            set(program, &format!("r{actor}"), &input).await;
        }
        settled(program, &format!("r{actor}")).await;
    });
    futures_util::future::join_all(setting).await;
    assert_eq!(reconciled(program).await["set"], 0, "the broker holds what the log says");
    for actor in 0..CROWD {
        let found = fired(program, &format!("r{actor}"), EACH).await;
        let mut names: Vec<_> = found.iter().map(|it| it["timer"].to_string()).collect();
        names.sort();
        names.dedup();
        assert_eq!((found.len(), names.len()), (EACH, EACH), "each once: {found:?}");
        assert!(found.iter().all(|it| it["ok"] == true && it["due"] == json!(at)), "{found:?}");
        let state = program.get(&format!("/v1/reminder/r{actor}")).await.expect("a state");
        let rings = state["state"]["rings"].as_object().expect("rings");
        assert!(rings.len() == EACH && rings.values().all(|rings| *rings == 1), "{state}");
    }
    assert_eq!(reconciled(program).await["armed"], 0);
}

async fn reconciled(program: &Program) -> Value {
    let request = program.request(Method::POST, "/v1/admin/timers/reconcile");
    let answer = request.send().await.expect("an answer");
    assert_eq!(answer.status(), StatusCode::OK);
    answer.json::<Value>().await.expect("JSON")["items"][0].clone()
}

/// Purges all schedules, puts one there that nobody set, and keeps the others' subjects.
const INTRUDER: &str = r#"
import asyncio, json, sys
from pathlib import Path
import nats

async def main(data):
    server = json.loads((data / "nats.json").read_text())
    nc = await nats.connect(server["url"], user=server["user"], password=server["password"],
                            inbox_prefix=b"_INBOX_main")
    js = nc.jetstream()
    await js.purge_stream("COMMANDS", subject="tmr.>")
    await js.publish("tmr.main.reminder.nobody.bell", b"garbage", headers={
        "Nats-Schedule": "@at 2099-01-01T00:00:00Z",
        "Nats-Schedule-Target": "cmd.7.main.reminder.nobody",
    })
    print("purged")
    await nc.close()

asyncio.run(main(Path(sys.argv[1])))
"#;

#[tokio::test(flavor = "multi_thread")]
async fn purged_and_foreign_schedules_are_repaired() {
    let home = tempfile::tempdir().expect("a directory");
    let data = home.path().join("data");
    // Seldom by itself: what repairs here is who asks for it.
    let seldom = [("CAMBIUM_ACTORS__TIMER_RECONCILE_MS", "86400000")];
    let program = Program::start_in(BINARY, &data, &[], &seldom).await.expect("starts");
    set_all(&program, now().plus_millis(3_600_000)).await;
    rob(&data);
    let found = reconciled(&program).await;
    let counts = ["armed", "scheduled", "set", "cancelled"].map(|name| found[name].as_u64());
    assert_eq!(counts, [5, 1, 5, 1].map(Some), "{found}");
    // Repaired is what the next look finds in order.
    loop {
        let found = reconciled(&program).await;
        if found["set"] == 0 && found["cancelled"] == 0 && found["scheduled"] == 5 {
            break;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    // By itself after a start, too.
    let due = now().plus_millis(8_000);
    set_all(&program, due).await;
    rob(&data);
    program.stop().expect("stops in order");
    let program = Program::start(BINARY, &data).await.expect("starts again");
    for actor in 0..5 {
        let found = fired(&program, &format!("r{actor}"), 1).await;
        assert_eq!((found.len(), &found[0]["due"]), (1, &json!(due)));
    }
    let command = ["admin", "timers", "--json", "--data"];
    let told = Command::new(BINARY).args(command).arg(&data).output().expect("runs");
    let told: Value = serde_json::from_slice(&told.stdout).expect("JSON");
    assert_eq!(told["items"][0]["scheduled"], 0, "{told}");
}

/// Sets one timer of each of five actors, or sets it anew.
async fn set_all(program: &Program, due: Timestamp) {
    for actor in 0..5 {
        let actor = format!("r{actor}");
        set(program, &actor, &json!({ "name": "tea", "at": due })).await;
        settled(program, &actor).await;
    }
}

fn rob(data: &Path) {
    let python = python::interpreter(Path::new(env!("CARGO_TARGET_TMPDIR"))).expect("python");
    let robbed = python::run(Command::new(python).args(["-c", INTRUDER]).arg(data));
    assert!(robbed.expect("it succeeds").contains("purged"));
}
