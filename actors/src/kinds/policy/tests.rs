use contracts::Tenant;
use contracts::kinds::policy::{self as page, Event, KILL_SWITCH, limits};
use serde_json::{Value, json};

use super::Policy;
use crate::kinds::testing::{Given, given, page_is_consistent};
use crate::policy;

const DENY: &str = "version: 1\nrules: [{ id: no, effect: deny }]\n";

fn switch(tenant: &'static str) -> Given<Policy> {
    let mut given = given::<Policy>([]);
    given.me = KILL_SWITCH;
    given.tenant = Tenant::from_static(tenant);
    given
}

fn put(version: u32) -> Event {
    let document = policy::read(&format!("version: 1\ndescription: v{version}\n")).unwrap();
    let digest = policy::digest(&document);
    let by = contracts::Caller::ADMIN;
    Event::Put { version, document: Box::new(document), digest, text: None, by }
}

fn activated(version: u32) -> Event {
    let Event::Put { digest, by, .. } = put(version) else { unreachable!("it is a put") };
    Event::Activated { version, digest, by }
}

#[test]
fn the_page_is_consistent() {
    page_is_consistent::<page::Policy>();
}

#[test]
fn a_document_is_kept_as_a_version_and_in_force() {
    let then = given::<Policy>([]).when("put", json!({ "text": DENY }));
    let types = then.decided().events.iter().map(|event| match event {
        Event::Put { version, text, .. } => (*version, text.is_some()),
        Event::Activated { version, .. } => (*version, false),
        other => panic!("{other:?}"),
    });
    assert_eq!(types.collect::<Vec<_>>(), [(1, true), (1, false)]);
    then.given.state_is_the_fold();
    assert_eq!(then.given.state.document_in_force().unwrap().rules[0].id, "no");
    let again = then.given.when("put", json!({ "text": DENY }));
    assert_eq!(again.decided().events, [], "the same document again changes nothing");
}

#[test]
fn a_document_that_cannot_be_used_changes_nothing_and_says_where() {
    for (input, place) in [
        (json!({ "text": "version: 1\nrules: [" }), ""),
        (json!({ "text": "version: 1\nbogus: 1\n" }), "bogus"),
        (
            json!({ "document": { "version": 1, "rules": [{ "id": "a", "effect": "deny", "when": "x" }] } }),
            "rules[0].when",
        ),
        (json!({ "document": { "version": 7 } }), "version"),
        (json!({ "document": [] }), ""),
    ] {
        let then = given::<Policy>([put(1), activated(1)]).when("put", input);
        let refusal = then.result.as_ref().unwrap_err().clone();
        let then = then.then_refused("policy_invalid");
        assert!(refusal.errors[0].field.starts_with(place), "{refusal:?}");
        assert_eq!(then.given.state.active, Some(1));
    }
    let both = json!({ "text": DENY, "document": {} });
    given::<Policy>([]).when("put", both).then_refused("invalid_input");
    given::<Policy>([]).when("put", json!({})).then_refused("invalid_input");
    let long = json!({ "text": "#".repeat(limits::DOCUMENT_BYTES_MAX + 1) });
    given::<Policy>([]).when("put", long).then_refused("invalid_input");
}

#[test]
fn versions_go_forth_and_back() {
    let events = || [put(1), activated(1), put(2), activated(2)];
    given::<Policy>(events()).when("rollback", json!({})).then_events(&[activated(1)]);
    given::<Policy>(events())
        .when("activate", json!({ "version": 1 }))
        .then_events(&[activated(1)])
        .given
        .when("rollback", json!({}))
        .then_refused("policy_version_not_found");
    given::<Policy>(events())
        .when("activate", json!({ "version": 3 }))
        .then_refused("policy_version_not_found");
    given::<Policy>(events()).when("activate", json!({ "version": 2 })).then_events(&[]);
    let retired = given::<Policy>(events()).when("retire", json!({}));
    assert_eq!(retired.given.state.document_in_force(), None);
    retired.given.when("rollback", json!({})).then_events(&[activated(2)]);
    let input = json!({ "document": { "version": 1 }, "activate": false });
    let waiting = given::<Policy>([]).when("put", input);
    assert_eq!(waiting.given.state.active, None);
}

#[test]
fn old_versions_go_but_never_the_one_in_force() {
    let mut events = vec![put(1), activated(1)];
    events.extend((2..=40).map(put));
    let given = given::<Policy>(events);
    assert_eq!(given.state.versions.len(), limits::VERSIONS_MAX);
    assert!(given.state.version(1).is_some() && given.state.version(2).is_none());
    assert!(given.state.version(40).is_some());
    given.state_is_the_fold();
}

#[test]
fn switches_are_engaged_and_released() {
    let engage = |scope: &str| json!({ "scope": scope, "reason": "wrong figures" });
    let then = switch("acme").when("engage", engage("kind:osteon"));
    let reply = json!({ "engaged": ["kind:osteon"] });
    let then = then.then_reply(reply);
    then.given.state_is_the_fold();
    let again = then.given.when("engage", engage("kind:osteon")).then_events(&[]);
    let both = again.given.when("engage", engage("tenant"));
    assert_eq!(both.given.state.switches.len(), 2);
    let one = both.given.when("release", json!({ "scope": "kind:osteon" }));
    assert_eq!(one.given.state.switches.len(), 1);
    one.given.when("release", json!({ "scope": "kind:osteon" })).then_events(&[]);
}

#[test]
fn only_the_system_stops_everything() {
    let engage = |scope: &str| json!({ "scope": scope, "reason": "x" });
    for scope in ["global", "tenant:other"] {
        switch("acme").when("engage", engage(scope)).then_refused("kill_scope_forbidden");
        switch("system").when("engage", engage(scope)).decided();
    }
    switch("acme").when("engage", engage("bogus")).then_refused("invalid_input");
    switch("acme")
        .when("engage", json!({ "scope": "tenant", "reason": " " }))
        .then_refused("invalid_input");
}

#[test]
fn there_is_a_most_of_switches() {
    let mut given = switch("acme");
    for n in 0..limits::SWITCHES_MAX {
        let input: Value = json!({ "scope": format!("actor:counter/c{n}"), "reason": "x" });
        given = given.when("engage", input).given;
    }
    let then = given.when("engage", json!({ "scope": "tenant", "reason": "x" }));
    then.then_refused("kill_switches_exhausted");
}
