//! A provider that says what it was told to say, call by call.

use std::sync::{Arc, Mutex, PoisonError};

use actors::model::{Deltas, Provider, request_hash};
use contracts::Refusal;
use contracts::model::{Cost, Finish, ModelRequest, ModelResponse, ToolCall, Usage};
use contracts::ports::Fut;
use serde_json::Value;
use tokio::sync::watch;

/// What is said once.
#[derive(Debug, Clone, Default)]
pub struct Line {
    text: String,
    calls: Vec<ToolCall>,
    hangs: bool,
}

/// Words alone.
pub fn says(text: &str) -> Line {
    Line { text: text.to_owned(), ..Line::default() }
}

impl Line {
    /// Calls tools beside.
    pub fn calling(mut self, calls: &[ToolCall]) -> Self {
        self.calls = calls.to_vec();
        self
    }

    /// Is never said.
    pub fn hanging(mut self) -> Self {
        self.hangs = true;
        self
    }
}

/// A call of a tool.
pub fn call(id: &str, name: &str, arguments: Value) -> ToolCall {
    ToolCall { id: id.to_owned(), name: name.to_owned(), arguments: arguments.to_string() }
}

/// The provider `fake`.
pub struct Scripted {
    lines: Vec<Line>,
    asked: Mutex<Vec<ModelRequest>>,
    count: watch::Sender<usize>,
}

impl Scripted {
    pub fn new(lines: Vec<Line>) -> Arc<Self> {
        Arc::new(Self { lines, asked: Mutex::default(), count: watch::Sender::new(0) })
    }

    /// What it was asked, in order.
    pub fn asked(&self) -> Vec<ModelRequest> {
        self.asked.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Waits until it was asked so often.
    pub async fn until_called(&self, times: usize) {
        let mut count = self.count.subscribe();
        let called = count.wait_for(|count| *count >= times);
        let called = tokio::time::timeout(std::time::Duration::from_secs(20), called).await;
        called.expect("it is asked in time").expect("it lives");
    }
}

impl Provider for Scripted {
    fn name(&self) -> &str {
        "fake"
    }

    fn complete<'a>(
        &'a self,
        request: &'a ModelRequest,
        _: Option<Deltas<'a>>,
    ) -> Fut<'a, Result<ModelResponse, Refusal>> {
        Box::pin(async move {
            let at = {
                let mut asked = self.asked.lock().unwrap_or_else(PoisonError::into_inner);
                asked.push(request.clone());
                asked.len()
            };
            self.count.send_replace(at);
            let line = self.lines.get(at - 1).cloned();
            let line = line.ok_or_else(|| Refusal::rejected("model_quota", "nothing is left"))?;
            if line.hangs {
                std::future::pending::<()>().await;
            }
            let finish = if line.calls.is_empty() { Finish::Stop } else { Finish::ToolCalls };
            Ok(ModelResponse {
                provider: "fake".to_owned(),
                model: "one".to_owned(),
                text: line.text,
                calls: line.calls,
                finish,
                usage: Usage { input_tokens: 10, output_tokens: 2, ..Usage::default() },
                request_hash: request_hash(request)?,
                cost: Some(Cost { micro_usd: 7, prices: "test".to_owned() }),
                ..ModelResponse::default()
            })
        })
    }
}
