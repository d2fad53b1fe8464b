use contracts::Effect;
use contracts::kinds::item as page;
use serde_json::{Value, json};

use super::Item;
use crate::kinds::testing::{given, page_is_consistent};

fn food(likes: &str) -> Value {
    json!({ "namespace": ["people", "ada"], "key": "food", "value": { "likes": likes } })
}

fn for_a_while(likes: &str) -> Value {
    let mut put = food(likes);
    put["ttl_s"] = json!(60);
    put
}

#[test]
fn the_page_is_consistent() {
    page_is_consistent::<page::Item>();
}

#[test]
fn a_value_takes_the_place_of_the_one_before() {
    let first = given::<Item>([]).when("put", food("apples"));
    let then = first.given.when("put", food("pears")).then_reply(json!({ "kept": true }));
    let state = &then.given.state;
    assert_eq!(state.item.as_ref().expect("kept").value["likes"], "pears");
    assert!(state.created_at < state.updated_at, "{state:?}");
    then.given.state_is_the_fold();
}

#[test]
fn what_is_removed_is_gone_and_may_come_again() {
    given::<Item>([]).when("remove", json!({})).then_refused("actor_not_found");
    let kept = given::<Item>([]).when("put", food("apples"));
    let gone = kept.given.when("remove", json!({})).then_reply(json!({ "kept": false }));
    let again = gone.given.when("put", food("pears"));
    assert_eq!(again.given.state.created_at, again.given.state.updated_at);
    again.given.state_is_the_fold();
}

#[test]
fn what_is_kept_for_a_time_ends_with_it_and_not_before() {
    let kept = given::<Item>([]).when("put", for_a_while("apples"));
    assert!(matches!(&kept.effects[..], [Effect::Timer(timer)] if timer.is_set()));
    let mut early = kept.given.when("expire", json!({})).then_reply(json!({ "kept": true })).given;
    early.late_ms = 61_000;
    let over = early.when("expire", json!({})).then_reply(json!({ "kept": false }));
    over.given.state_is_the_fold();
    let kept = given::<Item>([]).when("put", for_a_while("apples"));
    let always = kept.given.when("put", food("pears"));
    assert!(matches!(&always.effects[..], [Effect::Timer(timer)] if !timer.is_set()));
}

#[test]
fn inputs_have_limits() {
    let with = |name: &str, value: Value| {
        let mut put = food("apples");
        put[name] = value;
        put
    };
    for bad in [
        with("namespace", json!([])),
        with("namespace", json!(vec!["a"; 17])),
        with("namespace", json!([" "])),
        with("key", json!("")),
        with("value", json!({ "x": "y".repeat(300_000) })),
        with("index", json!(vec!["a"; 33])),
        with("ttl_s", json!(0)),
    ] {
        given::<Item>([]).when("put", bad).then_refused("invalid_input");
    }
}

#[test]
fn places_have_names_of_their_own() {
    let names = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>();
    let id = |place: &[&str], key: &str| page::id_of(&names(place), key);
    assert_eq!(id(&["a", "b"], "c"), id(&["a", "b"], "c"));
    assert_ne!(id(&["a", "b"], "c"), id(&["ab"], "c"));
    assert_ne!(id(&["a"], "b"), id(&["a", "b"], "b"));
}
