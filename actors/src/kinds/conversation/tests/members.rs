use contracts::kinds::conversation::{Event, Joined, Left, Sort};
use serde_json::json;

use super::{Conversation, agent, created, group, person, reply, talked};
use crate::kinds::testing::given;

#[test]
fn whoever_creates_is_in_it() {
    given::<Conversation>([])
        .by("ada")
        .when("create", json!({ "title": "Plans", "members": [{ "principal": "bob" }] }))
        .then_events(&[created(Sort::Group, &[person("ada"), person("bob")])]);
}

#[test]
fn an_agent_gets_the_built_in_model() {
    let member = json!({ "principal": "helper", "name": "Helper", "role": "agent",
        "instructions": "Be brief." });
    given::<Conversation>([])
        .by("ada")
        .when("create", json!({ "title": "Plans", "members": [member] }))
        .then_events(&[created(Sort::Group, &[person("ada"), agent("helper")])]);
}

#[test]
fn a_private_conversation_has_exactly_two_members() {
    let create = |members: &[&str]| {
        let members: Vec<_> = members.iter().map(|who| json!({ "principal": who })).collect();
        json!({ "title": "Plans", "kind": "private", "members": members })
    };
    let fresh = || given::<Conversation>([]);
    fresh()
        .by("ada")
        .when("create", create(&["bob"]))
        .then_events(&[created(Sort::Private, &[person("ada"), person("bob")])]);
    fresh().by("ada").when("create", create(&[])).then_refused("conversation_private");
    fresh().by("ada").when("create", create(&["bob", "eve"])).then_refused("conversation_private");
    let by_admin = fresh().when("create", create(&["ada", "bob"]));
    assert_eq!(reply(&by_admin)["members"][0]["principal"], "ada");
    assert_eq!(by_admin.given.state.members.len(), 2);
}

#[test]
fn a_private_conversation_keeps_its_members() {
    let private =
        || given::<Conversation>([created(Sort::Private, &[person("ada"), person("bob")])]);
    private().by("eve").when("join", json!({})).then_refused("conversation_private");
    private().by("ada").when("leave", json!({})).then_refused("conversation_private");
}

#[test]
fn create_happens_once() {
    group().when("create", json!({})).then_refused("actor_exists");
}

#[test]
fn nothing_can_be_done_before_create() {
    for (name, input) in [
        ("join", json!({})),
        ("leave", json!({})),
        ("post", json!({ "text": "hello" })),
        ("edit_message", json!({ "message": 1, "text": "hello" })),
        ("delete_message", json!({ "message": 1 })),
        ("mark_read", json!({ "up_to": 0 })),
        ("typing", json!({ "active": true })),
        ("presence", json!({ "status": "away" })),
        ("rename", json!({ "title": "new" })),
    ] {
        given::<Conversation>([]).when(name, input).then_refused("actor_not_found");
    }
}

#[test]
fn joining_and_leaving_count_the_members() {
    let joined = Event::Joined(Joined { member: person("eve"), members: 3, by: None });
    let then = group().by("eve").when("join", json!({})).then_events(&[joined]);
    let left = Left { principal: "eve".parse().unwrap(), members: 2, by: None };
    let then = then.given.when("leave", json!({})).then_events(&[Event::Left(left)]);
    then.given.when("leave", json!({})).then_refused("not_a_member");
}

#[test]
fn joining_twice_is_a_conflict() {
    group().when("join", json!({})).then_refused("already_member");
}

#[test]
fn only_an_admin_acts_for_another() {
    let eve = json!({ "principal": "eve" });
    group().when("join", eve.clone()).then_refused("acting_for_another");
    let admin = "admin".parse().unwrap();
    let joined = Event::Joined(Joined { member: person("eve"), members: 3, by: Some(admin) });
    let then = group().by("admin").when("join", eve.clone()).then_events(&[joined]);
    then.given.by("bob").when("leave", eve).then_refused("acting_for_another");
}

#[test]
fn a_group_has_room_for_so_many_agents() {
    let mut members = vec![person("ada")];
    members.extend((0..8).map(|number| agent(&format!("agent-{number}"))));
    let full = || given::<Conversation>([created(Sort::Group, &members)]);
    full().by("bob").when("join", json!({ "role": "agent" })).then_refused("conversation_full");
    full().by("bob").when("join", json!({})).decided();
}

#[test]
fn a_group_has_room_for_so_many_members() {
    let members: Vec<_> = (0..1_000).map(|number| person(&format!("p{number}"))).collect();
    let full = given::<Conversation>([created(Sort::Group, &members)]);
    full.by("bob").when("join", json!({})).then_refused("conversation_full");
}

#[test]
fn inputs_are_held_to_their_limits() {
    let fresh = || given::<Conversation>([]).by("ada");
    let long = "x".repeat(201);
    for input in [
        json!({ "title": long }),
        json!({ "title": " " }),
        json!({ "members": [{ "principal": "bob" }, { "principal": "bob" }] }),
        json!({ "members": [{ "principal": "bob", "name": long }] }),
        json!({ "members": [{ "principal": "bob", "model": "local/rules" }] }),
        json!({ "members": [{ "principal": "a.b" }] }),
        json!({ "kind": "secret" }),
        json!({ "unknown": 1 }),
    ] {
        fresh().when("create", input).then_refused("invalid_input");
    }
    group().by("eve").when("join", json!({ "instructions": "x" })).then_refused("invalid_input");
}

#[test]
fn read_marks_go_forward_only() {
    let then = talked().when("mark_read", json!({ "up_to": 1 }));
    assert_eq!(reply(&then), json!({ "principal": "ada", "up_to": 1 }));
    assert_eq!(then.decided().events.len(), 1);
    let then = then.given.when("mark_read", json!({ "up_to": 0 })).then_events(&[]);
    assert_eq!(reply(&then), json!({ "principal": "ada", "up_to": 1 }));
    let then = then.given.when("mark_read", json!({ "up_to": 2 })).then_refused("invalid_input");
    then.given.by("eve").when("mark_read", json!({ "up_to": 1 })).then_refused("not_a_member");
}

#[test]
fn typing_and_presence_are_shown_and_not_kept() {
    let then = group().when("typing", json!({ "active": true })).then_events(&[]);
    let signal = &then.decided().signals[0];
    assert_eq!((signal.r#type.as_str(), &signal.data["active"]), ("typing", &json!(true)));
    assert_eq!(signal.data["principal"], "ada");
    let then = group().when("presence", json!({ "status": "away" })).then_events(&[]);
    assert_eq!(then.decided().signals[0].data["status"], "away");
    group().by("eve").when("typing", json!({ "active": true })).then_refused("not_a_member");
    group().by("eve").when("presence", json!({ "status": "away" })).then_refused("not_a_member");
}

#[test]
fn a_conversation_is_renamed_by_members_and_admins() {
    let then = group().when("rename", json!({ "title": "New" }));
    assert_eq!(then.given.state.title.as_deref(), Some("New"));
    then.given.when("rename", json!({ "title": "New" })).then_events(&[]);
    group().by("admin").when("rename", json!({ "title": "New" })).decided();
    group().by("eve").when("rename", json!({ "title": "New" })).then_refused("not_a_member");
    group().when("rename", json!({ "title": "" })).then_refused("invalid_input");
}
