//! Clocks that go on between two looks, and clocks that are set back; and the end of time for a
//! runtime: its stop.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use actors::model::Providers;
use actors::runtime::Clock;
use actors::{Config, Registry};
use cambium_tests::node::{Node, address};
use contracts::Timestamp;
use contracts::ports::History;
use contracts::view::{At, ReplayMode, Status};
use nats::Memory;
use nats::memory::Faults;
use serde_json::json;

/// A clock that a test sets; each look moves it by `step`, and `blips` looks see it far ahead.
#[derive(Default)]
struct Hand {
    now_ms: AtomicI64,
    step_ms: AtomicI64,
    blips: AtomicI64,
}

const AHEAD_MS: i64 = 24 * 60 * 60 * 1_000;

impl Clock for Hand {
    fn now(&self) -> Timestamp {
        let now = self.now_ms.fetch_add(self.step_ms.load(Ordering::SeqCst), Ordering::SeqCst);
        let ahead = self.blips.fetch_sub(1, Ordering::SeqCst) > 0;
        Timestamp::from_millis(1_800_000_000_000 + now + if ahead { AHEAD_MS } else { 0 })
    }
}

async fn node(hand: &Arc<Hand>, providers: Providers) -> Node {
    let memory = Memory::new();
    let mut world = Node::world(&memory, providers).await;
    world.clock = hand.clone();
    Node::of(memory, world, Registry::standard(), Config::default()).await
}

/// A decision, its commit and the state that both lead to tell one instant.
#[tokio::test]
async fn the_clock_may_move_while_a_command_is_decided() {
    let hand = Arc::new(Hand { step_ms: AtomicI64::new(1_000), ..Hand::default() });
    let node = node(&hand, Providers::default()).await;
    node.ask("conversation/c", "create", json!({ "kind": "group" })).await.expect("created");
    node.ask("conversation/c", "post", json!({ "text": "Hello." })).await.expect("posted");
    let c = address("conversation/c");
    let replay = node.runtime.replay(&c, At::Latest, ReplayMode::Decide).await.expect("exists");
    assert_eq!(replay.matches_cell, Some(true));
    assert_eq!(replay.drift, Vec::new());
}

#[tokio::test(start_paused = true)]
async fn a_deadline_that_a_wrong_clock_saw_pass_still_passes() {
    let hand = Arc::new(Hand::default());
    let silent = Arc::new(super::outcomes::Silent("local"));
    let node = node(&hand, Providers::default().with(silent)).await;
    let draft = node.command("osteon/d", "draft", json!({ "goal": "Bees in spring" }));
    assert_eq!(node.send(draft.clone()).await.expect("accepted").status, Status::Accepted);
    hand.blips.store(1, Ordering::SeqCst);
    tokio::time::sleep(Duration::from_secs(60)).await;
    assert_eq!(node.send(draft.clone()).await.expect("accepted").status, Status::Accepted);
    hand.now_ms.store(AHEAD_MS, Ordering::SeqCst);
    tokio::time::sleep(Duration::from_secs(60)).await;
    let answer = node.send(draft).await.expect("answered");
    assert_eq!((answer.status, &answer.reply["code"]), (Status::Failed, &json!("timeout")));
}

#[tokio::test(start_paused = true)]
async fn a_stop_does_not_wait_for_a_log_that_never_says() {
    let node = Node::start().await;
    node.ask("counter/c", "add", json!({})).await.expect("accepted");
    node.memory.set_faults(Faults { lose_append_permille: 1_000, ..Faults::default() });
    let runtime = node.runtime.clone();
    let stop = async {
        tokio::time::sleep(Duration::from_secs(1)).await;
        tokio::time::timeout(Duration::from_secs(60), runtime.stop()).await
    };
    let (answer, stopped) = tokio::join!(node.ask("counter/c", "add", json!({})), stop);
    stopped.expect("it ends");
    assert_eq!(answer.unwrap_err().code, "in_doubt");
}
