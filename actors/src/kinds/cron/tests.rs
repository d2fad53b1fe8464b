use contracts::effect::Outcome;
use contracts::kinds::cron as page;
use contracts::{Effect, EffectId, Hash, OutcomeResult, Refusal, Revision};
use serde_json::{Value, json};

use super::Cron;
use crate::kinds::testing::{Given, given, page_is_consistent};

fn hourly(thread: Option<&str>) -> Value {
    json!({
        "repeat": { "cron": { "expr": "0 * * * *" } }, "thread": thread,
        "start": {
            "model": "local/rules", "turns": [{ "role": "user", "content": "What is new?" }],
        },
    })
}

fn with(name: &str, value: Value) -> Value {
    let mut set = hourly(None);
    set[name] = value;
    set
}

fn every_hour(thread: Option<&str>) -> Given<Cron> {
    given::<Cron>([]).when("set", hourly(thread)).given
}

fn came(thread: &str, result: OutcomeResult) -> Outcome {
    Outcome {
        effect: EffectId(Hash::ZERO),
        revision: Revision(2),
        index: 0,
        tag: json!({ "thread": thread }),
        attempts: 1,
        result,
        metered: None,
    }
}

#[test]
fn the_page_is_consistent() {
    page_is_consistent::<page::Cron>();
}

#[test]
fn what_is_set_arms_a_timer_and_what_is_not_enabled_takes_it_back() {
    let then = given::<Cron>([]).when("set", hourly(None));
    assert!(matches!(&then.effects[..], [Effect::Timer(timer)] if timer.repeat.is_some()));
    assert!(then.given.state.set.is_some());
    for (command, input) in [("set", with("enabled", json!(false))), ("remove", json!({}))] {
        let then = every_hour(None).when(command, input).then_reply(json!({ "next": null }));
        assert!(matches!(&then.effects[..], [Effect::Timer(timer)] if !timer.is_set()));
        then.given.state_is_the_fold();
    }
}

#[test]
fn a_firing_asks_its_thread_or_one_of_its_own_to_answer() {
    let asked = |effects: &[Effect]| {
        let names = effects.iter().map(|effect| match effect {
            Effect::Send(send) => (send.name.to_string(), send.id.to_string()),
            other => panic!("{other:?}"),
        });
        names.collect::<Vec<_>>()
    };
    let then = every_hour(Some("report")).when("fire", json!({}));
    assert_eq!(asked(&then.effects), [("answer".to_owned(), "report".to_owned())]);
    let first = every_hour(None).when("fire", json!({}));
    let begun = asked(&first.effects);
    assert_eq!([&begun[0].0, &begun[1].0], ["open", "answer"]);
    assert_eq!(begun[0].1, begun[1].1, "it answers in the thread that was opened");
    let second = first.given.when("fire", json!({}));
    assert_ne!(asked(&second.effects)[0].1, begun[0].1, "each has one of its own");
    assert_eq!(second.given.state.fired, 2);
}

#[test]
fn what_came_of_a_firing_is_kept() {
    let fired = every_hour(Some("report")).when("fire", json!({})).given;
    let refused = Refusal::not_found("actor_not_found", "there is no such thread");
    let failed = fired.when_outcome(&came("report", OutcomeResult::Failed(refused))).given;
    assert_eq!(failed.state.failed.as_ref().expect("told").code, "actor_not_found");
    let reply = json!({ "run": "answer-1" });
    let sent = OutcomeResult::Sent { revision: Revision(3), reply };
    let began = failed.when("fire", json!({})).given.when_outcome(&came("report", sent)).given;
    assert_eq!(began.state.run.as_ref().expect("a run").as_str(), "answer-1");
    assert!(began.state.failed.is_none());
    began.state_is_the_fold();
}

#[test]
fn it_ends_when_its_time_is_over() {
    // Tests begin on 2027-01-15 at 08:00.
    let until = with("until", json!("2027-01-15T09:30:00.000Z"));
    let mut set = given::<Cron>([]).when("set", until).given;
    set.late_ms = 2 * 3_600_000;
    let over = set.when("fire", json!({})).then_reply(json!({ "next": null }));
    assert!(matches!(&over.effects[..], [Effect::Timer(timer)] if !timer.is_set()));
    let later = over.given.when("fire", json!({}));
    assert_eq!(later.decided().events, []);
    later.given.state_is_the_fold();
}

#[test]
fn what_was_removed_is_gone() {
    given::<Cron>([]).when("fire", json!({})).then_refused("actor_not_found");
    let gone = || every_hour(None).when("remove", json!({})).given;
    for (command, input) in [("fire", json!({})), ("remove", json!({})), ("set", hourly(None))] {
        gone().when(command, input).then_refused("actor_not_found");
    }
}

#[test]
fn inputs_have_limits() {
    let start = json!({ "model": "local/rules", "turns": [] });
    let after = json!({ "model": "local/rules", "turns": [], "after": "another" });
    for (bad, code) in [
        (with("repeat", json!({ "cron": { "expr": "now and then" } })), "schedule_invalid"),
        (with("until", json!("2020-01-01T00:00:00.000Z")), "invalid_input"),
        (with("start", start), "invalid_input"),
        (with("start", after), "invalid_input"),
        (with("notes", json!({ "x": "y".repeat(70_000) })), "invalid_input"),
    ] {
        given::<Cron>([]).when("set", bad).then_refused(code);
    }
}
