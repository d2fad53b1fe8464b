use contracts::kinds::budget::{self as page, Event};
use serde_json::{Value, json};

use super::{Budget, State};
use crate::kinds::testing::{Given, Then, given, page_is_consistent};

fn tokens(limit: u64) -> Value {
    json!({ "unit": "tokens", "limit": limit, "window": { "per": "hour" } })
}

fn fresh() -> Given<Budget> {
    given::<Budget>([])
}

fn budget(definition: Value) -> Given<Budget> {
    let then = given::<Budget>([]).when("set", definition);
    then.decided();
    then.given.by("runtime")
}

fn reserve(name: &str, tokens: u64, micro_usd: Option<u64>) -> Value {
    json!({
        "reservation": name, "tokens": tokens, "micro_usd": micro_usd, "model": "fake/paid",
        "hold_ms": 60_000,
        "spender": {
            "tenant": "main", "principal": "ada", "kind": "conversation", "actor": "c1",
        },
    })
}

fn reply(then: &Then<Budget>) -> Value {
    match &then.decided().reply {
        contracts::Reply::Now(reply) => reply.clone(),
        contracts::Reply::Later { .. } => panic!("an answer now"),
    }
}

/// Asks, and tells whether it was granted.
fn reserved(given: Given<Budget>, name: &str, amount: u64) -> (bool, Given<Budget>) {
    let then = given.when("reserve", reserve(name, amount, None));
    let granted = reply(&then)["granted"] == true;
    (granted, then.given)
}

fn names(then: &Then<Budget>) -> Vec<String> {
    then.types()
}

fn counted(state: &State) -> (u64, u64, u64) {
    (state.ledger.used, state.ledger.reserved, state.ledger.left)
}

#[test]
fn the_page_is_consistent() {
    page_is_consistent::<page::Budget>();
}

#[test]
fn what_is_reserved_counts_as_spent_until_it_is_settled() {
    let (first, given) = reserved(budget(tokens(100)), "a", 60);
    let (second, given) = reserved(given, "b", 60);
    assert_eq!((first, second), (true, false));
    assert_eq!(counted(&given.state), (0, 60, 40));
    let given = given.when("settle", json!({ "reservation": "a", "tokens": 30 })).given;
    assert_eq!(counted(&given.state), (30, 0, 70));
    let (third, given) = reserved(given, "b", 60);
    assert!(third);
    assert_eq!(counted(&given.state), (30, 60, 10));
    let given = given.when("release", json!({ "reservation": "b" })).given;
    assert_eq!(counted(&given.state), (30, 0, 70));
    given.state_is_the_fold();
}

#[test]
fn a_refusal_says_what_is_left_and_when_to_come_again_and_is_told_once_in_a_window() {
    let given = budget(tokens(10));
    let then = given.when("reserve", reserve("a", 11, None));
    assert_eq!(names(&then), ["Exceeded"]);
    let said = reply(&then);
    assert_eq!(said["code"], "budget_exceeded");
    assert_eq!((&said["limit"], &said["ledger"]["left"]), (&json!(10), &json!(10)));
    let wait = said["retry_after_ms"].as_u64().expect("the window ends");
    assert!((1..=3_600_000).contains(&wait), "{wait}");
    let mut given = then.given;
    let then = given.when("reserve", reserve("b", 11, None));
    assert_eq!(names(&then), Vec::<String>::new());
    given = then.given;
    given.late_ms = 3_600_000;
    assert_eq!(names(&given.when("reserve", reserve("c", 11, None))), ["Exceeded"]);
}

#[test]
fn the_same_reservation_is_set_aside_once() {
    let (_, given) = reserved(budget(tokens(100)), "a", 60);
    let then = given.when("reserve", reserve("a", 60, None));
    assert_eq!(reply(&then)["granted"], true);
    assert_eq!(reply(&then)["amount"], 60);
    assert!(then.decided().events.is_empty());
    assert_eq!(counted(&then.given.state), (0, 60, 40));
}

#[test]
fn a_reservation_is_closed_once_and_only_by_who_made_it() {
    let (_, given) = reserved(budget(tokens(100)), "a", 60);
    let given = given.by("mallory");
    let free = json!({ "reservation": "a", "tokens": 0 });
    let given = given.when("settle", free.clone()).then_refused("reservation_foreign").given;
    let release = json!({ "reservation": "a" });
    let given = given.when("release", release.clone()).then_refused("reservation_foreign").given;
    let given = given.when("reserve", reserve("a", 1, None)).then_refused("reservation_foreign");
    let given =
        given.given.by("runtime").when("settle", json!({ "reservation": "a", "tokens": 9 }));
    assert_eq!(reply(&given)["closed"], true);
    let again = given.given.when("settle", free);
    assert_eq!(reply(&again)["closed"], false);
    assert!(again.decided().events.is_empty());
    let again = again.given.when("release", release);
    assert_eq!(counted(&again.given.state), (9, 0, 91));
}

#[test]
fn what_nobody_knows_is_spent_whole() {
    let (_, given) = reserved(budget(tokens(100)), "a", 60);
    let then = given.when("settle", json!({ "reservation": "a" }));
    assert_eq!(counted(&then.given.state), (60, 0, 40));
    assert_eq!(then.given.state.ledger.unknown, 60);
    assert_eq!(then.given.state.ever.unknown, 60);
}

#[test]
fn what_is_not_settled_in_time_is_spent_whole_and_never_free() {
    let (_, mut given) = reserved(budget(tokens(100)), "a", 60);
    given.late_ms = 60_001;
    let then = given.when("reserve", reserve("b", 60, None));
    assert_eq!(names(&then), ["Lapsed", "Exceeded"]);
    assert_eq!(counted(&then.given.state), (60, 0, 40));
    let late = then.given.when("settle", json!({ "reservation": "a", "tokens": 1 }));
    assert_eq!(reply(&late)["closed"], false);
    late.given.state_is_the_fold();
}

#[test]
fn more_than_was_reserved_is_counted_as_it_is() {
    let (_, given) = reserved(budget(tokens(100)), "a", 60);
    let given = given.when("settle", json!({ "reservation": "a", "tokens": 130 })).given;
    assert_eq!(counted(&given.state), (130, 0, 0));
    assert!(!reserved(given, "b", 1).0);
}

#[test]
fn a_window_begins_whole_and_what_was_reserved_before_counts_in_its_own() {
    let (_, mut given) = reserved(budget(tokens(100)), "a", 60);
    given.late_ms = 59_000;
    let given = given.when("settle", json!({ "reservation": "a", "tokens": 50 })).given;
    assert_eq!(counted(&given.state).0, 50);
    let mut given = given;
    given.late_ms = 3_600_000;
    let (granted, given) = reserved(given, "b", 100);
    assert!(granted, "the next window");
    assert_eq!(counted(&given.state), (0, 100, 0));
    assert_eq!(given.state.ever.used, 50);
}

#[test]
fn what_is_settled_in_the_next_window_counts_in_the_one_before() {
    let long = |name: &str| {
        let mut input = reserve(name, 60, None);
        input["hold_ms"] = json!(7_200_000);
        input
    };
    let mut given = budget(tokens(100)).when("reserve", long("a")).given;
    given.late_ms = 3_600_000;
    let (granted, given) = reserved(given, "b", 90);
    assert!(granted);
    let given = given.when("settle", json!({ "reservation": "a", "tokens": 55 })).given;
    assert_eq!(counted(&given.state), (0, 90, 10));
    assert_eq!(given.state.ever.used, 55);
    given.state_is_the_fold();
}

#[test]
fn thresholds_are_told_once_in_a_window() {
    let mut definition = tokens(100);
    definition["alerts"] = json!({ "thresholds": [50, 80, 100] });
    let given = budget(definition).when("reserve", reserve("a", 90, None)).given;
    let then = given.when("settle", json!({ "reservation": "a", "tokens": 85 }));
    assert_eq!(names(&then), ["Settled", "ThresholdCrossed", "ThresholdCrossed"]);
    let then = then.given.when("adjust", json!({ "amount": 1, "reason": "forgotten" }));
    assert_eq!(names(&then), ["Adjusted"]);
    let then = then.given.when("reset", json!({}));
    let then = then.given.when("adjust", json!({ "amount": 55, "reason": "again" }));
    assert_eq!(names(&then), ["Adjusted", "ThresholdCrossed"]);
    then.given.state_is_the_fold();
}

#[test]
fn a_soft_budget_tells_and_lets_pass() {
    let mut definition = tokens(10);
    definition["hard"] = json!(false);
    let then = budget(definition).when("reserve", reserve("a", 11, None));
    assert_eq!(names(&then), ["Exceeded", "Reserved"]);
    assert_eq!(reply(&then)["granted"], true);
    assert_eq!(counted(&then.given.state), (0, 11, 0));
}

#[test]
fn a_price_that_nobody_knows_is_denied_allowed_or_counted() {
    let money = |unknown: Value| {
        budget(json!({
            "unit": "micro_usd", "limit": 1_000, "window": { "per": "total" },
            "unknown_price": unknown,
        }))
    };
    let then = money(json!("deny")).when("reserve", reserve("a", 5, None));
    assert_eq!(reply(&then)["code"], "budget_price_unknown");
    assert_eq!(reply(&then)["retry_after_ms"], Value::Null);
    let then = money(json!("allow")).when("reserve", reserve("a", 5, None));
    assert_eq!(counted(&then.given.state), (0, 0, 1_000));
    let then = money(json!({ "count": 300 })).when("reserve", reserve("a", 5, None));
    assert_eq!(counted(&then.given.state), (0, 300, 700));
    let then = then.given.when("settle", json!({ "reservation": "a", "tokens": 4 }));
    assert_eq!(counted(&then.given.state), (300, 0, 700));
    let then = money(json!("deny")).when("reserve", reserve("a", 5, Some(900)));
    assert_eq!(counted(&then.given.state), (0, 900, 100));
    let settled = json!({ "reservation": "a", "tokens": 4, "micro_usd": 850 });
    assert_eq!(counted(&then.given.when("settle", settled).given.state), (850, 0, 150));
}

#[test]
fn a_fallback_is_offered_where_one_is_set() {
    let mut definition = tokens(10);
    definition["on_exceeded"] = json!({ "fallback": "local/rules" });
    let then = budget(definition).when("reserve", reserve("a", 11, None));
    assert_eq!(reply(&then)["fallback"], "local/rules");
}

#[test]
fn open_reservations_are_bounded_and_more_is_an_answer() {
    let mut given = budget(tokens(page::AMOUNT_MAX));
    for number in 0..page::RESERVATIONS_OPEN_MAX {
        given = reserved(given, &format!("r{number}"), 1).1;
    }
    given.when("reserve", reserve("one more", 1, None)).then_refused("budget_overloaded");
}

#[test]
fn setting_another_limit_keeps_what_was_spent_and_another_unit_does_not() {
    let (_, given) = reserved(budget(tokens(100)), "a", 60);
    let given = given.when("settle", json!({ "reservation": "a", "tokens": 60 })).given;
    let given = given.when("set", tokens(50)).given;
    assert_eq!(counted(&given.state), (60, 0, 0));
    let mut money = tokens(50);
    money["unit"] = json!("micro_usd");
    let given = given.when("set", money.clone()).given;
    assert_eq!(counted(&given.state), (0, 0, 50));
    assert!(given.when("set", money).decided().events.is_empty(), "nothing new");
}

#[test]
fn a_cleared_budget_grants_everything_and_counts_nothing() {
    let (_, given) = reserved(budget(tokens(10)), "a", 10);
    let given = given.when("clear", json!({})).given;
    let then = given.when("reserve", reserve("b", 1_000, None));
    assert_eq!(reply(&then), json!({ "granted": true, "amount": 0 }));
    let then = then.given.when("settle", json!({ "reservation": "a", "tokens": 5 }));
    assert_eq!(reply(&then)["closed"], true);
    then.given.when("adjust", json!({ "amount": 1, "reason": "x" })).then_refused("budget_unset");
    fresh().when("reset", json!({})).then_refused("budget_unset");
}

#[test]
fn spending_faster_than_usual_is_told_once_in_a_span() {
    let mut definition = tokens(1_000_000);
    definition["alerts"] = json!({ "spike": { "minutes": 1, "percent": 300, "at_least": 50 } });
    let mut given = budget(definition);
    for minute in 0..8 {
        given.late_ms = minute * 60_000;
        given = reserved(given, "a", 20).1;
        given = given.when("settle", json!({ "reservation": "a", "tokens": 20 })).given;
    }
    assert!(!given.happened().any(|it| matches!(it, Event::SpikeSeen { .. })));
    given = reserved(given, "b", 900).1;
    let then = given.when("settle", json!({ "reservation": "b", "tokens": 900 }));
    assert_eq!(names(&then), ["Settled", "SpikeSeen"]);
    given = reserved(then.given, "c", 900).1;
    let then = given.when("settle", json!({ "reservation": "c", "tokens": 900 }));
    assert_eq!(names(&then), ["Settled"]);
    then.given.state_is_the_fold();
}

#[test]
fn a_tenant_budgets_itself_alone() {
    let mut definition = tokens(1);
    definition["scope"] = json!({ "tenant": "other" });
    let here = given::<Budget>([]);
    let mut system = given::<Budget>([]);
    here.when("set", definition.clone()).then_refused("budget_scope_foreign");
    system.tenant = page::SYSTEM;
    system.when("set", definition).decided();
}

#[test]
fn what_nobody_can_mean_is_refused() {
    let wrong = |change: Value| {
        let mut definition = tokens(10);
        for (name, value) in change.as_object().expect("members") {
            definition[name.as_str()] = value.clone();
        }
        given::<Budget>([]).when("set", definition).then_refused("invalid_input");
    };
    wrong(json!({ "window": { "per": "day", "zone": "Middle/Earth" } }));
    wrong(json!({ "alerts": { "thresholds": [80, 50] } }));
    wrong(json!({ "alerts": { "thresholds": [0] } }));
    wrong(json!({ "alerts": { "spike": { "minutes": 0, "percent": 300 } } }));
    wrong(json!({ "on_exceeded": { "fallback": " " } }));
    wrong(json!({ "limit": page::AMOUNT_MAX + 1 }));
    wrong(json!({ "hold_ms": 1 }));
    wrong(json!({ "scope": { "model": "" } }));
    wrong(json!({ "scope": { "modle": "x" } }));
}
