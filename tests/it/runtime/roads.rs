//! NATS clients, well-behaved and otherwise.

use bytes::Bytes;
use cambium_tests::node::{KEY, Node, address};
use contracts::Tenant;
use contracts::ports::History;
use contracts::view::At;
use futures_util::StreamExt;
use serde_json::{Value, json};

fn headers(lines: &[(&str, &str)]) -> Vec<(String, String)> {
    lines.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
}

fn main_tenant() -> Tenant {
    Tenant::from_static("main")
}

async fn reply_to(node: &Node, subject: &str, lines: &[(&str, &str)], body: Bytes) -> Value {
    let inbox = "_INBOX_main.test.1";
    let mut replies = node.memory.listen(inbox);
    let mut lines = headers(lines);
    lines.push(("cambium-reply-to".to_owned(), inbox.to_owned()));
    node.memory.publish(subject, lines, body).expect("published");
    let (_, payload) = replies.next().await.expect("an answer");
    serde_json::from_slice(&payload).expect("JSON")
}

#[tokio::test]
async fn a_published_command_is_decided_and_answered() {
    let node = Node::start().await;
    let lines = [("cambium-command", "add")];
    let reply = reply_to(&node, "cmd.main.counter.c", &lines, r#"{"by":5}"#.into()).await;
    assert_eq!(reply["ok"], true);
    assert_eq!(reply["output"], json!({ "value": 5 }));
    let packed = contracts::codec::encode(&json!({ "by": 2 })).expect("encodes");
    let reply = reply_to(&node, "cmd.main.counter.c", &lines, packed.into()).await;
    assert_eq!(reply["output"], json!({ "value": 7 }));
    let msg = json!({
        "id": "m1", "ts": 1.0, "origin": "test", "target": "counter", "intent": "add",
        "input": { "by": 1 },
    });
    let reply = reply_to(&node, "cmd.main.counter.c", &[], msg.to_string().into()).await;
    assert_eq!(reply["output"], json!({ "value": 8 }));
    let again = reply_to(&node, "cmd.main.counter.c", &[], msg.to_string().into()).await;
    assert_eq!(again["revision"], reply["revision"], "a message id causes one commit");
    assert_eq!(node.memory.commands_pending(), 0);
}

/// Subject, headers, body, and the code that it is put aside with.
type Poison = (&'static str, &'static [(&'static str, &'static str)], &'static [u8], &'static str);

#[tokio::test]
async fn garbage_goes_to_dead_and_the_next_one_is_served() {
    let node = Node::start().await;
    let poison: [Poison; 6] = [
        ("cmd.main.counter.c", &[("cambium-command", "add")], b"\xff\xfe\x00", "invalid_body"),
        ("cmd.main.counter.c", &[("cambium-command", "add")], b"{\"by\":NaN}", "invalid_body"),
        ("cmd.main.counter.c", &[], b"{}", "command_missing"),
        ("cmd.main.counter.c", &[("cambium-sealed", "1")], b"forged", "seal_invalid"),
        (
            "cmd.main.counter.c",
            &[("cambium-command", "add"), ("cambium-command-id", "x")],
            b"{}",
            "invalid_id",
        ),
        (
            "cmd.main.counter.c",
            &[("cambium-command", "add")],
            b"{\"by\":9007199254740993}",
            "number_imprecise",
        ),
    ];
    for (subject, lines, body, code) in poison {
        let reply = reply_to(&node, subject, lines, Bytes::from_static(body)).await;
        assert_eq!(reply["error"]["code"], code);
    }
    let letters = node.memory.dead_letters().list(0, 100).await.expect("in memory");
    let codes: Vec<_> = letters.iter().map(|(_, letter)| letter.code.clone()).collect();
    assert_eq!(codes, poison.map(|(.., code)| code));
    assert_eq!(letters[0].1.payload, b"\xff\xfe\x00", "kept whole");
    let lines = [("cambium-command", "add")];
    let reply = reply_to(&node, "cmd.main.counter.c", &lines, "{}".into()).await;
    assert_eq!(reply["ok"], true);
    assert_eq!(node.memory.commands_pending(), 0);
}

#[tokio::test]
async fn a_command_to_a_quarantined_actor_is_kept_whole() {
    let node = Node::start().await;
    node.ask("counter/bad", "add", json!({})).await.expect("accepted");
    let subject = format!("evt.{}.main.counter.bad", address("counter/bad").partition());
    node.memory.publish(&subject, Vec::new(), "not a commit".into()).expect("published");
    let lines = [("cambium-command", "add")];
    let reply = reply_to(&node, "cmd.main.counter.bad", &lines, r#"{"by":7}"#.into()).await;
    assert_eq!(reply["error"]["code"], "actor_quarantined");
    let letters = node.memory.dead_letters().list(0, 10).await.expect("in memory");
    assert_eq!(letters.len(), 1);
    assert_eq!(letters[0].1.payload, br#"{"by":7}"#);
}

#[tokio::test]
async fn a_rejected_durable_command_is_audited_and_gone() {
    let node = Node::start().await;
    let lines = [("cambium-command", "reset")];
    let reply = reply_to(&node, "cmd.main.counter.none", &lines, "{}".into()).await;
    assert_eq!(reply["error"]["code"], "actor_not_found");
    let records = node.memory.audit().read(&main_tenant(), 0, 10).await.expect("in memory");
    assert_eq!(records.len(), 1);
    assert_eq!(records[0].1.details["code"], "actor_not_found");
    assert_eq!(node.memory.commands_pending(), 0);
}

#[tokio::test]
async fn replies_leave_the_tenant_for_nobody() {
    let node = Node::start().await;
    let mut elsewhere = node.memory.listen("_INBOX_other.x");
    let lines = headers(&[("cambium-command", "add"), ("cambium-reply-to", "_INBOX_other.x")]);
    node.memory.publish("cmd.main.counter.c", lines, "{}".into()).expect("published");
    let reply =
        reply_to(&node, "cmd.main.counter.c", &[("cambium-command", "add")], "{}".into()).await;
    assert_eq!(reply["output"]["value"], 2);
    loop {
        let records = node.memory.audit().read(&main_tenant(), 0, 10).await.expect("in memory");
        if records.iter().any(|(_, record)| record.class.as_str() == "reply_dropped") {
            break;
        }
        tokio::task::yield_now().await;
    }
    let quiet = std::time::Duration::from_millis(50);
    assert!(tokio::time::timeout(quiet, elsewhere.next()).await.is_err(), "nothing was sent");
}

#[tokio::test]
async fn a_request_needs_a_credential() {
    let node = Node::start().await;
    let ask = |key: &'static str| {
        let lines = headers(&[("cambium-command", "add"), ("cambium-key", key)]);
        node.memory.request("ask.main.counter.c", lines, r#"{"by":2}"#.into())
    };
    let parse = |payload: Option<Bytes>| -> Value {
        serde_json::from_slice(&payload.expect("an answer")).expect("JSON")
    };
    assert_eq!(parse(ask("wrong").await)["error"]["code"], "unauthenticated");
    assert_eq!(parse(ask(KEY).await)["output"], json!({ "value": 2 }));
    let view = node.runtime.state(&address("counter/c"), At::Latest).await.expect("exists");
    assert_eq!(view.revision.0, 1);
}
