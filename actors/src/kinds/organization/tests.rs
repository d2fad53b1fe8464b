use contracts::access::{Rights, Roles};
use contracts::kinds::organization::{self as page, Event, MemberRole};
use contracts::{ActorId, Page as _};
use proptest::prelude::*;
use serde_json::{Value, json};

use super::Organization;
use crate::kinds::testing::{Given, given, page_is_consistent};

fn member(principal: &str, role: MemberRole) -> Event {
    Event::MemberAdded { principal: principal.parse().unwrap(), role }
}

/// The organization of the tests' tenant, which ada owns.
fn main(events: impl IntoIterator<Item = Event>) -> Given<Organization> {
    let created = Event::Created { name: "Main".to_owned(), plan: "free".to_owned() };
    let first = [created, member("ada", MemberRole::Owner)];
    let mut given = given::<Organization>(first.into_iter().chain(events));
    given.me = ActorId::from_static("main");
    given
}

fn rights(role: &str) -> Rights {
    let roles = Roles::standard();
    Rights::of([], [(roles.get(&role.parse().unwrap()).expect("standard"), None)])
}

fn add(principal: &str, role: &str) -> Value {
    json!({ "principal": principal, "role": role })
}

#[test]
fn the_page_is_consistent() {
    page_is_consistent::<page::Organization>();
}

#[test]
fn an_organization_is_called_as_its_tenant_is() {
    let mut other = given::<Organization>([]);
    other.me = ActorId::from_static("other");
    other.when("create", json!({ "name": "Other" })).then_refused("organization_misnamed");
    main([]).when("create", json!({ "name": "Main" })).then_refused("organization_exists");
}

#[test]
fn there_is_always_an_owner() {
    let gone = json!({ "principal": "ada" });
    for by in ["ada", "admin"] {
        main([]).by(by).when("remove_member", gone.clone()).then_refused("last_owner");
    }
    main([]).when("change_member", add("ada", "viewer")).then_refused("last_owner");
    let two = || main([member("grace", MemberRole::Owner)]);
    assert!(two().by("ada").when("remove_member", gone.clone()).result.is_ok(), "one may leave");
    two().by("ada").when("change_member", add("ada", "viewer")).then_refused("own_rights");
}

#[test]
fn only_owners_make_owners_and_nobody_raises_himself() {
    let admin = || main([member("grace", MemberRole::Admin)]).by("grace");
    admin().when("add_member", add("eve", "owner")).then_refused("owners_only");
    admin().when("change_member", add("ada", "viewer")).then_refused("owners_only");
    admin().when("remove_member", json!({ "principal": "ada" })).then_refused("owners_only");
    admin().when("change_member", add("grace", "owner")).then_refused("own_rights");
    main([]).by("eve").when("add_member", add("eve", "admin")).then_refused("own_rights");
    let narrow = || admin().with_rights(rights("developer"));
    narrow().when("add_member", add("eve", "admin")).then_refused("grant_exceeds_rights");
    admin()
        .when("add_member", add("eve", "admin"))
        .then_events(&[member("eve", MemberRole::Admin)]);
    let above = main([]).by("root@system").when("add_member", add("eve", "owner"));
    above.then_events(&[member("eve", MemberRole::Owner)]);
}

#[test]
fn a_plan_bounds_its_members() {
    let plan = json!({ "plan": "small", "limits": { "members_max": 2 } });
    let small = main([]).when("set_plan", plan).given;
    let two = small.when("add_member", add("grace", "member")).given;
    two.when("add_member", add("eve", "member")).then_refused("organization_full");
}

#[test]
fn a_role_of_its_own_is_no_more_than_its_maker_holds() {
    let role = |allow: &str| json!({ "role": "own", "allow": [allow] });
    let developer = || main([]).by("grace").with_rights(rights("developer"));
    developer().when("define_role", role("cap:*")).then_refused("grant_exceeds_rights");
    assert!(developer().when("define_role", role("cap:counter.*")).result.is_ok());
    let standard = json!({ "role": "viewer", "allow": ["cap:*"] });
    main([]).when("define_role", standard).then_refused("role_standard");
    let unknown = json!({ "roles": ["own"] });
    main([]).when("set_publisher", unknown).then_refused("role_unknown");
}

#[test]
fn a_quota_counts_in_its_period_and_is_never_passed() {
    let entitle = json!({ "feature": "exports", "quota": 5, "period": "total" });
    let consume = |amount: u64| json!({ "feature": "exports", "amount": amount });
    main([]).when("consume", consume(1)).then_refused("not_entitled");
    let entitled = main([]).when("entitle", entitle).given;
    let used = entitled.when("consume", consume(3));
    let used = used.then_reply(json!({ "consumed": 3, "left": 2 })).given;
    let over = used.when("consume", consume(3)).then_refused("quota_exceeded").given;
    let used = over.when("consume", consume(2));
    let used = used.then_reply(json!({ "consumed": 5, "left": 0 })).given;
    let more = json!({ "feature": "exports", "quota": 6, "period": "total" });
    let more = used.when("entitle", more).given;
    more.when("consume", consume(1)).then_reply(json!({ "consumed": 6, "left": 0 }));
}

#[test]
fn a_part_goes_with_what_is_in_it() {
    let specs = page::Organization::commands();
    let example = |name: &str| specs.iter().find(|it| it.name == name).unwrap().example.clone();
    let mut given = main([]);
    for name in ["put_project", "put_application", "put_service", "link"] {
        given = given.when(name, example(name)).given;
    }
    assert_eq!(given.state.links.len(), 1);
    let gone = given.when("remove_project", json!({ "id": "store" })).given;
    let state = &gone.state;
    assert!(state.applications.is_empty() && state.services.is_empty() && state.links.is_empty());
    gone.when("put_service", example("put_service")).then_refused("organization_part_unknown");
}

proptest! {
    #[test]
    fn the_state_is_always_the_fold_and_has_an_owner(
        asked in proptest::collection::vec((0..22_usize, 0..3_usize), 0..40)
    ) {
        let specs = page::Organization::commands();
        let mut given = main([]);
        for (which, by) in asked {
            let spec = &specs[which];
            let by = ["ada", "grace", "admin"][by];
            given = given.by(by).when(spec.name, spec.example.clone()).given;
        }
        prop_assert!(given.state.governance.owners() > 0);
        given.state_is_the_fold();
    }
}
