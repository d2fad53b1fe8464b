//! NATS clients, well-behaved and otherwise.

use bytes::Bytes;
use cambium_tests::node::{KEY, Node, address};
use contracts::Tenant;
use contracts::ports::{History, Letters};
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
    assert!(letters[0].1.held, "it waits for its actor");
    let view = node.runtime.show(letters[0].0).await.expect("shown");
    assert_eq!((view.command.as_deref(), view.input), (Some("add"), json!({ "by": 7 })));
}

#[tokio::test]
async fn a_rejected_durable_command_is_audited_and_gone() {
    let node = Node::start().await;
    let lines = [("cambium-command", "reset")];
    let reply = reply_to(&node, "cmd.main.counter.none", &lines, "{}".into()).await;
    assert_eq!(reply["error"]["code"], "actor_not_found");
    let records = node.memory.audit().read(&main_tenant(), 0, 10).await.expect("in memory");
    assert_eq!(records.len(), 1);
    let record = &records[0].1;
    assert_eq!((record.class.as_str(), record.road.as_deref()), ("rejection", Some("cmd")));
    assert_eq!(record.code.as_deref(), Some("actor_not_found"));
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

#[tokio::test]
async fn a_flood_of_requests_is_answered() {
    let config = actors::Config { asks_concurrent_max: 2, ..actors::Config::default() };
    let providers = actors::model::Providers::default();
    let memory = nats::Memory::new();
    let node = Node::on(memory, actors::Registry::standard(), config, providers).await;
    let asks = (0..200).map(|number| {
        let lines = headers(&[("cambium-command", "add"), ("cambium-key", KEY)]);
        let (memory, subject) = (node.memory.clone(), format!("ask.main.counter.c{}", number % 7));
        async move { memory.request(&subject, lines, "{}".into()).await }
    });
    let (mut done, mut refused) = (0, 0);
    for payload in futures_util::future::join_all(asks).await {
        let reply: Value = serde_json::from_slice(&payload.expect("an answer")).expect("JSON");
        if reply["ok"] == true {
            done += 1;
        } else {
            assert_eq!(reply["error"]["code"], "overloaded");
            assert!(reply["error"]["retry_after_ms"].is_u64());
            refused += 1;
        }
    }
    assert!(done > 0 && refused > 0, "{done} done, {refused} refused");
    let mut total = 0;
    for number in 0..7 {
        if let Ok(view) =
            node.runtime.state(&address(&format!("counter/c{number}")), At::Latest).await
        {
            total += view.state["value"].as_i64().expect("a number");
        }
    }
    assert_eq!(total, done, "what was refused was not done");
}

#[tokio::test]
async fn what_is_kept_of_a_message_holds_no_secret() {
    let node = Node::start().await;
    let secret = "s3cr3t";
    let lines = [
        ("authorization", "Bearer s3cr3t"),
        ("Cambium-Key", secret),
        ("X-Api-Key", secret),
        ("x-auth-token", secret),
        ("Cookie", secret),
        ("x-password", secret),
        ("x-client-secret", secret),
        ("cambium-command", "add"),
        ("x-harmless", "kept"),
    ];
    reply_to(&node, "cmd.main.counter.c", &lines, "no JSON".into()).await;
    let forged = [("cambium-sealed", "1"), ("x-api-key", secret)];
    reply_to(&node, "cmd.main.counter.c", &forged, "forged".into()).await;
    let rejected = [("cambium-command", "reset"), ("x-api-key", secret), ("cookie", secret)];
    reply_to(&node, "cmd.main.counter.c", &rejected, "{}".into()).await;
    let ask = headers(&[("cambium-command", "add"), ("cambium-key", secret)]);
    node.memory.request("ask.main.counter.c", ask, "{}".into()).await;
    let letters = node.memory.dead_letters().list(0, 10).await.expect("in memory");
    assert_eq!(letters.len(), 2);
    assert!(letters[0].1.headers.contains(&("x-harmless".to_owned(), "kept".to_owned())));
    let records = node.memory.audit().read(&main_tenant(), 0, 10).await.expect("in memory");
    assert_eq!(records.len(), 2, "{records:?}");
    for letter in &letters {
        assert!(!format!("{:?}", letter.1.headers).contains(secret), "{:?}", letter.1.headers);
        let view = node.runtime.show(letter.0).await.expect("shown");
        assert!(!serde_json::to_string(&view).expect("JSON").contains(secret));
    }
    assert!(!format!("{records:?}").contains(secret), "{records:?}");
}
