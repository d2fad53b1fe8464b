//! Calls to models: at most once where they cost, again where they do not, muted in forks, never
//! in a replay.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use actors::model::{Deltas, Provider};
use cambium_tests::node::{Node, address};
use contracts::model::{ModelRequest, ModelResponse};
use contracts::ports::{Fut, History, PortError};
use contracts::view::{At, ReplayMode};
use contracts::{Caller, Origin, Refusal};
use nats::Memory;
use serde_json::json;
use tokio::sync::Notify;

use super::talk::{answer, asked, event, node};

/// A provider that counts its calls.
struct Counting {
    name: &'static str,
    calls: AtomicU32,
    called: Notify,
    behaviour: Behaviour,
}

enum Behaviour {
    Answers,
    Hangs,
    FailsTwice,
    Refuses,
}

impl Counting {
    fn new(name: &'static str, behaviour: Behaviour) -> Arc<Self> {
        Arc::new(Self { name, calls: AtomicU32::new(0), called: Notify::new(), behaviour })
    }

    fn calls(&self) -> u32 {
        self.calls.load(Ordering::SeqCst)
    }
}

impl Provider for Counting {
    fn name(&self) -> &str {
        self.name
    }

    fn complete<'a>(
        &'a self,
        request: &'a ModelRequest,
        _: Option<Deltas<'a>>,
    ) -> Fut<'a, Result<ModelResponse, Refusal>> {
        Box::pin(async move {
            let call = self.calls.fetch_add(1, Ordering::SeqCst) + 1;
            self.called.notify_one();
            match self.behaviour {
                Behaviour::Hangs => std::future::pending::<()>().await,
                Behaviour::FailsTwice if call <= 2 => {
                    return Err(PortError::Unavailable("away".to_owned()).into());
                }
                Behaviour::Refuses => {
                    return Err(Refusal::rejected("model_content_filter", "it will not"));
                }
                Behaviour::Answers | Behaviour::FailsTwice => {}
            }
            Ok(answer(self.name, request, format!("answer {call}")))
        })
    }
}

#[tokio::test]
async fn a_call_that_costs_is_made_once_and_recorded() {
    let (memory, paid) = (Memory::new(), Counting::new("paid", Behaviour::Answers));
    let first = node(&memory, paid.clone()).await;
    asked(&first, "c", "paid/best").await;
    assert_eq!(event(&first, "c", "MessagePosted").await["text"], "answer 1");
    event(&first, "c", "cambium:EffectAttempted").await;
    let replayed = first
        .runtime
        .replay(&address("conversation/c"), At::Latest, ReplayMode::Decide)
        .await
        .expect("replayed");
    assert_eq!(replayed.drift, Vec::new());
    first.runtime.stop().await;
    let second = node(&memory, paid.clone()).await;
    second.ask("conversation/c", "rename", json!({ "title": "Later" })).await.expect("renamed");
    assert_eq!(paid.calls(), 1, "neither a replay nor a restart calls again");
}

#[tokio::test]
async fn a_call_that_costs_and_was_cut_off_is_unknown_and_never_made_again() {
    let (memory, paid) = (Memory::new(), Counting::new("paid", Behaviour::Hangs));
    let first = node(&memory, paid.clone()).await;
    asked(&first, "c", "paid/best").await;
    paid.called.notified().await;
    first.runtime.stop().await;
    let second = node(&memory, paid.clone()).await;
    let failed = event(&second, "c", "AgentFailed").await;
    assert_eq!(failed["code"], "effect_unknown");
    assert_eq!(paid.calls(), 1);
}

#[tokio::test]
async fn a_call_that_costs_nothing_is_tried_again() {
    let (memory, local) = (Memory::new(), Counting::new("local", Behaviour::FailsTwice));
    let node = node(&memory, local.clone()).await;
    asked(&node, "c", "local/rules").await;
    assert_eq!(event(&node, "c", "MessagePosted").await["text"], "answer 3");
    assert_eq!(local.calls(), 3);
}

#[tokio::test]
async fn a_call_that_is_refused_is_told_and_not_tried_again() {
    let (memory, local) = (Memory::new(), Counting::new("local", Behaviour::Refuses));
    let node = node(&memory, local.clone()).await;
    asked(&node, "c", "local/rules").await;
    assert_eq!(event(&node, "c", "AgentFailed").await["code"], "model_content_filter");
    assert_eq!(local.calls(), 1);
}

#[tokio::test]
async fn the_effects_of_a_fork_are_kept_from_the_world() {
    let (memory, local) = (Memory::new(), Counting::new("local", Behaviour::Answers));
    let node = node(&memory, local.clone()).await;
    asked(&node, "c", "local/rules").await;
    event(&node, "c", "MessagePosted").await;
    let by = Caller::new(Caller::ADMIN, Origin::Http);
    let (parent, child) = (address("conversation/c"), address("conversation/d"));
    node.runtime.fork(&parent, At::Latest, child.id.clone(), true, by).await.expect("forked");
    node.ask("conversation/d", "post", json!({ "text": "And now?" })).await.expect("posted");
    let waiting = node.runtime.waiting(&child).await.expect("readable");
    assert_eq!(waiting.iter().map(|one| one.status.as_str()).collect::<Vec<_>>(), ["muted"]);
    // The parent's next answer is a sign that the fork's would have come.
    node.ask("conversation/c", "post", json!({ "text": "And here?" })).await.expect("posted");
    while local.calls() < 2 {
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
    assert_eq!(local.calls(), 2, "one for each post to the parent");
    // A command lets them out, those that were asked before it too.
    let by = || Caller::new(Caller::ADMIN, Origin::Http);
    let answer = node.runtime.unmute(&child, by()).await.expect("unmuted");
    assert_eq!(answer.reply, json!({ "released": 1 }));
    while !node.runtime.waiting(&child).await.expect("readable").is_empty() {
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
    assert_eq!(local.calls(), 3);
    node.ask("conversation/d", "post", json!({ "text": "More?" })).await.expect("posted");
    while local.calls() < 4 {
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
    let again = node.runtime.unmute(&child, by()).await.expect("nothing is muted any more");
    assert_eq!(again.reply, json!({ "released": 0 }));
    let nobody = node.runtime.unmute(&address("conversation/none"), by()).await;
    assert_eq!(nobody.unwrap_err().code, "actor_not_found");
    let forged = node.ask("conversation/d", "cambium:unmute", json!({})).await;
    assert!(forged.is_err(), "only the runtime says it");
}

#[tokio::test]
async fn a_fork_may_be_let_out_from_the_beginning_and_stays_so_after_a_restart() {
    let (memory, local) = (Memory::new(), Counting::new("local", Behaviour::Answers));
    let first = node(&memory, local.clone()).await;
    asked(&first, "c", "local/rules").await;
    event(&first, "c", "MessagePosted").await;
    let by = || Caller::new(Caller::ADMIN, Origin::Http);
    let parent = address("conversation/c");
    for (name, muted) in [("open", false), ("held", true)] {
        let child = address(&format!("conversation/{name}"));
        let forked = first.runtime.fork(&parent, At::Latest, child.id.clone(), muted, by()).await;
        forked.expect("forked");
    }
    first.ask("conversation/open", "post", json!({ "text": "Now?" })).await.expect("posted");
    while local.calls() < 2 {
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
    first.ask("conversation/held", "post", json!({ "text": "Now?" })).await.expect("posted");
    first.runtime.stop().await;
    let second = node(&memory, local.clone()).await;
    let held = address("conversation/held");
    let waiting = second.runtime.waiting(&held).await.expect("readable");
    assert_eq!(waiting[0].status, "muted");
    let answer = second.runtime.unmute(&held, by()).await.expect("unmuted");
    assert_eq!(answer.reply, json!({ "released": 1 }));
    second.runtime.stop().await;
    let third = node(&memory, local.clone()).await;
    while local.calls() < 3 {
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
    while !third.runtime.waiting(&held).await.expect("readable").is_empty() {
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
}

#[tokio::test]
async fn messages_of_many_senders_are_numbered_without_gaps() {
    let node = Node::start().await;
    let create = json!({ "kind": "group", "title": "Team" });
    node.ask("conversation/c", "create", create).await.expect("created");
    let posts = (0..80).map(|number| {
        let post =
            json!({ "text": format!("message {number}"), "client_id": format!("m{number}") });
        node.ask("conversation/c", "post", post)
    });
    let mut sequences: Vec<_> = futures_util::future::join_all(posts)
        .await
        .into_iter()
        .map(|answer| answer.expect("posted").reply["sequence"].as_u64().expect("a number"))
        .collect();
    sequences.sort_unstable();
    assert_eq!(sequences, (1..=80).collect::<Vec<_>>());
}
