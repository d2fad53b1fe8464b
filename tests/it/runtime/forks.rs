//! Forks of forks, forks of damaged parents, forks made elsewhere.

use actors::model::Providers;
use actors::{Config, Registry};
use cambium_tests::node::{Node, address};
use contracts::ports::History;
use contracts::view::At;
use contracts::{Caller, Origin, Revision};
use nats::Memory;
use serde_json::json;

async fn counted(node: &Node, to: &str, times: usize) {
    for _ in 0..times {
        node.ask(to, "add", json!({})).await.expect("accepted");
    }
}

async fn forked(node: &Node, from: &str, at: u64, to: &str) {
    let by = Caller::new(Caller::ADMIN, Origin::Http);
    let (parent, at) = (address(from), At::Revision(Revision(at)));
    node.runtime.fork(&parent, at, address(to).id, true, by).await.expect("forked");
}

#[tokio::test]
async fn a_fork_may_begin_before_its_parent_did() {
    let node = Node::start().await;
    counted(&node, "counter/a", 5).await;
    forked(&node, "counter/a", 5, "counter/b").await;
    forked(&node, "counter/b", 2, "counter/c").await;
    let c = address("counter/c");
    let found = node.runtime.verify(&c).await.expect("exists");
    assert_eq!((found.ok, found.commits), (true, 3), "{found:?}");
    let view = node.runtime.state(&c, At::Revision(Revision(3))).await.expect("readable");
    assert_eq!(view.state["value"], 2);
}

#[tokio::test]
async fn damage_after_the_fork_is_the_parents_alone() {
    let node = Node::start().await;
    counted(&node, "counter/a", 3).await;
    forked(&node, "counter/a", 3, "counter/b").await;
    let a = address("counter/a");
    let subject = format!("evt.{}.main.counter.a", a.partition());
    node.memory.publish(&subject, Vec::new(), "not a commit".into()).expect("published");
    let found = node.runtime.verify(&address("counter/b")).await.expect("exists");
    assert!(found.ok, "{found:?}");
    let before = node.runtime.state(&a, At::Revision(Revision(3))).await.expect("before it");
    assert_eq!(before.state["value"], 3);
    let now = node.runtime.state(&a, At::Latest).await.unwrap_err();
    assert_eq!(now.code, "actor_quarantined");
}

#[tokio::test]
async fn a_fork_made_by_another_owner_is_no_damage() {
    let memory = Memory::new();
    let node =
        || Node::on(memory.clone(), Registry::standard(), Config::default(), Providers::default());
    let (left, right) = (node().await, node().await);
    counted(&left, "counter/a", 2).await;
    let refusal = left.ask("counter/b", "reset", json!({})).await.unwrap_err();
    assert_eq!(refusal.code, "actor_not_found", "and its cell is awake now");
    forked(&right, "counter/a", 2, "counter/b").await;
    let answer = left.ask("counter/b", "add", json!({})).await.expect("accepted");
    assert_eq!((answer.revision, &answer.reply["value"]), (Revision(4), &json!(3)));
}
