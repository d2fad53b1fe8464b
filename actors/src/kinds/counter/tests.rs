use contracts::kinds::counter::{self as page, BOUND, Event};
use serde_json::json;

use super::Counter;
use crate::kinds::testing::{given, page_is_consistent};

#[test]
fn the_page_is_consistent() {
    page_is_consistent::<page::Counter>();
}

#[test]
fn adding_begins_a_counter_at_zero() {
    given::<Counter>([])
        .when("add", json!({ "by": 3 }))
        .then_events(&[Event::Added { by: 3, value: 3 }])
        .then_reply(json!({ "value": 3 }));
}

#[test]
fn adding_nothing_said_adds_one() {
    given::<Counter>([Event::Added { by: 4, value: 4 }])
        .when("add", json!({}))
        .then_events(&[Event::Added { by: 1, value: 5 }]);
}

#[test]
fn resetting_goes_to_zero() {
    given::<Counter>([Event::Added { by: 4, value: 4 }])
        .when("reset", json!({}))
        .then_events(&[Event::Reset {}])
        .then_reply(json!({ "value": 0 }));
}

#[test]
fn leaving_the_bounds_is_rejected() {
    let full = Event::Added { by: BOUND, value: BOUND };
    given::<Counter>([full.clone()]).when("add", json!({})).then_refused("counter_out_of_bounds");
    given::<Counter>([full])
        .when("add", json!({ "by": i64::MAX }))
        .then_refused("counter_out_of_bounds");
}

#[test]
fn resetting_nothing_is_rejected() {
    given::<Counter>([]).when("reset", json!({})).then_refused("actor_not_found");
}

#[test]
fn unknown_members_are_refused() {
    given::<Counter>([]).when("add", json!({ "bye": 1 })).then_refused("invalid_input");
    given::<Counter>([]).when("add", json!({ "by": 1.5 })).then_refused("invalid_input");
    given::<Counter>([]).when("subtract", json!({})).then_refused("unknown_command");
}
