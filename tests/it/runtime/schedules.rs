//! Timers that fire once or again and again, through downtime, wrong clocks and lost schedules, on
//! a broker in memory whose time the tests move.

use std::sync::Arc;
use std::time::Duration;

use actors::model::Providers;
use actors::{Config, Registry};
use cambium_tests::node::{Node, address};
use cambium_tests::reminder::Reminder;
use contracts::lifecycle::Event;
use contracts::ports::{CommandBus as _, History as _, TimerId, Wait};
use contracts::view::{At, ReplayMode};
use contracts::{Address, Cursor, Entry, Recorded, Timestamp};
use nats::Memory;
use serde_json::{Value, json};

/// Monday, 2027-03-01, noon UTC.
const NOON: &str = "2027-03-01T12:00:00Z";

const HOUR_MS: i64 = 3_600_000;

fn noon() -> Timestamp {
    NOON.parse().expect("an instant")
}

fn memory() -> Memory {
    Memory::starting_at(noon(), nats::Config::default())
}

async fn node_on(memory: &Memory) -> Node {
    // Cells would otherwise be looked after every few seconds of the years that pass here.
    let config = Config { idle_sweep_ms: 600_000, ..Config::default() };
    let registry = Registry::standard().with::<Reminder>();
    Node::on(memory.clone(), registry, config, Providers::default()).await
}

/// The world goes on while nobody is there.
async fn away(hours: u64) {
    tokio::time::advance(Duration::from_secs(hours * 3_600)).await;
}

async fn set(node: &Node, to: &str, input: Value) {
    node.ask(to, "set", input).await.expect("set");
}

/// The commits of an actor.
async fn commits(node: &Node, to: &Address) -> Vec<Arc<Recorded>> {
    let page = node.runtime.entries(to, Cursor::ZERO, 100_000).await.expect("it exists");
    let commits = page.items.into_iter().map(|entry| match entry {
        Entry::Commit(recorded) => recorded,
        Entry::Foreign(foreign) => panic!("foreign: {foreign:?}"),
    });
    commits.collect()
}

/// The firings of an actor: due, ok, code, missed, and when it fires again, in hours from noon.
async fn firings(node: &Node, to: &Address) -> Vec<Value> {
    let hours = |at: Timestamp| (at.as_millis() - noon().as_millis()) as f64 / HOUR_MS as f64;
    let mut found = Vec::new();
    for recorded in commits(node, to).await {
        for event in recorded.commit.events.iter().filter_map(Event::from_record) {
            if let Event::TimerFired { due, planned, ok, code, missed, next, .. } = event {
                assert_eq!(recorded.commit.command.name.as_str(), "cambium:fire");
                assert_eq!(recorded.commit.command.input.inline()["command"], "ring");
                found.push(json!({
                    "due": hours(due), "planned": planned.map(hours), "ok": ok, "code": code,
                    "missed": missed, "next": next.map(hours),
                }));
            }
        }
    }
    found
}

trait Inline {
    fn inline(&self) -> &Value;
}

impl Inline for contracts::commit::Input {
    fn inline(&self) -> &Value {
        match self {
            Self::Inline(value) => value,
            Self::Blob { .. } => &Value::Null,
        }
    }
}

/// Waits until `count` firings are in the log. Time goes on by itself while all wait.
async fn fired(node: &Node, to: &Address, count: usize) -> Vec<Value> {
    loop {
        let found = firings(node, to).await;
        if found.len() >= count {
            assert_eq!(found.len(), count, "{found:?}");
            return found;
        }
        tokio::time::sleep(Duration::from_secs(20)).await;
    }
}

/// Waits until nothing but timers is left to be done.
async fn settled(node: &Node, to: &Address) -> Vec<contracts::view::EffectStatus> {
    loop {
        let waits = node.runtime.waiting(to).await.expect("it exists");
        if waits.iter().all(|status| status.what == "timer") {
            return waits;
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

async fn no_drift(node: &Node, to: &Address) {
    let replay = node.runtime.replay(to, At::Latest, ReplayMode::Decide).await.expect("replays");
    assert_eq!(replay.drift, Vec::new());
    assert_ne!(replay.matches_cell, Some(false));
}

fn hourly(missed: &str) -> Value {
    json!({ "name": "bell", "repeat": { "cron": { "expr": "0 * * * *" } }, "missed": missed })
}

#[tokio::test(start_paused = true)]
async fn a_timer_that_recurs_fires_in_the_commit_that_arms_it_again() {
    let (memory, to) = (memory(), address("reminder/r"));
    let node = node_on(&memory).await;
    set(&node, "reminder/r", hourly("once")).await;
    let waits = settled(&node, &to).await;
    assert_eq!((&*waits[0].id, &*waits[0].name, &*waits[0].status), ("bell", "ring", "armed"));
    assert_eq!(waits[0].deadline, Some(noon().plus_millis(HOUR_MS)));
    assert!(waits[0].why.as_ref().is_some_and(|why| why.contains("cron 0 * * * * (UTC)")));
    let found = fired(&node, &to, 3).await;
    let firing = |due: f64| {
        let (planned, code, next) = (Value::Null, Value::Null, due + 1.0);
        json!({ "due": due, "planned": planned, "ok": true, "code": code, "missed": 0, "next": next })
    };
    assert_eq!(found, [firing(1.0), firing(2.0), firing(3.0)]);
    let state = node.runtime.state(&to, At::Latest).await.expect("a state").state;
    assert_eq!(state["rings"]["bell"], 3);
    // One commit each: the firing, the kind's event, and what comes next.
    let all = commits(&node, &to).await;
    let last = &all.iter().rfind(|it| it.commit.events.len() == 2).expect("a firing").commit;
    assert_eq!(last.events[0].r#type, "cambium:TimerFired");
    assert_eq!(last.events[1].r#type, "Rang");
    assert!(last.effects.is_empty() && last.command.cause.is_some());
    assert_eq!(last.command.by.principal, contracts::Caller::ADMIN);
    no_drift(&node, &to).await;
}

/// Four and a half hours without a program, on a timer of each policy.
#[tokio::test(start_paused = true)]
async fn missed_runs_are_left_out_made_up_for_by_one_or_by_each() {
    for (missed, expected) in [
        ("skip", vec![(1.0, Some(4.0), Some("missed"), 3, 5.0)]),
        ("once", vec![(1.0, Some(4.0), None, 3, 5.0)]),
        (
            "all",
            vec![
                (1.0, None, None, 0, 2.0),
                (2.0, None, None, 0, 3.0),
                (3.0, None, None, 0, 4.0),
                (4.0, None, None, 0, 5.0),
            ],
        ),
    ] {
        let (memory, to) = (memory(), address("reminder/r"));
        let node = node_on(&memory).await;
        set(&node, "reminder/r", hourly(missed)).await;
        settled(&node, &to).await;
        node.runtime.stop().await;
        away(4).await;
        tokio::time::advance(Duration::from_secs(1_800)).await;
        let node = node_on(&memory).await;
        let found = fired(&node, &to, expected.len()).await;
        for (found, (due, planned, code, missed, next)) in found.iter().zip(expected) {
            let told = json!({
                "due": due, "planned": planned, "ok": code.is_none(), "code": code,
                "missed": missed, "next": next,
            });
            assert_eq!(*found, told);
        }
        no_drift(&node, &to).await;
        let more = fired(&node, &to, found.len() + 1).await;
        assert_eq!(more.last().expect("one more")["due"], 5.0, "it goes on in time");
    }
}

#[tokio::test(start_paused = true)]
async fn of_too_many_missed_runs_the_latest_are_made_up_for() {
    let (memory, to) = (memory(), address("reminder/r"));
    let node = node_on(&memory).await;
    let mut input = hourly("all");
    input["missed_runs_max"] = json!(3);
    set(&node, "reminder/r", input).await;
    settled(&node, &to).await;
    node.runtime.stop().await;
    away(1_000).await;
    let node = node_on(&memory).await;
    let found = fired(&node, &to, 3).await;
    assert_eq!((&found[0]["planned"], &found[0]["missed"]), (&json!(998.0), &json!(997)));
    assert_eq!((&found[1]["due"], &found[1]["missed"]), (&json!(999.0), &json!(0)));
    assert_eq!((&found[2]["due"], &found[2]["next"]), (&json!(1_000.0), &json!(1_001.0)));
    no_drift(&node, &to).await;
}

#[tokio::test(start_paused = true)]
async fn a_rejected_run_is_recorded_and_the_timer_goes_on() {
    let (memory, to) = (memory(), address("reminder/r"));
    let node = node_on(&memory).await;
    let mut input = hourly("once");
    input["name"] = json!("muffled");
    set(&node, "reminder/r", input).await;
    let found = fired(&node, &to, 2).await;
    for (firing, hour) in found.iter().zip([1.0, 2.0]) {
        assert_eq!((&firing["ok"], &firing["code"]), (&json!(false), &json!("reminder_muffled")));
        assert_eq!((&firing["due"], &firing["next"]), (&json!(hour), &json!(hour + 1.0)));
    }
    no_drift(&node, &to).await;
}

#[tokio::test(start_paused = true)]
async fn a_timer_is_replaced_cancelled_and_cancelled_with_all_others() {
    let (memory, to) = (memory(), address("reminder/r"));
    let node = node_on(&memory).await;
    set(&node, "reminder/r", hourly("once")).await;
    for name in ["a", "b", "c"] {
        let at = noon().plus_millis(2 * HOUR_MS);
        set(&node, "reminder/r", json!({ "name": name, "at": at })).await;
    }
    let later = noon().plus_millis(HOUR_MS + 600_000);
    set(&node, "reminder/r", json!({ "name": "bell", "at": later })).await;
    node.ask("reminder/r", "cancel", json!({ "name": "a" })).await.expect("cancelled");
    settled(&node, &to).await;
    assert_eq!(memory.timers().list().await.expect("listed").len(), 3);
    let found = fired(&node, &to, 1).await;
    let due = (later.as_millis() - noon().as_millis()) as f64 / HOUR_MS as f64;
    assert_eq!(found[0]["due"], json!(due), "the first setting of the bell is void");
    node.ask("reminder/r", "clear", json!({})).await.expect("cleared");
    settled(&node, &to).await;
    while !memory.timers().list().await.expect("listed").is_empty() {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    away(3).await;
    assert_eq!(fired(&node, &to, 1).await.len(), 1, "what was cancelled never fires");
    assert!(settled(&node, &to).await.is_empty());
    no_drift(&node, &to).await;
}

#[tokio::test(start_paused = true)]
async fn bad_schedules_are_refused_and_store_nothing() {
    let node = node_on(&memory()).await;
    for (repeat, says) in [
        (json!({ "cron": { "expr": "0 25 * * *" } }), "25"),
        (json!({ "cron": { "expr": "0 9 * * *", "zone": "Mars/Olympus" } }), "Mars/Olympus"),
        (json!({ "cron": { "expr": "0 0 30 2 *" } }), "no date"),
        (json!({ "every": { "every_ms": 1 } }), "every_ms"),
        (json!({ "rrule": { "text": "FREQ=SOMETIMES" } }), "SOMETIMES"),
        (json!({ "rrule": { "text": "FREQ=DAILY;UNTIL=20200101T000000Z" } }), "never runs"),
    ] {
        let input = json!({ "name": "x", "repeat": repeat });
        let refusal = node.ask("reminder/r", "set", input).await.expect_err("refused");
        assert_eq!(refusal.code, "schedule_invalid");
        assert!(refusal.message.contains(says), "{refusal}");
    }
    let input = json!({
        "name": "x", "repeat": { "every": { "every_ms": 1_000 } }, "jitter_ms_max": 1_000,
    });
    let refusal = node.ask("reminder/r", "set", input).await.expect_err("refused");
    assert!(refusal.message.contains("jitter_ms_max"), "{refusal}");
    assert!(node.runtime.state(&address("reminder/r"), At::Latest).await.is_err());
}

#[tokio::test(start_paused = true)]
async fn an_actor_has_so_many_timers_and_no_more() {
    let node = node_on(&memory()).await;
    let at = noon().plus_millis(1_000 * HOUR_MS);
    for number in 0..contracts::limits::TIMERS_MAX {
        set(&node, "reminder/r", json!({ "name": format!("t{number}"), "at": at })).await;
    }
    set(&node, "reminder/r", json!({ "name": "t7", "at": at })).await;
    let one_more = node.ask("reminder/r", "set", json!({ "name": "more", "at": at })).await;
    assert_eq!(one_more.expect_err("refused").code, "timers_exceeded");
}

/// Whatever takes schedules away, or puts others there, the log decides.
#[tokio::test(start_paused = true)]
async fn lost_foreign_and_wrong_schedules_are_repaired() {
    let (memory, to) = (memory(), address("reminder/r"));
    let node = node_on(&memory).await;
    for name in ["lost", "moved", "kept"] {
        set(&node, "reminder/r", json!({ "name": name, "at": noon().plus_millis(HOUR_MS) })).await;
    }
    settled(&node, &to).await;
    let id = |name: &str| TimerId { address: to.clone(), name: name.parse().expect("a name") };
    let timers = memory.timers();
    timers.cancel(id("lost")).await.expect("cancelled");
    let at = noon().plus_millis(9 * HOUR_MS);
    for name in ["moved", "foreign"] {
        timers.set(id(name), at, Vec::new(), "garbage".into()).await.expect("set");
    }
    let found = node.runtime.reconcile_timers().await.expect("the broker is there");
    assert_eq!((found.armed, found.scheduled), (3, 3));
    assert_eq!((found.set, found.cancelled), (2, 1));
    let fired = fired(&node, &to, 3).await;
    assert!(fired.iter().all(|firing| firing["due"] == 1.0), "{fired:?}");
    let found = node.runtime.reconcile_timers().await.expect("the broker is there");
    assert_eq!((found.armed, found.set, found.cancelled), (0, 0, 0));
    assert_eq!(memory.dead_letters().list(0, 10).await.expect("listed").len(), 0);
}

/// The firing itself was lost: its schedule is used up, and no command is on its way.
#[tokio::test(start_paused = true)]
async fn a_lost_firing_is_fired_again() {
    let (memory, to) = (memory(), address("reminder/r"));
    let node = node_on(&memory).await;
    set(&node, "reminder/r", json!({ "name": "lost", "at": noon().plus_millis(HOUR_MS) })).await;
    settled(&node, &to).await;
    node.runtime.stop().await;
    let id = TimerId { address: to.clone(), name: "lost".parse().expect("a name") };
    memory.timers().cancel(id).await.expect("cancelled");
    away(2).await;
    let node = node_on(&memory).await;
    let found = fired(&node, &to, 1).await;
    assert_eq!((&found[0]["due"], &found[0]["ok"]), (&json!(1.0), &json!(true)));
}

/// A firing that comes again, or before its time, or for what is no more, stores nothing.
#[tokio::test(start_paused = true)]
async fn a_firing_counts_once_and_in_time() {
    let (memory, to) = (memory(), address("reminder/r"));
    let node = node_on(&memory).await;
    set(&node, "reminder/r", hourly("once")).await;
    settled(&node, &to).await;
    let fire = |due: i64, generation: u64| {
        let due = noon().plus_millis(due * HOUR_MS);
        let input = json!({
            "timer": "bell", "generation": generation, "due": due, "command": "ring",
        });
        let mut envelope = node.command("reminder/r", "cambium:fire", input);
        envelope.by.origin = contracts::Origin::Runtime;
        envelope
    };
    let early = node.runtime.ask(fire(1, 1), Wait::Accepted).await.expect("answered");
    assert_eq!(early.reply, json!({ "fired": false, "early": true }));
    fired(&node, &to, 1).await;
    for (due, generation) in [(1, 1), (2, 9), (7, 1)] {
        let stale = node.runtime.ask(fire(due, generation), Wait::Accepted).await.expect("told");
        assert_eq!(stale.reply, json!({ "fired": false }));
    }
    assert_eq!(fired(&node, &to, 2).await[1]["due"], 2.0, "the early one took nothing away");
}

/// A fork has none of its parent's timers, and its own fire when it is let out.
#[tokio::test(start_paused = true)]
async fn a_fork_inherits_no_timer() {
    let memory = memory();
    let node = node_on(&memory).await;
    let (parent, child) = (address("reminder/r"), address("reminder/f"));
    set(&node, "reminder/r", hourly("once")).await;
    settled(&node, &parent).await;
    let by = contracts::Caller::new(contracts::Caller::ADMIN, contracts::Origin::Http);
    let id = child.id.clone();
    node.runtime.fork(&parent, At::Latest, id, true, by.clone()).await.expect("forked");
    set(&node, "reminder/f", json!({ "name": "own", "at": noon().plus_millis(HOUR_MS) })).await;
    let waits = node.runtime.waiting(&child).await.expect("it exists");
    let timers: Vec<_> = waits.iter().filter(|status| status.what == "timer").collect();
    assert_eq!((timers.len(), &*timers[0].id, &*timers[0].status), (1, "own", "muted"));
    away(3).await;
    fired(&node, &parent, firings(&node, &parent).await.len().max(1)).await;
    assert!(firings(&node, &child).await.is_empty());
    let found = node.runtime.reconcile_timers().await.expect("the broker is there");
    assert_eq!(found.armed, 1);
    node.runtime.unmute(&child, by).await.expect("unmuted");
    let found = fired(&node, &child, 1).await;
    assert_eq!((&found[0]["due"], &found[0]["ok"]), (&json!(1.0), &json!(true)));
    no_drift(&node, &child).await;
}

#[tokio::test(start_paused = true)]
async fn jitter_puts_off_by_the_same_each_time() {
    let memory = memory();
    let node = node_on(&memory).await;
    for name in 0..20 {
        let mut input = hourly("once");
        input["jitter_ms_max"] = json!(600_000);
        set(&node, &format!("reminder/r{name}"), input).await;
        settled(&node, &address(&format!("reminder/r{name}"))).await;
    }
    let mut ats: Vec<_> =
        memory.timers().list().await.expect("listed").into_iter().map(|it| it.at).collect();
    ats.sort();
    ats.dedup();
    assert!(ats.len() > 15, "they are spread: {}", ats.len());
    let found = node.runtime.reconcile_timers().await.expect("the broker is there");
    assert_eq!((found.armed, found.set, found.cancelled), (20, 0, 0));
    for name in 0..20 {
        let to = address(&format!("reminder/r{name}"));
        let found = fired(&node, &to, 1).await;
        assert_eq!((&found[0]["missed"], &found[0]["next"]), (&json!(0), &json!(2.0)));
    }
}
