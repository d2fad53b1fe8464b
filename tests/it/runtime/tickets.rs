//! Tickets: once, by one, for one thing.

use std::sync::Arc;

use cambium_tests::node::{Node, address};
use contracts::ports::Store;
use contracts::ticket::{self, BoundCommand, Purpose, Ticket, Use};
use contracts::{Caller, Timestamp, state_hash};
use nats::Memory;
use nats::streams::Bucket;
use serde_json::{Value, json};

const TEXT: &str = "ct_00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff";

const AT: Timestamp = Timestamp::from_millis(1_760_000_000_000);

fn command(id: &str, input: &Value) -> BoundCommand {
    BoundCommand {
        to: address(&format!("counter/{id}")),
        name: "add".parse().expect("a name"),
        input_hash: state_hash(input).expect("canonical"),
    }
}

/// A ticket of the admin's for `add {by: 3}` to the counter `a`, good until `expires_at`.
async fn kept(store: &dyn Store, expires_at: Timestamp) {
    let bound = command("a", &json!({ "by": 3 }));
    let ticket = Ticket {
        v: 1,
        purpose: Purpose::Command,
        tenant: bound.to.tenant.clone(),
        principal: Caller::ADMIN,
        home: None,
        credential: None,
        path: None,
        command: Some(bound),
        expires_at,
        used_by: None,
    };
    let value = serde_json::to_vec(&ticket).expect("JSON");
    let place = ticket::place(TEXT).expect("a ticket");
    store.create(&place, value, None).await.expect("there").expect("free");
}

async fn used(store: &dyn Store, bound: &BoundCommand, at: Timestamp, by: &str) -> String {
    let done = ticket::redeem(store, TEXT, &Use::Command(bound), at, by).await;
    done.map_or_else(|refusal| refusal.code.to_string(), |_| "used".to_owned())
}

#[tokio::test]
async fn whoever_used_it_may_come_again_and_nobody_else() {
    let store = Memory::new().store(Bucket::Tickets);
    let bound = command("a", &json!({ "by": 3 }));
    assert_eq!(used(&*store, &bound, AT, "message 1").await, "ticket_invalid");
    kept(&*store, AT).await;
    for (other, code) in [
        (command("b", &json!({ "by": 3 })), "ticket_mismatch"),
        (command("a", &json!({ "by": 4 })), "ticket_mismatch"),
        (
            BoundCommand { name: "reset".parse().expect("a name"), ..bound.clone() },
            "ticket_mismatch",
        ),
    ] {
        assert_eq!(used(&*store, &other, AT, "message 1").await, code);
    }
    assert_eq!(used(&*store, &bound, AT.plus_millis(1), "message 1").await, "ticket_invalid");
    assert_eq!(used(&*store, &bound, AT, "message 1").await, "used");
    // The broker delivers the same message again.
    assert_eq!(used(&*store, &bound, AT, "message 1").await, "used");
    assert_eq!(used(&*store, &bound, AT, "message 2").await, "ticket_used");
}

#[tokio::test(flavor = "multi_thread")]
async fn of_many_at_once_one_uses_it() {
    let store = Memory::new().store(Bucket::Tickets);
    kept(&*store, AT).await;
    let tries = (0..16).map(|number| {
        let store: Arc<dyn Store> = store.clone();
        tokio::spawn(async move {
            let bound = command("a", &json!({ "by": 3 }));
            used(&*store, &bound, AT, &format!("message {number}")).await
        })
    });
    let mut outcomes = Vec::new();
    for tried in tries.collect::<Vec<_>>() {
        outcomes.push(tried.await.expect("it ends"));
    }
    assert_eq!(outcomes.iter().filter(|it| *it == "used").count(), 1, "{outcomes:?}");
    assert_eq!(outcomes.iter().filter(|it| *it == "ticket_used").count(), 15, "{outcomes:?}");
}

#[tokio::test]
async fn a_stored_command_acts_as_whoever_asked_for_its_ticket() {
    let node = Node::start().await;
    kept(&*node.memory.store(Bucket::Tickets), node.memory.now().plus_millis(60_000)).await;
    let send = async |body: &Value| {
        let lines = vec![
            ("cambium-command".to_owned(), "add".to_owned()),
            ("cambium-ticket".to_owned(), TEXT.to_owned()),
            ("cambium-reply-to".to_owned(), "_INBOX_main.t".to_owned()),
        ];
        let mut replies = node.memory.listen("_INBOX_main.t");
        let body = body.to_string().into();
        node.memory.publish("cmd.main.counter.a", lines, body).expect("it is small");
        let (_, reply) = futures_util::StreamExt::next(&mut replies).await.expect("an answer");
        serde_json::from_slice::<Value>(&reply).expect("JSON")
    };
    let told = send(&json!({ "by": 4 })).await;
    assert_eq!(told["error"]["code"], "ticket_mismatch", "{told}");
    let told = send(&json!({ "by": 3 })).await;
    assert_eq!(told["output"], json!({ "value": 3 }), "{told}");
    let told = send(&json!({ "by": 3 })).await;
    assert_eq!(told["error"]["code"], "ticket_used", "{told}");
    let main = address("counter/a").tenant;
    let written = node.memory.audit().read(&main, 0, 10).await.expect("in memory");
    let codes: Vec<_> = written.iter().filter_map(|(_, it)| it.code.as_deref()).collect();
    assert_eq!(codes, ["ticket_mismatch", "ticket_used"]);
    assert!(node.memory.dead_letters().list(0, 10).await.expect("in memory").is_empty());
}
