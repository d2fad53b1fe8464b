//! Outcomes that come twice, under a taken id, or that nobody takes.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use actors::model::{Deltas, Provider, Providers};
use actors::{Config, Registry};
use cambium_tests::node::{Node, address};
use contracts::Refusal;
use contracts::model::{ModelRequest, ModelResponse};
use contracts::ports::{Fut, History};
use nats::Memory;
use serde_json::json;
use tokio::sync::Semaphore;

use super::talk::{answer, asked, event, node};

const MODEL: &str = "paid/best";

/// A provider that never answers.
pub(super) struct Silent(pub(super) &'static str);

impl Provider for Silent {
    fn name(&self) -> &str {
        self.0
    }

    fn complete<'a>(
        &'a self,
        _: &'a ModelRequest,
        _: Option<Deltas<'a>>,
    ) -> Fut<'a, Result<ModelResponse, Refusal>> {
        Box::pin(std::future::pending())
    }
}

/// A provider that costs, answers when it may, and counts.
struct Paid {
    calls: AtomicU32,
    may_answer: Semaphore,
    text: String,
}

impl Paid {
    fn new(text: &str, answers: usize) -> Arc<Self> {
        let (calls, may_answer) = (AtomicU32::new(0), Semaphore::new(answers));
        Arc::new(Self { calls, may_answer, text: text.to_owned() })
    }
}

impl Provider for Paid {
    fn name(&self) -> &str {
        "paid"
    }

    fn complete<'a>(
        &'a self,
        request: &'a ModelRequest,
        _: Option<Deltas<'a>>,
    ) -> Fut<'a, Result<ModelResponse, Refusal>> {
        Box::pin(async move {
            self.calls.fetch_add(1, Ordering::SeqCst);
            self.may_answer.acquire().await.expect("never closed").forget();
            Ok(answer("paid", request, self.text.clone()))
        })
    }
}

/// Two runtimes that both believe they own every actor: the log lets only one of them call.
#[tokio::test]
async fn two_owners_pay_once() {
    let (memory, paid) = (Memory::new(), Paid::new("hello", 1_000));
    let (left, right) = (node(&memory, paid.clone()).await, node(&memory, paid.clone()).await);
    for number in 0..20 {
        let id = format!("c{number}");
        asked(if number % 2 == 0 { &left } else { &right }, &id, MODEL).await;
        event(&left, &id, "MessagePosted").await;
    }
    left.runtime.stop().await;
    right.runtime.stop().await;
    assert_eq!(paid.calls.load(Ordering::SeqCst), 20);
}

/// An actor whose log is damaged takes no outcome, and must not hold the place of others' calls.
#[tokio::test]
async fn an_outcome_that_nobody_takes_blocks_nobody() {
    let (memory, paid) = (Memory::new(), Paid::new("hello", 0));
    let config = Config { llm_concurrent_max: 1, effect_retry_ms_min: 1, ..Config::default() };
    let providers = Providers::default().with(paid.clone());
    let node = Node::on(memory, Registry::standard(), config, providers).await;
    asked(&node, "bad", MODEL).await;
    event(&node, "bad", "cambium:EffectAttempted").await;
    let subject = format!("evt.{}.main.conversation.bad", address("conversation/bad").partition());
    node.memory.publish(&subject, Vec::new(), "not a commit".into()).expect("published");
    asked(&node, "good", MODEL).await;
    paid.may_answer.add_permits(2);
    assert_eq!(event(&node, "good", "MessagePosted").await["text"], "hello");
}

/// The id of the command that will bring an outcome is no secret, so anybody may use it first.
#[tokio::test]
async fn an_outcome_is_recorded_whatever_id_was_used_before() {
    let (memory, paid) = (Memory::new(), Paid::new("hello", 0));
    let node = node(&memory, paid.clone()).await;
    asked(&node, "c", MODEL).await;
    event(&node, "c", "cambium:EffectAttempted").await;
    let waiting = node.runtime.waiting(&address("conversation/c")).await.expect("readable");
    let effect: contracts::EffectId = waiting[0].id.parse().expect("an effect");
    let mut squatter = node.command("conversation/c", "rename", json!({ "title": "Mine" }));
    squatter.id = effect.outcome_command();
    node.send(squatter).await.expect("renamed");
    paid.may_answer.add_permits(1);
    assert_eq!(event(&node, "c", "MessagePosted").await["text"], "hello");
}
