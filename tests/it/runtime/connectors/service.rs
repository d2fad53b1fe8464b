//! A provider with many customers, which also gives tokens: it keeps what it was asked with.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use axum::extract::{Request, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use serde_json::{Value, json};

#[derive(Default)]
struct Seen {
    keys: Vec<String>,
    form: String,
    refused: Vec<String>,
    tokens: u32,
}

/// The service.
#[derive(Clone, Default)]
pub struct Service {
    seen: Arc<Mutex<Seen>>,
    /// Where it is.
    pub url: String,
}

impl Service {
    pub async fn start() -> Self {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let url = format!("http://{}", listener.local_addr().expect("bound"));
        let service = Self { url, ..Self::default() };
        let router = axum::Router::new().fallback(answer).with_state(service.clone());
        tokio::spawn(async move { axum::serve(listener, router).await });
        service
    }

    fn lock(&self) -> MutexGuard<'_, Seen> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// How often a model was asked.
    pub fn asked(&self) -> usize {
        self.lock().keys.len()
    }

    /// With what it was asked last.
    pub fn last_key(&self) -> String {
        self.lock().keys.last().cloned().unwrap_or_default()
    }

    /// The last form that was sent for tokens.
    pub fn form(&self) -> String {
        self.lock().form.clone()
    }

    /// No longer takes a key.
    pub fn refuse(&self, key: &str) {
        self.lock().refused.push(format!("Bearer {key}"));
    }

    fn token(&self, form: String) -> Response {
        let mut seen = self.lock();
        seen.form.clone_from(&form);
        let good = form.contains("code=good-code") && form.contains("code_verifier=vvv");
        if !good && !form.contains("refresh_token=refresh-1") {
            let told = json!({ "error": "invalid_grant", "error_description": form });
            return (StatusCode::BAD_REQUEST, axum::Json(told)).into_response();
        }
        seen.tokens += 1;
        let number = seen.tokens;
        let told = json!({
            "access_token": format!("access-{number}"), "token_type": "Bearer",
            "refresh_token": format!("refresh-{number}"), "expires_in": 10,
        });
        axum::Json(told).into_response()
    }
}

async fn answer(State(service): State<Service>, request: Request) -> Response {
    let path = request.uri().path().to_owned();
    let key = request.headers().get(header::AUTHORIZATION);
    let key = key.and_then(|key| key.to_str().ok()).unwrap_or_default().to_owned();
    let body = axum::body::to_bytes(request.into_body(), 1 << 20).await.expect("a body");
    let text = String::from_utf8_lossy(&body).into_owned();
    let failed = |status: StatusCode, said: &str| {
        let told = json!({ "error": { "message": said, "code": "odd" } });
        (status, axum::Json(told)).into_response()
    };
    match path.as_str() {
        "/token" => return service.token(text),
        "/revoke" => {
            service.lock().form = text;
            return StatusCode::OK.into_response();
        }
        _ => {}
    }
    if service.lock().refused.contains(&key) {
        return failed(StatusCode::UNAUTHORIZED, &format!("no such key: {key}"));
    }
    if path == "/v1/models" {
        return axum::Json(json!({ "data": [{ "id": "good" }] })).into_response();
    }
    service.lock().keys.push(key.clone());
    if path == "/v1/parrot" {
        return failed(StatusCode::BAD_REQUEST, &format!("you said {key}"));
    }
    let body: Value = serde_json::from_str(&text).unwrap_or_default();
    match body["model"].as_str().unwrap_or_default() {
        "parrot" => failed(StatusCode::BAD_REQUEST, &format!("you said {key} and I do not care")),
        "broken" => failed(StatusCode::INTERNAL_SERVER_ERROR, "boom"),
        _ => {
            let message = json!({ "role": "assistant", "content": "Hi." });
            let choice = json!({ "index": 0, "message": message, "finish_reason": "stop" });
            let usage = json!({ "prompt_tokens": 3, "completion_tokens": 2, "total_tokens": 5 });
            let told = json!({ "id": "c1", "choices": [choice], "usage": usage });
            axum::Json(told).into_response()
        }
    }
}
