use contracts::kinds::conversation::limits::{
    CLIENT_IDS_MAX, TEXT_BYTES_MAX, WINDOW_BYTES_MAX, WINDOW_MESSAGES_MAX,
};
use contracts::kinds::conversation::{Event, MessageDeleted, MessageEdited, MessagePosted};
use contracts::{Hash, Page};
use serde_json::{Value, json};

use super::{group, reply, said, talked};

#[test]
fn a_post_is_answered_with_its_sequence() {
    let then = group().when("post", json!({ "text": "hello" }));
    let first = reply(&then);
    assert_eq!(first["sequence"], 1);
    let message = first["message"].as_str().unwrap().to_owned();
    let expected = MessagePosted { message, ..said(1, "hello") };
    let then = then.then_events(&[Event::MessagePosted(expected)]);
    let second = then.given.by("bob").when("post", json!({ "text": "hello", "reply_to": 1 }));
    assert_eq!(reply(&second)["sequence"], 2);
    let state = &second.given.state;
    assert_eq!(state.messages[1].reply_to.as_deref(), first["message"].as_str());
    assert_ne!(state.messages[0].id, state.messages[1].id);
}

#[test]
fn only_members_post() {
    group().by("eve").when("post", json!({ "text": "hello" })).then_refused("not_a_member");
    group().by("admin").when("post", json!({ "text": "hello" })).then_refused("not_a_member");
}

#[test]
fn an_admin_posts_for_a_member_and_both_are_told() {
    let then = group().by("admin").when("post", json!({ "text": "hello", "from": "bob" }));
    let Event::MessagePosted(posted) = &then.decided().events[0] else { panic!("a post") };
    assert_eq!(posted.author.as_str(), "bob");
    assert_eq!(posted.by.as_ref().unwrap().as_str(), "admin");
    let eve = json!({ "text": "hello", "from": "eve" });
    group().by("admin").when("post", eve.clone()).then_refused("not_a_member");
    group().when("post", eve).then_refused("acting_for_another");
}

#[test]
fn a_client_id_posts_once() {
    let post = json!({ "client_id": "c-1", "text": "hello" });
    let then = group().when("post", post.clone());
    let first = reply(&then);
    let then = then.given.when("post", post.clone()).then_events(&[]).then_reply(first.clone());
    let other = json!({ "client_id": "c-1", "text": "good day" });
    let then = then.given.when("post", other).then_refused("client_id_conflict");
    let details = then.result.as_ref().unwrap_err().details.clone().unwrap();
    assert_eq!(details["message"], first["message"]);
    let edited = then.given.when("edit_message", json!({ "message": 1, "text": "changed" }));
    let again = edited.given.when("post", post.clone()).then_events(&[]).then_reply(first);
    let by_bob = again.given.by("bob").when("post", post);
    assert_eq!(reply(&by_bob)["sequence"], 2, "a client id belongs to its author");
}

#[test]
fn client_ids_are_remembered_for_so_many_posts() {
    let mut given = group();
    for number in 0..=CLIENT_IDS_MAX {
        let post = json!({ "client_id": format!("c-{number}"), "text": "hello" });
        given = given.when("post", post).given;
    }
    assert_eq!(given.state.client_ids.len(), CLIENT_IDS_MAX);
    let then = given.when("post", json!({ "client_id": "c-1", "text": "hello" })).then_events(&[]);
    let then = then.given.when("post", json!({ "client_id": "c-0", "text": "hello" }));
    assert_eq!(then.decided().events.len(), 1);
}

#[test]
fn a_text_is_neither_blank_nor_too_long() {
    for text in [String::new(), " \n".to_owned(), "x".repeat(TEXT_BYTES_MAX + 1), "\0".to_owned()] {
        group().when("post", json!({ "text": text })).then_refused("invalid_input");
        let edit = json!({ "message": 1, "text": text });
        talked().when("edit_message", edit).then_refused("invalid_input");
    }
    group().when("post", json!({ "text": "x".repeat(TEXT_BYTES_MAX) })).decided();
    let client_id = "x".repeat(129);
    let long = json!({ "text": "hello", "client_id": client_id });
    group().when("post", long).then_refused("invalid_input");
}

#[test]
fn one_replies_to_what_was_said() {
    let unknown = json!({ "text": "hello", "reply_to": "m_9" });
    talked().when("post", unknown).then_refused("message_not_found");
    let unknown = json!({ "text": "hello", "reply_to": 0 });
    talked().when("post", unknown).then_refused("message_not_found");
}

#[test]
fn the_author_edits() {
    let edited = MessageEdited {
        message: "m_1".to_owned(),
        sequence: 1,
        text: "good day".to_owned(),
        edits: 1,
        by: None,
    };
    let then = talked()
        .when("edit_message", json!({ "message": "m_1", "text": "good day" }))
        .then_events(&[Event::MessageEdited(edited)])
        .then_reply(json!({ "message": "m_1", "sequence": 1, "edits": 1 }));
    let message = &then.given.state.messages[0];
    assert_eq!((message.text.as_str(), message.edits), ("good day", 1));
    assert!(message.edited_at.is_some_and(|at| at > message.at));
    let same = json!({ "message": 1, "text": "good day" });
    let then = then.given.when("edit_message", same).then_events(&[]);
    assert_eq!(reply(&then)["edits"], 1);
}

#[test]
fn nobody_else_edits() {
    let edit = json!({ "message": 1, "text": "good day" });
    talked().by("bob").when("edit_message", edit.clone()).then_refused("not_the_author");
    talked().by("eve").when("edit_message", edit.clone()).then_refused("not_a_member");
    talked().by("admin").when("edit_message", edit).then_refused("not_a_member");
    let unknown = json!({ "message": "m_2", "text": "good day" });
    talked().when("edit_message", unknown).then_refused("message_not_found");
}

#[test]
fn a_deleted_message_keeps_its_place_without_text() {
    let by = "ada".parse().unwrap();
    let deleted = MessageDeleted { message: "m_1".to_owned(), sequence: 1, by };
    let then = talked()
        .when("delete_message", json!({ "message": 1 }))
        .then_events(&[Event::MessageDeleted(deleted)]);
    let message = &then.given.state.messages[0];
    assert!(message.deleted && message.text.is_empty());
    assert_eq!((message.sequence, then.given.state.window_bytes), (1, 0));
    let edit = json!({ "message": 1, "text": "good day" });
    let then = then.given.when("edit_message", edit).then_refused("message_deleted");
    let then =
        then.given.when("delete_message", json!({ "message": 1 })).then_refused("message_deleted");
    assert_eq!(reply(&then.given.when("post", json!({ "text": "next" })))["sequence"], 2);
}

#[test]
fn the_author_or_an_admin_deletes() {
    let first = json!({ "message": 1 });
    talked().by("bob").when("delete_message", first.clone()).then_refused("not_the_author");
    talked().by("eve").when("delete_message", first.clone()).then_refused("not_a_member");
    let for_ada = json!({ "message": 1, "from": "ada" });
    talked().by("bob").when("delete_message", for_ada).then_refused("acting_for_another");
    let then = talked().by("admin").when("delete_message", first);
    let Event::MessageDeleted(deleted) = &then.decided().events[0] else { panic!("a deletion") };
    assert_eq!(deleted.by.as_str(), "admin");
    let unknown = json!({ "message": 2 });
    talked().when("delete_message", unknown).then_refused("message_not_found");
}

#[test]
fn the_state_keeps_so_many_messages() {
    let mut given = group();
    for _ in 0..WINDOW_MESSAGES_MAX + 2 {
        given = given.when("post", json!({ "text": "hello" })).given;
    }
    let state = &given.state;
    assert_eq!(state.messages.len(), WINDOW_MESSAGES_MAX);
    assert_eq!(state.messages[0].sequence, 3);
    assert_eq!(state.window_bytes, WINDOW_MESSAGES_MAX * "hello".len());
    let then = given.when("delete_message", json!({ "message": 2 }));
    let then = then.then_refused("message_not_found");
    then.given.when("delete_message", json!({ "message": 3 })).decided();
}

#[test]
fn the_state_keeps_so_many_bytes() {
    let mut given = group();
    for _ in 0..6 {
        given = given.when("post", json!({ "text": "x".repeat(TEXT_BYTES_MAX) })).given;
    }
    assert_eq!(given.state.messages.len(), WINDOW_BYTES_MAX / TEXT_BYTES_MAX);
    given.state_is_the_fold();
}

#[test]
fn heads_tell_title_counts_and_what_was_last() {
    let mut head = json!({});
    let then = talked().when("rename", json!({ "title": "New" }));
    let then = then.given.when("delete_message", json!({ "message": 1 }));
    for event in then.given.happened() {
        let patch = super::page::Conversation::summary(event).unwrap();
        json_patch::merge(&mut head, &patch);
        assert!(serde_json::to_string(&head).unwrap().len() <= 4_096);
    }
    let last = json!({ "event": "MessageDeleted", "by": "ada", "sequence": 1 });
    assert_eq!(
        head,
        json!({
            "title": "New", "kind": "group", "members": 2, "messages": 1, "last": last
        })
    );
}

#[test]
fn the_longest_message_fits_into_a_head() {
    let posted = MessagePosted { text: "ü".repeat(1_000), ..said(1, "") };
    let patch = super::page::Conversation::summary(&Event::MessagePosted(posted)).unwrap();
    let text: &Value = &patch["last"]["text"];
    assert_eq!(text.as_str().unwrap().chars().count(), 120);
}

#[test]
fn a_client_id_is_compared_by_the_hash_of_its_text() {
    let then = group().when("post", json!({ "client_id": "c-1", "text": "hello" }));
    assert_eq!(then.given.state.client_ids[0].text, Hash::of(b"hello"));
}
