use contracts::{Refusal, RefusalClass};
use serde_json::json;

use super::{Scene, Words, body, codes, pages, response, status};

const SCENE: Scene<'static> =
    Scene { instance: "/v1/counter/a/add", trace_id: "0af7", request_id: "q1", words: Words::Own };

#[test]
fn a_problem_says_what_and_where_and_carries_the_error_of_the_model_providers() {
    let refusal = Refusal::new(RefusalClass::Malformed, "invalid_input", "not of its shape")
        .field("input.by", "a number is wanted")
        .details(json!({ "revision": 3 }));
    let told = body(&refusal, SCENE);
    assert_eq!(told["type"], "/docs/errors/invalid_input");
    assert_eq!(told["title"], "Invalid input");
    assert_eq!(told["status"], 400);
    assert_eq!(told["instance"], "/v1/counter/a/add");
    assert_eq!(told["errors"][0]["field"], "input.by");
    assert_eq!(told["details"]["revision"], 3);
    assert_eq!(told["error"]["param"], "input.by");
    assert_eq!(told["error"]["type"], "invalid_request_error");
}

#[test]
fn retry_after_is_told_in_whole_seconds_rounded_up() {
    let told = response(&codes::overloaded(), SCENE);
    assert_eq!(told.headers()["retry-after"], "1");
    assert_eq!(told.headers()["retry-after-ms"], "1000");
    assert_eq!(told.headers()["content-type"], super::CONTENT_TYPE);
}

#[test]
fn whoever_may_pay_twice_is_not_told_to_ask_again() {
    let failed = Refusal::unavailable("model_provider", "it failed");
    let failed = failed.details(json!({ "done": "failed" }));
    for refusal in [Refusal::unknown("nobody knows"), failed.clone()] {
        let told = response(&refusal, SCENE);
        assert_eq!(told.status(), status(refusal.class));
        assert_eq!(told.headers()["x-should-retry"], "false");
        assert!(!told.headers().contains_key("retry-after"), "{refusal}");
        assert!(body(&refusal, SCENE).get("retry_after_ms").is_none(), "{refusal}");
    }
    let untouched = failed.details(json!({ "done": "nothing" }));
    let told = response(&untouched, SCENE);
    assert!(!told.headers().contains_key("x-should-retry"));
    assert_eq!(told.headers()["retry-after"], "1");
}

#[test]
fn clients_that_show_only_the_message_show_what_is_at_fault() {
    let refusal = Refusal::new(RefusalClass::Malformed, "invalid_input", "the input breaks a rule");
    let told = body(&refusal.field("messages", "more than 64 KiB"), SCENE);
    assert_eq!(told["error"]["message"], "the input breaks a rule: messages: more than 64 KiB");
    assert_eq!(told["detail"], "the input breaks a rule");
}

#[test]
fn every_code_of_the_edge_has_a_page() {
    for code in codes::ALL {
        let page = pages::page(code).unwrap_or_else(|| panic!("docs/errors/{code}.md is missing"));
        assert!(page.contains(code), "the page of {code} does not name it");
    }
}
