//! Actors whose names were made just now: their first command is decided before the log is asked.

use cambium_tests::node::Node;
use contracts::Revision;
use contracts::view::Status;
use nats::memory::Faults;
use serde_json::json;

/// The address of a counter that was named at that time.
fn named(node: &Node, age_ms: i64) -> String {
    let made = node.memory.now().as_millis() - age_ms;
    format!("counter/{:08x}-{:04x}-7000-8000-000000000001", made >> 16, made & 0xffff)
}

async fn beside(node: &Node) -> Node {
    let (registry, config) = (actors::Registry::standard(), actors::Config::default());
    let providers = actors::model::Providers::default();
    Node::on(node.memory.clone(), registry, config, providers).await
}

#[tokio::test]
async fn the_log_is_not_asked_whether_it_knows_one() {
    let node = Node::start().await;
    let (new, old) = (named(&node, 0), named(&node, 60_000));
    node.memory.set_faults(Faults { fail_reads: true, ..Faults::default() });
    let answer = node.ask(&new, "add", json!({ "by": 3 })).await.expect("accepted");
    assert_eq!((answer.status, answer.revision), (Status::Completed, Revision(1)));
    let refusal = node.ask(&old, "add", json!({})).await.unwrap_err();
    assert_eq!(refusal.code, "log_unavailable");
}

#[tokio::test]
async fn one_that_was_begun_elsewhere_is_read() {
    let node = Node::start().await;
    let to = named(&node, 0);
    let first = node.command(&to, "add", json!({ "by": 3 }));
    node.send(first.clone()).await.expect("accepted");
    let other = beside(&node).await;
    let again = other.send(first).await.expect("answered");
    assert_eq!((&again.reply, again.revision), (&json!({ "value": 3 }), Revision(1)), "a repeat");
    let third = beside(&node).await;
    let more = third.ask(&to, "add", json!({ "by": 4 })).await.expect("accepted");
    assert_eq!((&more.reply, more.revision), (&json!({ "value": 7 }), Revision(2)));
    let fourth = beside(&node).await;
    let reset = fourth.ask(&to, "reset", json!({})).await.expect("it exists");
    assert_eq!(reset.revision, Revision(3));
}

#[tokio::test]
async fn what_begins_nothing_is_refused_by_the_log_and_not_by_a_guess() {
    let node = Node::start().await;
    let to = named(&node, 0);
    let refusal = node.ask(&to, "reset", json!({})).await.unwrap_err();
    assert_eq!(refusal.code, "actor_not_found");
    let answer = node.ask(&to, "add", json!({})).await.expect("accepted");
    assert_eq!(answer.revision, Revision(1));
}
