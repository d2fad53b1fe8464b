//! A conversation with an agent, a question to it, and what comes of that.

use std::sync::Arc;
use std::time::Duration;

use actors::model::{Provider, Providers};
use actors::{Config, Registry};
use cambium_tests::node::{Node, address};
use contracts::model::{Finish, ModelRequest, ModelResponse, Usage};
use contracts::ports::History;
use contracts::{Cursor, Entry, Hash};
use nats::Memory;
use serde_json::{Value, json};

/// A node whose agents may ask this provider, which tries again at once.
pub(super) async fn node(memory: &Memory, provider: Arc<dyn Provider>) -> Node {
    let config = Config {
        effect_retry_ms_min: 1,
        effect_retry_ms_max: 4,
        effect_drain_ms: 50,
        ..Config::default()
    };
    let providers = Providers::default().with(provider);
    Node::on(memory.clone(), Registry::standard(), config, providers).await
}

/// An answer of this text.
pub(super) fn answer(provider: &str, request: &ModelRequest, text: String) -> ModelResponse {
    ModelResponse {
        provider: provider.to_owned(),
        model: request.model.clone(),
        text,
        value: None,
        finish: Finish::Stop,
        usage: Usage::default(),
        request_hash: Hash::ZERO,
        ..ModelResponse::default()
    }
}

/// A conversation with an agent of this model, and one question to it.
pub(super) async fn asked(node: &Node, id: &str, model: &str) {
    let to = format!("conversation/{id}");
    let agent = json!({ "principal": "helper", "role": "agent", "model": model });
    let create = json!({ "kind": "group", "members": [agent] });
    node.ask(&to, "create", create).await.expect("created");
    node.ask(&to, "post", json!({ "text": "Hello?" })).await.expect("posted");
}

/// Waits until an event of this type stands in the conversation after the question, and gives its
/// data.
pub(super) async fn event(node: &Node, id: &str, r#type: &str) -> Value {
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
