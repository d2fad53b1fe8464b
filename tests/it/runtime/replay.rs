//! Replays: they meet what is known or fail, and they call nobody.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use actors::model::Providers;
use actors::{Config, Registry};
use bytes::Bytes;
use cambium_tests::altered::{Alter, Altered};
use cambium_tests::node::{Node, address};
use contracts::ports::{
    Append, AppendError, Archive, Flow, Fut, History, Live, LiveItem, Log, PortError, Scheduled,
    Snapshots, TimerId, Timers,
};
use contracts::view::{At, ReplayMode};
use contracts::{ActorId, Address, Cursor, Kind, Revision, Signal, Tenant, Timestamp};
use nats::Memory;
use serde_json::json;

async fn counted(node: &Node, to: &str, times: usize) {
    for _ in 0..times {
        node.ask(to, "add", json!({})).await.expect("accepted");
    }
}

async fn on(memory: &Memory) -> Node {
    let config = Config { snapshot_commits_min: 20, ..Config::default() };
    Node::on(memory.clone(), Registry::standard(), config, Providers::standard()).await
}

#[tokio::test]
async fn a_replay_names_what_it_met() {
    let memory = Memory::new();
    let node = on(&memory).await;
    counted(&node, "counter/c", 50).await;
    node.runtime.make_tree_head().await.expect("made");
    node.runtime.stop().await;
    let node = on(&memory).await;
    counted(&node, "counter/c", 1).await;
    let c = address("counter/c");
    let told = AtomicU64::new(0);
    let count = |_| {
        told.fetch_add(1, Ordering::Relaxed);
    };
    let mode = ReplayMode::Decide;
    let replay = node.runtime.replay_told(&c, At::Latest, mode, &count).await.expect("equal");
    assert_eq!(replay.matches_cell, Some(true));
    assert!(replay.matches_snapshot.is_some_and(|at| at >= Revision(20)), "{replay:?}");
    assert_eq!((replay.matches_tree_head, replay.commits), (Some(1), 51));
    assert_eq!(told.load(Ordering::Relaxed), 0, "a short history needs no word on the way");
}

#[tokio::test]
async fn a_snapshot_that_says_something_else_fails_the_replay() {
    let memory = Memory::new();
    let node = on(&memory).await;
    counted(&node, "counter/c", 30).await;
    counted(&node, "counter/d", 30).await;
    node.runtime.stop().await;
    let (c, d) = (address("counter/c"), address("counter/d"));
    let of_d = memory.snapshots().load(&d).await.expect("in memory").expect("taken");
    memory.snapshots().save(&c, of_d).await.expect("in memory");
    let node = on(&memory).await;
    let refusal = node.runtime.replay(&c, At::Latest, ReplayMode::Fold).await.unwrap_err();
    assert_eq!(refusal.code, "replay_differs");
    let details = refusal.details.expect("they say where");
    assert_eq!(details["with"], "the snapshot's commit");
    assert!(details["revision"].as_u64().is_some_and(|at| at >= 20), "{details}");
}

#[tokio::test]
async fn another_history_than_the_tree_head_covers_fails_the_replay() {
    let memory = Memory::new();
    let node = on(&memory).await;
    counted(&node, "counter/c", 3).await;
    let head = node.runtime.make_tree_head().await.expect("made");
    node.runtime.stop().await;
    // Somebody has put another log under the same tree heads.
    let other = Memory::new();
    let node = on(&other).await;
    counted(&node, "counter/c", 4).await;
    node.runtime.stop().await;
    let bytes = serde_json::to_vec(&head).expect("JSON");
    other.trees().keep(1, bytes.into()).await.expect("kept");
    for part in (0..contracts::tree::PARTS).map(|part| part.to_string()) {
        if let Some(content) = memory.trees().load(&part).await.expect("in memory") {
            other.trees().save(&part, content).await.expect("in memory");
        }
    }
    let mark = memory.trees().load("mark").await.expect("in memory").expect("marked");
    other.trees().save("mark", mark).await.expect("in memory");
    let node = on(&other).await;
    let c = address("counter/c");
    let refusal = node.runtime.replay(&c, At::Latest, ReplayMode::Fold).await.unwrap_err();
    assert_eq!(refusal.code, "replay_differs");
    assert_eq!(refusal.details.expect("they say where")["with"], "tree head 1");
}

/// A log that is only read, and everything else that must not be touched.
struct Untouched;

impl Alter for Untouched {
    fn append<'a>(&self, _: &'a dyn Log, _: Append) -> Fut<'a, Result<Vec<Cursor>, AppendError>> {
        panic!("a replay appends nothing")
    }
}

struct Nobody;

impl Timers for Nobody {
    fn set(
        &self,
        _: TimerId,
        _: Timestamp,
        _: Vec<(String, String)>,
        _: Bytes,
    ) -> Fut<'_, Result<(), PortError>> {
        panic!("a replay sets no timer")
    }
    fn cancel(&self, _: TimerId) -> Fut<'_, Result<(), PortError>> {
        panic!("a replay cancels no timer")
    }
    fn list(&self) -> Fut<'_, Result<Vec<Scheduled>, PortError>> {
        Box::pin(std::future::ready(Ok(Vec::new())))
    }
}

impl Live for Nobody {
    fn publish<'a>(&'a self, _: &'a Address, _: &'a Signal) -> Fut<'a, Result<(), PortError>> {
        panic!("a replay shows nothing")
    }
    fn listen(&self, _: &Tenant, _: Option<&Kind>, _: Option<&ActorId>) -> Flow<LiveItem> {
        Box::pin(futures_util::stream::pending())
    }
}

impl Snapshots for Nobody {
    fn save<'a>(&'a self, _: &'a Address, _: Bytes) -> Fut<'a, Result<(), PortError>> {
        panic!("a replay keeps nothing")
    }
    fn load<'a>(&'a self, _: &'a Address) -> Fut<'a, Result<Option<Bytes>, PortError>> {
        Box::pin(async { Ok(None) })
    }
    fn forget<'a>(&'a self, _: &'a Address) -> Fut<'a, Result<(), PortError>> {
        panic!("a replay forgets nothing")
    }
}

#[tokio::test]
async fn a_replay_performs_nothing_and_calls_nobody() {
    let memory = Memory::new();
    let node = on(&memory).await;
    let agent = json!({ "principal": "bot", "role": "agent", "model": "local/rules" });
    let created = json!({ "kind": "group", "members": [agent] });
    node.ask("conversation/c", "create", created).await.expect("created");
    let said = node.ask("conversation/c", "post", json!({ "text": "Hello?" })).await;
    said.expect("said");
    let input = json!({ "section_title": "Long", "context": "word ".repeat(20_000) });
    node.ask("osteon/d", "draft", input).await.expect("drafted");
    node.runtime.stop().await;
    let mut world = Node::world(&memory, Providers::default()).await;
    world.log = Arc::new(Altered(memory.log(), Untouched));
    world.timers = Arc::new(Nobody);
    world.live = Arc::new(Nobody);
    world.snapshots = Arc::new(Nobody);
    let node = Node::of(memory, world, Registry::standard(), Config::default()).await;
    for actor in ["conversation/c", "osteon/d"] {
        let to = address(actor);
        for mode in [ReplayMode::Fold, ReplayMode::Decide] {
            let replay = node.runtime.replay(&to, At::Latest, mode).await.expect("equal");
            assert_eq!(replay.drift, [], "{actor}");
        }
    }
}
