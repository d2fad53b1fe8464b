use proptest::prelude::*;

use super::{Act, Capability, Condition, Grant, IdPattern, Pattern, Rights, Role, Roles, STANDARD};
use crate::caller::Origin;
use crate::time::Timestamp;

const AREAS: &[&str] = &["counter", "osteon", "principal", "effects"];
const VERBS: &[&str] = &["read", "add", "fork", "grant"];
const IDS: &[&str] = &["a", "ab", "abc", "b"];
const NOW: Timestamp = Timestamp::from_millis(1_000);

fn pattern() -> impl Strategy<Value = Pattern> {
    let part = |of: &'static [&'static str]| prop_oneof![Just("*"), proptest::sample::select(of)];
    (part(AREAS), part(VERBS))
        .prop_map(|(area, verb)| format!("cap:{area}.{verb}").parse().expect("a pattern"))
}

fn condition() -> impl Strategy<Value = Condition> {
    let id = proptest::sample::select(&["a", "ab*", "b", "a*", "*"][..])
        .prop_map(|text| IdPattern::try_from(text.to_owned()).expect("an id pattern"));
    let road = proptest::sample::select(&[Origin::Http, Origin::Nats, Origin::Runtime][..]);
    let ids = proptest::collection::vec(id, 0..3);
    (ids, proptest::collection::vec(road, 0..3)).prop_map(|(ids, roads)| Condition { ids, roads })
}

fn grant() -> impl Strategy<Value = Grant> {
    let end = proptest::option::of((0_i64..3_000).prop_map(Timestamp::from_millis));
    (pattern(), end, condition()).prop_map(|(capability, expires_at, condition)| Grant {
        capability,
        expires_at,
        condition,
    })
}

fn role() -> impl Strategy<Value = Role> {
    let many = || proptest::collection::vec(pattern(), 0..3);
    (many(), many()).prop_map(|(allow, except)| Role { allow, except })
}

fn rights() -> impl Strategy<Value = Rights> {
    let grants = proptest::collection::vec(grant(), 0..4);
    let roles = proptest::collection::vec(role(), 0..3);
    let scope = proptest::option::of(proptest::collection::vec(pattern(), 0..3));
    (grants, roles, scope).prop_map(|(grants, roles, scope)| {
        let rights = Rights::of(&grants, roles.iter().map(|role| (role, None)));
        match scope {
            Some(scope) => rights.within(scope.into()),
            None => rights,
        }
    })
}

/// Every act of the small world above.
fn acts() -> impl Iterator<Item = Act<'static>> {
    let roads = [Origin::Http, Origin::Nats, Origin::Runtime];
    let times = [0, 999, 1_000, 2_999, 5_000];
    AREAS.iter().flat_map(move |area| {
        VERBS.iter().flat_map(move |verb| {
            let ids = IDS.iter().map(|id| Some(*id)).chain([None]);
            ids.flat_map(move |id| {
                roads.into_iter().flat_map(move |road| {
                    times.into_iter().map(move |now| Act {
                        capability: Capability::new(area, verb),
                        id,
                        road,
                        now: Timestamp::from_millis(now),
                    })
                })
            })
        })
    })
}

proptest! {
    #[test]
    fn a_pattern_is_read_as_it_is_written(pattern in pattern()) {
        prop_assert_eq!(pattern.to_string().parse::<Pattern>().expect("as written"), pattern);
    }

    #[test]
    fn what_covers_matches_more_and_what_meets_matches_both(one in pattern(), other in pattern()) {
        let met = one.meet(&other);
        for act in acts() {
            let (by_one, by_other) = (one.matches(act.capability), other.matches(act.capability));
            prop_assert!(!one.covers(&other) || !by_other || by_one);
            let by_both = met.as_ref().is_some_and(|met| met.matches(act.capability));
            prop_assert_eq!(by_both, by_one && by_other);
        }
    }

    /// Nobody gives what is not his: whoever gets the grant may do nothing that the giver may not.
    #[test]
    fn what_may_be_given_is_never_more_than_what_is_held(
        giver in rights(), all in proptest::collection::vec(grant(), 16)
    ) {
        for given in all.iter().filter(|it| giver.may_give(it)) {
            let getter = Rights::of([given], []);
            for act in acts().filter(|act| getter.may(act)) {
                prop_assert!(giver.may(&act), "{act:?}");
            }
        }
    }

    #[test]
    fn a_role_that_may_be_given_is_never_more_than_what_is_held(
        giver in rights(),
        all in proptest::collection::vec(role(), 16),
        end in proptest::option::of(0_i64..3_000)
    ) {
        let end = end.map(Timestamp::from_millis);
        for role in all.iter().filter(|it| giver.may_give_role(it, end)) {
            let getter = Rights::of([], [(role, end)]);
            for act in acts().filter(|act| getter.may(act)) {
                prop_assert!(giver.may(&act), "{act:?}");
            }
        }
    }

    #[test]
    fn a_scope_only_narrows(
        rights in rights(),
        scope in proptest::collection::vec(pattern(), 0..3)
    ) {
        let narrow = rights.clone().within(scope.into());
        for act in acts().filter(|act| narrow.may(act)) {
            prop_assert!(rights.is_scoped() || rights.may(&act), "{act:?}");
        }
    }
}

fn may(role: &str, capability: &str) -> bool {
    let roles = Roles::standard();
    let role = roles.get(&role.parse().expect("a name")).expect("a standard role");
    let rights = Rights::of([], [(role, None)]);
    let capability = Capability::parse(capability).expect("a capability");
    rights.may(&Act { capability, id: None, road: Origin::Http, now: NOW })
}

#[test]
fn the_seven_roles_differ_where_they_must() {
    assert_eq!(STANDARD.len(), 7);
    for (capability, who) in [
        ("cap:counter.add", &["admin", "developer", "user"][..]),
        ("cap:counter.read", &["admin", "operator", "developer", "reviewer", "viewer", "user"]),
        ("cap:counter.fork", &["admin", "developer"]),
        ("cap:principal.read", &["admin", "operator"]),
        ("cap:principal.grant", &["admin"]),
        ("cap:organization.add_member", &["admin"]),
        ("cap:policy.put", &["admin"]),
        ("cap:policy.engage", &["admin", "operator"]),
        ("cap:approval.approve", &["admin", "reviewer"]),
        ("cap:approval.propose", &["admin", "developer", "reviewer", "user"]),
        ("cap:effects.control", &["admin", "operator", "developer"]),
        ("cap:work.lease", &["admin", "operator", "developer", "service"]),
        ("cap:archive.import", &["admin"]),
    ] {
        let allowed: Vec<_> =
            STANDARD.iter().map(|role| role.name).filter(|role| may(role, capability)).collect();
        assert_eq!(allowed, who, "{capability}");
    }
}

/// Every text of the table is a pattern: one that is not would silently allow or leave out nothing.
#[test]
fn every_standard_pattern_can_be_read() {
    for role in STANDARD {
        for text in role.allow.iter().chain(role.except) {
            assert_eq!(text.parse::<Pattern>().expect(text).to_string(), *text);
        }
    }
}

#[test]
fn what_is_no_pattern_or_capability_is_refused() {
    for text in ["", "cap:", "*", "cap:counter", "cap:counter.add.more", "cap:co*.add", "cap:.x"] {
        assert!(text.parse::<Pattern>().is_err(), "{text}");
        assert!(Capability::parse(text).is_err(), "{text}");
    }
    assert!(Capability::parse("cap:counter.*").is_err());
    for text in ["", "**", "a.b*", " a"] {
        assert!(IdPattern::try_from(text.to_owned()).is_err(), "{text}");
    }
}

#[test]
fn an_end_is_the_first_instant_without_the_right() {
    let end = Timestamp::from_millis(1_000);
    let grant = Grant { expires_at: Some(end), ..Grant::of(Pattern::ALL) };
    let rights = Rights::of([&grant], []);
    let capability = Capability::new("counter", "add");
    let at =
        |now| Act { capability, id: None, road: Origin::Http, now: Timestamp::from_millis(now) };
    assert!(rights.may(&at(999)) && !rights.may(&at(1_000)));
    assert!(!rights.is_everything());
}
