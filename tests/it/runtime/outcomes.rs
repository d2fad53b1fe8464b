//! Outcomes that come twice, under a taken id, or that nobody takes.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use actors::model::{Deltas, Provider, Providers};
use actors::{Config, Registry};
use cambium_tests::node::{Node, address};
use contracts::model::{Finish, ModelRequest, ModelResponse, Usage};
use contracts::ports::{Fut, History};
use contracts::{Cursor, Entry, Hash, Refusal};
use nats::Memory;
use serde_json::{Value, json};
use tokio::sync::Semaphore;

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
            Ok(ModelResponse {
                provider: "paid".to_owned(),
                model: request.model.clone(),
                text: self.text.clone(),
                value: None,
                finish: Finish::Stop,
                usage: Usage::default(),
                request_hash: Hash::ZERO,
                ..ModelResponse::default()
            })
        })
    }
}

async fn node(memory: &Memory, paid: &Arc<Paid>) -> Node {
    let config = Config {
        effect_retry_ms_min: 1,
        effect_retry_ms_max: 4,
        effect_drain_ms: 50,
        ..Config::default()
    };
    let providers = Providers::default().with(paid.clone());
    Node::on(memory.clone(), Registry::standard(), config, providers).await
}

async fn asked(node: &Node, id: &str) {
    let to = format!("conversation/{id}");
    let agent = json!({ "principal": "helper", "role": "agent", "model": "paid/best" });
    let create = json!({ "kind": "group", "members": [agent] });
    node.ask(&to, "create", create).await.expect("created");
    node.ask(&to, "post", json!({ "text": "Hello?" })).await.expect("posted");
}

/// Waits until an event of this type stands in the conversation after the question.
async fn event(node: &Node, id: &str, r#type: &str) -> Value {
    let find = async {
        loop {
            let to = address(&format!("conversation/{id}"));
            let page = node.runtime.entries(&to, Cursor::ZERO, 100).await.expect("readable");
            for entry in page.items {
                let Entry::Commit(recorded) = entry else { continue };
                if recorded.commit.revision.0 <= 2 {
                    continue;
                }
                let events = &recorded.commit.events;
                if let Some(event) = events.iter().find(|event| event.r#type == r#type) {
                    return event.data.clone();
                }
            }
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(20), find).await.expect("it happens")
}

/// Two runtimes that both believe they own every actor: the log lets only one of them call.
#[tokio::test]
async fn two_owners_pay_once() {
    let (memory, paid) = (Memory::new(), Paid::new("hello", 1_000));
    let (left, right) = (node(&memory, &paid).await, node(&memory, &paid).await);
    for number in 0..20 {
        let id = format!("c{number}");
        asked(if number % 2 == 0 { &left } else { &right }, &id).await;
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
    asked(&node, "bad").await;
    event(&node, "bad", "cambium:EffectAttempted").await;
    let subject = format!("evt.{}.main.conversation.bad", address("conversation/bad").partition());
    node.memory.publish(&subject, Vec::new(), "not a commit".into()).expect("published");
    asked(&node, "good").await;
    paid.may_answer.add_permits(2);
    assert_eq!(event(&node, "good", "MessagePosted").await["text"], "hello");
}

/// The id of the command that will bring an outcome is no secret, so anybody may use it first.
#[tokio::test]
async fn an_outcome_is_recorded_whatever_id_was_used_before() {
    let (memory, paid) = (Memory::new(), Paid::new("hello", 0));
    let node = node(&memory, &paid).await;
    asked(&node, "c").await;
    event(&node, "c", "cambium:EffectAttempted").await;
    let waiting = node.runtime.waiting(&address("conversation/c")).await.expect("readable");
    let effect: contracts::EffectId = waiting[0].id.parse().expect("an effect");
    let mut squatter = node.command("conversation/c", "rename", json!({ "title": "Mine" }));
    squatter.id = effect.outcome_command();
    node.send(squatter).await.expect("renamed");
    paid.may_answer.add_permits(1);
    assert_eq!(event(&node, "c", "MessagePosted").await["text"], "hello");
}
