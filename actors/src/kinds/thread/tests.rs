use contracts::kinds::thread::{self as page, Event, Open};
use serde_json::{Value, json};

use super::{Entry, Thread};
use crate::kinds::testing::{Given, given, page_is_consistent};

fn open() -> Given<Thread> {
    given::<Thread>([Event::Opened(Open::default())])
}

fn say(text: &str) -> Value {
    json!({ "turns": [{ "role": "user", "content": text }] })
}

#[test]
fn the_page_is_consistent() {
    page_is_consistent::<page::Thread>();
}

#[test]
fn what_is_said_and_what_answers_stand_in_one_order() {
    let said = open().when("append", say("a")).then_reply(json!({ "entries": 1 }));
    let ran = said.given.when("extend", json!({ "run": "r1", "seen": 1, "took": 1 }));
    let more = ran.then_reply(json!({ "entries": 2 })).given.when("append", say("b"));
    let state = &more.given.state;
    let is_run = |at: usize| matches!(&*state.entries[at], Entry::Ran { .. });
    assert_eq!([is_run(0), is_run(1), is_run(2)], [false, true, false]);
    more.given.state_is_the_fold();
}

#[test]
fn a_run_that_was_not_told_all_is_refused_and_one_that_comes_again_goes_on() {
    let moved = open().when("append", say("a"));
    let late = moved.given.when("extend", json!({ "run": "r1", "seen": 0, "took": 0 }));
    late.then_refused("thread_moved");
    let extend = json!({ "run": "r1", "seen": 0, "took": 0 });
    let once = open().when("extend", extend.clone());
    let again = once.given.when("append", say("b")).given.when("extend", extend);
    assert_eq!(again.decided().events, []);
}

#[test]
fn there_is_one_beginning() {
    given::<Thread>([]).when("append", say("a")).then_refused("actor_not_found");
    open().when("open", json!({})).then_refused("actor_exists");
    let noted = open().when("note", json!({ "metadata": { "a": "b" } }));
    assert_eq!(noted.given.state.metadata["a"], "b");
    noted.given.state_is_the_fold();
}

#[test]
fn inputs_have_limits() {
    let many: serde_json::Map<_, _> =
        (0..17).map(|number| (number.to_string(), json!(""))).collect();
    let inside = json!({ "media_type": "image/png", "source": { "inline": "AAAA" } });
    for bad in [
        json!({ "turns": [] }),
        json!({ "turns": vec![json!({ "role": "user", "content": "x" }); 101] }),
        say(&"x".repeat(400_000)),
        json!({ "turns": [{ "role": "user", "content": "x", "images": [inside] }] }),
    ] {
        open().when("append", bad).then_refused("invalid_input");
    }
    open().when("note", json!({ "metadata": many })).then_refused("invalid_input");
    let took = json!({ "run": "r1", "seen": 0, "took": 1 });
    open().when("extend", took).then_refused("invalid_input");
}
