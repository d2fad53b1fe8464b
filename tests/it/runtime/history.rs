use actors::model::Providers;
use actors::{Config, Registry};
use cambium_tests::node::{Node, address};
use contracts::ports::History;
use contracts::view::{At, ReplayMode};
use contracts::{Caller, Cursor, Origin, Revision};
use nats::Memory;
use serde_json::json;

async fn counted(node: &Node, to: &str, times: usize) {
    for _ in 0..times {
        node.ask(to, "add", json!({})).await.expect("accepted");
    }
}

fn admin() -> Caller {
    Caller::new(Caller::ADMIN, Origin::Http)
}

#[tokio::test]
async fn the_past_can_be_read() {
    let node = Node::start().await;
    counted(&node, "counter/c", 5).await;
    let c = address("counter/c");
    for revision in 1..=5 {
        let at = At::Revision(Revision(revision));
        let view = node.runtime.state(&c, at).await.expect("exists");
        assert_eq!(view.state["value"], revision);
        let same = node.runtime.state(&c, At::Time(view.at)).await.expect("exists");
        assert!(same.revision >= view.revision);
    }
    let late = node.runtime.state(&c, At::Revision(Revision(6))).await;
    assert_eq!(late.unwrap_err().code, "revision_not_found");
    let at = At::Revision(Revision(6));
    let late = node.runtime.replay(&c, at, ReplayMode::Fold).await;
    assert_eq!(late.map(|_| ()).unwrap_err().code, "revision_not_found");
    let page = node.runtime.entries(&c, Cursor(1), 2).await.expect("exists");
    assert_eq!((page.items.len(), page.next), (2, Some(Cursor(3))));
    let last = node.runtime.entries(&c, Cursor(3), 2).await.expect("exists");
    assert_eq!((last.items.len(), last.next), (2, None));
}

#[tokio::test]
async fn a_replay_meets_the_same_hash_and_decides_the_same() {
    let node = Node::start().await;
    counted(&node, "counter/c", 4).await;
    node.ask("counter/c", "reset", json!({})).await.expect("accepted");
    let c = address("counter/c");
    let view = node.runtime.state(&c, At::Latest).await.expect("exists");
    let replay = node.runtime.replay(&c, At::Latest, ReplayMode::Decide).await.expect("exists");
    assert_eq!(replay.state.state_hash, view.state_hash);
    assert_eq!(replay.matches_cell, Some(true));
    assert_eq!((replay.commits, replay.events), (5, 5));
    assert_eq!(replay.drift, Vec::new());
}

#[tokio::test]
async fn a_fork_goes_its_own_way_from_the_past() {
    let node = Node::start().await;
    counted(&node, "counter/parent", 5).await;
    let parent = address("counter/parent");
    let child = address("counter/child");
    let at = At::Revision(Revision(3));
    let forked =
        node.runtime.fork(&parent, at, child.id.clone(), true, admin()).await.expect("forked");
    assert_eq!(forked.revision, Revision(4));
    let answer = node.ask("counter/child", "add", json!({ "by": 10 })).await.expect("accepted");
    assert_eq!(answer.reply, json!({ "value": 13 }));
    assert_eq!(answer.revision, Revision(5));
    let old = node.runtime.state(&child, At::Revision(Revision(2))).await.expect("shared");
    assert_eq!(old.state["value"], 2);
    let found = node.runtime.verify(&child).await.expect("exists");
    assert_eq!((found.ok, found.commits), (true, 5));
    let diff = node.runtime.diff((&parent, At::Latest), (&child, At::Latest)).await.expect("diff");
    assert_eq!(diff.common, Revision(3));
    assert_eq!((diff.left_only.len(), diff.right_only.len()), (2, 2));
    let patch = diff.patch.as_array().expect("a patch");
    assert!(patch.contains(&json!({ "op": "replace", "path": "/value", "value": 13 })));
    let again = node.runtime.fork(&parent, At::Latest, child.id.clone(), true, admin()).await;
    assert_eq!(again.unwrap_err().code, "actor_exists");
}

#[tokio::test]
async fn forks_of_forks_end_somewhere() {
    let node = Node::start().await;
    counted(&node, "counter/f0", 1).await;
    for depth in 0..16 {
        let parent = address(&format!("counter/f{depth}"));
        let child = address(&format!("counter/f{}", depth + 1)).id;
        node.runtime.fork(&parent, At::Latest, child, true, admin()).await.expect("forked");
    }
    let deepest = address("counter/f16");
    let found = node.runtime.verify(&deepest).await.expect("exists");
    assert_eq!((found.ok, found.commits), (true, 17));
    let refusal =
        node.runtime.fork(&deepest, At::Latest, address("counter/f17").id, true, admin()).await;
    assert_eq!(refusal.unwrap_err().code, "fork_too_deep");
}

#[tokio::test]
async fn a_foreign_message_quarantines_its_actor_and_no_other() {
    let node = Node::start().await;
    counted(&node, "counter/good", 2).await;
    counted(&node, "counter/bad", 2).await;
    let bad = address("counter/bad");
    let subject = format!("evt.{}.main.counter.bad", bad.partition());
    node.memory.publish(&subject, Vec::new(), "not a commit".into()).expect("published");
    let found = node.runtime.verify(&bad).await.expect("exists");
    assert_eq!((found.ok, found.broken_at), (false, Some(Revision(3))));
    let refusal = node.ask("counter/bad", "add", json!({})).await.unwrap_err();
    assert_eq!(refusal.code, "actor_quarantined");
    counted(&node, "counter/good", 1).await;
}

#[tokio::test]
async fn a_snapshot_equals_a_replay() {
    let memory = Memory::new();
    let config = Config { snapshot_commits_min: 20, ..Config::default() };
    let start =
        || Node::on(memory.clone(), Registry::standard(), config.clone(), Providers::default());
    let node = start().await;
    counted(&node, "counter/c", 50).await;
    node.runtime.stop().await;
    let again = start().await;
    let c = address("counter/c");
    let snapshot = memory.snapshots().load(&c).await.expect("in memory");
    assert!(snapshot.is_some(), "a snapshot was taken");
    let woken = again.runtime.state(&c, At::Latest).await.expect("exists");
    let replay = again.runtime.replay(&c, At::Latest, ReplayMode::Fold).await.expect("exists");
    assert_eq!(woken.state_hash, replay.state.state_hash);
    memory.snapshots().save(&c, "damaged".into()).await.expect("in memory");
    let woken = again.runtime.state(&c, At::Latest).await.expect("exists");
    assert_eq!(woken.state_hash, replay.state.state_hash);
}
