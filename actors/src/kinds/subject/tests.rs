use contracts::kinds::subject::{self as page, Event};
use contracts::page::{Page as _, read_command};
use contracts::{Caller, Decider as _, Refusal};
use serde_json::{Value, json};

use super::Subject;
use crate::kinds::testing::{Given, given, page_is_consistent};

fn example(name: &str) -> Value {
    let specs = page::Subject::commands();
    specs.into_iter().find(|spec| spec.name == name).expect("a command").example
}

/// As the program itself says it.
fn said(given: &mut Given<Subject>, name: &str, input: &Value) -> Result<Vec<Event>, Refusal> {
    let mut cx = given.context();
    cx.by = Caller::runtime();
    let command = read_command::<page::Subject>(name, input)?;
    let decided = Subject::decide(&given.state, &command, &cx).map_err(Refusal::from)?;
    for event in &decided.events {
        given.state = std::mem::take(&mut given.state).after(event, cx.now);
    }
    Ok(decided.events)
}

#[test]
fn the_page_is_consistent() {
    page_is_consistent::<page::Subject>();
}

#[test]
fn a_consent_stands_until_it_is_withdrawn_and_each_change_is_told() {
    let first = given::<Subject>([]).when("consent", example("consent"));
    assert_eq!(first.decided().events.len(), 1);
    let again = first.given.when("consent", example("consent")).then_events(&[]);
    let other = json!({ "purpose": "newsletter", "version": "3", "text_hash": "00".repeat(32) });
    let newer = again.given.when("consent", other);
    assert_eq!(newer.decided().events.len(), 1, "other words are another consent");
    let gone = newer.given.when("withdraw", json!({ "purpose": "newsletter" }));
    let gone = gone.then_reply(json!({ "purposes": [], "held": false, "erasures": 0 }));
    let still = gone.given.when("withdraw", json!({ "purpose": "newsletter" })).then_events(&[]);
    still.given.when("withdraw", json!({ "purpose": "ads" })).then_refused("consent_unknown");
}

#[test]
fn what_must_be_kept_is_not_erased() {
    let held = given::<Subject>([]).when("hold", example("hold"));
    let mut given = held.given;
    let refused = said(&mut given, "ask_erasure", &example("ask_erasure")).unwrap_err();
    assert_eq!(refused.code, "legal_hold");
    let mut given = given.when("release", json!({})).given;
    assert_eq!(said(&mut given, "ask_erasure", &example("ask_erasure")).unwrap().len(), 1);
}

#[test]
fn only_the_program_erases_and_only_what_was_asked() {
    let erased = example("erased");
    given::<Subject>([])
        .when("ask_erasure", example("ask_erasure"))
        .then_refused("erasure_by_route");
    given::<Subject>([]).when("erased", erased.clone()).then_refused("erasure_by_route");
    let mut given = given::<Subject>([]);
    assert_eq!(said(&mut given, "erased", &erased).unwrap_err().code, "erasure_not_asked");
    assert_eq!(said(&mut given, "ask_erasure", &example("ask_erasure")).unwrap().len(), 1);
    assert!(said(&mut given, "ask_erasure", &example("ask_erasure")).unwrap().is_empty());
    assert_eq!(said(&mut given, "erased", &erased).unwrap().len(), 1);
    assert!(said(&mut given, "erased", &erased).unwrap().is_empty(), "told twice is told once");
    assert_eq!((given.state.erasures, given.state.receipts.len()), (1, 1));
    assert!(given.state.erasing.is_none());
}
