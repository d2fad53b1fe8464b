use contracts::Hash;
use contracts::access::{Grant, Rights, Roles};
use contracts::kinds::principal::{self as page, Event, KEYS_MAX, SESSIONS_MAX, SessionEnd, Sort};
use proptest::prelude::*;
use serde_json::{Value, json};

use super::Principal;
use crate::kinds::testing::{Given, given, page_is_consistent};

fn registered() -> Event {
    Event::Registered { sort: Sort::User, display: None, email: None, owner: None }
}

fn ada(events: impl IntoIterator<Item = Event>) -> Given<Principal> {
    let mut given = given::<Principal>([registered()].into_iter().chain(events));
    given.me = contracts::ActorId::from_static("ada");
    given
}

/// Rights of one standard role.
fn rights(role: &str) -> Rights {
    let roles = Roles::standard();
    Rights::of([], [(roles.get(&role.parse().expect("a role")).expect("standard"), None)])
}

fn hash(text: &str) -> Hash {
    Hash::of(text.as_bytes())
}

fn key(id: &str) -> Value {
    json!({ "id": id, "hash": hash(id), "label": "test" })
}

#[test]
fn the_page_is_consistent() {
    page_is_consistent::<page::Principal>();
}

#[test]
fn names_that_mean_something_elsewhere_are_refused() {
    for name in ["admin", "ADMIN", "admin:", "publisher", "Runtime_", "ada@acme"] {
        let mut nobody = given::<Principal>([]);
        nobody.me = name.parse().expect("an id");
        nobody.when("register", json!({})).then_refused("principal_name_invalid");
    }
    let mut long = given::<Principal>([]);
    long.me = "x".repeat(64).parse().expect("an id");
    long.when("register", json!({})).then_refused("principal_name_invalid");
    ada([]).when("register", json!({})).then_refused("principal_exists");
}

#[test]
fn nobody_changes_his_own_rights() {
    for (name, input) in [
        ("assign", json!({ "role": "admin" })),
        ("unassign", json!({ "role": "viewer" })),
        ("grant", json!({ "capability": "cap:*" })),
        ("revoke", json!({ "capability": "cap:*" })),
        ("transfer", json!({ "owner": "grace" })),
        ("suspend", json!({})),
        ("restore", json!({})),
    ] {
        ada([]).by("ada").when(name, input).then_refused("own_rights");
    }
}

#[test]
fn nobody_gives_what_is_not_his() {
    let by = |role: &str| ada([]).by("grace").with_rights(rights(role));
    by("developer").when("assign", json!({ "role": "admin" })).then_refused("grant_exceeds_rights");
    by("developer")
        .when("grant", json!({ "capability": "cap:*" }))
        .then_refused("grant_exceeds_rights");
    by("developer")
        .when("grant", json!({ "capability": "cap:principal.grant" }))
        .then_refused("grant_exceeds_rights");
    let counter: Grant = serde_json::from_value(json!({ "capability": "cap:counter.*" })).unwrap();
    by("developer")
        .when("grant", json!({ "capability": "cap:counter.*" }))
        .then_events(&[Event::Granted(counter)]);
    let (user, none) = ("user".parse().unwrap(), None);
    by("admin")
        .when("assign", json!({ "role": "user" }))
        .then_events(&[Event::RoleAssigned { role: user, expires_at: none }]);
    by("admin").when("assign", json!({ "role": "emperor" })).then_refused("role_unknown");
    let mut eve = given::<Principal>([]).by("grace").with_rights(rights("user"));
    eve.me = contracts::ActorId::from_static("eve");
    eve.when("register", json!({ "roles": ["admin"] })).then_refused("grant_exceeds_rights");
}

#[test]
fn a_password_is_never_taken_for_its_hash() {
    for text in ["secret", "$argon2id$", "$2b$12$abcdefghijklmnopqrstuv", ""] {
        ada([]).when("set_password", json!({ "hash": text })).then_refused("invalid_input");
    }
    let weak = "$argon2id$v=19$m=16,t=1,p=1$c2FsdHNhbHRzYWx0$QUJDREVGR0hJSktMTU5PUFFSU1RVVldYWVo";
    ada([]).when("set_password", json!({ "hash": weak })).then_refused("invalid_input");
}

#[test]
fn a_key_is_issued_once_and_ends_when_it_is_revoked_or_rotated() {
    let issued = ada([]).when("issue_key", key("k1")).given;
    issued.when("issue_key", key("k1")).then_refused("key_exists");
    let issued = ada([]).when("issue_key", key("k1")).given;
    let rotated = issued
        .when("rotate_key", json!({ "id": "k1", "successor": "k2", "hash": hash("k2") }))
        .given;
    let ids: Vec<_> = rotated.state.access.keys.iter().map(|it| it.id.to_string()).collect();
    assert_eq!(ids, ["k2"], "without overlap the old one is gone");
    rotated.state_is_the_fold();
    let gone = rotated.when("revoke_key", json!({ "id": "k2" })).given;
    assert!(gone.state.access.keys.is_empty());
    gone.when("revoke_key", json!({ "id": "k2" })).then_refused("key_unknown");
}

#[test]
fn a_rotation_with_overlap_keeps_both_for_a_while() {
    let issued = ada([]).when("issue_key", key("k1")).given;
    let next = json!({ "id": "k1", "successor": "k2", "hash": hash("k2"), "overlap_ms": 60_000 });
    let both = issued.when("rotate_key", next).given;
    let ends: Vec<_> = both.state.access.keys.iter().map(|it| it.expires_at.is_some()).collect();
    assert_eq!(ends, [true, false]);
    assert_eq!(both.state.access.keys[1].label, "test", "it carries what the old one did");
}

#[test]
fn a_key_of_some_scope_makes_no_key_of_more() {
    let scope = vec!["cap:principal.issue_key".parse().unwrap(), "cap:*.read".parse().unwrap()];
    let narrow =
        || ada([]).by("ada").with_rights(Rights::everything().within(scope.clone().into()));
    narrow().when("issue_key", key("k1")).then_refused("grant_exceeds_rights");
    let mut reading = key("k1");
    reading["scope"] = json!(["cap:counter.read"]);
    assert!(narrow().when("issue_key", reading).result.is_ok());
}

#[test]
fn as_many_keys_as_one_may_have() {
    let mut given = ada([]);
    for number in 0..KEYS_MAX {
        given = given.when("issue_key", key(&format!("k{number}"))).given;
    }
    given.when("issue_key", key("more")).then_refused("principal_full");
}

fn begin(family: &str) -> Value {
    json!({ "family": family, "token_hash": hash(family), "expires_at": "2099-01-01T00:00:00Z" })
}

fn refresh(token: &str, next: &str) -> Value {
    json!({
        "family": "s", "token_hash": hash(token), "next_hash": hash(next),
        "expires_at": "2099-01-01T00:00:00Z",
    })
}

#[test]
fn a_refresh_token_counts_once_and_its_reuse_ends_the_session() {
    let begun = ada([]).when("begin_session", begin("s")).given;
    let next = begun.when("refresh_session", refresh("s", "t2"));
    let next = next.then_reply(json!({ "refreshed": true })).given;
    let stolen = next.when("refresh_session", refresh("s", "t3"));
    let ended = [Event::SessionEnded { family: "s".parse().unwrap(), why: SessionEnd::Reused }];
    let stolen = stolen.then_reply(json!({ "refreshed": false })).then_events(&ended).given;
    stolen.when("refresh_session", refresh("t2", "t3")).then_refused("session_unknown");
}

#[test]
fn the_session_that_was_used_longest_ago_gives_way() {
    let mut given = ada([]);
    for number in 0..SESSIONS_MAX {
        given = given.when("begin_session", begin(&format!("s{number}"))).given;
    }
    let then = given.when("begin_session", begin("last"));
    let first = Event::SessionEnded { family: "s0".parse().unwrap(), why: SessionEnd::Exceeded };
    assert_eq!(then.decided().events[0], first);
    assert_eq!(then.given.state.access.sessions.len(), SESSIONS_MAX);
}

#[test]
fn a_new_password_and_a_suspension_end_all_sessions() {
    let password = page_example("set_password");
    let begun = || ada([]).when("begin_session", begin("s")).given;
    assert!(begun().when("set_password", password).given.state.access.sessions.is_empty());
    let suspended = begun().by("grace").when("suspend", json!({})).given;
    assert!(suspended.state.access.suspended && suspended.state.access.sessions.is_empty());
    let again = suspended.by("admin").when("begin_session", begin("s2"));
    again.then_refused("principal_suspended");
}

fn page_example(name: &str) -> Value {
    use contracts::Page as _;
    let specs = page::Principal::commands();
    specs.into_iter().find(|spec| spec.name == name).expect("a command").example
}

/// The examples of the page, in any order, each by one of several callers.
fn asked() -> impl Strategy<Value = Vec<(usize, u8)>> {
    proptest::collection::vec((0..18_usize, 0..3_u8), 0..40)
}

proptest! {
    #[test]
    fn the_state_is_always_the_fold_of_what_happened(asked in asked()) {
        use contracts::Page as _;
        let specs = page::Principal::commands();
        let mut given = ada([]);
        for (which, by) in asked {
            let by = ["ada", "grace", "admin"][usize::from(by)];
            let spec = &specs[which];
            given = given.by(by).when(spec.name, spec.example.clone()).given;
        }
        given.state_is_the_fold();
    }
}
