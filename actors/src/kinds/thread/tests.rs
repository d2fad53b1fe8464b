use contracts::effect::{Effect, Outcome};
use contracts::kinds::assistant;
use contracts::kinds::thread::{self as page, Event, Open};
use contracts::{Address, EffectId, Hash, OutcomeResult, Refusal, RefusalClass, Reply, Revision};
use serde_json::{Value, json};

use super::{Entry, Thread};
use crate::kinds::testing::{Given, Then, given, page_is_consistent};

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

fn answer(model: &str) -> Value {
    let turns = json!([{ "role": "user", "content": "b" }]);
    json!({ "start": { "model": model, "turns": turns } })
}

fn run_of(then: &Then<Thread>) -> Value {
    match &then.decided().reply {
        Reply::Now(reply) => reply["run"].clone(),
        later @ Reply::Later { .. } => panic!("{later:?}"),
    }
}

#[test]
fn a_thread_that_is_asked_to_answer_begins_a_run_with_all_that_was_said() {
    let said = open().when("append", say("a"));
    let then = said.given.when("answer", answer("local/rules"));
    let [Effect::Send(send)] = &then.effects[..] else { panic!("{:?}", then.effects) };
    assert_eq!((send.kind.as_str(), send.name.as_str()), ("run", "start"));
    let turns = send.input["turns"].as_array().expect("turns");
    assert_eq!(turns.iter().map(|it| &it["content"]).collect::<Vec<_>>(), ["a", "b"]);
    let first = send.id.clone();
    let then = then.given.when("answer", answer("local/rules"));
    let [Effect::Send(send)] = &then.effects[..] else { panic!("{:?}", then.effects) };
    assert_eq!(send.input["after"], first.as_str());
    assert_eq!(send.input["turns"].as_array().map(Vec::len), Some(1));
    then.given.state_is_the_fold();
}

#[test]
fn an_assistant_is_asked_and_names_the_run_itself() {
    let mut thread = open();
    let cx = thread.context();
    let then = thread.when("answer", answer("cambium/assistant/poet"));
    let [Effect::Send(send)] = &then.effects[..] else { panic!("{:?}", then.effects) };
    assert_eq!((send.kind.as_str(), send.name.as_str()), ("assistant", "ask"));
    let me = Address::new(cx.tenant.clone(), page::KIND, cx.me);
    let sent = EffectId::of(&me, cx.revision, 0).sends();
    let run = assistant::run_of(&cx.tenant, &send.id, sent);
    assert!(then.given.state.has(&run), "{:?}", then.given.state);
    let mut bold = answer("cambium/assistant/poet");
    bold["start"]["instructions"] = json!("Be bold.");
    open().when("answer", bold).then_refused("invalid_input");
}

#[test]
fn a_run_that_never_began_is_taken_back() {
    let failed = |tag: Value, refusal: Refusal| Outcome {
        effect: EffectId(Hash::ZERO),
        revision: Revision(2),
        index: 0,
        tag,
        attempts: 1,
        result: OutcomeResult::Failed(refusal),
        metered: None,
    };
    let asked = || open().when("answer", answer("local/rules"));
    let run = run_of(&asked());
    let refused = Refusal::new(RefusalClass::Forbidden, "forbidden", "no");
    let doubted = asked().given.when_outcome(&failed(json!({ "run": run }), refused));
    assert!(matches!(&doubted.effects[..], [Effect::Send(send)] if send.name.as_str() == "cancel"));
    let missing = Refusal::not_found("actor_not_found", "there is no such run");
    let gone = doubted.given.when_outcome(&failed(json!({ "doubted": run }), missing)).given;
    assert_eq!(gone.state.entries.len(), 0);
    gone.state_is_the_fold();
    // So is one that could not be told of another that goes on, which stays.
    let going = open().when("extend", json!({ "run": "r1", "seen": 0, "took": 0 })).given;
    let asked = going.when("answer", answer("local/rules"));
    let run = run_of(&asked);
    let busy = Refusal::new(RefusalClass::Conflict, "history_unfinished", "r1 goes on");
    let left = asked.given.when_outcome(&failed(json!({ "run": run }), busy)).given;
    assert_eq!(shape(&left), ["r1"]);
    // One that was written down before it, and never begun, goes with it.
    let late = open().when("extend", json!({ "run": "r1", "seen": 0, "took": 0 })).given;
    let asked = late.when("answer", answer("local/rules"));
    let run = run_of(&asked);
    let missing = Refusal::not_found("history_not_found", "there is no such run");
    let gone = asked.given.when_outcome(&failed(json!({ "run": run }), missing)).given;
    assert_eq!(gone.state.entries.len(), 0);
}

fn extend(run: &str, seen: u64, more: Value) -> Value {
    let mut input = json!({ "run": run, "seen": seen, "took": 1 });
    for (name, value) in more.as_object().into_iter().flatten() {
        input[name] = value.clone();
    }
    input
}

fn shape(thread: &Given<Thread>) -> Vec<String> {
    let entries = thread.state.entries.iter();
    let named = entries.map(|entry| match &**entry {
        Entry::Said(turn) => turn.content.clone(),
        Entry::Ran { run, .. } => run.to_string(),
    });
    named.collect()
}

#[test]
fn a_thread_goes_back_to_what_it_was_and_to_the_branch_that_it_left() {
    let said = open().when("append", say("a")).given;
    let thread = said.when("extend", extend("r1", 1, json!({}))).given;
    let first: Vec<Value> = thread.state.entries.iter().map(|entry| json!(entry)).collect();
    let back = json!({ "back": { "to": 2, "keep": 1 } });
    let thread = thread.when("extend", extend("r2", 2, back)).given;
    assert_eq!((shape(&thread), thread.state.parent), (vec!["a".into(), "r2".into()], Some(2)));
    assert_eq!(thread.state.aside.iter().map(AsRef::as_ref).collect::<Vec<&str>>(), ["r1"]);
    let back = json!({ "back": { "to": 3, "keep": 1, "then": &first[1..] } });
    let thread = thread.when("extend", extend("r3", 2, back)).given;
    assert_eq!(shape(&thread), ["a", "r1", "r3"]);
    assert_eq!(thread.state.aside.iter().map(AsRef::as_ref).collect::<Vec<&str>>(), ["r2"]);
    // What is said at once with it goes behind it, and the room is that of what is there.
    let mut more = say("b");
    more["back"] = json!({ "to": 1, "keep": 0 });
    let thread = thread.when("append", more).given;
    assert_eq!((shape(&thread), thread.state.aside.len()), (vec!["b".into()], 3));
    assert_eq!(thread.state.bytes, 65);
    thread.state_is_the_fold();
    let far = extend("r4", 1, json!({ "back": { "to": 1, "keep": 2 } }));
    open().when("extend", far).then_refused("thread_moved");
    let far = extend("r4", 0, json!({ "back": { "to": 1, "keep": 2 } }));
    open().when("extend", far).then_refused("invalid_input");
}

#[test]
fn what_a_run_takes_the_place_of_never_happened() {
    let said = open().when("append", say("a")).given;
    let thread = said.when("extend", extend("r1", 1, json!({}))).given;
    let thread = thread.when("extend", extend("r2", 2, json!({ "back": { "keep": 1 } }))).given;
    assert_eq!(shape(&thread), ["a", "r2"]);
    assert!(thread.state.aside.is_empty() && thread.state.parent.is_none());
    thread.state_is_the_fold();
}
