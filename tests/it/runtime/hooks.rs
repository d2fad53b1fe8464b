//! Which events webhooks are told of: only those of their own tenant that their owner may read,
//! each once, also by a runtime that was started anew.

use std::collections::BTreeSet;
use std::sync::atomic::Ordering;

use actors::model::Providers;
use actors::{Config, Registry};
use cambium_tests::node::Node;
use cambium_tests::receiver::Receiver;
use contracts::effect::{EffectPhase, EffectQuery, EffectView, SigningKey};
use contracts::ports::Effects as _;
use nats::Memory;
use nats::streams::Bucket;
use serde_json::{Value, json};

use super::super::access::people::{command, join, named, order, send};

async fn node(memory: &Memory, receivers: &[&Receiver]) -> Node {
    let mut config = Config::default();
    let allowed = receivers.iter().map(|it| format!("127.0.0.1:{}", it.port));
    config.fetch.allow = allowed.map(|it| it.parse().expect("allowed")).collect();
    config.hooks.checkpoint_interval_ms = 1;
    Node::on(memory.clone(), Registry::standard(), config, Providers::standard()).await
}

/// A webhook of somebody, with a secret.
async fn hook(node: &Node, to: &str, by: &str, filter: Value, receiver: &Receiver) {
    let (tenant, id) = to.split_once('/').expect("tenant/id");
    let store = node.memory.store(Bucket::Secrets);
    let name = format!("{tenant}/webhook:{id}");
    let sealed = SigningKey::of(&[7; 32]).text().as_bytes().to_vec();
    store.create(&name, sealed, None).await.expect("kept").expect("new");
    let create = json!({ "url": receiver.url(), "filter": filter });
    let to = format!("{tenant}/webhook/{id}");
    send(node, command(named(by), &to, "create", create)).await.expect("created");
}

/// What `acme` has of effects that wait.
fn waiting(node: &Node) -> Vec<EffectView> {
    let tenant = Some("acme".parse().expect("a tenant"));
    node.runtime.list(&EffectQuery { tenant, ..EffectQuery::default() })
}

/// Resolves once what was taken is recorded.
async fn recorded(node: &Node) {
    while !waiting(node).is_empty() {
        tokio::time::sleep(std::time::Duration::from_millis(5)).await;
    }
}

async fn subject(receiver: &Receiver) -> String {
    receiver.next().await.event()["subject"].as_str().expect("a subject").to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn only_what_its_owner_may_read_in_its_own_tenant_is_sent() {
    let (memory, receiver) = (Memory::new(), Receiver::start().await);
    // Who is told of all counters tells how far the events were followed.
    let witness = Receiver::start().await;
    let node = node(&memory, &[&receiver, &witness]).await;
    join(&node, "acme", "dev", &["developer"]).await;
    hook(&node, "acme/all", "dev", json!({}), &receiver).await;
    hook(&node, "acme/witness", "admin", json!({ "kinds": ["counter"] }), &witness).await;
    // What a developer may not read, and what another tenant does.
    order(&node, "acme/principal/secret", "register", json!({})).await.expect("done");
    order(&node, "navy/counter/theirs", "add", json!({})).await.expect("done");
    order(&node, "acme/counter/ours", "add", json!({})).await.expect("done");
    assert_eq!(subject(&receiver).await, "counter/ours");
    // Taken from him, it counts at once.
    let role = json!({ "role": "developer" });
    order(&node, "acme/principal/dev", "unassign", role.clone()).await.expect("taken");
    order(&node, "acme/counter/unseen", "add", json!({})).await.expect("done");
    while subject(&witness).await != "counter/unseen" {}
    order(&node, "acme/principal/dev", "assign", role).await.expect("given");
    order(&node, "acme/counter/seen", "add", json!({})).await.expect("done");
    assert_eq!(subject(&receiver).await, "counter/seen");
    assert!(receiver.is_quiet().await, "nothing of its own, nothing of others");
    node.runtime.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_runtime_that_is_started_anew_sends_what_is_left_and_nothing_twice() {
    let (memory, receiver) = (Memory::new(), Receiver::start().await);
    let first = node(&memory, &[&receiver]).await;
    order(&first, "acme/counter/before", "add", json!({})).await.expect("done");
    hook(&first, "acme/all", "admin", json!({ "kinds": ["counter"] }), &receiver).await;
    for _ in 0..5 {
        order(&first, "acme/counter/c", "add", json!({})).await.expect("done");
    }
    let mut ids = BTreeSet::new();
    for _ in 0..5 {
        let message = receiver.next().await;
        assert_eq!(message.event()["subject"], "counter/c", "nothing from before it was there");
        assert!(ids.insert(message.headers["webhook-id"].clone()), "once each");
    }
    // What was taken, and not yet recorded to be, is sent again.
    recorded(&first).await;
    first.runtime.stop().await;
    // Without its mark it reads again from where it cannot have missed anything.
    memory.checkpoints().forget("hooks").await.expect("forgotten");
    let second = node(&memory, &[&receiver]).await;
    order(&second, "acme/counter/d", "add", json!({})).await.expect("done");
    assert_eq!(subject(&receiver).await, "counter/d");
    recorded(&second).await;
    assert!(receiver.is_quiet().await, "nothing twice");
    second.runtime.stop().await;
    let third = node(&memory, &[&receiver]).await;
    order(&third, "acme/counter/e", "add", json!({})).await.expect("done");
    assert_eq!(subject(&receiver).await, "counter/e");
    assert!(receiver.is_quiet().await);
    third.runtime.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_receiver_that_fails_is_tried_again_under_the_same_id() {
    let (memory, receiver) = (Memory::new(), Receiver::start().await);
    let node = node(&memory, &[&receiver]).await;
    hook(&node, "acme/all", "admin", json!({}), &receiver).await;
    receiver.status.store(500, Ordering::SeqCst);
    order(&node, "acme/counter/c", "add", json!({})).await.expect("done");
    let first = receiver.next().await;
    receiver.status.store(200, Ordering::SeqCst);
    let again = receiver.next().await;
    assert_eq!(first.headers["webhook-id"], again.headers["webhook-id"]);
    assert_eq!(first.body, again.body);
    recorded(&node).await;
    // What waits is seen as that of the other classes is.
    receiver.status.store(503, Ordering::SeqCst);
    order(&node, "acme/counter/c", "add", json!({})).await.expect("done");
    receiver.next().await;
    let retrying = loop {
        let found = waiting(&node);
        if let Some(found) = found.into_iter().find(|it| it.status == EffectPhase::Retrying) {
            break found;
        }
        tokio::time::sleep(std::time::Duration::from_millis(5)).await;
    };
    assert_eq!(
        (retrying.class.as_str(), retrying.limit.as_ref().map(|it| it.as_str())),
        ("fetch", Some("webhook:all"))
    );
    let last = retrying.last.expect("refused");
    assert_eq!(last.code, "fetch_status");
    assert!(!last.message.contains("/hook"), "only the origin is told: {last}");
    node.runtime.stop().await;
}
