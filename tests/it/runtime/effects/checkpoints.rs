//! A start reads only the tail of the log, and all of it when the checkpoint is in doubt.

use std::sync::Arc;

use actors::Registry;
use actors::model::Providers;
use bytes::Bytes;
use cambium_tests::altered::{Alter, Altered};
use cambium_tests::node::Node;
use contracts::effect::{EffectPhase, Terms};
use contracts::ports::{Checkpoints, Fut, Log, PortError};
use contracts::{Cursor, LimitKey};
use nats::Memory;
use serde_json::json;

use super::asker::{Asker, Model, ask, call, config, doing, told_times, until};

/// A node, and from where its ledger has read.
async fn started(memory: &Memory, model: &Arc<Model>) -> (Node, Cursor) {
    let world = Node::world(memory, Providers::default().with(model.clone())).await;
    let registry = Registry::standard().with::<Asker>();
    let node = Node::of(memory.clone(), world, registry, config()).await;
    until(async || node.runtime.readiness().ledger_complete.then_some(())).await;
    let from = node.runtime.readiness().ledger_from;
    (node, from)
}

async fn counted(node: &Node, times: usize) -> Cursor {
    let mut at = Cursor::ZERO;
    for _ in 0..times {
        at = node.ask("counter/c", "add", json!({})).await.expect("added").cursor;
    }
    until(async || (node.runtime.readiness().ledger_at >= at).then_some(())).await;
    at
}

#[tokio::test]
async fn what_waits_is_known_from_the_checkpoint_and_the_tail() {
    let (memory, model) = (Memory::new(), Model::new("local", 0));
    let (first, from) = started(&memory, &model).await;
    assert_eq!(from, Cursor::ZERO);
    first.ask("limit/key:k", "pause", json!({})).await.expect("paused");
    let key = Some(LimitKey::from_static("k"));
    let terms = Terms { limit: key, ..Terms::default() };
    ask(&first, "a", &[call("local/x", "held", terms)]).await;
    ask(&first, "a", &[call("local/x", "open", Terms { independent: true, ..Terms::default() })])
        .await;
    doing(&first, EffectPhase::Running, 1).await;
    let at = counted(&first, 30).await;
    first.runtime.stop().await;

    let (second, from) = started(&memory, &model).await;
    assert_eq!(from, at, "nothing was read twice");
    model.may_answer.add_permits(1);
    let told = told_times(&second, "a", 1).await;
    assert_eq!(told[0]["tag"], "open");
    doing(&second, EffectPhase::Queued, 1).await;
    second.ask("limit/key:k", "resume", json!({})).await.expect("resumed");
    model.may_answer.add_permits(1);
    told_times(&second, "a", 2).await;
    second.runtime.stop().await;
}

#[tokio::test]
async fn a_checkpoint_in_doubt_counts_for_nothing() {
    type Spoil = fn(Bytes) -> Bytes;
    let flip: Spoil = |bytes| {
        let mut bytes = bytes.to_vec();
        let middle = bytes.len() / 2;
        bytes[middle] ^= 1;
        bytes.into()
    };
    let cut: Spoil = |bytes| bytes.slice(..bytes.len() - 1);
    let empty: Spoil = |_| Bytes::new();
    for spoil in [flip, cut, empty] {
        let (memory, model) = (Memory::new(), Model::new("local", 0));
        let (first, _) = started(&memory, &model).await;
        ask(&first, "a", &[call("local/x", "a", Terms::default())]).await;
        counted(&first, 5).await;
        first.runtime.stop().await;
        let kept: Arc<dyn Checkpoints> = memory.checkpoints();
        let whole = kept.load("ledger").await.expect("there").expect("saved at the stop");
        kept.save("ledger", spoil(whole)).await.expect("saved");
        let (second, from) = started(&memory, &model).await;
        assert_eq!(from, Cursor::ZERO);
        model.may_answer.add_permits(1);
        told_times(&second, "a", 1).await;
        second.runtime.stop().await;
    }
}

/// A checkpoint of another log with as many messages.
#[tokio::test]
async fn a_checkpoint_of_another_log_counts_for_nothing() {
    let (one, two, model) = (Memory::new(), Memory::new(), Model::new("local", 9));
    let mut nodes = Vec::new();
    for memory in [&one, &two] {
        let (node, _) = started(memory, &model).await;
        counted(&node, 5).await;
        nodes.push(node);
    }
    for node in nodes {
        node.runtime.stop().await;
    }
    let other = two.checkpoints().load("ledger").await.expect("there").expect("saved");
    one.checkpoints().save("ledger", other).await.expect("saved");
    let (node, from) = started(&one, &model).await;
    assert_eq!(from, Cursor::ZERO);
    node.runtime.stop().await;
}

/// The checkpoint is also saved while the program runs: a crash folds little.
#[tokio::test]
async fn a_crash_folds_from_the_last_checkpoint() {
    let (memory, model) = (Memory::new(), Model::new("local", 9));
    let (first, _) = started(&memory, &model).await;
    counted(&first, 20).await;
    until(async || memory.checkpoints().load("ledger").await.expect("there")).await;
    // It is not stopped, and the second one begins beside it.
    let (second, from) = started(&memory, &model).await;
    assert!(from > Cursor::ZERO);
    second.runtime.stop().await;
    first.runtime.stop().await;
}

/// A log whose last messages are gone, as a broker with a damaged file shows it.
struct Shortened;

impl Alter for Shortened {
    fn head<'a>(&self, log: &'a dyn Log) -> Fut<'a, Result<Cursor, PortError>> {
        Box::pin(async { log.head().await.map(|head| Cursor(head.0 + 3)) })
    }
}

#[tokio::test]
async fn a_start_does_not_wait_for_what_is_lost() {
    let (memory, model) = (Memory::new(), Model::new("local", 9));
    let (first, _) = started(&memory, &model).await;
    ask(&first, "a", &[call("local/x", "a", Terms::default())]).await;
    told_times(&first, "a", 1).await;
    first.runtime.stop().await;
    memory.checkpoints().forget("ledger").await.expect("forgotten");
    let mut world = Node::world(&memory, Providers::default()).await;
    world.log = Arc::new(Altered(memory.log(), Shortened));
    let node =
        Node::of(memory.clone(), world, Registry::standard().with::<Asker>(), config()).await;
    until(async || node.runtime.readiness().ledger_complete.then_some(())).await;
    node.runtime.stop().await;
}
