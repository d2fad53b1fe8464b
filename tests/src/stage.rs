//! What stands around the program when a client of agents is tried: a model that answers when it
//! is let, and somebody who is called back.
//!
//! `POST /v1/chat/completions` is the model, in OpenAI's language: it says half of its answer, and
//! the rest once `POST /open` was asked, until `POST /close`. `POST /hook` takes what comes;
//! `GET /hooks` tells what came: `[{headers, body, text}]`.

use std::collections::BTreeMap;
use std::convert::Infallible;
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse as _, Response};
use axum::routing::{get, post};
use futures_util::stream;
use serde_json::{Value, json};
use tokio::sync::Semaphore;

use crate::fake_models::KEY;

/// The stage.
#[derive(Clone)]
pub struct Stage {
    /// Its port on 127.0.0.1.
    pub port: u16,
    gate: Arc<Semaphore>,
    came: Arc<Mutex<Vec<Value>>>,
}

impl Stage {
    /// Starts on a free port; ends with the test.
    ///
    /// # Panics
    /// When there is no port.
    pub async fn start() -> Self {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let port = listener.local_addr().expect("bound").port();
        let stage = Self { port, gate: Arc::new(Semaphore::new(0)), came: Arc::default() };
        let router = Router::new()
            .route("/v1/chat/completions", post(answer))
            .route("/open", post(open))
            .route("/close", post(close))
            .route("/hook", post(take))
            .route("/hooks", get(told))
            .with_state(stage.clone());
        tokio::spawn(async move { axum::serve(listener, router).await });
        stage
    }

    /// Where it is.
    #[must_use]
    pub fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// Settings of a program that asks its model as `slow/gated` and may call it back.
    ///
    /// # Panics
    /// When the key's file cannot be written.
    #[must_use]
    pub fn settings(&self, folder: &std::path::Path) -> String {
        let key = folder.join("stage.key");
        std::fs::write(&key, KEY).expect("written");
        format!(
            "[actors.fetch]\nallow = [\"127.0.0.1:{}\"]\n[actors.models]\ndetect = false\n\
             [actors.models.providers.slow]\nkind = \"openai_compatible\"\nbase_url = {}\n\
             key_file = {}\n",
            self.port,
            json!(format!("{}/v1", self.url())),
            json!(key),
        )
    }
}

fn piece(delta: Value, finish: Option<&str>) -> String {
    let choice = json!({ "index": 0, "delta": delta, "finish_reason": finish });
    let chunk = json!({ "id": "chatcmpl-1", "object": "chat.completion.chunk", "model": "gated",
        "choices": [choice] });
    format!("data: {chunk}\n\n")
}

/// Half an answer, and the rest once it is let.
async fn answer(State(stage): State<Stage>) -> Response {
    let words = ["Grü", "ße, "].map(|word| piece(json!({ "content": word }), None));
    let first = stream::iter(words);
    let rest = stream::once(async move {
        // Everybody who waits is let once it is open.
        drop(stage.gate.acquire().await);
        let usage = json!({ "prompt_tokens": 9, "completion_tokens": 5, "total_tokens": 14 });
        let usage = json!({ "id": "chatcmpl-1", "choices": [], "usage": usage });
        format!(
            "{}{}data: {usage}\n\ndata: [DONE]\n\n",
            piece(json!({ "content": "Welt." }), None),
            piece(json!({}), Some("stop")),
        )
    });
    let frames = futures_util::StreamExt::chain(first, rest);
    let frames =
        futures_util::StreamExt::map(frames, |text| Ok::<_, Infallible>(Bytes::from(text)));
    ([("content-type", "text/event-stream")], Body::from_stream(frames)).into_response()
}

async fn open(State(stage): State<Stage>) -> StatusCode {
    stage.gate.add_permits(1);
    StatusCode::NO_CONTENT
}

async fn close(State(stage): State<Stage>) -> StatusCode {
    stage.gate.forget_permits(usize::MAX);
    StatusCode::NO_CONTENT
}

async fn take(State(stage): State<Stage>, headers: HeaderMap, body: Bytes) -> StatusCode {
    let lines = headers
        .iter()
        .filter_map(|(name, value)| Some((name.to_string(), value.to_str().ok()?.to_owned())));
    let lines: BTreeMap<_, _> = lines.collect();
    let text = String::from_utf8_lossy(&body).into_owned();
    let body: Value = serde_json::from_slice(&body).unwrap_or_default();
    let message = json!({ "headers": lines, "body": body, "text": text });
    stage.came.lock().expect("no panic").push(message);
    StatusCode::NO_CONTENT
}

async fn told(State(stage): State<Stage>) -> axum::Json<Value> {
    axum::Json(Value::Array(stage.came.lock().expect("no panic").clone()))
}
