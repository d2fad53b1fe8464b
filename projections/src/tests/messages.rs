//! One conversation, written by hand.

use std::sync::Arc;

use contracts::kinds::conversation::Role;
use serde_json::json;

use super::given::{Book, address, config, open, run_to, scratch};
use crate::MessagesQuery;
use crate::bench::Tape;
use crate::handle::Models;
use crate::tests::engines::on_both;

on_both! {
    [] messages_say_what_they_say_now;
    [] members_and_marks_are_kept;
    [] messages_are_paged_and_searched;
}

async fn talk() -> (tempfile::TempDir, Models) {
    let (scratch, mut book, tape) = (scratch(), Book::new(), Tape::new());
    let (room, other) = (address("acme/conversation/room"), address("beta/conversation/room"));
    let post = |sequence: u64, author: &str, text: &str| {
        (
            "MessagePosted",
            json!({ "message": format!("m_{sequence}"), "sequence": sequence,
            "author": author, "role": "member", "text": text, "client_id": "c" }),
        )
    };
    let members = json!([{ "principal": "ada", "role": "member" },
        { "principal": "helper", "name": "Helper", "role": "agent", "model": "local/rules" }]);
    let created = ("Created", json!({ "kind": "group", "members": members, "by": "ada" }));
    let joined = |who: &str| {
        (
            "Joined",
            json!({ "member": { "principal": who, "name": "M",
        "role": "member" }, "members": 3 }),
        )
    };
    let answered = (
        "MessagePosted",
        json!({ "message": "m_2", "sequence": 2, "author": "helper",
        "name": "Helper", "role": "agent", "text": "Die BRÜCKE, 50%_off.",
        "in_reply_to": "m_1", "reply_to": "m_1",
        "generated_by": { "provider": "local", "model": "local/rules" } }),
    );
    let edited = |sequence: u64, text: &str, edits: u32| {
        (
            "MessageEdited",
            json!({
        "message": format!("m_{sequence}"), "sequence": sequence, "text": text, "edits": edits }),
        )
    };
    let deleted = ("MessageDeleted", json!({ "message": "m_3", "sequence": 3, "by": "admin" }));
    let read = |who: &str, up_to: u64| ("ReadMarked", json!({ "principal": who, "up_to": up_to }));
    let left = ("Left", json!({ "principal": "mira", "members": 2 }));
    tape.extend([
        book.entry(&room, std::slice::from_ref(&created)),
        book.entry(&other, &[created, post(1, "ada", "of another tenant")]),
        // One commit may post and answer.
        book.entry(&room, &[post(1, "ada", "What is left?"), answered]),
        book.entry(&room, &[joined("mira"), post(3, "mira", "secret"), read("mira", 3)]),
        book.entry(&room, &[edited(1, "What is left today?", 1), deleted]),
        book.entry(&room, &[edited(3, "back again", 1), edited(99, "nowhere", 1)]),
        book.entry(&room, &[left, read("ada", 3), read("nobody", 3)]),
        book.entry(&room, &[("SomethingNew", json!({ "sequence": 4 }))]),
        book.entry(&room, &[joined("mira"), post(4, "mira", "again")]),
    ]);
    let tape = Arc::new(tape);
    let models = open(config(scratch.path())).await;
    run_to(&models, tape.clone(), tape.end()).await;
    (scratch, models)
}

fn room() -> MessagesQuery {
    MessagesQuery::new("acme".parse().expect("a tenant"), "room".parse().expect("an id"))
}

async fn messages_say_what_they_say_now() {
    let (_scratch, models) = talk().await;
    let items = models.messages(&room()).await.expect("a page").items;
    let sequences: Vec<u64> = items.iter().map(|message| message.sequence).collect();
    assert_eq!(sequences, [4, 3, 2, 1], "the last first");
    let first = &items[3];
    assert_eq!((first.text.as_deref(), first.edits), (Some("What is left today?"), 1));
    assert!(first.edited_at.is_some() && !first.deleted);
    assert_eq!(first.client_id.as_deref(), Some("c"));
    let answer = &items[2];
    assert_eq!((answer.role, answer.name.as_deref()), (Role::Agent, Some("Helper")));
    assert_eq!(answer.in_reply_to.as_deref(), Some("m_1"));
    assert_eq!(answer.generated_by.as_ref().expect("it is labelled").provider, "local");
    let gone = &items[1];
    assert!(gone.deleted && gone.text.is_none() && gone.deleted_at.is_some());
    assert_eq!(gone.deleted_by.as_ref().expect("who").as_str(), "admin");
    assert_eq!(gone.edits, 0, "what was taken back is not edited");
    let json = serde_json::to_value(gone).expect("a message has a JSON form");
    assert_eq!((&json["deleted"], json.get("text")), (&json!(true), None));
}

async fn members_and_marks_are_kept() {
    let (_scratch, models) = talk().await;
    let query = room();
    let members = models.members(&query.tenant, &query.conversation).await.expect("members");
    let named: Vec<(&str, u64)> =
        members.iter().map(|member| (member.principal.as_str(), member.read_up_to)).collect();
    assert_eq!(named, [("ada", 3), ("helper", 0), ("mira", 3)], "mira reads on where it stopped");
    assert_eq!(members[1].model.as_deref(), Some("local/rules"));
    let nobody = "nobody".parse().expect("a tenant");
    assert_eq!(models.members(&nobody, &query.conversation).await, Ok(Vec::new()));
}

async fn messages_are_paged_and_searched() {
    let (_scratch, models) = talk().await;
    let ask = |change: fn(&mut MessagesQuery)| {
        let (models, mut query) = (models.clone(), room());
        change(&mut query);
        async move {
            let page = models.messages(&query).await.expect("a page");
            (page.items.iter().map(|item| item.sequence).collect::<Vec<_>>(), page.next)
        }
    };
    assert_eq!(ask(|q| q.limit = Some(2)).await, (vec![4, 3], Some(3)));
    assert_eq!(ask(|q| (q.limit, q.before) = (Some(2), Some(3))).await, (vec![2, 1], None));
    assert_eq!(ask(|q| (q.limit, q.after) = (Some(2), Some(0))).await, (vec![1, 2], Some(2)));
    assert_eq!(ask(|q| (q.after, q.before) = (Some(1), Some(4))).await, (vec![2, 3], None));
    assert_eq!(ask(|q| q.text = Some("brücke".into())).await, (vec![2], None));
    assert_eq!(ask(|q| q.text = Some("50%_OFF".into())).await, (vec![2], None));
    assert_eq!(ask(|q| q.text = Some("%".into())).await, (vec![2], None), "no wildcard");
    assert_eq!(ask(|q| q.text = Some("secret".into())).await, (vec![], None), "taken back");
    assert_eq!(ask(|q| q.text = Some("left?".into())).await, (vec![], None), "edited away");
    assert_eq!(ask(|q| q.author = "mira".parse().ok()).await, (vec![4, 3], None));
}
