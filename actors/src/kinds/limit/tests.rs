use contracts::Caller;
use contracts::kinds::limit::{self as page, Event, Limits, Rejection};
use serde_json::json;

use super::{Limit, State};
use crate::kinds::testing::{Given, given, page_is_consistent};

fn limit(id: &'static str, events: impl IntoIterator<Item = Event>) -> Given<Limit> {
    let mut given = given::<Limit>(events);
    given.me = contracts::ActorId::from_static(id);
    given
}

fn four() -> Limits {
    Limits { concurrent_max: Some(4), ..Limits::default() }
}

fn paused() -> Event {
    Event::Paused { by: Caller::ADMIN, reason: Some("maintenance".to_owned()) }
}

#[test]
fn the_page_is_consistent() {
    page_is_consistent::<page::Limit>();
}

#[test]
fn setting_replaces_what_was_set() {
    let then = limit("class:llm", [Event::Set(Limits { burst: Some(2), ..four() })])
        .when("set", json!({ "rate_per_s": 0.5 }));
    let half = Limits { rate_per_s: Some(0.5), ..Limits::default() };
    then.then_events(&[Event::Set(half)])
        .then_reply(json!({ "limits": { "rate_per_s": 0.5 }, "paused": false }));
}

#[test]
fn a_pause_outlives_a_change_and_ends_with_a_resume() {
    limit("key:openai", [Event::Set(four())])
        .when("pause", json!({ "reason": "maintenance" }))
        .then_events(&[paused()])
        .then_reply(json!({ "limits": { "concurrent_max": 4 }, "paused": true }));
    limit("key:openai", [paused()])
        .when("set", json!({ "concurrent_max": 4 }))
        .then_reply(json!({ "limits": { "concurrent_max": 4 }, "paused": true }));
    limit("key:openai", [paused()]).when("resume", json!({})).then_events(&[Event::Resumed {}]);
}

#[test]
fn what_changes_nothing_stores_nothing() {
    let same = json!({ "concurrent_max": 4 });
    limit("all", [Event::Set(four())]).when("set", same).then_events(&[]);
    let again = json!({ "reason": "maintenance" });
    limit("all", [paused()]).when("pause", again).then_events(&[]);
    limit("all", []).when("resume", json!({})).then_events(&[]);
    limit("all", []).when("clear", json!({})).then_events(&[]);
}

#[test]
fn clearing_lifts_everything() {
    let then = limit("all", [Event::Set(four()), paused()]).when("clear", json!({}));
    let then = then.then_events(&[Event::Cleared {}]);
    assert_eq!(then.given.state, State::default());
}

#[test]
fn a_limit_of_nothing_is_refused() {
    for id in ["llm", "class:nothing", "queue:x"] {
        limit(id, []).when("set", json!({})).then_refused("limit_scope_unknown");
    }
    limit("tenant:acme", []).when("pause", json!({})).then_refused("limit_scope_unknown");
    let rejection = contracts::Refusal::from(Rejection::TenantScope);
    assert_eq!(rejection.code, "limit_scope_unknown");
}

#[test]
fn numbers_that_nobody_can_mean_are_refused() {
    for input in [
        json!({ "rate_per_s": 0.0 }),
        json!({ "rate_per_s": -1.0 }),
        json!({ "rate_per_s": 1e9 }),
        json!({ "burst": 3 }),
        json!({ "rate_per_s": 1.0, "burst": 0 }),
        json!({ "concurrent_max": 0 }),
        json!({ "concurrent": 1 }),
    ] {
        limit("all", []).when("set", input).then_refused("invalid_input");
    }
    let long = json!({ "reason": "x".repeat(page::REASON_BYTES_MAX + 1) });
    limit("all", []).when("pause", long).then_refused("invalid_input");
}
